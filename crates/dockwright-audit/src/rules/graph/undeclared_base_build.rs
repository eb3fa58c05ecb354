//! `undeclared-base-build`

use std::collections::BTreeSet;

use dockwright_environment::definition::{BuildDefinition, DefinitionId, Origin};
use dockwright_environment::graph::reachable;
use dockwright_environment::image_use::{ImageUse, Producer, UseKind, User};
use dockwright_environment::{Environment, Location};
use dockwright_syntax::Span;
use dockwright_syntax::yaml::Kind;

use crate::compose_files::entry;
use crate::images::{MANY, builder, is_fixture, is_pullable};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a service or bake target whose base this repository builds, but not the same command.
    ///
    /// ## What it does
    ///
    /// Follows `FROM`, `COPY --from` and `RUN --mount=from` of every service and bake target to the images
    /// of this repository, and reports those that neither `additional_contexts: service:` in Compose nor
    /// `contexts: target:` in bake hands over. Stages that the build does not need are left out.
    ///
    /// ## Why is this bad?
    ///
    /// The build takes whatever image of that name is on the machine: an old one, or none. Compose and
    /// bake build side by side, so that the base is not ready even where the same file builds it;
    /// `depends_on` orders the start of containers, not builds. A builder in a container does not see
    /// the images of the engine at all.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base
    ///   web:
    ///     build:
    ///       context: web
    ///     depends_on: [base]
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base
    ///   web:
    ///     build:
    ///       context: web
    ///       additional_contexts:
    ///         shop-base: service:base
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A named context can be added where a service or target of the same file builds the base. This is
    /// safe: the image is built from the same Dockerfiles, only in order.
    ///
    /// ## References
    ///
    /// - Compose build specification, `additional_contexts`: a context may be `service:NAME`
    /// - Bake file reference, `contexts`: a context may be `target:NAME`
    UndeclaredBaseBuild {
        name: "undeclared-base-build",
        family: Graph,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for UndeclaredBaseBuild {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        // A `build:` that `extends` copies is told once.
        let mut told = BTreeSet::new();
        for image_use in &environment.uses {
            let Some(need) = need(environment, image_use) else {
                continue;
            };
            if told.insert((need.definition.location, image_use.value.text.clone())) {
                let finding = self.finding(environment, &need, image_use);
                findings.push(finding.fix(fix(cx, &need, image_use)));
            }
        }
    }
}

/// A base that a definition needs by name alone.
struct Need<'a> {
    definition: &'a BuildDefinition,
    producers: &'a [DefinitionId],
}

fn need<'a>(environment: &'a Environment, image_use: &'a ImageUse) -> Option<Need<'a>> {
    let is_base = matches!(
        image_use.kind,
        UseKind::From | UseKind::CopyFrom | UseKind::MountFrom
    );
    let User::Stage { stage, .. } = image_use.user else {
        return None;
    };
    let definition = environment
        .definition(stage.definition)
        .filter(|_| is_base)?;
    if !matches!(
        definition.origin,
        Origin::Service { .. } | Origin::BakeTarget { .. }
    ) {
        return None;
    }
    let producers = match &image_use.producer {
        Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) => ids,
        Producer::Nobody | Producer::Elsewhere | Producer::Unknown => return None,
    };
    let build = environment.build(definition.id)?;
    let is_needed = reachable(build).contains(&stage.stage);
    let is_itself = producers.iter().all(|id| *id == definition.id);
    (is_needed && !is_itself).then_some(Need {
        definition,
        producers,
    })
}

