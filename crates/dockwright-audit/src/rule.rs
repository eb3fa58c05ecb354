//! What a rule is.

use std::collections::HashMap;
use std::sync::OnceLock;

use dockwright_environment::build::StageId;
use dockwright_environment::context::BuildContext;
use dockwright_environment::definition::{BuildDefinition, DefinitionId, DockerfileId};
use dockwright_environment::image_use::ImageUse;
use dockwright_environment::{
    DockerfileDocument, DocumentId, Environment, IgnoreDocument, Location, ScriptDocument, bake,
    compose,
};
use dockwright_settings::{ComposeSettings, DockerfileSettings, Settings};
use rayon::prelude::*;

use crate::clones::{Body, Scope, bodies};
use crate::compose_files::ComposeFile;
use crate::finding::{Finding, Severity};
use crate::image_role::Roles;
use crate::image_scripts;
use crate::installs::Manifests;
use crate::package_calls::{self, PackageCall};
use crate::package_settings::PackageSettings;
use crate::policies::Policies;
use crate::reads::{self, Read};
use crate::sourcing::Sourcing;
use crate::stage::StageView;
use crate::steps::{self, Step};

/// What is known of a rule before it runs.
#[derive(Debug)]
pub struct Metadata {
    /// Its kebab-case name, read as "there is a …". Never changes once released.
    pub name: &'static str,
    /// The family it belongs to.
    pub family: Family,
    /// How bad its findings usually are.
    pub severity: Severity,
    /// Whether its findings can be repaired mechanically.
    pub fix: Fixable,
    /// Names other tools give to the same rule; accepted wherever a rule is named.
    pub aliases: &'static [&'static str],
    /// Its page, in Markdown: a first line that says what there is, then sections.
    pub documentation: &'static str,
}

impl Metadata {
    /// The first line of the page: what there is when the rule fires.
    pub fn summary(&self) -> &'static str {
        let mut lines = self.documentation.lines().map(str::trim);
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Whether `name` is this rule's name or one of its aliases; case does not matter.
    pub fn answers_to(&self, name: &str) -> bool {
        let mut names = std::iter::once(&self.name).chain(self.aliases);
        names.any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What one file says about another.
    Graph,
    /// What is said twice.
    Duplication,
    /// What reaches the builder.
    Context,
    /// Cache and speed.
    Cache,
    /// What ends in the image.
    Content,
    /// Arguments and variables.
    Arguments,
    /// Commands that people and machines run.
    Commands,
    /// What Compose makes of services.
    Compose,
    /// What is promised and what is checked.
    Policy,
    /// What one Dockerfile says of itself.
    Dockerfile,
    /// How package managers are called.
    Packages,
    /// What a shell makes of a line.
    Shell,
}

impl Family {
    /// Every family, in the order people read of them.
    pub const ALL: [Self; 12] = [
        Self::Graph,
        Self::Duplication,
        Self::Context,
        Self::Cache,
        Self::Content,
        Self::Arguments,
        Self::Commands,
        Self::Compose,
        Self::Policy,
        Self::Dockerfile,
        Self::Packages,
        Self::Shell,
    ];

    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Duplication => "duplication",
            Self::Context => "context",
            Self::Cache => "cache",
            Self::Content => "content",
            Self::Arguments => "arguments",
            Self::Commands => "commands",
            Self::Compose => "compose",
            Self::Policy => "policy",
            Self::Dockerfile => "dockerfile",
            Self::Packages => "packages",
            Self::Shell => "shell",
        }
    }

    /// What the family is about, in a few words.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Graph => "what one file says about another",
            Self::Duplication => "what is said twice",
            Self::Context => "what reaches the builder",
            Self::Cache => "cache and speed",
            Self::Content => "what ends in the image",
            Self::Arguments => "arguments and variables",
            Self::Commands => "commands that people and machines run",
            Self::Compose => "what Compose makes of services",
            Self::Policy => "what is promised and what is checked",
            Self::Dockerfile => "what one Dockerfile says of itself",
            Self::Packages => "how package managers are called",
            Self::Shell => "what a shell makes of a line",
        }
    }
}

