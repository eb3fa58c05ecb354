//! From build definitions to targets that have no name yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use dockwright_environment::bake::{self, ContextKind};
use dockwright_environment::build::StageId;
use dockwright_environment::compose::{Node, OVERRIDE_NAMES, Service};
use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DefinitionId, DockerfileId, DockerfileSource,
    NamedContextSource, Origin,
};
use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{CallerVariables, Document, DocumentId, Environment, TreePath, Value};
use dockwright_syntax::dockerfile::predefined::predefined;

use super::reroot;
use crate::bake::BakeTarget;

/// A target on its way.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    /// The definitions that decide; the first one's words are taken.
    pub(super) definitions: Vec<DefinitionId>,
    /// Definitions of the same stage that others go before.
    pub(super) others: Vec<DefinitionId>,
    /// Named contexts that are what a definition builds.
    pub(super) links: Vec<(String, DefinitionId)>,
    /// The stage that is built, as the first definition evaluates it.
    pub(super) stage: Option<StageId>,
    /// Names of the image whose tags are not known.
    pub(super) untagged: Vec<String>,
    pub(super) bake: BakeTarget,
    pub(super) dockerfile: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) notes: Vec<String>,
}

/// The drafts of every image, in the order of the definitions that decide.
pub(super) fn drafts(environment: &Environment, caller: &CallerVariables) -> Vec<Draft> {
    let mut reader = Reader {
        environment,
        caller,
        services: HashMap::new(),
    };
    let texts = environment.texts.iter();
    let told = texts.filter(|text| text.kind == DocumentKind::Markdown);
    let told: HashSet<DocumentId> = told.map(|text| text.document).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    for of_stage in by_stage(environment) {
        let authority = |it: &BuildDefinition| {
            let is_told = told.contains(&it.location.document);
            authority(it.origin).min(if is_told {
                Authority::Told
            } else {
                Authority::Bake
            })
        };
        let most = of_stage.iter().map(|it| authority(it)).max();
        let (deciding, others): (Vec<_>, Vec<_>) = of_stage
            .into_iter()
            .partition(|it| Some(authority(it)) == most);
        let mut own: Vec<Draft> = Vec::new();
        for definition in deciding {
            let draft = reader.draft(definition);
            match own.iter_mut().find(|known| known.is_like(&draft)) {
                Some(known) => known.absorb(draft),
                None => own.push(draft),
            }
        }
        for other in others {
            // Who is meant by the other's names is clear only where there is one.
            if let [only] = own.as_mut_slice() {
                only.others.push(other.id);
            }
        }
        drafts.extend(own);
    }
    drafts.sort_by_key(|draft| draft.definitions.first().copied());
    drafts
}

/// The definitions of each stage of each Dockerfile. One whose Dockerfile cannot be read stands
/// alone; of a typed command that is no definition of an image.
fn by_stage(environment: &Environment) -> Vec<Vec<&BuildDefinition>> {
    let mut groups: Vec<Vec<&BuildDefinition>> = Vec::new();
    let mut known: HashMap<(DockerfileId, usize), usize> = HashMap::new();
    for definition in &environment.definitions {
        let build = environment.build(definition.id);
        let stage = build.and_then(|build| Some((build.dockerfile, build.target?)));
        match stage {
            Some(stage) => match known.get(&stage).and_then(|at| groups.get_mut(*at)) {
                Some(group) => group.push(definition),
                None => {
                    known.insert(stage, groups.len());
                    groups.push(vec![definition]);
                }
            },
            None if is_in_file(definition) && !is_fragment(environment, definition) => {
                groups.push(vec![definition]);
            }
            None => {}
        }
    }
    groups
}

/// Whose word on how an image is built goes before another's, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Authority {
    /// It is inferred from the Dockerfile.
    Inferred,
    /// A document tells people to type it.
    Told,
    /// A script, Makefile or workflow runs it.
    Command,
    /// A Compose service
    Service,
    /// A bake target
    Bake,
}

