//! `invalid-image-reference`

use std::collections::HashSet;

use dockwright_environment::image_use::UseKind;
use dockwright_environment::{Environment, Value, VariableSource};

use crate::images::{is_fixture, is_prose};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Severity};

rule! {
    /// There is an image name that no engine accepts.
    ///
    /// ## What it does
    ///
    /// Reads every image name after its variables have got their defaults: what `FROM`,
    /// `COPY --from`, `RUN --mount=from` and services use, and the tags that builds produce. Reports
    /// one that is no valid reference. A name with a variable that has no value is left alone; a name
    /// that is wrong only with the defaults of its variables is a warning of less confidence, and in
    /// `FROM` the business of `invalid-default-base`.
    ///
    /// ## Why is this bad?
    ///
    /// The build or the start fails, and the engine's message shows the name after expansion, not
    /// the variable that made it so.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: shop/Web:${VERSION:-1.0+dev}
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: shop/web:${VERSION:-1.0-dev}
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which name was meant is not known.
    ///
    /// ## References
    ///
    /// - The OCI distribution specification, section "Pulling manifests": the grammar of names and tags
    InvalidImageReference {
        name: "invalid-image-reference",
        family: Graph,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for InvalidImageReference {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let uses = cx.environment.uses.iter();
        let uses = uses.filter(|it| it.kind != UseKind::From || !is_default(&it.value));
        let uses = uses.map(|image_use| (&image_use.value, &image_use.reference));
        let definitions = cx.environment.definitions.iter();
        let tags =
            definitions.flat_map(|definition| definition.tags.iter().filter(|tag| !tag.implicit));
        let tags = tags.map(|tag| (&tag.value, &tag.reference));
        // A command in a loop or for a matrix says the same several times.
        let mut told = HashSet::new();
        for (value, reference) in uses.chain(tags) {
            if let Some(Err(why)) = reference
                && told.insert((value.location, value.text.as_str()))
            {
                findings.push(self.finding(cx.environment, value, why));
            }
        }
    }
}

/// Whether defaults decide what a name is.
fn is_default(value: &Value) -> bool {
    let mut variables = value.variables.iter();
    !value.is_literal() && variables.all(|it| it.source == VariableSource::Default)
}

impl InvalidImageReference {
    fn finding(&self, environment: &Environment, value: &Value, why: &str) -> Finding {
        let text = &value.text;
        let finding = Finding::new(
            self.metadata(),
            value.location,
            format!("`{text}` is no valid image reference: {why}"),
        );
        if is_prose(environment, value.location) || is_fixture(environment, value.location) {
            // A placeholder, or wrong on purpose.
            return finding.confidence(Confidence::Low);
        }
        if value.is_literal() {
            return finding;
        }
        let mut names: Vec<String> = value
            .variables
            .iter()
            .map(|variable| format!("`{}`", variable.name))
            .collect();
        names.dedup();
        // Whoever builds may be meant to give the value, the more so when the default is empty.
        let is_empty = value
            .variables
            .iter()
            .any(|variable| variable.value.as_deref().is_none_or(str::is_empty));
        finding
            .severity(Severity::Warning)
            .confidence(if is_empty {
                Confidence::Low
            } else {
                Confidence::Medium
            })
            .help(format!(
                "the name is made from {} at the default",
                names.join(", ")
            ))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_default_that_makes_a_bad_tag_is_found_where_it_is_used() {
        insta::assert_snapshot!(audit("invalid-image-reference", "\
-- compose.yaml --
services:
  web:
    image: ${BASE:-Debian}:12
-- Dockerfile --
ARG BASE=Debian
FROM ${BASE}:12
"), @r#"
        warning (medium) compose.yaml:3:12 `Debian:12` is no valid image reference: the name of a repository must be lower-case
          help: the name is made from `BASE` at the default
        "#);
    }

    #[test]
    fn a_variable_without_a_value_says_nothing() {
        assert_eq!(
            audit(
                "invalid-image-reference",
                "-- Dockerfile --\nARG BASE\nFROM ${BASE}:12\n"
            ),
            ""
        );
    }

    #[test]
    fn tags_that_are_produced_are_read_too() {
        insta::assert_snapshot!(audit("invalid-image-reference", "\
-- Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  web:
    build:
      context: .
      tags:
        - shop/web:1.0+dev
    image: shop/web
"), @r#"error compose.yaml:6:11 `shop/web:1.0+dev` is no valid image reference: `1.0+dev` is no valid tag"#);
    }
}
