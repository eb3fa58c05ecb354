//! `unused-image`

use std::collections::{HashMap, HashSet};

use dockwright_environment::build::{Base, Build};
use dockwright_environment::definition::{BuildDefinition, DefinitionId, Origin};
use dockwright_environment::image_use::Producer;
use dockwright_environment::mentions::{TextFile, has_word};
use dockwright_environment::{DockerfileDocument, Environment, Location, TreePath, Value};
use dockwright_syntax::dockerfile;
use rayon::prelude::*;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Metadata, Severity};

rule! {
    /// There is a Dockerfile or a stage that nothing builds.
    ///
    /// ## What it does
    ///
    /// Reports a Dockerfile that no Compose file, bake file or `docker build` builds and whose path no
    /// text of the repository mentions, in a repository that says how most of its Dockerfiles are built.
    /// Reports a stage that is not the last and that no `FROM`, `COPY --from`, mount or target asks for;
    /// a stage with a name is only information, since it may be built by hand.
    ///
    /// Dockerfiles of tests and examples are left alone, and so is everything in a repository whose
    /// scripts look for Dockerfiles by a pattern.
    ///
    /// ## Why is this bad?
    ///
    /// What nothing builds is not tested and grows old: its base has gone, its paths have moved. Readers
    /// cannot tell whether it matters.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: web
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile packaging/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: web
    ///   packaging:
    ///     build: packaging/docker
    ///     profiles: [packaging]
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile packaging/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether to build it or to remove it must be decided.
    ///
    /// ## References
    ///
    /// - Docker build documentation, "Multi-stage builds": `BuildKit` builds only the stages that the target
    ///   depends on
    UnusedImage {
        name: "unused-image",
        family: Graph,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

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

impl Rule for UnusedImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        check_dockerfiles(self.metadata(), cx.environment, findings);
        let mut targets = HashMap::new();
        for dockerfile in &cx.environment.dockerfiles {
            check_stages(
                self.metadata(),
                cx.environment,
                dockerfile,
                &mut targets,
                findings,
            );
        }
    }
}

fn check_dockerfiles(
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

fn check_stages<'a>(
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

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const STAGES: &str =
        "-- Dockerfile --\nFROM debian:trixie AS base\nFROM base AS lint\nRUN lint\nFROM base\n";

    #[test]
    fn a_stage_that_nothing_asks_for() {
        insta::assert_snapshot!(audit("unused-image", STAGES), @r#"
        info (medium) Dockerfile:2:14 nothing asks for the stage `lint`
          help: remove it, or declare a build with it as the target
        "#);
    }

    #[test]
    fn a_workflow_may_ask_for_a_stage() {
        let workflow = "-- .github/workflows/ci.yaml --\nwith:\n  target: ${{ matrix.stage }}\nmatrix:\n  stage:\n    - lint\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{workflow}")), "");
        let readme = "-- README.md --\n    docker build --target lint .\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{readme}")), "");
        let bake = "-- docker-bake.hcl --\ntarget \"x\" {\n  target = \"lint\"\n}\n";
        assert_eq!(audit("unused-image", &format!("{STAGES}{bake}")), "");
    }

    #[test]
    fn a_stage_that_an_argument_chooses() {
        let files = "-- Dockerfile --\nARG KIND=a\nFROM debian:trixie AS base-a\nFROM debian:sid AS base-b\nFROM base-${KIND}\n";
        assert_eq!(audit("unused-image", files), "");
    }

    #[test]
    fn a_dockerfile_that_is_mentioned_or_alone_is_used() {
        let built = "-- web/Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web:\n    build: web\n";
        let other = "-- pack/linux/Dockerfile --\nFROM debian:trixie\n";
        assert_eq!(audit("unused-image", other), "");
        for mention in [
            "-- Makefile --\nIMAGES = pack/linux\n",
            "-- ci.py --\nbuild(f'{directory}/Dockerfile')\n",
        ] {
            assert_eq!(
                audit("unused-image", &format!("{built}{other}{mention}")),
                ""
            );
        }
        let unmentioned = audit("unused-image", &format!("{built}{other}"));
        assert!(
            unmentioned.starts_with("warning (medium) pack/linux/Dockerfile:1:1 nothing builds"),
            "{unmentioned}"
        );
    }
}