fn authority(origin: Origin) -> Authority {
    match origin {
        Origin::BakeTarget { .. } => Authority::Bake,
        Origin::Service { .. } => Authority::Service,
        Origin::Command => Authority::Command,
        Origin::Dockerfile => Authority::Inferred,
    }
}

/// Whether a definition stands in an override file without the file that it is laid over: it is kept
/// to be copied elsewhere, and its paths are those of there.
fn is_fragment(environment: &Environment, definition: &BuildDefinition) -> bool {
    let Origin::Service { project, .. } = definition.origin else {
        return false;
    };
    let project = environment.compose.get(project);
    let files = project
        .map(|project| project.files.as_slice())
        .unwrap_or_default();
    let is_override = |id: &DocumentId| {
        let name = environment.documents.get(*id).path.file_name();
        OVERRIDE_NAMES.contains(&name)
    };
    !files.is_empty() && files.iter().all(is_override)
}

/// Whether a definition stands in a file that is made for definitions.
fn is_in_file(definition: &BuildDefinition) -> bool {
    authority(definition.origin) >= Authority::Service
}

impl Draft {
    /// Whether both build the same, whatever the image is called.
    fn is_like(&self, other: &Self) -> bool {
        let nameless = |draft: &Self| BakeTarget {
            tags: Vec::new(),
            ..draft.bake.clone()
        };
        self.links == other.links
            && self.refusal == other.refusal
            && nameless(self) == nameless(other)
    }

    fn absorb(&mut self, other: Self) {
        self.definitions.extend(other.definitions);
        self.untagged.extend(other.untagged);
        for tag in other.bake.tags {
            if !self.bake.tags.contains(&tag) {
                self.bake.tags.push(tag);
            }
        }
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

struct Reader<'a> {
    environment: &'a Environment,
    caller: &'a CallerVariables,
    /// The services of Compose projects as bake sees them.
    services: HashMap<usize, bake::BakeProject>,
}

impl Reader<'_> {
    fn draft(&mut self, definition: &BuildDefinition) -> Draft {
        let mut draft = Draft {
            name: String::new(),
            aliases: Vec::new(),
            definitions: vec![definition.id],
            others: Vec::new(),
            links: Vec::new(),
            stage: None,
            untagged: Vec::new(),
            bake: BakeTarget::default(),
            dockerfile: None,
            refusal: None,
            notes: Vec::new(),
        };
        if let Some((target, directory)) = self.bake_target(definition) {
            settings(&target, &directory, &mut draft.bake);
        }
        self.files(definition, &mut draft);
        draft.bake.target = known(definition.target.as_ref());
        draft.bake.platforms = texts(&definition.platforms);
        self.arguments(definition, &mut draft);
        contexts(definition, &mut draft);
        tags(definition, &mut draft);
        draft
    }

    /// What bake makes of a target or service, and the directory that its paths are relative to.
    fn bake_target(&mut self, definition: &BuildDefinition) -> Option<(bake::Target, TreePath)> {
        match definition.origin {
            Origin::BakeTarget { project, target } => {
                let project = self.environment.bake.get(project)?;
                let target = project.targets.get(target)?;
                Some((target.clone(), project.directory.clone()))
            }
            Origin::Service { project, service } => {
                let compose = self.environment.compose.get(project)?;
                let name = bake::target_name(&compose.services.get(service)?.name.text);
                let evaluate = || bake::evaluate_with(Some(compose), &[], self.caller);
                let services = self.services.entry(project).or_insert_with(evaluate);
                let mut target = services.target(&name)?.clone();
                target.ulimits = limits(compose.services.get(service)?);
                Some((target, compose.directory.clone()))
            }
            Origin::Command | Origin::Dockerfile => None,
        }
    }

