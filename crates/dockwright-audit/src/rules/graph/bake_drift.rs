//! `bake-drift`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::bake::BakeProject;
use dockwright_environment::compose::{MountKind, Service};
use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DockerfileId, DockerfileSource, NamedContextSource, Origin,
};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location, TreePath, Value};

use crate::images::{MANY, Recipe, builder, effective, is_fixture, is_prose, is_test};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Metadata, Severity};

rule! {
    /// There is a build that says something else than the bake file.
    ///
    /// ## What it does
    ///
    /// Compares every Compose service and typed `docker build` with the bake targets that build the same
    /// stage of the same Dockerfile. Reports one that no target agrees with: in another context, with
    /// another version of a tool or base image, with another directory or build behind a named context,
    /// for a platform that bake does not build for, or with a name in another namespace of the same
    /// registry.
    ///
    /// Reports a Dockerfile that is built elsewhere and by no target, where the bake file builds most of
    /// the others.
    ///
    /// What is meant to differ is left alone: another stage, builds for development (by their names and
    /// file names, or because the source code is mounted over the image), versions of the project itself,
    /// tests, and examples in documents. That both give one name to different images is told by
    /// `duplicate-producer`.
    ///
    /// ## Why is this bad?
    ///
    /// The image that people try is not the image that is released, and nobody has decided that.
    ///
    /// ## Example
    ///
    /// ```hcl docker-bake.hcl
    /// target "web" {
    ///   args = { GO_VERSION = "1.24" }
    ///   tags = ["registry.example.com/shop/web:1.0"]
    /// }
    /// ```
    /// ```yaml deploy/compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: ..
    ///       args:
    ///         GO_VERSION: "1.22"
    /// ```
    /// ```dockerfile Dockerfile
    /// ARG GO_VERSION
    /// FROM golang:${GO_VERSION}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```hcl docker-bake.hcl
    /// target "web" {
    ///   args = { GO_VERSION = "1.24" }
    ///   tags = ["registry.example.com/shop/web:1.0"]
    /// }
    /// ```
    /// ```yaml deploy/compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example.com/shop/web:1.0
    /// ```
    /// ```dockerfile Dockerfile
    /// ARG GO_VERSION
    /// FROM golang:${GO_VERSION}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which of the two is right must be decided.
    ///
    /// ## References
    ///
    /// - Bake reference, "Target": what a target can say of a build
    /// - Compose build specification: what a service can say of the same
    BakeDrift {
        name: "bake-drift",
        family: Graph,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for BakeDrift {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut targets: BTreeMap<(DockerfileId, usize), Vec<&BuildDefinition>> = BTreeMap::new();
        for definition in environment.definitions.iter().filter(|it| is_target(it)) {
            if let Some(stage) = stage(environment, definition) {
                targets.entry(stage).or_default().push(definition);
            }
        }
        if targets.is_empty() {
            return;
        }
        let others: Vec<&BuildDefinition> = environment
            .definitions
            .iter()
            .filter(|definition| definition.is_declared() && !is_target(definition))
            .filter(|definition| !is_meant_otherwise(environment, definition))
            .collect();
        for definition in &others {
            let stage = stage(environment, definition);
            let targets = stage.and_then(|stage| targets.get(&stage));
            findings.extend(
                targets
                    .and_then(|targets| drift(self.metadata(), environment, definition, targets)),
            );
        }
        check_coverage(self.metadata(), environment, &others, findings);
    }
}

/// Words in names that say that a build is for development or a trial.
const DEVELOPMENT: [&str; 18] = [
    "ci",
    "debug",
    "demo",
    "dev",
    "devcontainer",
    "devel",
    "develop",
    "development",
    "e2e",
    "example",
    "examples",
    "integration",
    "local",
    "localdev",
    "sandbox",
    "test",
    "testing",
    "tests",
];

/// What people call the version of what they build themselves.
const OWN_VERSIONS: [&str; 10] = [
    "APP_VERSION",
    "BUILD_VERSION",
    "DOCKER_TAG",
    "IMAGE_TAG",
    "IMAGE_VERSION",
    "PACKAGE_VERSION",
    "PKG_VERSION",
    "PROJECT_VERSION",
    "RELEASE_VERSION",
    "SERVICE_VERSION",
];

fn is_target(definition: &BuildDefinition) -> bool {
    matches!(definition.origin, Origin::BakeTarget { .. })
}

fn stage(environment: &Environment, definition: &BuildDefinition) -> Option<(DockerfileId, usize)> {
    let build = environment.build(definition.id)?;
    Some((build.dockerfile, build.target?))
}

/// Whether a build is evidently not the one that is released.
fn is_meant_otherwise(environment: &Environment, definition: &BuildDefinition) -> bool {
    let location = definition.location;
    if is_prose(environment, location)
        || is_test(environment, location)
        || is_fixture(environment, location)
    {
        return true;
    }
    let path = &environment.documents.get(location.document).path;
    let is_workflow = path.as_str().starts_with(".github/");
    let dockerfile = definition
        .dockerfile_id()
        .map(|id| dockerfile_path(environment, id));
    let tags = definition.tags.iter().map(|tag| tag.value.text.as_str());
    let names = tags
        .chain([definition.name.as_str()])
        .chain((!is_workflow).then(|| path.as_str()))
        .chain(dockerfile.as_ref().map(TreePath::as_str));
    let mut words = names.flat_map(|name| name.split(|it: char| !it.is_ascii_alphanumeric()));
    words.any(|word| DEVELOPMENT.contains(&word.to_ascii_lowercase().as_str()))
        || service(environment, definition).is_some_and(|it| mounts_source(it, definition))
}

fn service<'a>(environment: &'a Environment, definition: &BuildDefinition) -> Option<&'a Service> {
    match definition.origin {
        Origin::Service { project, service } => {
            environment.compose.get(project)?.services.get(service)
        }
        _ => None,
    }
}

