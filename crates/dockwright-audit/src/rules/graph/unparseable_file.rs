//! `unparseable-file`

use dockwright_environment::compose::ProblemKind;
use dockwright_environment::definition::{ContextSource, DockerfileSource};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Document, DocumentId, Environment, Location};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Metadata};

rule! {
    /// There is a file that its own tool refuses.
    ///
    /// ## What it does
    ///
    /// Reports every Dockerfile, Compose file, bake file and ignore file that cannot be read – a directory
    /// or a link out of the repository in its place, bytes that are not UTF-8, a size beyond the limit –
    /// and every one that its tool would refuse: a syntax error, a value of the wrong type, a service
    /// that refers to one that is not defined. What is refused only while a variable has no value is left
    /// alone.
    ///
    /// ## Why is this bad?
    ///
    /// Nothing in the file takes effect, and whoever needs it gets the tool's error. What the file means
    /// for the others cannot be checked either.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: 8080
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["8080:80"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what was meant is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference
    /// - Compose specification
    /// - Bake file reference
    UnparseableFile {
        name: "unparseable-file",
        family: Graph,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

/// Places of one file that are told beside the first.
const MORE: usize = 5;

impl Rule for UnparseableFile {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for document in environment
            .documents
            .iter()
            .filter(|document| !document.problems.is_empty())
        {
            findings.extend(document_finding(self.metadata(), environment, document));
        }
        for (location, problem) in &environment.problems {
            let path = &environment.documents.get(location.document).path;
            let finding = Finding::new(
                self.metadata(),
                *location,
                format!("`{path}` is refused: {}", problem.message),
            );
            findings.push(with_help(finding, problem.help.as_deref()));
        }
        for project in &environment.compose {
            for problem in project
                .problems
                .iter()
                .filter(|problem| problem.kind == ProblemKind::Refused)
            {
                let document = environment.documents.get(problem.location.document);
                let message = format!("Compose refuses `{}`: {}", document.path, problem.message);
                // The resolver reads what is left after a syntax error.
                if document.problems.is_empty() {
                    findings.push(Finding::new(self.metadata(), problem.location, message));
                }
            }
        }
        check_dockerfile_paths(self.metadata(), environment, findings);
    }
}

/// One finding for a file, at its first problem.
fn document_finding(
    rule: &'static Metadata,
    environment: &Environment,
    document: &Document,
) -> Option<Finding> {
    let (first, rest) = document.problems.split_first()?;
    let place = |span| Location::new(document.id, span);
    let path = &document.path;
    let is_read = !document.text.is_empty();
    let message = if is_read {
        format!(
            "`{path}` is refused by {}: {}",
            tool(environment, document.id),
            first.message
        )
    } else {
        format!("`{path}` cannot be read: {}", first.message)
    };
    let mut finding = with_help(
        Finding::new(rule, place(first.span), message),
        first.help.as_deref(),
    );
    for problem in rest.iter().take(MORE) {
        finding = finding.related(place(problem.span), problem.message.clone());
    }
    let dockerfile = environment
        .dockerfiles
        .iter()
        .find(|dockerfile| dockerfile.document == document.id);
    let declared = dockerfile.is_none_or(|dockerfile| {
        environment
            .definitions_of(dockerfile.id)
            .any(|definition| definition.is_declared())
    });
    // A file that nothing builds may be a fragment, or a template of another tool.
    if is_read && !declared {
        finding = finding.confidence(Confidence::Medium);
    }
    Some(finding)
}

fn with_help(finding: Finding, help: Option<&str>) -> Finding {
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Who refuses a document.
fn tool(environment: &Environment, id: DocumentId) -> &'static str {
    let is_dockerfile = environment
        .dockerfiles
        .iter()
        .any(|dockerfile| dockerfile.document == id);
    let is_ignore = environment
        .ignore_files
        .iter()
        .any(|ignore| ignore.document == id);
    let is_bake = environment
        .bake
        .iter()
        .any(|project| project.files.contains(&id));
    if is_dockerfile || is_ignore {
        "the builder"
    } else if is_bake {
        "bake"
    } else {
        "Compose"
    }
}

/// Definitions that give something else than a file as their Dockerfile.
fn check_dockerfile_paths(
    rule: &'static Metadata,
    environment: &Environment,
    findings: &mut Vec<Finding>,
) {
    for definition in &environment.definitions {
        let (DockerfileSource::Unknown, Some(value), ContextSource::Directory(context)) = (
            &definition.dockerfile,
            &definition.dockerfile_value,
            &definition.context,
        ) else {
            continue;
        };
        let path = value.known().and_then(|path| context.join(path));
        let Some(entry) = path.and_then(|path| environment.tree.entry(&path)) else {
            continue;
        };
        if entry.kind == EntryKind::Directory {
            let message = format!(
                "the Dockerfile `{}` cannot be read: it is a directory",
                entry.path
            );
            let at = if value.location.span == Span::default() {
                definition.location
            } else {
                value.location
            };
            findings.push(Finding::new(rule, at, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn yaml_is_refused_once() {
        insta::assert_snapshot!(audit("unparseable-file", "\
-- compose.yaml --
services:
  web: {image: nginx
  db:
    image: postgres:18
"), @r#"error compose.yaml:3:5 `compose.yaml` is refused by Compose: while parsing a flow mapping, did not find expected ',' or '}'"#);
    }

    #[test]
    fn a_dockerfile_is_refused_once_and_surer_when_it_is_built() {
        let dockerfile = "-- web/Dockerfile --\nFROM debian:trixie\nRUM make\nCOPY a\n";
        let compose = "-- compose.yaml --\nservices:\n  web:\n    build: web\n";
        insta::assert_snapshot!(audit("unparseable-file", dockerfile), @r#"
        error (medium) web/Dockerfile:2:1 `web/Dockerfile` is refused by the builder: `RUM` is no instruction
          web/Dockerfile:3:6 COPY needs a source and a destination
          help: did you mean RUN?
        "#);
        insta::assert_snapshot!(audit("unparseable-file", &format!("{dockerfile}{compose}")), @r#"
        error web/Dockerfile:2:1 `web/Dockerfile` is refused by the builder: `RUM` is no instruction
          web/Dockerfile:3:6 COPY needs a source and a destination
          help: did you mean RUN?
        "#);
    }

    #[test]
    fn a_directory_in_place_of_a_dockerfile() {
        insta::assert_snapshot!(audit("unparseable-file", "\
-- docker/Dockerfile.web --
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build:
      context: .
      dockerfile: docker
"), @r#"error compose.yaml:5:19 the Dockerfile `docker` cannot be read: it is a directory"#);
    }

    #[test]
    fn a_variable_that_must_be_set_is_no_mistake() {
        assert_eq!(
            audit(
                "unparseable-file",
                "-- compose.yaml --\nservices:\n  web:\n    image: web:${TAG:?set it}\n"
            ),
            ""
        );
    }
}
