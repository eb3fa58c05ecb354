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
    /// Sorting is safe.
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
    fn check_compose_file(&self, _: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        for (service, body) in file.services() {
            let Some(depends_on) = body.get("depends_on") else {
                continue;
            };
            let keys = depends_on.entries().map(|(key, _)| key);
            let names = depends_on.items().chain(keys);
            let names: Vec<_> = names
                .filter_map(|name| Some((name.text()?, name.span())))
                .collect();
            let misplaced = first_misplaced(&names, |a, b| alphabet::compare(a.0, b.0).is_gt());
            let Some(((name, span), (before, place))) = misplaced else {
                continue;
            };
            let message =
                format!("the dependency `{name}` of `{service}` stands behind `{before}`");
            findings.push(
                Finding::new(self.metadata(), file.at(*span), message)
                    .confidence(Confidence::Low)
                    .related(file.at(*place), format!("`{name}` belongs before this")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

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
}