/// Whether and how surely a finding can be repaired mechanically.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fixable {
    /// Somebody must decide.
    None,
    /// The images that come out are the same, or differ only by what the rule says.
    Safe,
    /// Needs a build and a look.
    Unsafe,
}

/// What a rule may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The policy that applies.
    pub settings: &'a Settings,
    /// What is found out once for all rules.
    pub(crate) shared: &'a Shared<'a>,
}

/// What several rules ask, or one rule at every stage.
pub(crate) struct Shared<'a> {
    reads: Vec<Read<'a>>,
    manifests: OnceLock<Manifests<'a>>,
    compose_files: OnceLock<Vec<ComposeFile>>,
    steps: OfStages<Vec<Step<'a>>>,
    package_calls: OfStages<Vec<PackageCall<'a>>>,
    package_settings: OfStages<PackageSettings>,
    bodies: OnceLock<Vec<Body<'a>>>,
    sourcing: OnceLock<Sourcing<'a>>,
    scope: OnceLock<Scope>,
    policies: Policies,
    roles: OnceLock<Roles>,
    services: OnceLock<Vec<(&'a compose::Service, StageId)>>,
    services_of: OnceLock<HashMap<(DockerfileId, usize), Vec<&'a compose::Service>>>,
    /// The context of each definition: an index into those of the environment.
    contexts: OnceLock<HashMap<DefinitionId, usize>>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(environment: &'a Environment, settings: &Settings) -> Self {
        Self {
            reads: reads::all(environment),
            manifests: OnceLock::new(),
            compose_files: OnceLock::new(),
            steps: OfStages::new(environment),
            package_calls: OfStages::new(environment),
            package_settings: OfStages::new(environment),
            bodies: OnceLock::new(),
            sourcing: OnceLock::new(),
            scope: OnceLock::new(),
            policies: Policies::of(environment, settings),
            roles: OnceLock::new(),
            services: OnceLock::new(),
            services_of: OnceLock::new(),
            contexts: OnceLock::new(),
        }
    }
}

/// What is known of every stage; found out for a whole Dockerfile when it is first asked for.
struct OfStages<T>(Vec<OnceLock<Vec<T>>>);

impl<T> OfStages<T> {
    fn new(environment: &Environment) -> Self {
        let dockerfiles = environment.dockerfiles.iter();
        Self(dockerfiles.map(|_| OnceLock::new()).collect())
    }

    fn get<'a>(
        &self,
        environment: &'a Environment,
        stage: StageView<'_>,
        find: impl Fn(StageView<'a>) -> T,
    ) -> Option<&T> {
        let dockerfile = environment.dockerfile(stage.dockerfile.id)?;
        let slot = self.0.get(dockerfile.id.0)?;
        let stages = || StageView::all(environment, dockerfile).map(find).collect();
        slot.get_or_init(stages).get(stage.id.stage)
    }
}

impl Shared<'_> {
    /// What each file is held to.
    pub(crate) fn policies(&self) -> &Policies {
        &self.policies
    }
}

