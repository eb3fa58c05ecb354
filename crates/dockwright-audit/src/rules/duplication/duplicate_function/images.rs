//! How images get a script that others read in.

use std::collections::BTreeSet;

use dockwright_environment::copies::{CopyOrigin, CopyStep};
use dockwright_environment::{DockerfileDocument, Environment, TreePath};
use dockwright_syntax::dockerfile::InstructionKind;

use crate::edits::DockerfileEdits;
use crate::{Fix, StageView};

/// Words of lines that bring a file to another place.
const CARRIERS: &[&str] = &[
    "cp",
    "from-file",
    "install",
    "ln",
    "mount",
    "mv",
    "rsync",
    "scp",
];

/// Copies a library beside each of the scripts. `None` where one of them comes to another place in a way
/// that is not known.
pub(super) fn with_library(
    environment: &Environment,
    mut fix: Fix,
    scripts: &[&TreePath],
    library: &TreePath,
) -> Option<Fix> {
    if is_carried(environment, scripts) {
        return None;
    }
    for dockerfile in &environment.dockerfiles {
        let edits = DockerfileEdits::of(environment, dockerfile);
        for stage in StageView::all(environment, dockerfile) {
            let mut seen = BTreeSet::new();
            for step in environment.copies(stage.id) {
                // One that copies it already may do so to the same place.
                if !scripts.is_empty()
                    && step
                        .sources
                        .iter()
                        .any(|it| it.text.ends_with(library.file_name()))
                {
                    return None;
                }
                let source = match copied(environment, dockerfile, &step, scripts) {
                    Copied::Nothing => continue,
                    Copied::Script(source) => source,
                    Copied::Unclear => return None,
                };
                let instruction = dockerfile.tree.instructions.get(step.index)?;
                if matches!(instruction.kind, InstructionKind::Onbuild(_)) {
                    return None;
                }
                let flags = step.instruction.flags.iter();
                let flags = flags.map(|flag| format!("{} ", edits.written(flag.span)));
                let flags: String = flags.collect();
                let paths = beside(&step, &source, library.file_name())?;
                // Several scripts in one directory need it once.
                if seen.insert(paths.clone()) {
                    let line = format!("COPY {flags}{paths}");
                    fix = edits.insert_after(fix, instruction, &line);
                }
            }
        }
    }
    Some(fix)
}

/// Whether a command or a mount brings one of the scripts to another place.
fn is_carried(environment: &Environment, scripts: &[&TreePath]) -> bool {
    let services = environment
        .all_compose()
        .flat_map(|project| &project.services);
    let mut mounts = services.flat_map(|service| &service.volumes);
    let is_mounted = mounts.any(|mount| {
        let source = mount.source.as_ref().and_then(|source| source.known());
        let path = source.and_then(|source| mount.directory.join(source));
        path.is_some_and(|path| scripts.contains(&&path))
    });
    is_mounted
        || scripts.iter().any(|script| {
            let name = script.file_name();
            let mut lines = environment
                .text_files()
                .iter()
                .flat_map(|file| file.lines_with(name));
            lines.any(|line| {
                let rest = line.replace(name, "");
                let is_word = |letter: char| !letter.is_alphanumeric() && letter != '-';
                let mut words = rest.split(is_word);
                words.any(|word| {
                    CARRIERS
                        .iter()
                        .any(|carrier| word.trim_start_matches('-') == *carrier)
                })
            })
        })
}

/// What a `COPY` takes of some scripts.
enum Copied {
    /// None of them by its name.
    Nothing,
    /// One of them, named so.
    Script(String),
    /// It is not known.
    Unclear,
}

/// What a `COPY` takes of the scripts.
fn copied(
    environment: &Environment,
    dockerfile: &DockerfileDocument,
    step: &CopyStep<'_>,
    scripts: &[&TreePath],
) -> Copied {
    for source in &step.sources {
        let text = source.text.as_str();
        let (directory, name) = text.rsplit_once('/').unwrap_or((".", text));
        let is_pattern = name.contains(['*', '?', '[']);
        let paths = environment.definitions_of(dockerfile.id).map(|definition| {
            let context = definition.context.directory()?;
            context.join(directory.trim_start_matches('/'))
        });
        let directories: Vec<Option<TreePath>> = paths.collect();
        let is_there = |script: &&&TreePath| {
            let parent = script.parent();
            parent.is_some() && directories.contains(&parent)
        };
        if is_pattern {
            // What stands beside the scripts is copied with them.
            let is_all = matches!(name, "*" | "*.sh");
            if !is_all && scripts.iter().any(|script| is_there(&script)) {
                return Copied::Unclear;
            }
            continue;
        }
        let mut named = scripts.iter().filter(|script| script.file_name() == name);
        if named.clone().next().is_none() {
            continue;
        }
        if directories.iter().any(Option::is_none) || step.origin != CopyOrigin::Context {
            return Copied::Unclear;
        }
        let Some(script) = named.find(is_there) else {
            continue;
        };
        let is_everywhere = directories.iter().all(|it| *it == script.parent());
        let is_plain = source.is_literal() && !text.contains([' ', '"', '\'']);
        return if is_everywhere && is_plain {
            Copied::Script(text.to_owned())
        } else {
            Copied::Unclear
        };
    }
    Copied::Nothing
}

/// The arguments of a `COPY` that brings a library to where another brings a script that lies beside it.
fn beside(step: &CopyStep<'_>, source: &str, library: &str) -> Option<String> {
    if step.instruction.flag("parents").is_some() || !step.instruction.heredocs.is_empty() {
        return None;
    }
    let rename = |path: &str| match path.rsplit_once('/') {
        Some((directory, _)) => format!("{directory}/{library}"),
        None => library.to_owned(),
    };
    let destination = step.copy.destination.value.as_str();
    let name = destination.rsplit('/').next().unwrap_or_default();
    let is_directory = step.copy.sources.len() > 1 || matches!(name, "" | "." | "..");
    let is_file = name.contains('.') || source.rsplit('/').next() == Some(name);
    let destination = match (is_directory, is_file) {
        (true, _) => destination.to_owned(),
        (false, true) => rename(destination),
        // It may be a directory that is there already.
        (false, false) => return None,
    };
    let is_plain = !destination.contains(['$', ' ', '"', '\'']);
    is_plain.then(|| format!("{} {destination}", rename(source)))
}
