//! `duplicate-producer`

use std::collections::BTreeMap;

use dockwright_environment::compose::{Project, Service};
use dockwright_environment::definition::{BuildDefinition, Origin, Tag};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};

use crate::compose_files::entry;
use crate::edits::yaml::{Above, insert_after, remove};
use crate::images::{COMPARED, MANY, Recipe, builder, difference, is_fixture, is_prose};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Metadata, Severity};

rule! {
    /// There is an image name that several builds give.
    ///
    /// ## What it does
    ///
    /// Looks at every name that builds give to their images. Reports a name that builds with another
    /// Dockerfile, context, stage or argument value give, and a name that one service's `build:` gives
    /// several times because `extends` copies it into other services. Files that are laid over another
    /// count as one build.
    ///
    /// ## Why is this bad?
    ///
    /// What the name means depends on who built last. Services that build the same name in one run build
    /// it side by side, and each replaces the tag of the other.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     image: shop:1.0
    ///   worker:
    ///     extends:
    ///       service: web
    ///     command: ["worker"]
    ///   mail:
    ///     extends:
    ///       service: web
    ///     command: ["mail"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     image: shop:1.0
    ///   worker:
    ///     extends:
    ///       service: web
    ///     build: !reset null
    ///     command: ["worker"]
    ///   mail:
    ///     extends:
    ///       service: web
    ///     build: !reset null
    ///     command: ["mail"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Of the copies of one `build:` that of one service can be kept. This is unsafe: a command that builds
    /// only one of the other services no longer builds the image. There is no fix where a profile enables one
    /// of them without the service that builds, or where a merge key brings in the `build:` together with
    /// other keys. Of builds that differ, somebody must decide.
    ///
    /// ## References
    ///
    /// - Compose specification, `extends`: the mapping of `build` is merged into the extending service
    /// - Compose specification, `image`: a service with `build` tags what it builds with it
    DuplicateProducer {
        name: "duplicate-producer",
        family: Graph,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for DuplicateProducer {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        check_names(self.metadata(), cx.environment, findings);
        for project in &cx.environment.compose {
            check_copies(self.metadata(), cx, project, findings);
        }
    }
}

/// A definition that gives a name.
#[derive(Clone, Copy)]
struct Producer<'a> {
    definition: &'a BuildDefinition,
    tag: &'a Tag,
}

/// How two builds of one name differ.
struct Clash<'a> {
    first: Producer<'a>,
    second: Producer<'a>,
    how: String,
    /// The values of the argument that differs, where they are given.
    values: Vec<(Location, String)>,
    confidence: Confidence,
}

