//! `inconsistent-base-reference`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::definition::{BuildDefinition, Origin};
use dockwright_environment::image_use::{ImageUse, Producer, UseKind};
use dockwright_environment::{Environment, Location};

use crate::edits::tag::{argument_default, retag};
use crate::fix::Aspect;
use crate::images::{Recipe, is_pullable, is_test, variant};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a base image of this repository that is named in different ways.
    ///
    /// ## What it does
    ///
    /// Gathers every `FROM`, `COPY --from` and `RUN --mount=from` that names one image of this
    /// repository, each with the defaults of its arguments, and reports an image that is asked for under
    /// different tags. Tags that different Dockerfiles or stages build are different images and may be
    /// used side by side.
    ///
    /// ## Why is this bad?
    ///
    /// Images that are meant to share a base are built upon different versions of it, or upon one that
    /// nothing builds any more. A new version has to be written in many places.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base:1.0
    ///   web:
    ///     build: web
    ///   worker:
    ///     build: worker
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base:1.0
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM shop-base
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: base
    ///     image: shop-base:1.0
    ///   web:
    ///     build: web
    ///   worker:
    ///     build: worker
    /// ```
    /// ```dockerfile base/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-base:1.0
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM shop-base:1.0
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Every use can be given the name that the base is built under. This is safe where the base is built
    /// under one name: the other names lead nowhere.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, `FROM`: the tag is optional, `latest` is assumed
    InconsistentBaseReference {
        name: "inconsistent-base-reference",
        family: Graph,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

/// A name of a base, as one place gives it.
struct Naming<'a> {
    location: Location,
    image_use: &'a ImageUse,
    /// The whole reference, with nothing left out.
    name: String,
}

impl Rule for InconsistentBaseReference {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for ((repository, _), namings) in bases(cx.environment) {
            let mut names: Vec<&str> = Vec::new();
            for naming in &namings {
                if !names.contains(&naming.name.as_str()) {
                    names.push(&naming.name);
                }
            }
            if names.len() < 2
                || !is_built_here(cx.environment, &namings)
                || are_different_images(cx.environment, &namings)
            {
                continue;
            }
            // The name that most places give is most likely meant.
            let count = |name: &str| namings.iter().filter(|naming| naming.name == name).count();
            let usual = names
                .iter()
                .rev()
                .copied()
                .max_by_key(|name| count(name))
                .unwrap_or_default();
            let Some(odd) = namings.iter().find(|naming| naming.name != usual) else {
                continue;
            };
            let familiar = repository
                .strip_prefix("docker.io/library/")
                .unwrap_or(&repository);
            let tags: Vec<String> = names
                .iter()
                .map(|name| format!("`{}`", tag(name, &repository)))
                .collect();
            let message = format!(
                "the base `{familiar}` is named with {} different tags: {}",
                names.len(),
                tags.join(", ")
            );
            let mut finding = Finding::new(self.metadata(), odd.location, message);
            let pullable = namings
                .iter()
                .filter_map(|naming| naming.image_use.reference.as_ref()?.as_ref().ok());
            if pullable.into_iter().any(is_pullable) {
                finding = finding.confidence(Confidence::Medium);
            }
            let fix = fix(cx.environment, &repository, &namings);
            let mut finding = finding.fix(fix);
            for naming in namings
                .iter()
                .filter(|naming| naming.location != odd.location)
            {
                let label = format!("here it is `{}`", naming.image_use.value.text);
                finding = finding.related(naming.location, label);
            }
            findings
                .push(finding.help("name it in one way, best by one tag that its build gives it"));
        }
    }
}

/// Gives all the one tag that a build gives; none where one of them cannot get it.
fn fix(environment: &Environment, repository: &str, namings: &[Naming<'_>]) -> Option<Fix> {
    let is_built =
        |naming: &&Naming<'_>| matches!(naming.image_use.producer, Producer::Definitions(_));
    let mut built = namings.iter().filter(is_built).map(|it| it.name.as_str());
    let name = built.next()?;
    built.all(|other| other == name).then_some(())?;
    let tag = tag(name, repository);
    let title = format!("name it with the tag `{tag}` everywhere");
    let fix =
        Fix::safe(title, "a build of this repository gives it that tag").changing(Aspect::Base);
    let mut others = namings.iter().filter(|naming| naming.name != name);
    others.try_fold(fix, |fix, naming| {
        retag(environment, naming.image_use, tag, fix)
    })
}

/// Whether a build of this repository gives the base's name. Of a name that a registry may have, a
/// command alone does not tell: it may be an example.
fn is_built_here(environment: &Environment, namings: &[Naming<'_>]) -> bool {
    namings.iter().any(|naming| {
        let (Producer::Definitions(ids) | Producer::OtherTag(ids), Some(Ok(reference))) =
            (&naming.image_use.producer, &naming.image_use.reference)
        else {
            return false;
        };
        let mut definitions = ids.iter().filter_map(|id| environment.definition(*id));
        let is_command = |definition: &BuildDefinition| definition.origin == Origin::Command;
        !reference.is_official()
            && definitions.any(|definition| !(is_pullable(reference) && is_command(definition)))
    })
}

fn tag<'a>(name: &'a str, repository: &str) -> &'a str {
    name.strip_prefix(repository)
        .map_or(name, |tag| tag.trim_start_matches([':', '@']))
}

