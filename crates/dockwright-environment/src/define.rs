//! From services, bake targets, commands and lone Dockerfiles to build definitions.

use std::collections::HashMap;

use dockwright_syntax::dockerfile::{CopySource, InstructionKind};
use rayon::prelude::*;

use crate::commands::{self, BuildCommand};
use crate::context::BuildContext;
use crate::definition::{
    BuildArgument, BuildDefinition, ContextSource, DefinitionId, DockerfileSource, NamedContext,
    NamedContextSource, Origin, Tag,
};
use crate::environment::DockerfileDocument;
use crate::read::text;
use crate::{Environment, Location, Tree, TreePath, Value, link, naming};

/// A definition whose named contexts may still name other definitions.
pub(crate) struct Draft {
    pub(crate) definition: BuildDefinition,
    /// Which definitions a name in `target:` or `service:` may mean.
    pub(crate) scope: Scope,
    /// Names that it has in other scopes.
    pub(crate) aliases: Vec<(Scope, String)>,
}

/// Where a name of another definition is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Compose(usize),
    Bake(usize),
    None,
}

/// Everything that says how images are built, in the order: Compose, bake, commands.
pub(crate) fn drafts(environment: &mut Environment, commands: Vec<BuildCommand>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut inline = HashMap::new();
    crate::projects::compose_drafts(environment, &mut drafts, &mut inline);
    crate::projects::bake_drafts(environment, &mut drafts, &mut inline);
    for command in commands {
        drafts.extend(command_draft(environment, command));
    }
    drafts
}

/// Numbers the drafts, links their named contexts, and adds what is inferred.
pub(crate) fn define(environment: &mut Environment, drafts: Vec<Draft>) {
    let names: HashMap<(Scope, String), DefinitionId> = drafts
        .iter()
        .enumerate()
        .flat_map(|(index, draft)| {
            let own = (draft.scope, draft.definition.name.clone());
            let names = std::iter::once(own).chain(draft.aliases.iter().cloned());
            names.map(move |name| (name, DefinitionId(index)))
        })
        .collect();
    for (index, mut draft) in drafts.into_iter().enumerate() {
        draft.definition.id = DefinitionId(index);
        for context in &mut draft.definition.contexts {
            if let NamedContextSource::UndefinedDefinition(name) = &context.source
                && let Some(id) = names.get(&(draft.scope, name.clone()))
            {
                context.source = NamedContextSource::Definition(*id);
            }
        }
        environment.definitions.push(draft.definition);
    }
    let mut built = vec![false; environment.dockerfiles.len()];
    for definition in &environment.definitions {
        let id = definition.dockerfile_id();
        if let Some(built) = id.and_then(|id| built.get_mut(id.0)) {
            *built = true;
        }
    }
    let repository = environment.repository_name();
    let shared: &Environment = environment;
    let dockerfiles = shared.dockerfiles.par_iter();
    let inferred: Vec<BuildDefinition> = dockerfiles
        .zip(built)
        .filter(|(_, built)| !built)
        .map(|(dockerfile, _)| infer(shared, &repository, dockerfile))
        .collect();
    for mut definition in inferred {
        definition.id = DefinitionId(environment.definitions.len());
        environment.definitions.push(definition);
    }
}

/// A definition with nothing but its origin, to be filled.
pub(crate) fn blank(origin: Origin, name: &str, location: Location) -> BuildDefinition {
    BuildDefinition {
        id: DefinitionId(0),
        origin,
        name: name.to_owned(),
        location,
        dockerfile: DockerfileSource::Unknown,
        dockerfile_value: None,
        context: ContextSource::Unknown,
        context_value: None,
        target: None,
        arguments: Vec::new(),
        tags: Vec::new(),
        contexts: Vec::new(),
        platforms: Vec::new(),
    }
}

/// A name that an image gets.
pub(crate) fn tag(value: Value) -> Tag {
    Tag {
        reference: link::reference(&value),
        value,
        implicit: false,
    }
}

/// The directory that a context names, relative to `directory`.
pub(crate) fn context(tree: &dyn Tree, directory: &TreePath, value: &Value) -> ContextSource {
    let Some(text) = value.known() else {
        return ContextSource::Unknown;
    };
    if is_remote(text) {
        return ContextSource::Unknown;
    }
    match directory.join(text) {
        Some(path) if path.is_root() || commands::is_directory(tree, &path) => {
            ContextSource::Directory(path)
        }
        Some(path) => ContextSource::Missing(path),
        None => ContextSource::Unknown,
    }
}

