//! `alias-image`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::definition::{BuildDefinition, Origin, Tag};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location, Value};
use dockwright_syntax::Span;

use crate::images::{COMPARED, Recipe, builder, difference};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Severity};

rule! {
    /// There is one image with two names.
    ///
    /// ## What it does
    ///
    /// Compares the services and bake targets that build the same stage of the same Dockerfile in the
    /// same context with the same arguments, and reports two that give the image different names. Names
    /// that differ by registry, namespace or tag only are no different names, nor are those that Compose
    /// makes up for services without `image:`.
    ///
    /// ## Why is this bad?
    ///
    /// Readers take the two for different images. Each is built, tagged and pushed by itself, and after
    /// a build of only one of them they are no longer equal.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build: .
    ///     image: shop-web
    ///   worker:
    ///     build: .
    ///     image: shop-worker
    ///     command: ["worker"]
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
    ///     image: shop
    ///   worker:
    ///     build: .
    ///     image: shop
    ///     command: ["worker"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The name that stands more often can replace the other everywhere in the repository. This is unsafe:
    /// somebody outside may pull the name that goes. There is no fix where that stands in any other text
    /// too, where variables make a part of it, where different projects give the two names, or where
    /// an anchor gives both services one `build:`: then one of them has to lose that as well.
    ///
    /// ## References
    ///
    /// - Compose specification, `image`: a service with `build` tags what it builds with it
    AliasImage {
        name: "alias-image",
        family: Graph,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

/// A definition with a name that it gives.
type Named<'a> = (&'a BuildDefinition, &'a Tag, &'a ImageReference);

impl Rule for AliasImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut images: BTreeMap<Recipe<'_>, Vec<Named<'_>>> = BTreeMap::new();
        for definition in &environment.definitions {
            let is_declared = matches!(
                definition.origin,
                Origin::Service { .. } | Origin::BakeTarget { .. }
            );
            let mut names = definition.references().filter(|(tag, _)| !tag.implicit);
            if let (true, Some((tag, reference))) = (is_declared, names.next())
                && let Some(recipe) = Recipe::of(environment, definition)
            {
                images
                    .entry(recipe)
                    .or_default()
                    .push((definition, tag, reference));
            }
        }
        for named in images.values() {
            for (index, (definition, tag, reference)) in named.iter().take(COMPARED).enumerate() {
                let own = short_name(reference);
                let equals = |(other, _, _): &&Named<'_>| {
                    other.platforms == definition.platforms
                        && other.contexts.len() == definition.contexts.len()
                        && difference(environment, other, definition).is_none()
                        && same_arguments(other, definition)
                };
                let mut before = named.iter().take(index).filter(equals);
                let Some((other, first, before)) =
                    before.find(|(_, _, other)| short_name(other) != own)
                else {
                    continue;
                };
                // A name is told where it comes first.
                if named
                    .iter()
                    .take(index)
                    .any(|(_, _, other)| short_name(other) == own)
                {
                    continue;
                }
                let message = format!("`{reference}` is a second name of the image `{before}`");
                let mut finding = Finding::new(self.metadata(), tag.value.location, message)
                    .label(format!("{} gives this name", builder(definition)))
                    .related(
                        first.value.location,
                        format!("{} builds the same under this name", builder(other)),
                    )
                    .help("use one name, and build it once");
                if project(definition) != project(other) {
                    finding = finding
                        .severity(Severity::Info)
                        .confidence(Confidence::Medium);
                } else if definition.location != other.location {
                    finding = finding.fix(rename(environment, before, reference));
                }
                findings.push(finding);
            }
        }
    }
}

/// The last part of a repository's name.
fn short_name(reference: &ImageReference) -> &str {
    reference.path.rsplit('/').next().unwrap_or_default()
}

/// Whether two definitions give the same arguments, so that values that are not known are the same.
fn same_arguments(a: &BuildDefinition, b: &BuildDefinition) -> bool {
    let given = |definition: &BuildDefinition| {
        let arguments = definition.arguments.iter();
        let mut given: Vec<_> = arguments
            .map(|argument| {
                (
                    argument.name.clone(),
                    argument.value.as_ref().map(|value| value.text.clone()),
                )
            })
            .collect();
        given.sort();
        given
    };
    given(a) == given(b)
}

/// The Compose or bake project that a definition is of.
fn project(definition: &BuildDefinition) -> Option<(bool, usize)> {
    match definition.origin {
        Origin::Service { project, .. } => Some((true, project)),
        Origin::BakeTarget { project, .. } => Some((false, project)),
        Origin::Command | Origin::Dockerfile => None,
    }
}