fn check_names(rule: &'static Metadata, environment: &Environment, findings: &mut Vec<Finding>) {
    let mut names: BTreeMap<String, (&ImageReference, Vec<Producer<'_>>)> = BTreeMap::new();
    for definition in &environment.definitions {
        for (tag, reference) in definition.references().filter(|(tag, _)| !tag.implicit) {
            let entry = names
                .entry(reference.normalised())
                .or_insert_with(|| (reference, Vec::new()));
            entry.1.push(Producer { definition, tag });
        }
    }
    for (reference, producers) in names.values() {
        let clashes = producers
            .iter()
            .take(COMPARED)
            .enumerate()
            .flat_map(|(index, second)| {
                let before = producers.iter().take(index);
                before.filter_map(|first| clash(environment, *first, *second))
            });
        // One finding for a name, with the surest of its clashes.
        let Some(clash) = clashes.reduce(|best, next| {
            if next.confidence > best.confidence {
                next
            } else {
                best
            }
        }) else {
            continue;
        };
        let message = format!("`{reference}` is built in different ways: {}", clash.how);
        let mut finding = Finding::new(rule, clash.second.tag.value.location, message)
            .confidence(clash.confidence)
            .label(format!(
                "{} gives this name",
                builder(clash.second.definition)
            ));
        for (location, label) in clash.values {
            finding = finding.related(location, label);
        }
        let mut seen = vec![clash.second.tag.value.location];
        for producer in std::iter::once(&clash.first).chain(producers) {
            let location = producer.tag.value.location;
            if !seen.contains(&location) && seen.len() <= MANY {
                seen.push(location);
                finding = finding.related(
                    location,
                    format!("{} gives it too", builder(producer.definition)),
                );
            }
        }
        findings.push(finding.help("give each build a name of its own, or build it in one place"));
    }
}

/// How two builds of one name differ, if they are known to.
fn clash<'a>(
    environment: &Environment,
    first: Producer<'a>,
    second: Producer<'a>,
) -> Option<Clash<'a>> {
    let (a, b) = (first.definition, second.definition);
    // A bake target that has the name from its service; that they are merged is told elsewhere.
    if first.tag.value.location == second.tag.value.location && is_service(a) != is_service(b) {
        return None;
    }
    let (one, other) = (Recipe::of(environment, a)?, Recipe::of(environment, b)?);
    let path = |recipe: &Recipe<'_>| {
        let dockerfile = environment.dockerfile(recipe.dockerfile)?;
        Some(
            environment
                .documents
                .get(dockerfile.document)
                .path
                .to_string(),
        )
    };
    let mut values = Vec::new();
    let how = if one.dockerfile != other.dockerfile {
        format!("from `{}` and from `{}`", path(&one)?, path(&other)?)
    } else if one.target != other.target {
        "with different target stages".to_owned()
    } else if one.context != other.context {
        format!(
            "in the context `{}` and in `{}`",
            one.context, other.context
        )
    } else {
        let difference = difference(environment, a, b)?;
        let [x, y] = difference.values;
        for definition in [a, b] {
            let given = definition
                .arguments
                .iter()
                .filter(|argument| argument.name == difference.argument);
            let given = given.filter_map(|argument| {
                Some((argument.location, argument.value.as_ref()?.text.clone()))
            });
            values.extend(given.map(|(location, value)| {
                (
                    location,
                    format!("`{}` is `{value}` here", difference.argument),
                )
            }));
        }
        format!("`{}` is `{x}` and `{y}`", difference.argument)
    };
    Some(Clash {
        first,
        second,
        how,
        values,
        confidence: confidence(environment, first, second),
    })
}

/// How surely two builds of one name are not meant as alternatives.
fn confidence(environment: &Environment, first: Producer<'_>, second: Producer<'_>) -> Confidence {
    let (a, b) = (first.definition, second.definition);
    match (a.origin, b.origin) {
        (Origin::Service { project: x, .. }, Origin::Service { project: y, .. })
        | (Origin::BakeTarget { project: x, .. }, Origin::BakeTarget { project: y, .. })
            if x == y =>
        {
            let is_inherited = first.tag.value.location == second.tag.value.location;
            let is_bake = matches!(a.origin, Origin::BakeTarget { .. });
            // Targets that inherit their names are chosen between, as a rule.
            if is_bake && is_inherited && !are_grouped(environment, x, a, b) {
                Confidence::Low
            } else {
                Confidence::High
            }
        }
        // One service for development and for production, chosen by the file.
        (Origin::Service { .. }, Origin::Service { .. }) if a.name == b.name => Confidence::Low,
        (Origin::Command, _) | (_, Origin::Command)
            if is_prose(environment, a.location) || is_prose(environment, b.location) =>
        {
            Confidence::Low
        }
        (Origin::Command, Origin::Command) => Confidence::Low,
        _ if is_fixture(environment, a.location) || is_fixture(environment, b.location) => {
            Confidence::Low
        }
        _ => Confidence::Medium,
    }
}

/// Whether a group of a bake project builds both targets in one run.
fn is_service(definition: &BuildDefinition) -> bool {
    matches!(definition.origin, Origin::Service { .. })
}

fn are_grouped(
    environment: &Environment,
    project: usize,
    a: &BuildDefinition,
    b: &BuildDefinition,
) -> bool {
    let groups = environment
        .bake
        .get(project)
        .map(|project| project.groups.as_slice());
    groups.unwrap_or_default().iter().any(|group| {
        let has = |name: &str| group.targets.iter().any(|target| target.text == name);
        has(&a.name) && has(&b.name)
    })
}

