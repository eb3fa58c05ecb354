//! `unparseable-file`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::compose::{self, FILE_NAMES, ProblemKind, Project};
use dockwright_environment::definition::{BuildDefinition, ContextSource, DockerfileSource};
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Document, DocumentId, Environment, Location};
use dockwright_syntax::Span;

use crate::images::is_fixture;
use crate::rule::{Context, Describe, Rule, rule};
use crate::rules::dockerfile::refused_instruction;
use crate::{Confidence, Finding, Metadata};

rule! {
    /// There is a file that its own tool refuses.
    ///
    /// ## What it does
    ///
    /// Reports every Dockerfile, Compose file, bake file, INI file, ignore file and configuration of hadolint that cannot be read – a directory
    /// or a link out of the repository in its place, bytes that are not UTF-8, a size beyond the limit –
    /// and every one that its tool would refuse: a syntax error, a value of the wrong type, a service
    /// that refers to one that is not defined, a `COPY --from` of a later stage. What is refused only
    /// while a variable has no value is left alone, and so are names of images, of which
    /// `invalid-image-reference` tells, and what `refused-instruction` tells of.
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
        aliases: ["invalid-schema", "invalid-yaml"],
    }
}

/// Places of one file that are told beside the first.
const MORE: usize = 5;

impl Rule for UnparseableFile {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let named = named_elsewhere(environment);
        for document in environment
            .documents
            .iter()
            .filter(|document| !document.problems.is_empty())
        {
            findings.extend(document_finding(
                self.metadata(),
                environment,
                document,
                &named,
            ));
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
        check_projects(self.metadata(), environment, findings);
        for project in &environment.bake {
            for (location, message) in &project.problems {
                let document = environment.documents.get(location.document);
                if document.problems.is_empty() {
                    let finding = Finding::new(
                        self.metadata(),
                        *location,
                        format!("bake refuses `{}`: {message}", document.path),
                    );
                    // Anything else may depend on a variable that the caller sets.
                    let is_sure = ["there is no target", "the matrix"]
                        .iter()
                        .any(|start| message.starts_with(start));
                    findings.push(if is_sure {
                        finding
                    } else {
                        finding.confidence(Confidence::Low)
                    });
                }
            }
        }
        check_dockerfile_paths(self.metadata(), environment, findings);
        check_linters(self.metadata(), cx, findings);
    }
}

/// One finding for every file that Compose refuses for what it says itself.
fn check_projects(rule: &'static Metadata, environment: &Environment, findings: &mut Vec<Finding>) {
    let mut refused: BTreeMap<DocumentId, Vec<(&Project, &compose::Problem)>> = BTreeMap::new();
    for project in &environment.compose {
        for problem in project
            .problems
            .iter()
            .filter(|problem| problem.kind == ProblemKind::Refused)
        {
            // The resolver goes on with what is left after a syntax error.
            let is_read = environment
                .documents
                .get(problem.location.document)
                .problems
                .is_empty();
            if is_read && !is_completed(environment, project, problem) {
                refused
                    .entry(problem.location.document)
                    .or_default()
                    .push((project, problem));
            }
        }
    }
    for (id, mut problems) in refused {
        problems.sort_by_key(|(_, problem)| problem.location);
        problems.dedup_by(|(_, a), (_, b)| a.location == b.location);
        let Some(((project, first), rest)) = problems.split_first() else {
            continue;
        };
        let path = &environment.documents.get(id).path;
        let mut finding = Finding::new(
            rule,
            first.location,
            format!("Compose refuses `{path}`: {}", first.message),
        );
        for (_, problem) in rest.iter().take(MORE) {
            finding = finding.related(problem.location, problem.message.clone());
        }
        let is_compose = path.file_name().contains("compose") && !project.services.is_empty();
        if !(is_compose || FILE_NAMES.contains(&path.file_name()))
            || is_fixture(environment, first.location)
        {
            // It may be a file of another tool, or wrong on purpose.
            finding = finding.confidence(Confidence::Low);
        }
        findings.push(finding);
    }
}

