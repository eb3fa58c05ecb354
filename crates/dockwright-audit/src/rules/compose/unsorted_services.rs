//! `unsorted-services`

use dockwright_syntax::yaml::Node;

use crate::compose_files::{ComposeFile, first_misplaced};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, alphabet};

rule! {
    /// There are services that do not follow the alphabet.
    ///
    /// ## What it does
    ///
    /// Reports the first service of a file that stands behind one whose name comes later in the alphabet.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm. In a long file a sorted list is found through faster.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///   db:
    ///     image: postgres:18
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Sorting is safe, unless an alias comes to stand before its anchor.
    ///
    /// ## References
    ///
    /// - Compose specification, "Services top-level element"
    UnsortedServices {
        name: "unsorted-services",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["services-alphabetical-order"],
    }
}

impl Rule for UnsortedServices {
    fn check_compose_file(&self, _: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let services = file.tree.root().and_then(|root| root.get("services"));
        let names = services.into_iter().flat_map(Node::entries);
        let names: Vec<_> = names
            .filter_map(|(key, _)| Some((key.text()?, key.span())))
            .collect();
        let misplaced = first_misplaced(&names, |a, b| alphabet::compare(a.0, b.0).is_gt());
        let Some(((name, span), (before, place))) = misplaced else {
            return;
        };
        let message = format!("the service `{name}` stands behind `{before}`");
        findings.push(
            Finding::new(self.metadata(), file.at(*span), message)
                .confidence(Confidence::Low)
                .related(file.at(*place), format!("`{name}` belongs before this")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_first_misplaced_service_is_told() {
        insta::assert_snapshot!(audit("unsorted-services", "\
-- compose.yaml --
services:
  api: {image: a}
  Cache: {image: a}
  db: {image: a}
  db-2: {image: a}
  bus: {image: a}
  auth: {image: a}
"), @r#"
        info (low) compose.yaml:6:3 the service `bus` stands behind `Cache`
          compose.yaml:3:3 `bus` belongs before this
        "#);
    }
}