/// Whether a directory of the build context is mounted over what the image holds.
fn mounts_source(service: &Service, definition: &BuildDefinition) -> bool {
    let Some(context) = definition.context.directory() else {
        return true;
    };
    let mut mounts = service.volumes.iter();
    let is_source = mounts.any(|mount| {
        let source = mount.source.as_ref().and_then(Value::known);
        let source = source.and_then(|source| mount.directory.join(source));
        mount.kind == MountKind::Bind
            && !mount.read_only
            && source.is_some_and(|source| source.relative_to(context).is_some())
    });
    is_source || !service.watch.is_empty()
}

/// A difference between a build and a bake target.
struct Difference {
    /// What it is, of the build and then of the target.
    text: String,
    /// Where the build says so.
    own: Location,
    /// Where the target does.
    target: Location,
    confidence: Confidence,
}

/// The finding for a build that no target agrees with.
fn drift(
    rule: &'static Metadata,
    environment: &Environment,
    definition: &BuildDefinition,
    targets: &[&BuildDefinition],
) -> Option<Finding> {
    let mut nearest: Option<(&BuildDefinition, Vec<Difference>)> = None;
    for target in targets {
        // Builds that give one name are compared by `duplicate-producer`.
        if shares_name(definition, target) {
            return None;
        }
        let found = differences(environment, definition, target);
        if found.is_empty() {
            return None;
        }
        let is_nearer = nearest.as_ref().is_none_or(|(known, differences)| {
            let same = |target: &BuildDefinition| target.name != definition.name;
            (found.len(), same(target)) < (differences.len(), same(known))
        });
        if is_nearer {
            nearest = Some((target, found));
        }
    }
    let (target, found) = nearest?;
    let first = found.first()?;
    let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).take(MANY).collect();
    let message = format!(
        "{} does not build `{}` as {} does: {}",
        builder(definition),
        dockerfile_path(environment, definition.dockerfile_id()?),
        builder(target),
        texts.join("; "),
    );
    let confidence = found.iter().map(|it| it.confidence).max()?;
    let mut finding = Finding::new(rule, first.own, message).confidence(confidence);
    for difference in found.iter().take(MANY) {
        finding = finding.related(difference.target, "the bake file says so");
    }
    Some(finding.help(format!(
        "let both say the same, or give the image of `{}` a name that says what is different",
        target.name
    )))
}