/// Services of one project that build the same name by one and the same `build:`.
fn check_copies(
    rule: &'static Metadata,
    cx: Context<'_>,
    project: &Project,
    findings: &mut Vec<Finding>,
) {
    let mut builds: BTreeMap<(Location, &str), Vec<&Service>> = BTreeMap::new();
    for service in &project.services {
        let image = service.image.as_ref().and_then(|image| image.known());
        if let (Some(build), Some(image)) = (&service.build, image) {
            builds
                .entry((build.location, image))
                .or_default()
                .push(service);
        }
    }
    for ((location, image), mut services) in builds {
        let copies = services
            .iter()
            .filter(|service| service.extends.is_some())
            .count();
        services.sort_by_key(|service| {
            let own =
                service.name.location.document == location.document && service.extends.is_none();
            (!own, service.name.location)
        });
        let [first, rest @ ..] = services.as_slice() else {
            continue;
        };
        if rest.is_empty() {
            continue;
        }
        let names: Vec<String> = services
            .iter()
            .map(|service| format!("`{}`", service.name.text))
            .collect();
        let how = if copies == 0 { "an alias" } else { "`extends`" };
        let more = names.len().saturating_sub(MANY);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        let message = format!(
            "`{image}` is built by {} services, because {how} copies one `build:`: {}{more}",
            services.len(),
            names.get(..MANY).unwrap_or(&names).join(", "),
        );
        let mut finding = Finding::new(rule, first.name.location, message);
        if copies == 0 {
            finding = finding.severity(Severity::Info);
        }
        for service in rest.iter().take(MANY) {
            finding = finding.related(service.name.location, "gets a copy of the build");
        }
        let at = cx.environment.documents.get(location.document);
        let fix = without_copies(cx, project, first, rest);
        findings.push(finding.fix(fix).help(format!(
            "build it in one service, and give the others `image: {image}` (the `build:` is in `{}`, line {})",
            at.path,
            at.line_column(location.span.start).line
        )));
    }
}

/// Takes the build away from the services that have a copy of it.
fn without_copies(
    cx: Context<'_>,
    project: &Project,
    builder: &Service,
    copies: &[&Service],
) -> Option<Fix> {
    let title = format!("build it in `{}` alone", builder.name.text);
    let why = "a command that builds only one of the others no longer builds the image";
    let mut places = BTreeMap::new();
    for copy in copies {
        let is_wanted = project
            .services
            .iter()
            .any(|other| needs_build_of(other, copy));
        if is_wanted || copy.pull_policy.is_some() || !is_enabled_with(copy, builder) {
            return None;
        }
        let name = copy.name.location;
        let file = cx.compose_file(name.document)?;
        let text = file.text(cx.environment);
        let services = file.tree.root()?.get("services")?;
        let (_, body) = services
            .entries()
            .find(|(key, _)| key.span() == name.span)?;
        let place = |name| body.entries().position(|(key, _)| key.text() == Some(name));
        let (span, text) = match (place("build"), place("extends")) {
            (Some(at), _) => {
                let (_, build) = entry(body, "build")?;
                // What is written here is meant for this service.
                (build.resolved().id != build.id).then_some(())?;
                remove(text, &file.tree, body, at, Above::Stays)?
            }
            (None, Some(at)) => insert_after(text, &file.tree, body, at, "build: !reset null")?,
            (None, None) => return None,
        };
        places.insert(file.at(span), text);
    }
    let fix = Fix::with_care(title, why);
    let edits = places.into_iter();
    Some(edits.fold(fix, |fix, (place, text)| fix.replace(place, text)))
}

/// Whether one service builds on what another builds.
fn needs_build_of(service: &Service, other: &Service) -> bool {
    let build = service.build.iter();
    let mut contexts = build.flat_map(|build| &build.additional_contexts);
    let name = format!("service:{}", other.name.text);
    contexts.any(|context| context.value.text == name)
}

