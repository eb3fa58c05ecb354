//! `dead-dockerignore`

use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DockerfileSource, Origin,
};
use dockwright_environment::{Environment, IgnoreDocument, Location, TreePath};
use dockwright_syntax::Span;

use crate::reads;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is an ignore file that no build reads.
    ///
    /// ## What it does
    ///
    /// The engine reads `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` at the
    /// root of the build context, and no other. Reports an ignore file whose Dockerfile is not there, a
    /// `.dockerignore` in a directory that is no context while its Dockerfiles are built with another,
    /// and one whose place `<Dockerfile>.dockerignore` files have taken.
    ///
    /// ## Why is this bad?
    ///
    /// Its patterns look as if they kept something out of the build, and do not.
    ///
    /// ## Example
    ///
    /// ```dockerfile docker/Dockerfile
    /// FROM debian:trixie
    /// COPY src /src
    /// ```
    /// ```text src/main.c
    /// int main(void) { return 0; }
    /// ```
    /// ```text docker/.dockerignore
    /// *.log
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       dockerfile: docker/Dockerfile
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile docker/Dockerfile
    /// FROM debian:trixie
    /// COPY src /src
    /// ```
    /// ```text src/main.c
    /// int main(void) { return 0; }
    /// ```
    /// ```text docker/Dockerfile.dockerignore
    /// *.log
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       dockerfile: docker/Dockerfile
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: it may have to be removed, renamed or moved, and its patterns are relative to the
    /// context it was written for.
    ///
    /// ## References
    ///
    /// - Docker documentation: build context, .dockerignore files, filename and location
    DeadDockerignore {
        name: "dead-dockerignore",
        family: Context,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for DeadDockerignore {
    fn check_ignore_file(
        &self,
        cx: Context<'_>,
        ignore: &IgnoreDocument,
        findings: &mut Vec<Finding>,
    ) {
        let environment = cx.environment;
        let mut used = environment
            .contexts()
            .iter()
            .filter_map(|context| environment.ignore_of(context));
        if used.any(|used| used.document == ignore.document) {
            return;
        }
        let document = environment.documents.get(ignore.document);
        let first_line = document.text.lines().next().unwrap_or_default().len();
        let location = Location::new(ignore.document, Span::new(0, first_line));
        let Some(directory) = document.path.parent() else {
            return;
        };
        let Some(name) = document.path.file_name().strip_suffix(".dockerignore") else {
            return;
        };
        let finding = |message: String| Finding::new(self.metadata(), location, message);
        let found = if name.is_empty() {
            of_context(environment, &document.path, &directory, finding)
        } else {
            of_dockerfile(environment, &directory, name, finding)
        };
        findings.extend(found);
    }
}

/// A `<Dockerfile>.dockerignore`.
fn of_dockerfile(
    environment: &Environment,
    directory: &TreePath,
    name: &str,
    finding: impl Fn(String) -> Finding,
) -> Option<Finding> {
    let dockerfile = directory.join(name)?;
    if environment.tree.entry(&dockerfile).is_some() {
        return None;
    }
    // It may be made from a template.
    let prefix = format!("{name}.");
    let beside = environment.tree.list(directory);
    let is_made = environment.git_ignores(&dockerfile, false)
        || beside.iter().any(|entry| {
            let suffix = entry.path.file_name().strip_prefix(&prefix);
            suffix.is_some_and(|suffix| suffix != "dockerignore")
        });
    let paths = environment
        .dockerfiles
        .iter()
        .map(|other| &environment.documents.get(other.document).path);
    let others: Vec<String> = paths
        .filter(|path| path.parent().as_ref() == Some(directory))
        .map(|path| format!("`{}`", path.file_name()))
        .collect();
    let finding = finding(format!(
        "no build reads this ignore file: there is no `{dockerfile}`"
    ));
    let confidence = match (is_made, others.is_empty()) {
        (true, _) => Confidence::Low,
        (false, true) => Confidence::Medium,
        (false, false) => Confidence::High,
    };
    let help = if others.is_empty() {
        "remove it, or give it the name of the Dockerfile it is for".to_owned()
    } else {
        format!(
            "the Dockerfiles here are {}: name it after one of them, or remove it",
            others.join(", ")
        )
    };
    Some(finding.help(help).confidence(confidence))
}

/// A `.dockerignore`.
fn of_context(
    environment: &Environment,
    path: &TreePath,
    directory: &TreePath,
    finding: impl Fn(String) -> Finding,
) -> Option<Finding> {
    let with_context =
        |definition: &&BuildDefinition| definition.context.directory() == Some(directory);
    if let Some(definition) = environment.definitions.iter().find(with_context) {
        let context = environment
            .contexts()
            .iter()
            .find(|context| context.definitions.contains(&definition.id))?;
        let own = environment.ignore_of(context)?;
        let place = Location::new(own.document, Span::default());
        let certainty = certainty(environment, definition, directory)?;
        return Some(
            finding(format!("no build reads `{path}`: every Dockerfile of this context has an ignore file of its own"))
                .related(place, "this one is read instead")
                .help("remove it, or move its patterns to the files that are read")
                .confidence(certainty),
        );
    }
    let mut confidence = Confidence::High;
    let mut first: Option<&BuildDefinition> = None;
    for definition in &environment.definitions {
        let DockerfileSource::Read(id) = definition.dockerfile else {
            // What is not known may be built just here.
            if definition.dockerfile == DockerfileSource::Unknown
                && definition.context == ContextSource::Unknown
            {
                confidence = confidence.min(Confidence::Medium);
            }
            continue;
        };
        let dockerfile = environment.dockerfile(id)?;
        let is_inside = environment
            .documents
            .get(dockerfile.document)
            .path
            .relative_to(directory)
            .is_some();
        if is_inside {
            confidence = confidence.min(certainty(environment, definition, directory)?);
            first = first.or(Some(definition));
        }
    }
    let Some(definition) = first else {
        return Some(
            finding(format!(
                "no build reads `{path}`: no Dockerfile is built with this directory as its context"
            ))
            .help("remove it, or move it to the root of a build context")
            .confidence(Confidence::Low),
        );
    };
    let context = definition.context.directory()?;
    let dockerfile = environment.dockerfile(definition.dockerfile_id()?)?;
    let dockerfile = &environment.documents.get(dockerfile.document).path;
    let mut found = finding(format!(
        "no build reads `{path}`: `{dockerfile}` is built with the context `{context}`"
    ))
    .help(format!(
        "name it `{}.dockerignore` with patterns relative to `{context}`, or remove it",
        dockerfile.file_name()
    ));
    if definition.is_declared() {
        let value = definition.context_value.as_ref();
        let place = value.map_or(definition.location, |value| value.location);
        found = found.related(place, "the context is given here");
    }
    Some(found.confidence(confidence))
}

/// How sure it is that a definition's context is not `directory`; `None` when it may well be.
fn certainty(
    environment: &Environment,
    definition: &BuildDefinition,
    directory: &TreePath,
) -> Option<Confidence> {
    match (&definition.origin, &definition.context) {
        (Origin::Service { .. } | Origin::BakeTarget { .. }, ContextSource::Directory(_)) => {
            Some(Confidence::High)
        }
        (Origin::Command, ContextSource::Directory(_)) => Some(Confidence::Medium),
        (
            Origin::Dockerfile,
            ContextSource::Inferred {
                directory: context, ..
            },
        ) => {
            let is_above = directory
                .relative_to(context)
                .is_some_and(|rest| !rest.is_empty());
            let reads = reads::of_definition(environment, 0, definition);
            let is_evident = reads
                .iter()
                .any(|read| read.path().is_some_and(|path| !path.is_empty()))
                && reads
                    .iter()
                    .any(|read| read.confidence >= Confidence::Medium);
            if !is_evident {
                return None;
            }
            Some(if is_above {
                Confidence::Medium
            } else {
                Confidence::Low
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const RULE: &str = "dead-dockerignore";

    #[test]
    fn an_ignore_file_whose_dockerfile_was_renamed() {
        insta::assert_snapshot!(audit(RULE, "\
-- docker/Dockerfile.runner.dockerignore --
*.md
-- docker/Dockerfile.worker --
FROM debian
"), @r"
        warning docker/Dockerfile.runner.dockerignore:1:1 no build reads this ignore file: there is no `docker/Dockerfile.runner`
          help: the Dockerfiles here are `Dockerfile.worker`: name it after one of them, or remove it
        ");
    }

    #[test]
    fn an_ignore_file_at_the_root_of_a_guessed_context_may_be_read() {
        assert_eq!(
            audit(
                RULE,
                "-- .dockerignore --\n*.md\n-- docker/Dockerfile --\nFROM debian\n"
            ),
            ""
        );
        assert_eq!(
            audit(
                RULE,
                "-- .dockerignore --\n*.md\n-- docker/Dockerfile --\nFROM debian\nCOPY . .\n"
            ),
            ""
        );
    }

    #[test]
    fn sources_above_the_dockerfile_speak_for_a_context_above() {
        insta::assert_snapshot!(audit(RULE, "\
-- docker/.dockerignore --
*.md
-- src/main.c --
-- docker/Dockerfile --
FROM debian
COPY src /src
"), @r"
        warning (medium) docker/.dockerignore:1:1 no build reads `docker/.dockerignore`: `docker/Dockerfile` is built with the context `.`
          help: name it `Dockerfile.dockerignore` with patterns relative to `.`, or remove it
        ");
    }

    #[test]
    fn a_file_for_every_dockerfile_takes_the_place_of_the_common_one() {
        insta::assert_snapshot!(audit(RULE, "\
-- .dockerignore --
*.md
-- Dockerfile.dockerignore --
*.txt
-- Dockerfile --
FROM debian
-- compose.yaml --
services:
  web:
    build: .
"), @r"
        warning .dockerignore:1:1 no build reads `.dockerignore`: every Dockerfile of this context has an ignore file of its own
          Dockerfile.dockerignore:1:1 this one is read instead
          help: remove it, or move its patterns to the files that are read
        ");
    }
}