/// Writes one name in the place of the other, which stands in no other text.
fn rename(
    environment: &Environment,
    first: &ImageReference,
    second: &ImageReference,
) -> Option<Fix> {
    let count = |name: &ImageReference| -> usize {
        let files = environment.text_files().iter();
        files
            .map(|file| file.places_of(short_name(name)).count())
            .sum()
    };
    let (kept, goes) = if count(first) < count(second) {
        (second, first)
    } else {
        (first, second)
    };
    let (kept, goes) = (Name::of(environment, kept)?, Name::of(environment, goes)?);
    let mut known = BTreeSet::new();
    for location in &goes.places {
        let outermost = environment.documents.outermost(*location);
        let path = &environment.documents.get(outermost.document).path;
        known.insert((
            path.clone(),
            outermost.span.start as usize,
            outermost.span.end as usize,
        ));
    }
    for file in environment.text_files() {
        for (at, _) in file.places_of(goes.short) {
            let mut places = known.iter();
            let is_known = places.any(|(path, start, end)| {
                *path == file.path && *start <= at && at + goes.short.len() <= *end
            });
            is_known.then_some(())?;
        }
    }
    let title = format!("call it `{}` everywhere", kept.written);
    let why = format!("somebody outside may pull `{}`", goes.written);
    let mut places = goes.places.iter();
    places.try_fold(Fix::with_care(title, why), |fix, location| {
        let text = environment.documents.text(*location);
        let start = location.span.start as usize + text.find(&goes.written)?;
        let span = Span::new(start, start + goes.written.len());
        Some(fix.replace(Location::new(location.document, span), &*kept.written))
    })
}

/// A name as it stands everywhere.
struct Name<'a> {
    short: &'a str,
    written: String,
    /// The builds that give it and what uses it.
    places: BTreeSet<Location>,
}

impl<'a> Name<'a> {
    /// `None` where it is written in different ways, or a variable makes a part of it.
    fn of(environment: &Environment, reference: &'a ImageReference) -> Option<Self> {
        let meant = reference.normalised();
        let is_meant = |other: &ImageReference| other.normalised() == meant;
        let tags = environment
            .definitions
            .iter()
            .flat_map(BuildDefinition::references);
        let tags = tags.filter(|(tag, other)| !tag.implicit && is_meant(other));
        let uses = environment.uses.iter().filter(|image_use| {
            let name = image_use.reference.as_ref();
            name.and_then(|name| name.as_ref().ok())
                .is_some_and(is_meant)
        });
        let uses = uses.map(|image_use| &image_use.value);
        let values: Vec<&Value> = tags.map(|(tag, _)| &tag.value).chain(uses).collect();
        let written = values.first()?.text.clone();
        let is_plain = |value: &&Value| {
            let text = environment.documents.text(value.location);
            value.is_literal() && value.text == written && text.contains(&written)
        };
        values.iter().all(is_plain).then(|| Self {
            short: short_name(reference),
            written: written.clone(),
            places: values.iter().map(|value| value.location).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn a_third_service_with_a_known_name_adds_nothing() {
        insta::assert_snapshot!(audit("alias-image", "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  one:
    build: .
    image: shop-one
  two:
    build: .
    image: acme/shop-two:1
  three:
    build: .
    image: shop-two:2
"), @r#"
        warning compose.yaml:7:12 `acme/shop-two:1` is a second name of the image `shop-one`
          ^ the service `two` gives this name
          compose.yaml:4:12 the service `one` builds the same under this name
          help: use one name, and build it once
        "#);
    }

    #[test]
    fn other_stages_arguments_registries_and_tags_are_fine() {
        assert_eq!(
            audit(
                "alias-image",
                "\
-- Dockerfile --
ARG V
FROM debian:${V} AS a
FROM a AS b
-- compose.yaml --
services:
  a:
    build: {context: ., target: a}
    image: shop-a
  b:
    build: .
    image: shop-b
  c:
    build: {context: ., args: [V=1]}
    image: shop-c
  d:
    build: .
    image: ghcr.io/acme/shop-b:2
  e:
    build: .
"
            ),
            ""
        );
    }

    const FILES: &str = "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  web: {build: ., image: shop-web}
  worker: {build: ., image: \"shop-worker:latest\"}
  mail: {image: 'shop-worker:latest'}
-- worker/Dockerfile --
FROM shop-worker:latest
";

    #[test]
    fn the_name_that_stands_more_often_stays() {
        insta::assert_snapshot!(fix("alias-image", FILES), @r#"
        unsafe: call it `shop-worker:latest` everywhere, for somebody outside may pull `shop-web`
        -- compose.yaml --
        -  web: {build: ., image: shop-web}
        +  web: {build: ., image: shop-worker:latest}
        "#);
        let other =
            format!("{FILES}-- README.md --\nshop-web\n-- run.sh --\ndocker run shop-web\n");
        let other = other.replace("  mail: {image: 'shop-worker:latest'}\n", "");
        insta::assert_snapshot!(fix("alias-image", &other), @r#"
        unsafe: call it `shop-web` everywhere, for somebody outside may pull `shop-worker:latest`
        -- compose.yaml --
        -  worker: {build: ., image: "shop-worker:latest"}
        +  worker: {build: ., image: "shop-web"}
        -- worker/Dockerfile --
        -FROM shop-worker:latest
        +FROM shop-web
        "#);
    }

    #[test]
    fn a_name_that_stands_elsewhere_stays() {
        let told = format!("{FILES}-- README.md --\nThe image shop-web is ours.\n");
        assert_eq!(fix("alias-image", &told), "");
        let shared = FILES.replace(
            "build: ., image: shop-web",
            "build: &b {context: .}, image: shop-web",
        );
        let shared = shared.replace("build: ., image: \"", "build: *b, image: \"");
        assert_eq!(fix("alias-image", &shared), "");
        let variable = FILES.replace("image: shop-web", "image: \"shop-web:${TAG:-1}\"");
        assert_eq!(fix("alias-image", &variable), "");
    }
}