/// Whether every profile that enables one service enables the other too.
fn is_enabled_with(service: &Service, other: &Service) -> bool {
    let has = |name: &str| other.profiles.iter().any(|own| own.known() == Some(name));
    let mut profiles = service.profiles.iter();
    other.profiles.is_empty()
        || !service.profiles.is_empty() && profiles.all(|name| name.known().is_some_and(has))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn a_name_for_two_stages() {
        insta::assert_snapshot!(audit("duplicate-producer", "\
-- Dockerfile --
FROM debian:trixie AS dev
FROM dev
-- compose.yaml --
services:
  dev:
    build: {context: ., target: dev}
    image: shop
  web:
    build: .
    image: shop:latest
"), @r#"
        warning compose.yaml:7:12 `shop` is built in different ways: with different target stages
          ^ the service `web` gives this name
          compose.yaml:4:12 the service `dev` gives it too
          help: give each build a name of its own, or build it in one place
        "#);
    }

    #[test]
    fn a_name_for_two_values_of_an_argument() {
        insta::assert_snapshot!(audit("duplicate-producer", "\
-- Dockerfile --
ARG VERSION=1
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build: .
    image: shop
-- Makefile --
image:
\tdocker build -t shop --build-arg VERSION=2 .
"), @r#"
        warning (medium) Makefile:2:18 `shop` is built in different ways: `VERSION` is `1` and `2`
          ^ this command gives this name
          Makefile:2:35 `VERSION` is `2` here
          compose.yaml:4:12 the service `web` gives it too
          help: give each build a name of its own, or build it in one place
        "#);
    }

    #[test]
    fn one_build_said_twice_is_one_build() {
        assert_eq!(
            audit(
                "duplicate-producer",
                "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build: .
    image: shop
-- compose.override.yaml --
services:
  web:
    build: {context: ., args: {A: b}}
-- Makefile --
image:
\tdocker build -t shop .
"
            ),
            ""
        );
    }

    #[test]
    fn a_target_that_has_its_name_from_the_service_is_not_told_again() {
        assert_eq!(
            audit(
                "duplicate-producer",
                "\
-- Dockerfile --
ARG V
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build: .
    image: shop
-- docker-bake.hcl --
target \"web\" {
  args = { V = \"2\" }
}
"
            ),
            ""
        );
    }

    #[test]
    fn targets_of_bake_that_give_one_name() {
        let files = "-- Dockerfile --\nFROM debian:trixie AS dev\nFROM dev AS web\n-- docker-bake.hcl --\ntarget \"dev\" {\n  target = \"dev\"\n  tags = [\"shop\"]\n}\n";
        let other = "target \"web\" {\n  tags = [\"shop\"]\n}\n";
        let output = audit("duplicate-producer", &format!("{files}{other}"));
        assert!(output.starts_with("warning docker-bake.hcl:6:"), "{output}");
        let inherits = "target \"web\" {\n  inherits = [\"dev\"]\n  target = \"web\"\n}\n";
        let apart =
            "group \"default\" { targets = [\"web\"] }\ngroup \"dev\" { targets = [\"dev\"] }\n";
        let output = audit("duplicate-producer", &format!("{files}{inherits}{apart}"));
        assert!(output.starts_with("warning (low) "), "{output}");
        let together = "group \"default\" { targets = [\"web\", \"dev\"] }\n";
        let output = audit(
            "duplicate-producer",
            &format!("{files}{inherits}{together}"),
        );
        assert!(output.starts_with("warning docker-bake.hcl:"), "{output}");
    }

    #[test]
    fn one_of_the_services_builds_and_the_others_use() {
        insta::assert_snapshot!(fix("duplicate-producer", "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
x-build: &build
  context: .
services:
  web:
    build: *build
    image: shop
  worker:
    image: shop
    build: *build # as the shop
    command: worker
  mail: {extends: web, command: mail}
  late:
    profiles: [late]
    extends:
      service: web

  other:
    image: debian
"), @r#"
        unsafe: build it in `web` alone, for a command that builds only one of the others no longer builds the image
        -- compose.yaml --
        -    build: *build # as the shop
        -  mail: {extends: web, command: mail}
        +  mail: {extends: web, command: mail, build: !reset null}
        +    build: !reset null
        "#);
    }

    #[test]
    fn what_is_enabled_alone_keeps_its_build() {
        let files = |web: &str, worker: &str| {
            format!(
                "-- Dockerfile --\nFROM debian:trixie\n-- compose.yaml --\nservices:\n  web: {{build: ., image: shop{web}}}\n  worker: {{extends: web{worker}}}\n"
            )
        };
        let fixed = |web, worker| fix("duplicate-producer", &files(web, worker));
        assert_eq!(fixed(", profiles: [web]", ", profiles: [worker]"), "");
        assert_eq!(fixed("", ", pull_policy: build"), "");
        assert!(
            fixed(", profiles: [web]", "").contains("worker: {extends: web, build: !reset null}")
        );
    }
}