impl UndeclaredBaseBuild {
    fn finding(&self, environment: &Environment, need: &Need<'_>, image_use: &ImageUse) -> Finding {
        let name = &image_use.value.text;
        let definition = need.definition;
        let producers = || {
            need.producers
                .iter()
                .filter_map(|id| environment.definition(*id))
        };
        let beside = producers().find(|producer| same_file(producer, definition));
        let who = builder(definition);
        let (message, help) = match (beside, definition.origin) {
            (Some(base), Origin::Service { .. }) => (
                format!("{who} needs `{name}`, and nothing makes Compose build {} before it", builder(base)),
                format!("add `additional_contexts: {{ \"{name}\": \"service:{}\" }}` to its `build:`", base.name),
            ),
            (Some(base), _) => (
                format!("{who} needs `{name}`, and nothing makes bake build {} before it", builder(base)),
                format!("add `contexts = {{ \"{name}\" = \"target:{}\" }}`", base.name),
            ),
            (None, Origin::Service { .. }) => (
                format!("{who} needs `{name}`, which this repository builds, but not this file"),
                "build the base in the same file and hand it over with `additional_contexts`, or build all images with bake"
                    .to_owned(),
            ),
            (None, _) => (
                format!("{who} needs `{name}`, which this repository builds, but not this file"),
                format!("add a target for the base, and `contexts = {{ \"{name}\" = \"target:…\" }}`"),
            ),
        };
        let mut finding =
            Finding::new(self.metadata(), place(environment, definition), message).help(help);
        if let Some(Ok(reference)) = &image_use.reference
            && is_pullable(reference)
        {
            // It may be meant to be pulled as published.
            finding = finding.confidence(Confidence::Low);
        }
        if is_fixture(environment, definition.location) {
            finding = finding.confidence(Confidence::Low);
        }
        finding = finding.related(image_use.value.location, "the base is named here");
        let mut seen = Vec::new();
        for producer in producers() {
            let location = place(environment, producer);
            if !seen.contains(&location) && seen.len() < MANY {
                seen.push(location);
                finding = finding.related(location, "the base is built here");
            }
        }
        finding
    }
}

/// Hands the base over as a context, where a service of the same file builds it and its `build:` is
/// written in block style.
fn fix(cx: Context<'_>, need: &Need<'_>, image_use: &ImageUse) -> Option<Fix> {
    let environment = cx.environment;
    let definition = need.definition;
    let producers = need
        .producers
        .iter()
        .filter_map(|id| environment.definition(*id));
    let mut beside = producers.filter(|producer| same_file(producer, definition));
    let base = beside.next().filter(|_| beside.next().is_none())?;
    matches!(definition.origin, Origin::Service { .. }).then_some(())?;
    let place = place(environment, definition);
    let file = cx
        .compose_files()
        .iter()
        .find(|file| file.document == place.document)?;
    let (_, service) = file.services().find(|(name, _)| *name == definition.name)?;
    let document = environment.documents.get(file.document);
    let (key, build) = entry(service, "build")?;
    let context = format!("{}: service:{}", image_use.value.text, base.name);
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./: ".contains(it);
    context.chars().all(is_plain).then_some(())?;
    let title = format!(
        "hand over `{}` from the service `{}`",
        image_use.value.text, base.name
    );
    let fix = Fix::safe(
        title,
        "the same Dockerfiles are built, the base before what needs it",
    );
    let column = |span: Span| document.line_column(span.start).column - 1;
    let (outer, inner) = (column(key.span()), column(key.span()) + 2);
    if let Some(text) = build.text() {
        let is_line = build.span().of(&document.text) == text && !text.contains('$');
        return is_line.then(|| {
            let (inner, deep) = (" ".repeat(inner), " ".repeat(inner + 2));
            let after =
                format!("\n{inner}context: {text}\n{inner}additional_contexts:\n{deep}{context}");
            // The blank behind `build:` goes with the value.
            let gap = Span::new(key.span().end as usize + 1, build.span().end as usize);
            fix.replace(Location::new(file.document, gap), after)
        });
    }
    let Kind::Mapping { flow: false, .. } = build.data.kind else {
        return None;
    };
    let first = build.entries().next()?.0.span();
    (column(first) > outer).then_some(())?;
    match entry(build, "additional_contexts") {
        None => {
            // Behind the context, where a comment before it stays with it.
            let (key, value) = entry(build, "context")?;
            let is_line = value.span().of(&document.text).lines().count() == 1;
            let indent = " ".repeat(column(key.span()));
            let line = format!("additional_contexts:\n{indent}  {context}");
            is_line.then(|| fix.insert_line_after(document, key.span().to(value.span()), &line))
        }
        Some((_, contexts)) => {
            let Kind::Mapping { flow: false, .. } = contexts.data.kind else {
                return None;
            };
            let first = contexts.entries().next()?.0.span();
            let indent = " ".repeat(column(first));
            Some(fix.insert(file.document, first.start, format!("{context}\n{indent}")))
        }
    }
}