/// Whether a file of another project has what is missing in this one: the file is then meant to be
/// laid over that, or to be included by it.
fn is_completed(environment: &Environment, project: &Project, problem: &compose::Problem) -> bool {
    let is_missing = problem.message.starts_with("there is no ")
        || problem.message.contains("has neither an image nor a build");
    let Some(name) = problem.message.split('`').nth(1).filter(|_| is_missing) else {
        return false;
    };
    // A name that comes from a variable without a value.
    if name.is_empty() {
        return true;
    }
    let others = environment
        .compose
        .iter()
        .filter(|other| !std::ptr::eq(*other, project));
    others.into_iter().any(|other| {
        let services = other
            .services
            .iter()
            .filter(|service| service.image.is_some() || service.build.is_some());
        let resources = [
            &other.networks,
            &other.volumes,
            &other.configs,
            &other.secrets,
        ];
        let resources = resources
            .into_iter()
            .flatten()
            .map(|resource| &resource.name);
        services
            .map(|service| &service.name)
            .chain(resources)
            .any(|other| &*other.text == name)
    })
}

/// Where names of images stand that `invalid-image-reference` tells of.
fn named_elsewhere(environment: &Environment) -> BTreeSet<Location> {
    let uses = environment.uses.iter();
    uses.filter(|image_use| matches!(image_use.reference, Some(Err(_))))
        .map(|image_use| image_use.value.location)
        .collect()
}

/// One finding for a file, at its first problem that is not told of at one of the places `named`.
fn document_finding(
    rule: &'static Metadata,
    environment: &Environment,
    document: &Document,
    named: &BTreeSet<Location>,
) -> Option<Finding> {
    let place = |span| Location::new(document.id, span);
    let problems = document.problems.iter();
    let mut problems = problems.filter(|problem| {
        !named.contains(&place(problem.span)) && refused_instruction::codes(problem).is_none()
    });
    let first = problems.next()?;
    let path = &document.path;
    let dockerfile = environment
        .dockerfiles
        .iter()
        .find(|dockerfile| dockerfile.document == document.id);
    let is_read = !document.text.is_empty() || dockerfile.is_some();
    let mut hidden = environment.tree.problems().iter();
    let is_hidden = hidden.any(|problem| problem.path == *path);
    if !is_read && !is_hidden && !is_build_file(path.file_name()) {
        return None;
    }
    let message = if is_read {
        format!(
            "`{path}` is refused by {}: {}",
            tool(environment, document),
            first.message
        )
    } else {
        format!("`{path}` cannot be read: {}", first.message)
    };
    let mut finding = with_help(
        Finding::new(rule, place(first.span), message),
        first.help.as_deref(),
    );
    for problem in problems.take(MORE) {
        finding = finding.related(place(problem.span), problem.message.clone());
    }
    let declared = dockerfile.is_none_or(|dockerfile| {
        environment
            .definitions_of(dockerfile.id)
            .any(BuildDefinition::is_declared)
    });
    // A file that nothing builds may be a fragment, or a template of another tool.
    let is_fragment = dockerfile.is_some_and(|dockerfile| dockerfile.tree.stages.is_empty());
    if is_read && !declared {
        finding = finding.confidence(if is_fragment {
            Confidence::Low
        } else {
            Confidence::Medium
        });
    }
    if is_fixture(environment, place(first.span)) {
        finding = finding.confidence(Confidence::Low);
    }
    Some(finding)
}

/// Whether a file of this name matters to builds; other unreadable files do not.
fn is_build_file(name: &str) -> bool {
    let name = name.to_lowercase();
    [
        "dockerfile",
        "containerfile",
        "compose",
        "bake",
        "dockerignore",
    ]
    .iter()
    .any(|part| name.contains(part))
}

