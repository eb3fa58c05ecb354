//! `unsorted-dependencies`

use crate::compose_files::{ComposeFile, first_misplaced};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, alphabet};

rule! {
    /// There are dependencies of a service that do not follow the alphabet.
    ///
    /// ## What it does
    ///
    /// Reports the first entry of a `depends_on` that stands behind one that comes later in the alphabet.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm: their order means nothing. A sorted list is compared faster.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     depends_on: [db, cache]
    ///   db:
    ///     image: postgres:18
    ///   cache:
    ///     image: valkey/valkey:9
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     depends_on: [cache, db]
    ///   db:
    ///     image: postgres:18
    ///   cache:
    ///     image: valkey/valkey:9
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Sorting is safe. Nothing is moved where it is not clear what a comment belongs to.
    ///
    /// ## References
    ///
    /// - Compose specification, `depends_on`
    UnsortedDependencies {
        name: "unsorted-dependencies",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["service-dependencies-alphabetical-order"],
    }
}

impl Rule for UnsortedDependencies {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        for (service, body) in file.services() {
            let Some(depends_on) = body.get("depends_on") else {
                continue;
            };
            let keys = depends_on.entries().map(|(key, _)| key);
            let nodes = depends_on.items().chain(keys);
            let keys: Vec<_> = nodes
                .map(|name| Some((name.text().filter(|name| *name != "<<")?, name.span())))
                .collect();
            let names: Vec<_> = keys.iter().flatten().copied().collect();
            let misplaced = first_misplaced(&names, |a, b| alphabet::compare(a.0, b.0).is_gt());
            let Some(((name, span), (before, place))) = misplaced else {
                continue;
            };
            let message =
                format!("the dependency `{name}` of `{service}` stands behind `{before}`");
            findings.push(
                Finding::new(self.metadata(), file.at(*span), message)
                    .confidence(Confidence::Low)
                    .related(file.at(*place), format!("`{name}` belongs before this"))
                    .fix(file.sort(cx, depends_on, &keys, |a, b| alphabet::compare(a.0, b.0))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn lists_and_mappings_are_read() {
        insta::assert_snapshot!(audit("unsorted-dependencies", "\
-- compose.yaml --
services:
  a: {image: a}
  b: {image: a, depends_on: [a]}
  c: {image: a, depends_on: [a, b]}
  d:
    image: a
    depends_on:
      b: {condition: service_started}
      a: {condition: service_started}
"), @r#"
        info (low) compose.yaml:9:7 the dependency `a` of `d` stands behind `b`
          compose.yaml:8:7 `a` belongs before this
        "#);
    }

    #[test]
    fn entries_move_whole() {
        insta::assert_snapshot!(fix("unsorted-dependencies", "\
-- compose.yaml --
services:
  a: {image: a, depends_on: [c, 'b']}
  b:
    image: b
    depends_on:
      # It holds the data.
      d:
        condition: service_healthy
      c: {condition: service_started} # soon
  c: {image: c}
  d: {image: d}
"), @r#"
        safe: sort them, for their order means nothing
        safe: sort them, for their order means nothing
        -- compose.yaml --
        -  a: {image: a, depends_on: [c, 'b']}
        +  a: {image: a, depends_on: ['b', c]}
        +      c: {condition: service_started} # soon
        -      c: {condition: service_started} # soon
        "#);
    }
}