fn shares_name(a: &BuildDefinition, b: &BuildDefinition) -> bool {
    let names = |definition: &BuildDefinition| {
        let names = definition.references().filter(|(tag, _)| !tag.implicit);
        names
            .map(|(_, name)| name.normalised())
            .collect::<BTreeSet<_>>()
    };
    !names(a).is_disjoint(&names(b))
}

/// What a build says that a target does not.
fn differences(
    environment: &Environment,
    definition: &BuildDefinition,
    target: &BuildDefinition,
) -> Vec<Difference> {
    let mut found = Vec::new();
    found.extend(context(environment, definition, target));
    found.extend(arguments(environment, definition, target));
    found.extend(named_contexts(environment, definition, target));
    found.extend(platforms(definition, target));
    found.extend(namespace(definition, target));
    found
}

fn context(
    environment: &Environment,
    definition: &BuildDefinition,
    target: &BuildDefinition,
) -> Option<Difference> {
    let own = Recipe::of(environment, definition)?.context;
    let other = Recipe::of(environment, target)?.context;
    (own != other).then(|| Difference {
        text: format!("in the context `{own}`, not `{other}`"),
        own: place(definition.context_value.as_ref(), definition),
        target: place(target.context_value.as_ref(), target),
        // Where a command runs is known by convention only.
        confidence: match definition.origin {
            Origin::Command => Confidence::Medium,
            _ => Confidence::High,
        },
    })
}

/// Arguments that choose a version of a tool or a base, and choose another one.
fn arguments(
    environment: &Environment,
    definition: &BuildDefinition,
    target: &BuildDefinition,
) -> Vec<Difference> {
    let given = definition.arguments.iter().chain(&target.arguments);
    let names: BTreeSet<&str> = given.map(|argument| argument.name.as_str()).collect();
    let differences = names.into_iter().filter_map(|name| {
        let own = effective(environment, definition, name)?;
        let other = effective(environment, target, name)?;
        let is_chosen = choose_versions(name, &own, &other);
        let at = |definition: &BuildDefinition| {
            let mut arguments = definition.arguments.iter();
            arguments
                .find(|argument| argument.name == name)
                .map(|it| it.location)
        };
        let is_by_both = at(definition).is_some() && at(target).is_some();
        (own != other && (is_chosen || is_by_both)).then(|| Difference {
            text: format!("`{name}` is `{own}`, not `{other}`"),
            own: at(definition).unwrap_or(definition.location),
            target: at(target).unwrap_or(target.location),
            // Flags and the like may be meant.
            confidence: if is_chosen {
                Confidence::Medium
            } else {
                Confidence::Low
            },
        })
    });
    differences.collect()
}

/// Whether an argument names a version or an image of something that the project takes from others.
fn choose_versions(name: &str, own: &str, other: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    if upper == "VERSION" || OWN_VERSIONS.contains(&upper.as_str()) {
        return false;
    }
    let are_versions = [own, other].into_iter().all(is_version);
    if upper.ends_with("VERSION") && are_versions {
        return true;
    }
    let image = |text: &str| ImageReference::parse(text).ok();
    let (Some(own), Some(other)) = (image(own), image(other)) else {
        return false;
    };
    let is_image = upper.ends_with("IMAGE") || upper.starts_with("BASE");
    is_image && own.repository() == other.repository() && own.tag.is_some() && other.tag.is_some()
}

/// Whether a text is a number of a release, and not a placeholder such as `0.0.0`.
fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v').unwrap_or(text);
    let mut parts = number.split(['.', '-', '+', '_']);
    let starts = parts
        .next()
        .is_some_and(|first| !first.is_empty() && first.chars().all(|it| it.is_ascii_digit()));
    starts && number.contains(|it: char| it.is_ascii_digit() && it != '0')
}

