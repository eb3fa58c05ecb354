//! What the images of a repository are for.

use std::collections::{HashMap, HashSet};

use dockwright_environment::build::{Base, StageId};
use dockwright_environment::compose::MountKind;
use dockwright_environment::definition::{BuildDefinition, DefinitionId, DockerfileId, Origin};
use dockwright_environment::image_use::{Producer, UseKind};
use dockwright_environment::roles::{roles, words};
use dockwright_environment::{Environment, TreePath};

use crate::images;
use crate::stage::StageView;

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// People run it.
    Product,
    /// Other images of the repository start or copy from it, and nothing runs it.
    Base,
    /// People develop, test or build with it: it holds tools and sources on purpose.
    Development,
}

/// The roles of all stages that some definition builds.
pub(crate) struct Roles(HashMap<(DockerfileId, usize), Role>);

impl Roles {
    /// Finds out what each image of an environment is for.
    pub(crate) fn of(environment: &Environment) -> Self {
        let used = Used::of(environment);
        let mut all: HashMap<(DockerfileId, usize), Vec<&BuildDefinition>> = HashMap::new();
        for definition in &environment.definitions {
            if let Some(key) = target(environment, definition.id) {
                all.entry(key).or_default().push(definition);
            }
        }
        let roles = all.into_iter().map(|(key, definitions)| {
            let mut own = definitions.iter();
            let role = if own.all(|definition| is_development(environment, definition)) {
                Role::Development
            } else if used.as_base.contains(&key) && !used.run.contains(&key) {
                Role::Base
            } else {
                Role::Product
            };
            (key, role)
        });
        Self(roles.collect())
    }

    /// What the image of a stage is for; `None` when no definition builds it.
    pub(crate) fn get(&self, stage: StageView<'_>) -> Option<Role> {
        self.0.get(&(stage.dockerfile.id, stage.id.stage)).copied()
    }

    /// Whether people run the image of a stage.
    pub(crate) fn is_product(&self, stage: StageView<'_>) -> bool {
        self.get(stage) == Some(Role::Product)
    }
}

/// The Dockerfile and stage that a definition builds.
fn target(environment: &Environment, id: DefinitionId) -> Option<(DockerfileId, usize)> {
    let build = environment.build(id)?;
    Some((build.dockerfile, build.target?))
}

/// The images that are used, by how.
struct Used {
    as_base: HashSet<(DockerfileId, usize)>,
    run: HashSet<(DockerfileId, usize)>,
}

impl Used {
    fn of(environment: &Environment) -> Self {
        let mut used = Self {
            as_base: HashSet::new(),
            run: HashSet::new(),
        };
        for image_use in &environment.uses {
            let (Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids)) =
                &image_use.producer
            else {
                continue;
            };
            let targets = ids.iter().filter_map(|id| target(environment, *id));
            match image_use.kind {
                UseKind::Service | UseKind::Container => used.run.extend(targets),
                UseKind::Run => {}
                _ => used.as_base.extend(targets),
            }
        }
        for definition in &environment.definitions {
            if let Origin::Service { .. } = definition.origin {
                used.run.extend(target(environment, definition.id));
            }
            let stages = environment.build(definition.id).map(|build| &build.stages);
            for stage in stages.into_iter().flatten() {
                let sources = stage.sources.iter().map(|source| &source.base);
                for base in sources.chain([&stage.base]) {
                    if let Base::Definition(StageId { definition, stage }) = base
                        && let Some(build) = environment.build(*definition)
                    {
                        used.as_base.insert((build.dockerfile, *stage));
                    }
                }
            }
        }
        used
    }
}

/// Whether a definition builds an image to develop, test or build with: by the words in its names,
/// by where it stands, or because Compose mounts the sources over what the image has.
fn is_development(environment: &Environment, definition: &BuildDefinition) -> bool {
    let mut words_of = Words::default();
    if let Some(dockerfile) = definition
        .dockerfile_id()
        .and_then(|id| environment.dockerfile(id))
    {
        let path = &environment.documents.get(dockerfile.document).path;
        words_of.add(path.as_str());
        let location = dockwright_environment::Location::new(
            dockerfile.document,
            dockwright_syntax::Span::default(),
        );
        if images::is_test(environment, location) {
            return true;
        }
        let stage = target(environment, definition.id)
            .and_then(|(_, stage)| dockerfile.tree.stages.get(stage)?.name.as_ref());
        if let Some(name) = stage {
            words_of.add(&name.value);
        }
    }
    for (_, reference) in definition.references() {
        words_of.add(reference.path.rsplit('/').next().unwrap_or_default());
    }
    match definition.origin {
        Origin::Service { project, service } => {
            let Some(project) = environment.compose.get(project) else {
                return false;
            };
            let Some(service) = project.services.get(service) else {
                return false;
            };
            let profiles = service
                .profiles
                .iter()
                .filter_map(|profile| profile.known());
            profiles.for_each(|profile| words_of.add(profile));
            words_of.add(&definition.name);
            let location = environment.documents.outermost(definition.location);
            let path = &environment.documents.get(location.document).path;
            words_of.add(path.file_name());
            if images::is_test(environment, location) || mounts_sources(service, definition) {
                return !words_of.production;
            }
        }
        Origin::BakeTarget { .. } => words_of.add(&definition.name),
        Origin::Command | Origin::Dockerfile => {}
    }
    words_of.development && !words_of.production
}

#[derive(Default)]
struct Words {
    development: bool,
    production: bool,
}

impl Words {
    fn add(&mut self, name: &str) {
        for word in words(name) {
            self.development |= roles().development.contains(&word);
            self.production |= roles().production.contains(&word);
        }
    }
}

/// Whether a service mounts its own build context, or a directory of it, where it can be worked on.
fn mounts_sources(
    service: &dockwright_environment::compose::Service,
    definition: &BuildDefinition,
) -> bool {
    let Some(context) = definition.context.directory() else {
        return false;
    };
    let binds = service
        .volumes
        .iter()
        .filter(|mount| mount.kind == MountKind::Bind);
    let sources = binds.filter_map(|mount| {
        let source = mount.source.as_ref()?.known()?;
        let is_relative = source.starts_with('.');
        mount.directory.join(source).filter(|_| is_relative)
    });
    let names = |path: &TreePath| path.file_name().contains('.');
    sources.filter(|source| !names(source)).any(|source| {
        source == *context || context.relative_to(&source).is_some() || is_code(&source, context)
    })
}

/// Whether a directory of a context holds the sources, by its name.
fn is_code(source: &TreePath, context: &TreePath) -> bool {
    const NAMES: &[&str] = &[
        "app", "cmd", "code", "lib", "pkg", "public", "server", "src",
    ];
    source
        .relative_to(context)
        .is_some_and(|_| NAMES.contains(&source.file_name()))
}
