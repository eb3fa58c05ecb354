//! `unordered-top-level-keys`

use crate::compose_files::{ComposeFile, first_misplaced};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There are top-level keys of a Compose file in an unusual order.
    ///
    /// ## What it does
    ///
    /// Reports the first top-level key that stands behind a later one of: extensions (`x-…`), `version`, `name`,
    /// `include`, `services`, `networks`, `volumes`, `secrets`, `configs`. Any other key may stand anywhere.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm: the order means nothing. Files that are all written in one order are read faster.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// volumes:
    ///   data:
    /// services:
    ///   db:
    ///     image: postgres:18
    ///     volumes: ["data:/var/lib/postgresql"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    ///     volumes: ["data:/var/lib/postgresql"]
    /// volumes:
    ///   data:
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Moving keys is safe: comments that belong to them go along. Nothing is moved where that is not clear, as of a
    /// comment at the top of the file, or where an alias would come to stand before its anchor.
    ///
    /// ## References
    ///
    /// - Compose specification, "The Compose file"
    UnorderedTopLevelKeys {
        name: "unordered-top-level-keys",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["top-level-properties-order"],
    }
}

/// The usual order. Source: the documentation of `top-level-properties-order` of Docker Compose Linter 3.
const ORDER: [&str; 9] = [
    EXTENSIONS, "version", "name", "include", "services", "networks", "volumes", "secrets",
    "configs",
];

/// What stands for the keys of extensions.
const EXTENSIONS: &str = "x-properties";

impl Rule for UnorderedTopLevelKeys {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let order: Vec<&str> = match &cx.compose_settings(file.document).top_level_keys {
            Some(order) => order.iter().map(String::as_str).collect(),
            None => ORDER.to_vec(),
        };
        let Some(root) = file.tree.root() else {
            return;
        };
        let keys = root.entries().map(|(key, _)| {
            let name = key.text()?;
            Some((name, key.span(), place(&order, name)?))
        });
        let keys: Vec<_> = keys.collect();
        let known: Vec<_> = keys.iter().flatten().copied().collect();
        let Some(((key, span, _), (before, other, _))) = first_misplaced(&known, |a, b| a.2 > b.2)
        else {
            return;
        };
        let message = format!("the top-level key `{key}` stands behind `{before}`");
        findings.push(
            Finding::new(self.metadata(), file.at(*span), message)
                .confidence(Confidence::Low)
                .related(
                    file.at(*other),
                    format!("`{key}` usually stands before this"),
                )
                .fix(file.sort(cx, root, &keys, |a, b| a.2.cmp(&b.2))),
        );
    }
}

/// Where a key stands.
fn place(order: &[&str], key: &str) -> Option<usize> {
    let is_extension = key.starts_with("x-");
    order
        .iter()
        .position(|own| *own == key || is_extension && *own == EXTENSIONS)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn extensions_come_first_in_any_order() {
        insta::assert_snapshot!(audit("unordered-top-level-keys", "\
-- a/compose.yaml --
x-b: &b {image: b}
x-a: {image: a}
name: a
services:
  b: *b
models: {}
networks: {}
-- b/compose.yaml --
services: {a: {image: a}}
x-a: {}
name: b
"), @r#"
        info (low) b/compose.yaml:2:1 the top-level key `x-a` stands behind `services`
          b/compose.yaml:1:1 `x-a` usually stands before this
        "#);
    }

    #[test]
    fn the_configuration_of_dclint_says_in_which_order() {
        insta::assert_snapshot!(audit("unordered-top-level-keys", "\
-- compose.yaml --
services: {a: {image: a}}
x-a: {}
name: b
-- .dclintrc --
rules: {top-level-properties-order: [1, {customOrder: [name, services, x-properties]}]}
"), @r#"
        warning (medium) compose.yaml:3:1 the top-level key `name` stands behind `services`
          compose.yaml:1:1 `name` usually stands before this
        "#);
    }

    #[test]
    fn the_comment_of_the_file_stays_on_top() {
        insta::assert_snapshot!(fix("unordered-top-level-keys", "\
-- a/compose.yaml --
# The shop

volumes:
  data:

services:
  a: {image: a}
-- b/compose.yaml --
# Volumes, or the whole file?
volumes:
  data:
services:
  a: {image: a}
"), @r#"
        safe: sort them, for their order means nothing
        -- a/compose.yaml --
        +services:
        +  a: {image: a}
        +
        -
        -services:
        -  a: {image: a}
        "#);
    }
}