fn named_contexts(
    environment: &Environment,
    definition: &BuildDefinition,
    target: &BuildDefinition,
) -> Vec<Difference> {
    let meant = |source: &NamedContextSource| match source {
        NamedContextSource::Directory(path) => Some(format!("`{path}`")),
        NamedContextSource::Definition(id) => {
            let id = environment.definition(*id)?.dockerfile_id()?;
            Some(format!(
                "what `{}` builds",
                dockerfile_path(environment, id)
            ))
        }
        _ => None,
    };
    let pairs = definition.contexts.iter().filter_map(|own| {
        let other = target
            .contexts
            .iter()
            .find(|other| other.name == own.name)?;
        let (here, there) = (meant(&own.source)?, meant(&other.source)?);
        (here != there).then(|| Difference {
            text: format!("the context `{}` is {here}, not {there}", own.name),
            own: own.location,
            target: other.location,
            confidence: Confidence::High,
        })
    });
    pairs.collect()
}

/// A platform that the target is not built for. One that is missing may be left to another machine.
fn platforms(definition: &BuildDefinition, target: &BuildDefinition) -> Option<Difference> {
    let known = |definition: &BuildDefinition| {
        let platforms = definition.platforms.iter().map(Value::known);
        platforms
            .collect::<Option<Vec<_>>>()
            .map(|it| it.join(",").replace(' ', ""))
    };
    let (own, other) = (known(definition)?, known(target)?);
    let list = |text: &str| -> BTreeSet<String> {
        let names = text.split(',').filter(|it| !it.is_empty());
        names.map(str::to_owned).collect()
    };
    let (own_list, other_list) = (list(&own), list(&other));
    if other_list.is_empty() || own_list.is_subset(&other_list) {
        return None;
    }
    Some(Difference {
        text: format!("for `{own}`, not `{other}`"),
        own: place(definition.platforms.first(), definition),
        target: place(target.platforms.first(), target),
        confidence: Confidence::Medium,
    })
}

/// The same image in another namespace of the same registry.
fn namespace(definition: &BuildDefinition, target: &BuildDefinition) -> Option<Difference> {
    let all_known = |definition: &BuildDefinition| {
        let mut tags = definition.tags.iter();
        tags.all(|tag| tag.value.is_known() && matches!(tag.reference, Some(Ok(_))))
    };
    if !all_known(definition) || !all_known(target) {
        return None;
    }
    let repositories: BTreeSet<&str> = target
        .references()
        .map(|(_, reference)| reference.path.as_str())
        .collect();
    let (tag, own) = definition.references().next()?;
    if repositories.contains(own.path.as_str()) {
        return None;
    }
    let last = |reference: &ImageReference| {
        let name = reference.path.rsplit('/').next();
        name.unwrap_or_default().to_owned()
    };
    let (other_tag, other) = target
        .references()
        .find(|(_, other)| other.domain == own.domain && last(other) == last(own))?;
    let has_namespace = |reference: &ImageReference| reference.familiar_name().contains('/');
    (has_namespace(own) && has_namespace(other)).then(|| Difference {
        text: format!(
            "as `{}`, not `{}`",
            own.familiar_name(),
            other.familiar_name()
        ),
        own: tag.value.location,
        target: other_tag.value.location,
        confidence: Confidence::Medium,
    })
}

fn place(value: Option<&Value>, definition: &BuildDefinition) -> Location {
    value.map_or(definition.location, |value| value.location)
}

fn dockerfile_path(environment: &Environment, id: DockerfileId) -> TreePath {
    let dockerfile = environment.dockerfile(id);
    let document = dockerfile.map(|it| environment.documents.get(it.document));
    document.map_or_else(TreePath::root, |document| document.path.clone())
}