fn with_help(finding: Finding, help: Option<&str>) -> Finding {
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Who refuses a document.
fn tool(environment: &Environment, document: &Document) -> &'static str {
    let is_dockerfile = environment
        .dockerfiles
        .iter()
        .any(|dockerfile| dockerfile.document == document.id);
    let is_ignore = environment
        .ignore_files
        .iter()
        .any(|ignore| ignore.document == document.id);
    let name = document.path.file_name();
    if is_dockerfile || is_ignore {
        "the builder"
    } else if name.ends_with(".cfg") || name.ends_with(".ini") {
        "a strict reader"
    } else if name.ends_with(".hcl") || name.ends_with(".json") {
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

/// Configurations of other linters that say something else than those read.
fn check_linters(rule: &'static Metadata, cx: Context<'_>, findings: &mut Vec<Finding>) {
    let policies = cx.shared.policies();
    let hadolint = policies.dockerfiles.configurations.iter();
    let hadolint = hadolint.map(|it| ("hadolint", &it.path, &it.problems));
    let dclint = policies.compose.configurations.iter();
    let dclint = dclint.map(|it| ("dclint", &it.path, &it.problems));
    for (linter, path, problems) in hadolint.chain(dclint) {
        let Some(((first, problem), others)) = problems.split_first() else {
            continue;
        };
        let message = format!("`{path}` is refused by {linter}: {}", problem.message);
        let mut finding = with_help(Finding::new(rule, *first, message), problem.help.as_deref());
        for (location, problem) in others.iter().take(MORE) {
            finding = finding.related(*location, problem.message.clone());
        }
        findings.push(finding);
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
    fn what_the_builder_refuses_after_parsing_is_told_too() {
        insta::assert_snapshot!(audit("unparseable-file", "\
-- Dockerfile --
FROM debian:trixie AS build
COPY --from=tools /usr/bin/tool /usr/bin/
STOPSIGNAL never
FROM debian:trixie AS tools
"), @r#"
        error (medium) Dockerfile:2:13 `Dockerfile` is refused by the builder: the stage `tools` comes later
          Dockerfile:3:12 `never` is no signal
          help: files can be taken from the stages before this one
        "#);
    }

    #[test]
    fn names_of_images_are_left_to_their_own_rule() {
        let files = "\
-- Dockerfile --
FROM Upper/Case:1:2
COPY --from=Tools /tool /
RUN --mount=from=Tools,target=/t /t/tool
";
        assert_eq!(audit("unparseable-file", files), "");
        insta::assert_snapshot!(audit("invalid-image-reference", files), @r#"
        error Dockerfile:1:6 `Upper/Case:1:2` is no valid image reference: the name of a repository must be lower-case
        error Dockerfile:2:13 `Tools` is no valid image reference: the name of a repository must be lower-case
        error Dockerfile:3:18 `Tools` is no valid image reference: the name of a repository must be lower-case
        "#);
    }

    #[test]
    fn what_the_schema_of_compose_refuses_is_told_at_its_place() {
        insta::assert_snapshot!(audit("unparseable-file", "\
-- compose.yaml --
services:
  web:
    image: nginx:1.29
    pull_policy: Always
    extra_hosts: [gateway, \"db=10.0.0.2\"]
    stop_grace_period: ${GRACE}
    healthcheck:
      test: [CMD, \"true\"]
      interval: \"30\"
    volume: [data]
volumes:
  data:
    external: {title: data}
"), @r#"
        error compose.yaml:4:18 Compose refuses `compose.yaml`: `Always` is not a pull policy
          compose.yaml:5:19 the additional host `gateway` has no address
          compose.yaml:9:17 `30` is not a duration, as `1m30s` is
          compose.yaml:10:5 the key `volume` is not known here; is `volumes` meant?
          compose.yaml:13:16 the key `title` is not known here
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

    #[test]
    fn a_part_that_another_file_completes_is_no_mistake() {
        let whole = "-- compose.yaml --\nservices:\n  db:\n    image: postgres:18\n";
        let part = "-- parts/compose.yaml --\nservices:\n  db:\n    restart: always\n  web:\n    image: web:1\n    depends_on: [db, cache]\n";
        insta::assert_snapshot!(audit("unparseable-file", &format!("{whole}{part}")), @r#""#);
    }

    #[test]
    fn a_bake_file_is_refused_by_bake() {
        let syntax = "-- docker-bake.hcl --\ntarget \"web\" {\n  context =\n}\n";
        insta::assert_snapshot!(audit("unparseable-file", syntax), @r#"error docker-bake.hcl:2:12 `docker-bake.hcl` is refused by bake: invalid expression; expected `"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit"#);
        let name = "-- docker-bake.hcl --\ntarget \"web\" {\n  inherits = [\"base\"]\n}\n";
        insta::assert_snapshot!(audit("unparseable-file", name), @r#"error docker-bake.hcl:2:15 bake refuses `docker-bake.hcl`: there is no target `base`"#);
    }

    #[test]
    fn a_file_for_tests_may_be_wrong_on_purpose() {
        let output = audit(
            "unparseable-file",
            "-- pkg/testfiles/bad/Dockerfile --\nCOPY a\n",
        );
        assert!(output.starts_with("error (low) "), "{output}");
    }
}