    /// The context and the Dockerfile.
    fn files(&self, definition: &BuildDefinition, draft: &mut Draft) {
        let written = definition.context_value.as_ref();
        let context = match &definition.context {
            ContextSource::Directory(path)
            | ContextSource::Inferred {
                directory: path, ..
            } => Some(path.clone()),
            ContextSource::Missing(path) => {
                draft.refusal = Some(format!("its context `{path}` is not there"));
                Some(path.clone())
            }
            ContextSource::Unknown => {
                let text = written.map_or("", |value| value.text.as_str());
                let is_remote = matches!(ContextKind::of(text), ContextKind::Remote(_));
                text.clone_into(&mut draft.bake.context);
                if !is_remote {
                    draft.refusal = Some(format!("its context `{text}` is not in this repository"));
                }
                None
            }
        };
        if let Some(path) = &context {
            draft.bake.context = path.to_string();
        }
        match &definition.dockerfile {
            DockerfileSource::Read(id) => self.dockerfile(*id, context.as_ref(), draft),
            DockerfileSource::Missing(path) => {
                draft.refusal = Some(format!("its Dockerfile `{path}` is not there"));
            }
            DockerfileSource::Unknown => {
                draft.bake.dockerfile = known(definition.dockerfile_value.as_ref());
                if context.is_some() && draft.refusal.is_none() {
                    let text = draft.bake.dockerfile.as_deref().unwrap_or("Dockerfile");
                    draft.refusal = Some(format!("its Dockerfile `{text}` cannot be read"));
                }
            }
        }
        let build = self.environment.build(definition.id);
        match build.map(|build| build.target) {
            Some(Some(stage)) => {
                draft.stage = Some(StageId {
                    definition: definition.id,
                    stage,
                });
            }
            Some(None) => {
                let stage = definition.target.as_ref().map_or("", |value| &value.text);
                draft.refusal = Some(format!("its Dockerfile has no stage `{stage}`"));
            }
            None => {}
        }
    }

    fn dockerfile(&self, id: DockerfileId, context: Option<&TreePath>, draft: &mut Draft) {
        let Some(dockerfile) = self.environment.dockerfile(id) else {
            return;
        };
        let document: &Document = self.environment.documents.get(dockerfile.document);
        if document.embedded.is_some() {
            draft.bake.dockerfile_inline = Some(document.text.to_string());
            return;
        }
        draft.dockerfile = Some(document.path.to_string());
        draft.bake.dockerfile = context.map(|context| document.path.seen_from(context));
    }

    /// The arguments that the Dockerfile declares or the builder knows; another has no effect.
    fn arguments(&self, definition: &BuildDefinition, draft: &mut Draft) {
        let dockerfile = definition
            .dockerfile_id()
            .and_then(|id| self.environment.dockerfile(id));
        let is_declared = |name: &str| {
            dockerfile.is_none_or(|it| it.tree.declared_arguments().any(|known| known == name))
        };
        for argument in &definition.arguments {
            let name = argument.name.as_str();
            if !is_declared(name) && predefined(name).is_none() {
                continue;
            }
            let value = match &argument.value {
                Some(value) if value.is_known() => Some(value.text.clone()),
                // Compose and bake take an unset variable for an empty text; a shell would too, but
                // there the variable is most likely one of the shell's own.
                Some(value) if is_in_file(definition) => Some(value.text.clone()),
                Some(_) => None,
                None => self.caller.get(name).map(str::to_owned),
            };
            if let Some(value) = value {
                draft.bake.args.insert(name.to_owned(), Some(value));
            }
        }
    }
}

/// The limits of a service. Bake takes one that is a single number for 0, Compose does not.
fn limits(service: &Service) -> Vec<Value> {
    let limits = service.build.as_ref();
    let limits = limits.and_then(|build| build.node.get("ulimits"));
    let limits = limits.into_iter().flat_map(Node::entries);
    let limits = limits.filter_map(|limit| {
        let of = |key| limit.value.get(key).and_then(Node::text);
        let text = match limit.value.text() {
            Some(both) => both.to_owned(),
            None => format!("{}:{}", of("soft")?, of("hard")?),
        };
        let name = &limit.key.text;
        Some(Value::literal(format!("{name}={text}"), limit.key.location))
    });
    limits.collect()
}

