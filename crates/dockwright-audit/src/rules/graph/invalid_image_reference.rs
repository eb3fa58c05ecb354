//! `invalid-image-reference`

use dockwright_environment::Value;
use dockwright_environment::definition::BuildDefinition;
use dockwright_environment::image_use::ImageUse;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Metadata};

rule! {
    /// There is an image name that no engine accepts.
    ///
    /// ## What it does
    ///
    /// Reads every image name after its variables have got their defaults: what `FROM`,
    /// `COPY --from`, `RUN --mount=from` and services use, and the tags that builds produce. Reports
    /// one that is no valid reference. A name with a variable that has no value is left alone; a name
    /// that is wrong only with the defaults of its variables is reported with less confidence.
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
        for image_use in &cx.environment.uses {
            check_use(self.metadata(), image_use, findings);
        }
        for definition in &cx.environment.definitions {
            check_tags(self.metadata(), definition, findings);
        }
    }
}

fn check_use(rule: &'static Metadata, image_use: &ImageUse, findings: &mut Vec<Finding>) {
    if let Some(Err(why)) = &image_use.reference {
        findings.push(finding(rule, &image_use.value, why));
    }
}

fn check_tags(rule: &'static Metadata, definition: &BuildDefinition, findings: &mut Vec<Finding>) {
    for tag in definition.tags.iter().filter(|tag| !tag.implicit) {
        if let Some(Err(why)) = &tag.reference {
            findings.push(finding(rule, &tag.value, why));
        }
    }
}

fn finding(rule: &'static Metadata, value: &Value, why: &str) -> Finding {
    let text = &value.text;
    let finding = Finding::new(
        rule,
        value.location,
        format!("`{text}` is no valid image reference: {why}"),
    );
    match value.variables.as_slice() {
        [] => finding,
        variables => {
            let mut names: Vec<String> = variables
                .iter()
                .map(|variable| format!("`{}`", variable.name))
                .collect();
            names.dedup();
            // Whoever builds may be meant to give the value.
            finding.confidence(Confidence::Medium).help(format!(
                "the name is made from {} at the default",
                names.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_default_that_makes_a_bad_tag_is_found_where_it_is_used() {
        insta::assert_snapshot!(audit("invalid-image-reference", "\
-- Dockerfile --
ARG BASE=Debian
FROM ${BASE}:12
"), @r#"
        error (medium) Dockerfile:2:6 `Debian:12` is no valid image reference: the name of a repository must be lower-case
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