/// Dockerfiles that the bake file does not build, where it builds most.
fn check_coverage(
    rule: &'static Metadata,
    environment: &Environment,
    others: &[&BuildDefinition],
    findings: &mut Vec<Finding>,
) {
    let targets = || environment.definitions.iter().filter(|it| is_target(it));
    // A target whose Dockerfile is not known may build any.
    let mut sources = targets().map(|target| (&target.dockerfile, &target.context));
    if sources.any(|source| {
        matches!(
            source,
            (DockerfileSource::Unknown, _) | (_, ContextSource::Unknown)
        )
    }) {
        return;
    }
    let built: BTreeSet<DockerfileId> = targets()
        .filter_map(BuildDefinition::dockerfile_id)
        .collect();
    let mut missing: BTreeMap<DockerfileId, &BuildDefinition> = BTreeMap::new();
    for definition in others {
        let id = definition.dockerfile_id().filter(|id| !built.contains(id));
        if let Some(id) = id {
            missing.entry(id).or_insert(definition);
        }
    }
    if built.len() < 3 || missing.len() * 3 > built.len() {
        return;
    }
    let Some(file) = bake_file(environment) else {
        return;
    };
    for (id, definition) in missing {
        let path = dockerfile_path(environment, id);
        let message = format!(
            "`{path}` is built by {} and by no target of `{file}`, which builds {} others",
            builder(definition),
            built.len(),
        );
        findings.push(
            Finding::new(rule, definition.location, message)
                .severity(Severity::Info)
                .confidence(Confidence::Medium)
                .help("add a target for it, so that one command builds everything"),
        );
    }
}