impl<'a> Context<'a> {
    /// What builds read of their contexts.
    pub(crate) fn reads(self) -> &'a [Read<'a>] {
        &self.shared.reads
    }

    /// The files that name dependencies.
    pub(crate) fn manifests(self) -> &'a Manifests<'a> {
        let manifests = || Manifests::of(self.environment.tree.entries());
        self.shared.manifests.get_or_init(manifests)
    }

    /// The Compose files as they are written.
    pub(crate) fn compose_files(self) -> &'a [ComposeFile] {
        let files = || ComposeFile::all(self.environment);
        self.shared.compose_files.get_or_init(files)
    }

    /// A Compose file as it is written.
    pub(crate) fn compose_file(self, document: DocumentId) -> Option<&'a ComposeFile> {
        let mut files = self.compose_files().iter();
        files.find(|file| file.document == document)
    }

    /// What a shell of the Bourne family runs in the `RUN`s of a stage, in order.
    pub(crate) fn steps(self, stage: StageView<'_>) -> &'a [Step<'a>] {
        let find = |stage| steps::of_stage(self.environment, stage);
        let steps = self.shared.steps.get(self.environment, stage, find);
        steps.map(Vec::as_slice).unwrap_or_default()
    }

    /// Every call of a package manager in a stage, in order.
    pub(crate) fn package_calls(self, stage: StageView<'_>) -> &'a [PackageCall<'a>] {
        let find = |stage| package_calls::of_stage(self, stage);
        let calls = &self.shared.package_calls;
        let calls = calls.get(self.environment, stage, find);
        calls.map(Vec::as_slice).unwrap_or_default()
    }

    /// What a stage tells package managers.
    pub(crate) fn package_settings(self, stage: StageView<'_>) -> Option<&'a PackageSettings> {
        let find = |stage| PackageSettings::of(self.environment, stage);
        let settings = &self.shared.package_settings;
        settings.get(self.environment, stage, find)
    }

    /// Every stage as a sequence of instructions that can be compared.
    pub(crate) fn bodies(self) -> &'a [Body<'a>] {
        let bodies = || bodies(self, self.environment);
        self.shared.bodies.get_or_init(bodies)
    }

    /// Which scripts read one another in.
    pub(crate) fn sourcing(self) -> &'a Sourcing<'a> {
        let sourcing = || Sourcing::of(self.environment);
        self.shared.sourcing.get_or_init(sourcing)
    }

    /// Whether a place is in a file that says all it needs on purpose, such as an example.
    pub(crate) fn stands_alone(self, location: Location) -> bool {
        let scope = || Scope::of(self.environment);
        let scope = self.shared.scope.get_or_init(scope);
        scope.stands_alone(self.environment, location)
    }

    /// Every service that runs an image of the repository, with the stage of that.
    pub(crate) fn services(self) -> &'a [(&'a compose::Service, StageId)] {
        let services = || image_scripts::services(self.environment);
        self.shared.services.get_or_init(services)
    }

    /// The services that run the image of a stage.
    pub(crate) fn services_of(self, stage: StageView<'_>) -> &'a [&'a compose::Service] {
        let by_stage = self.shared.services_of.get_or_init(|| {
            let mut all: HashMap<_, Vec<&compose::Service>> = HashMap::new();
            for (service, stage) in self.services() {
                if let Some(dockerfile) = self.environment.dockerfile_of(*stage) {
                    all.entry((dockerfile.id, stage.stage))
                        .or_default()
                        .push(service);
                }
            }
            all
        });
        let own = by_stage.get(&(stage.dockerfile.id, stage.id.stage));
        own.map(Vec::as_slice).unwrap_or_default()
    }

    /// What images are for.
    pub(crate) fn roles(self) -> &'a Roles {
        self.shared
            .roles
            .get_or_init(|| Roles::of(self.environment))
    }

    /// The context that a definition is built with, if it is known.
    pub(crate) fn build_context(self, definition: DefinitionId) -> Option<BuildContext<'a>> {
        let contexts = self.shared.contexts.get_or_init(|| {
            let contexts = self.environment.contexts().iter().enumerate();
            let pairs = contexts.flat_map(|(number, context)| {
                let definitions = context.definitions.iter();
                definitions.map(move |definition| (*definition, number))
            });
            pairs.collect()
        });
        let context = self
            .environment
            .contexts()
            .get(*contexts.get(&definition)?)?;
        Some(self.environment.build_context(context))
    }

    /// The policy for what stands in a Dockerfile.
    pub(crate) fn dockerfile_settings(
        self,
        dockerfile: &DockerfileDocument,
    ) -> &'a DockerfileSettings {
        self.shared.policies.dockerfiles.get(dockerfile.id)
    }

    /// The policy for what stands in a Compose file.
    pub(crate) fn compose_settings(self, document: DocumentId) -> &'a ComposeSettings {
        self.shared.policies.compose.get(document)
    }
}

/// Who a rule is. Written by the `rule!` macro.
pub trait Describe {
    /// Its metadata.
    fn metadata(&self) -> &'static Metadata;
}

