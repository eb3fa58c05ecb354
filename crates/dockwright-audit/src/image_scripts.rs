//! Which scripts of the repository an image runs.

use std::collections::{BTreeSet, HashMap};

use dockwright_environment::build::StageId;
use dockwright_environment::configuration::CommandValue;
use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::definition::{DefinitionId, Origin};
use dockwright_environment::image_use::{ImageUse, Producer, User};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, ScriptDocument, TreePath, Value, compose};

/// Scripts that call scripts that call scripts are followed so far.
const MAX_DEPTH: usize = 4;

/// The stage whose image a service runs; `None` when it comes from elsewhere.
pub(crate) fn stage_of_service(
    environment: &Environment,
    project: usize,
    service: usize,
) -> Option<StageId> {
    let origin = Origin::Service { project, service };
    let user = User::Service { project, service };
    let mut definitions = environment.definitions.iter();
    let own = definitions.find(|definition| definition.origin == origin);
    let image_use = || environment.uses.iter().find(|one| one.user == user);
    stage_of(environment, own.map(|definition| definition.id), image_use)
}

/// The stage that a service builds, or else the one that it uses the image of.
fn stage_of<'a>(
    environment: &Environment,
    own: Option<DefinitionId>,
    image_use: impl FnOnce() -> Option<&'a ImageUse>,
) -> Option<StageId> {
    let definition = match own {
        Some(definition) => definition,
        None => *producers(&image_use()?.producer).first()?,
    };
    let stage = environment.build(definition)?.target?;
    Some(StageId { definition, stage })
}

fn producers(producer: &Producer) -> &[DefinitionId] {
    match producer {
        Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) => ids,
        Producer::Nobody | Producer::Elsewhere | Producer::Unknown => &[],
    }
}

/// The words of a command: those that the service gives, else those of the image.
fn effective(own: Option<&compose::CommandLine>, image: Option<CommandValue>) -> Vec<String> {
    match own {
        Some(own) => own
            .words
            .iter()
            .filter_map(Value::known)
            .map(str::to_owned)
            .collect(),
        None => image.map(|command| command.words).unwrap_or_default(),
    }
}

/// The scripts of the repository that run in an image: its entrypoint and command, those of the
/// service, and what they call.
pub(crate) fn scripts<'a>(
    environment: &'a Environment,
    stage: StageId,
    service: Option<&compose::Service>,
) -> Vec<&'a ScriptDocument> {
    let configuration = environment.configuration(stage);
    let entrypoint = service.and_then(|service| service.entrypoint.as_ref());
    let command = service.and_then(|service| service.command.as_ref());
    let mut words = effective(entrypoint, configuration.entrypoint);
    words.extend(effective(command, configuration.command));
    let words = words.iter().flat_map(|word| word.split_whitespace());
    let mut next: Vec<TreePath> = words
        .filter_map(|word| file(environment, stage, word, 0))
        .collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for _ in 0..MAX_DEPTH {
        for path in std::mem::take(&mut next) {
            if !seen.insert(path.clone()) {
                continue;
            }
            let Some(script) = script_at(environment, &path) else {
                continue;
            };
            found.push(script);
            for call in script.script(&environment.documents).commands() {
                let words = call
                    .command
                    .words
                    .iter()
                    .take(3)
                    .filter_map(|word| word.literal.as_deref());
                next.extend(words.filter_map(|word| file(environment, stage, word, 0)));
            }
        }
    }
    found
}

/// The script of the repository that is the entrypoint of an image, when it is given no words of its
/// own.
pub(crate) fn entrypoint(environment: &Environment, stage: StageId) -> Option<&ScriptDocument> {
    let entrypoint = environment.configuration(stage).entrypoint?;
    let [word] = entrypoint.words.as_slice() else {
        return None;
    };
    script_at(environment, &file(environment, stage, word, 0)?)
}

fn script_at<'a>(environment: &'a Environment, path: &TreePath) -> Option<&'a ScriptDocument> {
    let document = environment.documents.by_path(path)?.id;
    environment
        .scripts
        .iter()
        .find(|script| script.document == document)
}

/// The file of the repository that is at `path` in an image, as far as `COPY` says.
fn file(environment: &Environment, stage: StageId, path: &str, depth: usize) -> Option<TreePath> {
    if !path.contains('/') && !path.contains('.') || depth > MAX_DEPTH {
        return None;
    }
    let name = path.rsplit('/').next()?;
    environment.chain_stages(stage).find_map(|link| {
        let copies = environment.copies(link);
        copies
            .iter()
            .rev()
            .find_map(|copy| copied(environment, copy, path, name, depth))
    })
}

fn copied(
    environment: &Environment,
    copy: &CopyStep<'_>,
    path: &str,
    name: &str,
    depth: usize,
) -> Option<TreePath> {
    let destination = copy.destination.known()?;
    let directory = destination.trim_end_matches('/');
    let absolute = path.starts_with('/');
    copy.sources.iter().find_map(|source| {
        let source = source.known()?.trim_end_matches('/');
        let source_name = source.rsplit('/').next().unwrap_or(source);
        // Where in the source the path is: the source itself, or something below it.
        let below = if !absolute {
            let own = path.trim_start_matches("./");
            (source_name == own || source == ".").then_some(own)
        } else if path == destination {
            Some(name)
        } else {
            path.strip_prefix(directory)
                .and_then(|rest| rest.strip_prefix('/'))
        }?;
        match &copy.origin {
            CopyOrigin::Context => {
                let definition = environment.definition(copy.stage.definition)?;
                let root = definition
                    .context
                    .directory()?
                    .join(source.trim_start_matches('/'))?;
                let is_file = |path: &TreePath| {
                    environment
                        .tree
                        .entry(path)
                        .is_some_and(|entry| entry.kind == EntryKind::File)
                };
                let exact = path == destination || source_name == below;
                let wildcard = || root.parent()?.join(below).filter(|_| source.contains('*'));
                Some(root.clone())
                    .filter(|root| exact && is_file(root))
                    .or_else(|| root.join(below).filter(is_file))
                    .or_else(|| wildcard().filter(is_file))
            }
            CopyOrigin::Stage(stage) => {
                let inner = if path == destination || source_name == below {
                    source.to_owned()
                } else {
                    format!("{source}/{below}")
                };
                file(environment, *stage, &inner, depth + 1)
            }
            CopyOrigin::Elsewhere => None,
        }
    })
}

/// Every service of every project that runs an image of the repository.
pub(crate) fn services(environment: &Environment) -> Vec<(&compose::Service, StageId)> {
    // Looked up once for each of many services.
    let definitions = environment.definitions.iter().rev();
    let builders: HashMap<Origin, DefinitionId> = definitions
        .map(|definition| (definition.origin, definition.id))
        .collect();
    let uses = environment.uses.iter().rev();
    let uses: HashMap<User, &ImageUse> = uses.map(|one| (one.user, one)).collect();
    let mut found = Vec::new();
    for (project, own) in environment.compose.iter().enumerate() {
        for (service, own) in own.services.iter().enumerate() {
            let builder = builders.get(&Origin::Service { project, service }).copied();
            let image_use = || uses.get(&User::Service { project, service }).copied();
            if let Some(stage) = stage_of(environment, builder, image_use) {
                found.push((own, stage));
            }
        }
    }
    found
}