/// Whether a context is fetched by the builder, or read from its input.
pub(crate) fn is_remote(text: &str) -> bool {
    text == "-"
        || text.contains("://")
        || text.starts_with("git@")
        || text.starts_with("github.com/")
        || ["target:", "service:", "docker-image:", "oci-layout:"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
}

/// The Dockerfile at `file` in `context`: Compose and bake read it relative to the context.
pub(crate) fn dockerfile(
    environment: &mut Environment,
    context: &ContextSource,
    file: Option<&Value>,
) -> DockerfileSource {
    let directory = match context {
        ContextSource::Directory(directory) | ContextSource::Missing(directory) => directory,
        ContextSource::Inferred { .. } | ContextSource::Unknown => {
            return DockerfileSource::Unknown;
        }
    };
    let name = match file {
        None => "Dockerfile",
        Some(value) => match value.known() {
            Some(name) if !is_remote(name) => name,
            _ => return DockerfileSource::Unknown,
        },
    };
    match directory.join(name) {
        Some(path) => dockerfile_at(environment, &path),
        None => DockerfileSource::Unknown,
    }
}

/// The Dockerfile at a path. A file that discovery took for something else is one because a
/// definition says so.
pub(crate) fn dockerfile_at(environment: &mut Environment, path: &TreePath) -> DockerfileSource {
    let document = environment
        .documents
        .by_path(path)
        .map(|document| document.id);
    let known = environment
        .dockerfiles
        .iter()
        .find(|dockerfile| Some(dockerfile.document) == document);
    if let Some(dockerfile) = known {
        return DockerfileSource::Read(dockerfile.id);
    }
    match text(environment.tree.as_ref(), path) {
        Ok(text) => DockerfileSource::Read(environment.read_dockerfile(path, &text)),
        Err(_) if environment.tree.entry(path).is_some() => DockerfileSource::Unknown,
        Err(_) => DockerfileSource::Missing(path.clone()),
    }
}

fn command_draft(environment: &mut Environment, command: BuildCommand) -> Option<Draft> {
    let DockerfileSource::Read(id) = dockerfile_at(environment, &command.dockerfile) else {
        return None;
    };
    let name = naming::derive(&command.dockerfile, &environment.repository_name());
    let mut definition = blank(Origin::Command, &name, command.location);
    definition.dockerfile = DockerfileSource::Read(id);
    definition.dockerfile_value = command.file;
    definition.context = ContextSource::Directory(command.directory);
    definition.context_value = Some(command.context);
    definition.target = command.target;
    definition.tags = command.tags.into_iter().map(tag).collect();
    definition.platforms = command.platforms;
    let arguments = command.arguments.into_iter();
    // A name that is put together of variables is not known.
    let has_name = |location: Location| {
        let written = environment.documents.text(location);
        let name = written.split('=').find(|part| !part.starts_with("--"));
        !name.is_some_and(|name| name.contains(['$', '{']))
    };
    let arguments = arguments.filter(|(name, _, location)| !name.is_empty() && has_name(*location));
    let arguments = arguments.map(|(name, value, location)| BuildArgument {
        name,
        value,
        location,
    });
    definition.arguments = arguments.collect();
    let contexts = command.contexts.into_iter();
    let contexts = contexts.map(|(name, value)| NamedContext {
        source: named_context(environment.tree.as_ref(), &command.base, &value),
        name,
        location: value.location,
        value,
    });
    definition.contexts = contexts.collect();
    Some(Draft {
        definition,
        scope: Scope::None,
        aliases: Vec::new(),
    })
}

/// What a named context is; `target:` and `service:` are linked later.
pub(crate) fn named_context(
    tree: &dyn Tree,
    directory: &TreePath,
    value: &Value,
) -> NamedContextSource {
    let Some(text) = value.known() else {
        return NamedContextSource::Unknown;
    };
    let other = ["target:", "service:"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if let Some(name) = other {
        return NamedContextSource::UndefinedDefinition(name.to_owned());
    }
    if let Some(image) = text.strip_prefix("docker-image:") {
        return NamedContextSource::Image(image.trim_start_matches("//").to_owned());
    }
    match context(tree, directory, value) {
        ContextSource::Directory(path) => NamedContextSource::Directory(path),
        ContextSource::Missing(path) => NamedContextSource::Missing(path),
        ContextSource::Inferred { .. } | ContextSource::Unknown => NamedContextSource::Unknown,
    }
}

/// How a Dockerfile that nobody builds is most likely built.
fn infer(
    environment: &Environment,
    repository: &str,
    dockerfile: &DockerfileDocument,
) -> BuildDefinition {
    let document = environment.documents.get(dockerfile.document);
    let name = naming::derive(&document.path, repository);
    let location = Location::new(dockerfile.document, dockerfile_start(dockerfile));
    let mut definition = blank(Origin::Dockerfile, &name, location);
    definition.dockerfile = DockerfileSource::Read(dockerfile.id);
    definition.context = infer_context(environment.tree.as_ref(), &document.path, dockerfile);
    definition
}

fn dockerfile_start(dockerfile: &DockerfileDocument) -> dockwright_syntax::Span {
    let from = dockerfile
        .tree
        .stages
        .first()
        .and_then(|stage| dockerfile.tree.instructions.get(stage.from_index()));
    from.map(|from| from.span).unwrap_or_default()
}

/// Of the Dockerfile's directory and those above it, the one in which most `COPY` sources are
/// found; the nearest of equals.
fn infer_context(
    tree: &dyn Tree,
    path: &TreePath,
    dockerfile: &DockerfileDocument,
) -> ContextSource {
    let sources: Vec<&str> = dockerfile
        .tree
        .instructions
        .iter()
        .filter(|instruction| instruction.flag("from").is_none())
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Copy(copy) | InstructionKind::Add(copy) => Some(copy),
            _ => None,
        })
        .flat_map(|copy| &copy.sources)
        .filter_map(|source| match source {
            CopySource::Path(path) => Some(path.value.as_str()),
            CopySource::Heredoc(_) => None,
        })
        .filter(|source| !source.contains('$') && !source.contains("://"))
        .collect();
    let mut best = (0, path.parent().unwrap_or_else(TreePath::root));
    let mut directory = path.parent();
    while let Some(candidate) = directory {
        let context = BuildContext::new(tree, candidate.clone(), None);
        let found = sources.iter().filter(|source| {
            let sources = context.resolve_source(source);
            sources.is_ok_and(|sources| !sources.matched.is_empty())
        });
        let found = found.count();
        if found > best.0 {
            best = (found, candidate.clone());
        }
        if best.0 == sources.len() {
            break;
        }
        directory = candidate.parent();
    }
    ContextSource::Inferred {
        complete: best.0 == sources.len(),
        directory: best.1,
    }
}
