//! Stages that nothing asks for.

use std::collections::{HashMap, HashSet};

use dockwright_environment::build::{Base, Build};
use dockwright_environment::definition::BuildDefinition;
use dockwright_environment::text_files::has_word;
use dockwright_environment::{DockerfileDocument, Environment, Location, Value};
use dockwright_syntax::dockerfile;
use rayon::prelude::*;

use crate::{Confidence, Finding, Metadata, Severity};

/// Reports the stages of a Dockerfile that nothing asks for. `targets` keeps, for every name of a
/// stage, whether a text names it as a target.
pub(super) fn check<'a>(
    rule: &'static Metadata,
    environment: &'a Environment,
    dockerfile: &'a DockerfileDocument,
    targets: &mut HashMap<&'a str, bool>,
    findings: &mut Vec<Finding>,
) {
    let Some((_, stages)) = dockerfile
        .tree
        .stages
        .split_last()
        .filter(|(_, before)| !before.is_empty())
    else {
        return;
    };
    let definitions: Vec<&BuildDefinition> = environment.definitions_of(dockerfile.id).collect();
    let builds: Vec<&Build> = definitions
        .iter()
        .filter_map(|definition| environment.build(definition.id))
        .collect();
    let open_target = definitions.iter().any(|definition| {
        definition
            .target
            .as_ref()
            .is_some_and(|target| !target.is_known())
    });
    if builds.is_empty() || open_target || builds.iter().any(|build| has_open_reference(build)) {
        return;
    }
    let asked: HashSet<usize> = builds.iter().flat_map(|build| asked(build)).collect();
    for (index, stage) in stages
        .iter()
        .enumerate()
        .filter(|(index, _)| !asked.contains(index))
    {
        let Some(from) = dockerfile.tree.instructions.get(stage.from_index()) else {
            continue;
        };
        let named = stage.name.as_ref().map(|name| name.value.as_str());
        if named.is_some_and(|name| {
            *targets
                .entry(name)
                .or_insert_with(|| is_target(environment, name))
        }) {
            continue;
        }
        findings.push(stage_finding(rule, dockerfile, index, stage, from.span));
    }
}

fn stage_finding(
    rule: &'static Metadata,
    dockerfile: &DockerfileDocument,
    index: usize,
    stage: &dockerfile::Stage,
    from: dockwright_syntax::Span,
) -> Finding {
    match &stage.name {
        Some(name) => {
            let message = format!("nothing asks for the stage `{}`", name.value);
            Finding::new(rule, Location::new(dockerfile.document, name.span), message)
                .severity(Severity::Info)
                .confidence(Confidence::Medium)
                .help("remove it, or declare a build with it as the target")
        }
        None => {
            let message = format!(
                "nothing can ask for stage {index}, which has no name, and nothing does by number"
            );
            Finding::new(rule, Location::new(dockerfile.document, from), message)
                .help("remove it, or give it a name and use it")
        }
    }
}

/// The stages that a build asks for.
fn asked(build: &Build) -> impl Iterator<Item = usize> {
    let sources = build
        .stages
        .iter()
        .flat_map(|stage| stage.sources.iter().map(|source| &source.base));
    let bases = build.stages.iter().map(|stage| &stage.base).chain(sources);
    let stages = bases.filter_map(|base| match base {
        Base::Stage(index) => Some(*index),
        _ => None,
    });
    stages.chain(build.target)
}

/// Whether a `FROM` or `COPY --from` may name other stages than it does by default.
fn has_open_reference(build: &Build) -> bool {
    let is_open = |value: &Value| !value.is_literal() && !value.text.contains([':', '/', '@']);
    let mut stages = build.stages.iter();
    stages.any(|stage| {
        is_open(&stage.base_value) || stage.sources.iter().any(|source| is_open(&source.name))
    })
}

/// Whether a text names a stage as a target.
fn is_target(environment: &Environment, name: &str) -> bool {
    environment.text_files().par_iter().any(|file| {
        let says_target = |text: &str| text.contains("target") || text.contains("TARGET");
        let file_name = file.path.file_name();
        let is_dockerfile = file_name.contains("ockerfile") || file_name.contains("ontainerfile");
        if file.is_prose() || is_dockerfile {
            file.lines_with(name).any(says_target)
        } else {
            says_target(&file.text) && has_word(&file.text, name)
        }
    })
}