/// What only bake has words for.
fn settings(target: &bake::Target, directory: &TreePath, bake: &mut BakeTarget) {
    let options = |values: &[Value]| -> Vec<String> {
        let known = values.iter().filter_map(Value::known);
        known.map(|text| reroot::option(text, directory)).collect()
    };
    let pairs = |pairs: &[bake::BuildArgument]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|pair| (pair.name.clone(), pair.value.text.clone()))
            .collect()
    };
    bake.labels = pairs(&target.labels);
    bake.extra_hosts = pairs(&target.extra_hosts);
    bake.annotations = texts(&target.annotations);
    bake.attest = texts(&target.attest);
    bake.cache_from = options(&target.cache_from);
    bake.cache_to = options(&target.cache_to);
    bake.secret = options(&target.secret);
    bake.ssh = ssh(&target.ssh, directory);
    bake.output = options(&target.output);
    bake.pull = truth(target.pull.as_ref());
    bake.no_cache = truth(target.no_cache.as_ref());
    bake.no_cache_filter = texts(&target.no_cache_filter);
    bake.call = known(target.call.as_ref());
    bake.network = known(target.network.as_ref());
    bake.shm_size = known(target.shm_size.as_ref());
    bake.ulimits = texts(&target.ulimits);
    bake.entitlements = texts(&target.entitlements);
}

/// `default` or `id=path`.
fn ssh(values: &[Value], directory: &TreePath) -> Vec<String> {
    let known = values.iter().filter_map(Value::known);
    known
        .map(|text| match text.split_once('=') {
            Some((id, path)) => format!("{id}={}", reroot::path(path, directory)),
            None => text.to_owned(),
        })
        .collect()
}

fn contexts(definition: &BuildDefinition, draft: &mut Draft) {
    for context in &definition.contexts {
        let value = match &context.source {
            NamedContextSource::Definition(id) => {
                draft.links.push((context.name.clone(), *id));
                continue;
            }
            NamedContextSource::UndefinedDefinition(name) => {
                let refusal = format!(
                    "its context `{}` names `{name}`, which is not defined",
                    context.name
                );
                draft.refusal = Some(refusal);
                continue;
            }
            NamedContextSource::Image(image) => format!("docker-image://{image}"),
            NamedContextSource::Directory(path) => path.to_string(),
            NamedContextSource::Missing(path) => {
                let refusal = format!("its context `{}` is not there: `{path}`", context.name);
                draft.refusal = Some(refusal);
                continue;
            }
            NamedContextSource::Unknown => context.value.text.clone(),
        };
        draft.bake.contexts.insert(context.name.clone(), value);
    }
}

/// The names that are references.
fn tags(definition: &BuildDefinition, draft: &mut Draft) {
    for tag in &definition.tags {
        let name = match (&tag.reference, tag.value.known()) {
            (Some(Ok(reference)), Some(text)) if reference.digest.is_none() => text,
            _ => {
                let text = &tag.value.text;
                let name = text.strip_suffix(':').filter(|_| !tag.value.is_known());
                let name = name.filter(|name| ImageReference::parse(name).is_ok());
                draft.untagged.extend(name.map(str::to_owned));
                let unset = tag.value.variables.iter().filter(|it| it.value.is_none());
                let unset: Vec<&str> = unset.map(|it| it.name.as_str()).collect();
                // Of a command, it is a variable of the shell.
                if is_in_file(definition) && !text.is_empty() {
                    let why = if unset.is_empty() {
                        "it is no name for an image".to_owned()
                    } else {
                        format!("{} is not set", unset.join(" and "))
                    };
                    draft
                        .notes
                        .push(format!("the name `{text}` is left out: {why}"));
                }
                continue;
            }
        };
        if !draft.bake.tags.iter().any(|known| known == name) {
            draft.bake.tags.push(name.to_owned());
        }
    }
}

fn known(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::known).map(str::to_owned)
}

fn texts(values: &[Value]) -> Vec<String> {
    let known = values.iter().filter_map(Value::known);
    known.map(str::to_owned).collect()
}

fn truth(value: Option<&Value>) -> Option<bool> {
    value?.known()?.parse().ok()
}
