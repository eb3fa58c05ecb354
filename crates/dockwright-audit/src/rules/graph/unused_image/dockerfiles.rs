//! Dockerfiles that nothing builds.

use std::collections::HashSet;

use dockwright_environment::definition::{BuildDefinition, DefinitionId, Origin};
use dockwright_environment::image_use::Producer;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::{Environment, TreePath, Value};
use rayon::prelude::*;

use crate::{Confidence, Finding, Metadata};

/// Parts of a path that hold what is built by tests, or by readers.
const BUILT_OTHERWISE: [&str; 13] = [
    "test",
    "tests",
    "e2e",
    "fixtures",
    "testdata",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "templates",
    ".devcontainer",
];

/// Reports Dockerfiles that nothing builds or mentions.
pub(super) fn check(
    rule: &'static Metadata,
    environment: &Environment,
    findings: &mut Vec<Finding>,
) {
    let (declared, inferred): (Vec<_>, Vec<_>) = environment
        .definitions
        .iter()
        .partition(|definition| definition.is_declared());
    let built: HashSet<_> = declared
        .iter()
        .filter_map(|definition| definition.dockerfile_id())
        .collect();
    let has_project = declared
        .iter()
        .any(|definition| definition.origin != Origin::Command);
    // Where most Dockerfiles are built by nothing that is read, something else builds them.
    if !has_project || inferred.len() > built.len() || has_open_definition(&declared) {
        return;
    }
    let meant = meant(environment);
    for definition in inferred {
        let document = definition
            .dockerfile_id()
            .and_then(|id| environment.dockerfile(id))
            .map(|dockerfile| dockerfile.document);
        let Some(document) = document.map(|document| environment.documents.get(document)) else {
            continue;
        };
        let path = &document.path;
        let otherwise = path.parts().any(|part| BUILT_OTHERWISE.contains(&part));
        let broken = !document.problems.is_empty();
        if otherwise || broken || meant.contains(&definition.id) || is_mentioned(environment, path)
        {
            continue;
        }
        let message = format!("nothing builds `{path}`, and nothing mentions it");
        findings.push(
            Finding::new(rule, definition.location, message)
                .confidence(Confidence::Medium)
                .help("declare its build in a Compose or bake file, or remove it"),
        );
    }
}

/// Whether a definition's Dockerfile is in a variable without a value: it may be any.
fn has_open_definition(declared: &[&BuildDefinition]) -> bool {
    let open = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_known());
    declared
        .iter()
        .any(|definition| open(&definition.dockerfile_value) || open(&definition.context_value))
}

/// Inferred definitions whose image somebody needs by a name that looks like theirs.
fn meant(environment: &Environment) -> HashSet<DefinitionId> {
    let uses = environment.uses.iter();
    let meant = uses.filter_map(|image_use| match &image_use.producer {
        Producer::Undeclared(ids) => Some(ids),
        _ => None,
    });
    meant.flatten().copied().collect()
}

/// Whether a text of the repository speaks of a Dockerfile, by its name or directory, or of
/// Dockerfiles by a pattern.
fn is_mentioned(environment: &Environment, path: &TreePath) -> bool {
    let name = path.file_name();
    let plain = matches!(name, "Dockerfile" | "Containerfile");
    let Some(directory) = path.parent() else {
        return true;
    };
    let mut parts: Vec<&str> = directory.parts().rev().take(2).collect();
    parts.reverse();
    let tail = parts.join("/");
    // A plain name at the root is what `docker build .` builds.
    if plain && tail.is_empty() {
        return true;
    }
    let others = environment.text_files().par_iter();
    let others = others.filter(|file| file.path != *path && !is_log(file));
    others.any(|file| {
        if !plain {
            return file.mentions(name) || speaks_of_kind(&file.text, name);
        }
        let beside = file.path.parent().as_ref() == Some(&directory) && file.mentions("Dockerfile");
        let by_directory = file.mentions(&tail) && (parts.len() > 1 || !file.is_prose());
        beside || by_directory || looks_for_dockerfiles(&file.text)
    })
}

/// Whether a file tells of the past.
fn is_log(file: &TextFile) -> bool {
    let name = file.path.file_name().to_lowercase();
    name.starts_with("changelog") || name.starts_with("changes") || name.starts_with("history")
}

/// Whether a text names Dockerfiles of a kind with a variable: `Dockerfile.$name`.
fn speaks_of_kind(text: &str, name: &str) -> bool {
    let kinds: [&str; 6] = if name.starts_with("Dockerfile") {
        [
            "Dockerfile.$",
            "Dockerfile.{",
            "Dockerfile.*",
            "Dockerfile-$",
            "Dockerfile*",
            "Dockerfile_$",
        ]
    } else {
        [
            "}.Dockerfile",
            "*.Dockerfile",
            "}.dockerfile",
            "*.dockerfile",
            ").Dockerfile",
            "*Dockerfile",
        ]
    };
    kinds.iter().any(|kind| text.contains(kind))
}

/// Whether a text names Dockerfiles by a pattern, or in a directory that a variable names.
fn looks_for_dockerfiles(text: &str) -> bool {
    let by_name = [
        "-name Dockerfile",
        "-name \"Dockerfile",
        "-name 'Dockerfile",
    ]
    .iter()
    .any(|find| text.contains(find));
    by_name
        || text.match_indices("/Dockerfile").any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            let word = before
                .rsplit(|c: char| !c.is_alphanumeric() && !"_-$*{}().\"'".contains(c))
                .next();
            word.is_some_and(|word| word.contains(['$', '*', '}', ')']))
        })
}