/// A rule: looks at one granularity of the environment and reports findings.
///
/// A rule overrides the one hook that fits it. The coarse hooks' defaults walk down to the finer,
/// to Dockerfiles on all cores.
pub trait Rule: Describe + Sync {
    /// Looks at the environment as a whole.
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let dockerfiles = environment.dockerfiles.par_iter();
        findings.par_extend(dockerfiles.flat_map_iter(|dockerfile| {
            let mut findings = Vec::new();
            self.check_dockerfile(cx, dockerfile, &mut findings);
            findings
        }));
        for definition in &environment.definitions {
            self.check_definition(cx, definition, findings);
        }
        for image_use in &environment.uses {
            self.check_use(cx, image_use, findings);
        }
        for project in &environment.compose {
            self.check_compose(cx, project, findings);
        }
        for file in cx.compose_files() {
            self.check_compose_file(cx, file, findings);
        }
        for project in &environment.bake {
            self.check_bake(cx, project, findings);
        }
        for ignore in &environment.ignore_files {
            self.check_ignore_file(cx, ignore, findings);
        }
        for script in &environment.scripts {
            self.check_script(cx, script, findings);
        }
    }

    /// Looks at one Dockerfile.
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        for stage in StageView::all(cx.environment, dockerfile) {
            self.check_stage(cx, stage, findings);
        }
    }

    /// Looks at one stage of a Dockerfile, as its first build definition evaluates it.
    fn check_stage(&self, _cx: Context<'_>, _stage: StageView<'_>, _findings: &mut Vec<Finding>) {}

    /// Looks at one build definition.
    fn check_definition(
        &self,
        _cx: Context<'_>,
        _definition: &BuildDefinition,
        _findings: &mut Vec<Finding>,
    ) {
    }

    /// Looks at one use of an image.
    fn check_use(&self, _cx: Context<'_>, _image_use: &ImageUse, _findings: &mut Vec<Finding>) {}

    /// Looks at one Compose project.
    fn check_compose(
        &self,
        cx: Context<'_>,
        project: &compose::Project,
        findings: &mut Vec<Finding>,
    ) {
        for service in &project.services {
            self.check_service(cx, project, service, findings);
        }
    }

    /// Looks at one Compose service.
    fn check_service(
        &self,
        _cx: Context<'_>,
        _project: &compose::Project,
        _service: &compose::Service,
        _findings: &mut Vec<Finding>,
    ) {
    }

    /// Looks at one Compose file as it is written, before it is merged with others.
    fn check_compose_file(
        &self,
        _cx: Context<'_>,
        _file: &ComposeFile,
        _findings: &mut Vec<Finding>,
    ) {
    }

    /// Looks at the bake files of one directory.
    fn check_bake(
        &self,
        _cx: Context<'_>,
        _project: &bake::BakeProject,
        _findings: &mut Vec<Finding>,
    ) {
    }

    /// Looks at one ignore file.
    fn check_ignore_file(
        &self,
        _cx: Context<'_>,
        _ignore: &IgnoreDocument,
        _findings: &mut Vec<Finding>,
    ) {
    }

    /// Looks at one shell script.
    fn check_script(
        &self,
        _cx: Context<'_>,
        _script: &ScriptDocument,
        _findings: &mut Vec<Finding>,
    ) {
    }
}

/// Declares a rule: its page is the doc comment, the rest follows in braces.
macro_rules! rule {
    (
        $(#[doc = $line:literal])+
        $rule:ident {
            name: $name:literal,
            family: $family:ident,
            severity: $severity:ident,
            fix: $fix:ident,
            aliases: [$($alias:literal),* $(,)?] $(,)?
        }
    ) => {
        $(#[doc = $line])+
        pub(crate) struct $rule;

        impl $crate::rule::Describe for $rule {
            fn metadata(&self) -> &'static $crate::Metadata {
                static METADATA: $crate::Metadata = $crate::Metadata {
                    name: $name,
                    family: $crate::Family::$family,
                    severity: $crate::Severity::$severity,
                    fix: $crate::Fixable::$fix,
                    aliases: &[$($alias),*],
                    documentation: concat!($($line, "\n"),+),
                };
                &METADATA
            }
        }
    };
}
pub(crate) use rule;