fn same_file(a: &BuildDefinition, b: &BuildDefinition) -> bool {
    match (a.origin, b.origin) {
        (Origin::Service { project: x, .. }, Origin::Service { project: y, .. })
        | (Origin::BakeTarget { project: x, .. }, Origin::BakeTarget { project: y, .. }) => x == y,
        _ => false,
    }
}

/// The service's own name, or where the definition is said.
fn place(environment: &Environment, definition: &BuildDefinition) -> Location {
    let Origin::Service { project, service } = definition.origin else {
        return definition.location;
    };
    let service = environment
        .compose
        .get(project)
        .and_then(|project| project.services.get(service));
    service.map_or(definition.location, |service| service.name.location)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const BASE: &str =
        "-- base/Dockerfile --\nFROM debian:trixie\n-- web/Dockerfile --\nFROM shop-base\n";

    #[test]
    fn a_base_that_only_a_makefile_builds() {
        let files = format!(
            "{BASE}-- Makefile --\nbase:\n\tdocker build -t shop-base base\n-- compose.yaml --\nservices:\n  web:\n    build: web\n"
        );
        insta::assert_snapshot!(audit("undeclared-base-build", &files), @r#"
        warning compose.yaml:2:3 the service `web` needs `shop-base`, which this repository builds, but not this file
          web/Dockerfile:1:6 the base is named here
          Makefile:2:2 the base is built here
          help: build the base in the same file and hand it over with `additional_contexts`, or build all images with bake
        "#);
    }

    #[test]
    fn a_stage_that_is_not_built_needs_nothing() {
        assert_eq!(
            audit(
                "undeclared-base-build",
                "\
-- base/Dockerfile --
FROM debian:trixie
-- web/Dockerfile --
FROM shop-base AS old
FROM debian:trixie
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base
  web:
    build: web
"
            ),
            ""
        );
    }

    const BAKE: &str = "-- docker-bake.hcl --\ntarget \"base\" {\n  context = \"base\"\n  tags = [\"shop-base\"]\n}\ntarget \"web\" {\n  context = \"web\"\n";

    #[test]
    fn bake_builds_side_by_side_too() {
        insta::assert_snapshot!(audit("undeclared-base-build", &format!("{BASE}{BAKE}}}\n")), @r#"
        warning docker-bake.hcl:5:9 the bake target `web` needs `shop-base`, and nothing makes bake build the bake target `base` before it
          web/Dockerfile:1:6 the base is named here
          docker-bake.hcl:1:9 the base is built here
          help: add `contexts = { "shop-base" = "target:base" }`
        "#);
        let handed =
            format!("{BASE}{BAKE}  contexts = {{ \"shop-base\" = \"target:base\" }}\n}}\n");
        assert_eq!(audit("undeclared-base-build", &handed), "");
    }

    #[test]
    fn the_base_is_handed_over() {
        insta::assert_snapshot!(fix("undeclared-base-build", "\
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base
  web:
    build:
      # The code.
      context: web
  api:
    build: web
  job:
    build:
        context: web
        additional_contexts:
            data: ./data
-- base/Dockerfile --
FROM debian:trixie
-- web/Dockerfile --
FROM shop-base
"), @r#"
        safe: hand over `shop-base` from the service `base`, for the same Dockerfiles are built, the base before what needs it
        safe: hand over `shop-base` from the service `base`, for the same Dockerfiles are built, the base before what needs it
        safe: hand over `shop-base` from the service `base`, for the same Dockerfiles are built, the base before what needs it
        -- compose.yaml --
        +      additional_contexts:
        +        shop-base: service:base
        -    build: web
        +    build:
        +      context: web
        +      additional_contexts:
        +        shop-base: service:base
        +            shop-base: service:base
        "#);
    }
}