/// The only bake file with targets; of several, each may be for a part.
fn bake_file(environment: &Environment) -> Option<&TreePath> {
    let has_targets = |project: &&BakeProject| !project.targets.is_empty();
    let mut projects = environment.bake.iter().filter(has_targets);
    let (project, None) = (projects.next()?, projects.next()) else {
        return None;
    };
    Some(&environment.documents.get(*project.files.last()?).path)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_context_and_a_version_that_differ() {
        insta::assert_snapshot!(audit("bake-drift", "\
-- docker-bake.hcl --
variable \"NODE_VERSION\" { default = \"22\" }
target \"web\" {
  context = \"web\"
  args = { NODE_VERSION = NODE_VERSION }
  tags = [\"shop/web:1\"]
}
-- web/Dockerfile --
ARG NODE_VERSION=20
FROM node:${NODE_VERSION}
-- Makefile --
web:
\tdocker build -t web-local-copy -f web/Dockerfile .
image:
\tdocker build -t shop-web -f web/Dockerfile .
"), @r#"
        warning (medium) Makefile:4:45 this command does not build `web/Dockerfile` as the bake target `web` does: in the context `.`, not `web`; `NODE_VERSION` is `20`, not `22`
          docker-bake.hcl:3:13 the bake file says so
          docker-bake.hcl:4:12 the bake file says so
          help: let both say the same, or give the image of `web` a name that says what is different
        "#);
    }

    #[test]
    fn a_namespace_and_a_platform_that_differ() {
        insta::assert_snapshot!(audit("bake-drift", "\
-- docker-bake.hcl --
target \"web\" {
  platforms = [\"linux/amd64\"]
  tags = [\"registry.example.com/shop/web:1\"]
}
-- Dockerfile --
FROM debian:trixie
-- Makefile --
release:
\tdocker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/acme/web:1 --push .
"), @"");
    }

    #[test]
    fn a_named_context_that_differs() {
        insta::assert_snapshot!(audit("bake-drift", "\
-- docker-bake.hcl --
target \"web\" {
  contexts = { assets = \"assets\" }
  tags = [\"shop/web:1\"]
}
-- Dockerfile --
FROM debian:trixie
COPY --from=assets . /assets
-- assets/a --
-- public/a --
-- deploy/compose.yaml --
services:
  web:
    build:
      context: ..
      additional_contexts: {assets: ../public}
"), @r#"
        warning deploy/compose.yaml:5:29 the service `web` does not build `Dockerfile` as the bake target `web` does: the context `assets` is `public`, not `assets`
          docker-bake.hcl:2:16 the bake file says so
          help: let both say the same, or give the image of `web` a name that says what is different
        "#);
    }

    #[test]
    fn a_dockerfile_that_only_a_service_builds() {
        let targets = ["a", "b", "c"].map(|name| {
            format!(
                "target \"{name}\" {{\n  context = \"{name}\"\n  tags = [\"shop-{name}\"]\n}}\n"
            )
        });
        let files = ["a", "b", "c", "d"]
            .map(|name| format!("-- {name}/Dockerfile --\nFROM debian:trixie\n"));
        let compose = "-- deploy/compose.yaml --\nservices:\n  d: {build: ../d}\n";
        let all = format!(
            "-- docker-bake.hcl --\n{}{}{compose}",
            targets.concat(),
            files.concat()
        );
        insta::assert_snapshot!(audit("bake-drift", &all), @r#"
        info (medium) deploy/compose.yaml:2:14 `d/Dockerfile` is built by the service `d` and by no target of `docker-bake.hcl`, which builds 3 others
          help: add a target for it, so that one command builds everything
        "#);
        // Where it builds only some, nobody said that it should build all.
        let some = format!(
            "-- docker-bake.hcl --\n{}{}{compose}",
            targets[0],
            files.concat()
        );
        assert_eq!(audit("bake-drift", &some), "");
    }

    /// What is said of a service with these keys, beside a target for the same Dockerfile.
    fn of_service(path: &str, service: &str) -> String {
        let files = format!(
            "\
-- docker-bake.hcl --
target \"web\" {{
  target = \"release\"
  args = {{
    GO_VERSION = \"1.24\"
    VERSION = \"2.0\"
  }}
  tags = [\"shop/web:1\"]
}}
-- Dockerfile --
ARG GO_VERSION
ARG VERSION
FROM golang:${{GO_VERSION}} AS dev
FROM dev AS release
-- {path} --
services:
  web:
{service}"
        );
        audit("bake-drift", &files)
    }

    #[test]
    fn what_is_meant_to_differ_is_left_alone() {
        let old = "    build:\n      context: ..\n      args: {GO_VERSION: '1.22'}\n";
        let said = of_service("deploy/compose.yaml", old);
        assert!(
            said.contains("`GO_VERSION` is `1.22`, not `1.24`"),
            "{said}"
        );
        for (why, path, service) in [
            ("another file", "deploy/compose.dev.yaml", old.to_owned()),
            (
                "another stage",
                "deploy/compose.yaml",
                old.replace("      args", "      target: dev\n      args"),
            ),
            (
                "another tag",
                "deploy/compose.yaml",
                format!("{old}    image: shop/web:dev\n"),
            ),
            (
                "the source is mounted over it",
                "deploy/compose.yaml",
                format!("{old}    volumes: ['..:/src']\n"),
            ),
            (
                "the project's own version",
                "deploy/compose.yaml",
                old.replace(
                    "{GO_VERSION: '1.22'}",
                    "{GO_VERSION: '1.24', VERSION: '1.9'}",
                ),
            ),
            (
                "a version that the caller gives",
                "deploy/compose.yaml",
                old.replace("'1.22'", "'${GO_VERSION}'"),
            ),
        ] {
            let said = of_service(path, &service);
            let said: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
            assert!(
                said.iter().all(|line| line.contains("(low)")),
                "{why}: {said:?}"
            );
        }
    }

    #[test]
    fn one_of_several_targets_that_agrees_is_enough() {
        let files = "\
-- docker-bake.hcl --
target \"web\" {
  name = \"web-${replace(go, \".\", \"-\")}\"
  matrix = { go = [\"1.22\", \"1.24\"] }
  args = { GO_VERSION = go }
  tags = [\"shop/web:${go}\"]
}
-- Dockerfile --
ARG GO_VERSION
FROM golang:${GO_VERSION}
-- deploy/compose.yaml --
services:
  web:
    build:
      context: ..
      args: {GO_VERSION: '1.22'}
";
        assert_eq!(audit("bake-drift", files), "");
        let other = files.replace("'1.22'", "'1.21'");
        assert!(audit("bake-drift", &other).contains("`GO_VERSION` is `1.21`"));
    }

    #[test]
    fn builds_of_one_name_are_told_elsewhere() {
        let files = "\
-- docker-bake.hcl --
target \"web\" {
  args = { GO_VERSION = \"1.24\" }
  tags = [\"shop/web:1\"]
}
-- Dockerfile --
ARG GO_VERSION
FROM golang:${GO_VERSION}
-- deploy/compose.yaml --
services:
  web:
    build:
      context: ..
      args: {GO_VERSION: '1.22'}
    image: shop/web:1
";
        assert_eq!(audit("bake-drift", files), "");
        assert!(audit("duplicate-producer", files).contains("`GO_VERSION` is `1.22`"));
    }
}