/// Every place that names a base which this repository may build, by the base's repository name and
/// variant.
fn bases(environment: &Environment) -> BTreeMap<(String, Vec<String>), Vec<Naming<'_>>> {
    let mut by_place: BTreeMap<Location, Vec<&ImageUse>> = BTreeMap::new();
    for image_use in &environment.uses {
        let is_base = matches!(
            image_use.kind,
            UseKind::From | UseKind::CopyFrom | UseKind::MountFrom
        );
        let is_own = matches!(
            image_use.producer,
            Producer::Definitions(_)
                | Producer::OtherTag(_)
                | Producer::Undeclared(_)
                | Producer::Nobody
        );
        if is_base && is_own {
            by_place
                .entry(image_use.value.location)
                .or_default()
                .push(image_use);
        }
    }
    let mut bases: BTreeMap<(String, Vec<String>), Vec<Naming<'_>>> = BTreeMap::new();
    for (location, uses) in by_place {
        let mut named = uses.iter().filter_map(|image_use| {
            let reference = image_use.reference.as_ref()?.as_ref().ok()?;
            Some((*image_use, reference, reference.normalised()))
        });
        let Some((image_use, reference, name)) = named.next() else {
            continue;
        };
        // A test may need another version than the rest does.
        if is_pullable(reference) && is_test(environment, location) {
            continue;
        }
        // Built with different arguments on purpose.
        if named.any(|(_, _, other)| other != name) {
            continue;
        }
        let tag = reference.effective_tag().unwrap_or_default().to_owned();
        let variant = variant(&tag).into_iter().map(str::to_owned).collect();
        bases
            .entry((reference.repository(), variant))
            .or_default()
            .push(Naming {
                location: argument_default(environment, image_use).unwrap_or(location),
                image_use,
                name,
            });
    }
    bases
}

/// Whether each name is built, and every name by another Dockerfile or stage.
fn are_different_images(environment: &Environment, namings: &[Naming<'_>]) -> bool {
    let mut makers: BTreeMap<&str, BTreeSet<Recipe<'_>>> = BTreeMap::new();
    for naming in namings {
        let Producer::Definitions(ids) = &naming.image_use.producer else {
            return false;
        };
        let definitions = ids.iter().filter_map(|id| environment.definition(*id));
        let recipes = definitions.filter_map(|definition| Recipe::of(environment, definition));
        makers.entry(&naming.name).or_default().extend(recipes);
    }
    let mut seen = BTreeSet::new();
    makers.values().flatten().all(|recipe| seen.insert(recipe))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn every_place_is_told() {
        insta::assert_snapshot!(audit("inconsistent-base-reference", "\
-- base/Dockerfile --
FROM debian:trixie
-- a/Dockerfile --
ARG BASE=shop-base:1.0
FROM ${BASE}
-- b/Dockerfile --
FROM shop-base
-- c/Dockerfile --
FROM shop-base:0.9
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base:1.0
"), @r#"
        warning b/Dockerfile:1:6 the base `shop-base` is named with 3 different tags: `1.0`, `latest`, `0.9`
          a/Dockerfile:1:10 here it is `shop-base:1.0`
          c/Dockerfile:1:6 here it is `shop-base:0.9`
          help: name it in one way, best by one tag that its build gives it
        "#);
    }

    #[test]
    fn tags_of_different_stages_are_different_images() {
        assert_eq!(
            audit(
                "inconsistent-base-reference",
                "\
-- base/Dockerfile --
FROM debian:trixie AS slim
FROM slim AS full
-- a/Dockerfile --
FROM shop-base:slim
-- b/Dockerfile --
FROM shop-base:full
-- compose.yaml --
services:
  slim:
    build:
      context: base
      target: slim
    image: shop-base:slim
  full:
    build: base
    image: shop-base:full
"
            ),
            ""
        );
    }

    #[test]
    fn tags_of_variants_are_different_images() {
        let files = "\
-- base/Dockerfile --
FROM debian:trixie
-- a/Dockerfile --
FROM shop-base:alpine-1.0
-- b/Dockerfile --
FROM shop-base:debian-1.0
-- compose.yaml --
services:
  base: {build: base, image: 'shop-base:alpine-1.0'}
";
        assert_eq!(audit("inconsistent-base-reference", files), "");
    }

    #[test]
    fn a_matrix_of_arguments_is_no_inconsistency() {
        assert_eq!(
            audit(
                "inconsistent-base-reference",
                "\
-- base/Dockerfile --
FROM debian:trixie
-- a/Dockerfile --
ARG TAG
FROM shop-base:${TAG}
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base:1.0
  one:
    build: {context: a, args: {TAG: '1.0'}}
  two:
    build: {context: a, args: {TAG: '2.0'}}
"
            ),
            ""
        );
    }

    #[test]
    fn all_get_the_tag_that_is_built() {
        insta::assert_snapshot!(fix("inconsistent-base-reference", "\
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base:1.0
-- base/Dockerfile --
FROM debian:trixie
-- a/Dockerfile --
FROM shop-base:1.0
-- b/Dockerfile --
FROM shop-base AS build
-- c/Dockerfile --
ARG TAG=latest
FROM shop-base:${TAG}
"), @r#"
        safe: name it with the tag `1.0` everywhere, for a build of this repository gives it that tag
        -- b/Dockerfile --
        -FROM shop-base AS build
        +FROM shop-base:1.0 AS build
        -- c/Dockerfile --
        -ARG TAG=latest
        +ARG TAG=1.0
        "#);
    }
}
