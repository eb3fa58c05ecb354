//! `tag-skew`

use dockwright_environment::image_use::{ImageUse, Producer};
use dockwright_environment::reference::ImageReference;

use crate::edits::tag::retag;
use crate::fix::Aspect;
use crate::images::{MANY, builder, is_fixture, is_pullable, tags_of, variant};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is an image that is built and used under different default tags.
    ///
    /// ## What it does
    ///
    /// Compares the tag under which an image of this repository is used with the tags under which it
    /// is built, each with the defaults of its variables. A name without a tag means `latest`. Reports
    /// a use whose tag no build gives, where one of the two sides is such a default.
    ///
    /// ## Why is this bad?
    ///
    /// With nothing set, the build makes one image and the use asks for another: the old one that is
    /// still on the machine, or none. It works only for those who set the variable on both sides.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:${VERSION:-1.0}
    ///   tests:
    ///     image: shop-base:${VERSION:-latest}
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:${VERSION:-1.0}
    ///   tests:
    ///     image: shop-base:${VERSION:-1.0}
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where every build gives the same tag, the use can be given it as its default. This is safe: the
    /// default of the use names an image that nothing makes.
    ///
    /// ## References
    ///
    /// - The reference grammar of OCI images: the tag that is meant when none is written is `latest`
    TagSkew {
        name: "tag-skew",
        family: Graph,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for TagSkew {
    fn check_use(&self, cx: Context<'_>, image_use: &ImageUse, findings: &mut Vec<Finding>) {
        let (Producer::OtherTag(ids), Some(Ok(reference))) =
            (&image_use.producer, &image_use.reference)
        else {
            return;
        };
        let built: Vec<_> = tags_of(cx.environment, ids)
            .filter(|(_, _, other)| other.repository() == reference.repository())
            .filter(|(_, _, other)| are_variants_alike(reference, other))
            .collect();
        let is_default = |reference: &ImageReference, value: &dockwright_environment::Value| {
            reference.tag.is_none() || !value.is_literal()
        };
        let by_default = is_default(reference, &image_use.value)
            || built
                .iter()
                .any(|(_, tag, other)| is_default(other, &tag.value));
        let mut tags: Vec<String> = built
            .iter()
            .filter_map(|(_, _, other)| Some(format!("`{}`", other.effective_tag()?)))
            .collect();
        tags.sort_unstable();
        tags.dedup();
        let (true, Some(tag), [first, ..]) =
            (by_default, reference.effective_tag(), tags.as_slice())
        else {
            return;
        };
        let name = reference.familiar_name();
        let message = format!(
            "`{name}` is used as `{tag}` by default, and built as {}",
            tags.join(", ")
        );
        let mut finding = Finding::new(self.metadata(), image_use.value.location, message);
        if is_pullable(reference) || is_fixture(cx.environment, image_use.value.location) {
            finding = finding.confidence(Confidence::Low);
        }
        for (definition, tag, _) in built.iter().take(MANY) {
            let label = format!("{} tags it `{}`", builder(definition), tag.value.text);
            finding = finding.related(tag.value.location, label);
        }
        let only = match tags.as_slice() {
            [only] => Some(only.trim_matches('`')),
            _ => None,
        };
        let fix = only.and_then(|tag| {
            let title = format!("use `{name}` as `{tag}` by default");
            let fix = Fix::safe(title, "nothing makes the image that is used now");
            retag(cx.environment, image_use, tag, fix.changing(Aspect::Base))
        });
        let help = format!("give both sides the same default, such as {first}");
        findings.push(finding.help(help).fix(fix));
    }
}

/// Whether two references may mean the same variant: a name without one may mean any.
fn are_variants_alike(one: &ImageReference, other: &ImageReference) -> bool {
    let words = |reference: &ImageReference| {
        let tag = reference.effective_tag().unwrap_or_default().to_owned();
        variant(&tag)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (one, other) = (words(one), words(other));
    one.is_empty() || other.is_empty() || one == other
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn a_name_without_a_tag_means_latest() {
        insta::assert_snapshot!(audit("tag-skew", "\
-- base/Dockerfile --
FROM debian:trixie
-- app/Dockerfile --
FROM shop-base
-- compose.yaml --
services:
  base:
    build: base
    image: shop-base:1.0
  app:
    build: app
"), @r#"
        warning app/Dockerfile:1:6 `shop-base` is used as `latest` by default, and built as `1.0`
          compose.yaml:4:12 the service `base` tags it `shop-base:1.0`
          help: give both sides the same default, such as `1.0`
        "#);
    }

    #[test]
    fn another_variant_is_no_other_tag_of_the_same() {
        insta::assert_snapshot!(audit("tag-skew", "\
-- base/Dockerfile --
FROM debian:trixie
-- app/Dockerfile --
ARG BASE=shop-base:rhel-1.0
FROM ${BASE}
-- web/Dockerfile --
ARG BASE=shop-base:alpine-1.0
FROM ${BASE}
-- compose.yaml --
services:
  base: {build: base, image: 'shop-base:alpine-1.0-local'}
  app: {build: app}
  web: {build: web}
"), @r#"
        warning web/Dockerfile:2:6 `shop-base` is used as `alpine-1.0` by default, and built as `alpine-1.0-local`
          compose.yaml:2:30 the service `base` tags it `shop-base:alpine-1.0-local`
          help: give both sides the same default, such as `alpine-1.0-local`
        "#);
    }

    #[test]
    fn two_tags_that_are_both_written_out_are_no_defaults() {
        assert_eq!(
            audit(
                "tag-skew",
                "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  base:
    build: .
    image: shop-base:1.0
  old:
    image: shop-base:0.9
"
            ),
            ""
        );
    }

    #[test]
    fn the_use_gets_the_tag_that_is_built() {
        insta::assert_snapshot!(fix("tag-skew", "\
-- compose.yaml --
services:
  base:
    build: .
    image: shop-base:${VERSION:-1.0}
  # The tests.
  tests:
    image: \"shop-base:${VERSION:-latest}\" # kept
  other:
    image: shop-base
-- Dockerfile --
FROM debian:trixie
-- web/Dockerfile --
ARG TAG=2.0
FROM shop-base:${TAG}
"), @r#"
        safe: use `shop-base` as `1.0` by default, for nothing makes the image that is used now
        safe: use `shop-base` as `1.0` by default, for nothing makes the image that is used now
        safe: use `shop-base` as `1.0` by default, for nothing makes the image that is used now
        -- compose.yaml --
        -    image: "shop-base:${VERSION:-latest}" # kept
        +    image: "shop-base:${VERSION:-1.0}" # kept
        -    image: shop-base
        +    image: shop-base:1.0
        -- web/Dockerfile --
        -ARG TAG=2.0
        +ARG TAG=1.0
        "#);
    }
}
