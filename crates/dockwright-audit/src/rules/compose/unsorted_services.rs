//! `unsorted-services`

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
    /// Sorting is safe: services are moved with the comments that belong to them. Nothing is moved where that is not
    /// clear of a comment, or where an alias would come to stand before its anchor.
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
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let Some(services) = file.tree.root().and_then(|root| root.get("services")) else {
            return;
        };
        let keys = services.entries().map(|(key, _)| key);
        let keys: Vec<_> = keys
            .map(|key| key.text().filter(|name| *name != "<<"))
            .collect();
        let spans = services.entries().map(|(key, _)| key.span());
        let names = keys.iter().zip(spans);
        let names: Vec<_> = names
            .filter_map(|(name, span)| Some(((*name)?, span)))
            .collect();
        let misplaced = first_misplaced(&names, |a, b| alphabet::compare(a.0, b.0).is_gt());
        let Some(((name, span), (before, place))) = misplaced else {
            return;
        };
        let message = format!("the service `{name}` stands behind `{before}`");
        findings.push(
            Finding::new(self.metadata(), file.at(*span), message)
                .confidence(Confidence::Low)
                .related(file.at(*place), format!("`{name}` belongs before this"))
                .fix(file.sort(cx, services, &keys, |a, b| alphabet::compare(a, b))),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn services_move_with_what_belongs_to_them() {
        insta::assert_snapshot!(fix("unsorted-services", "\
-- a/compose.yaml --
services:
  # Serves the site.
  web:
    image: web
    # ports:
    #   - 80:80

  cache: # small
    image: cache

  app: &app
    image: app
  app-2:
    <<: *app
-- b/compose.yaml --
services: {b: {image: b}, a: {image: a}}
"), @r#"
        safe: sort them, for their order means nothing
        safe: sort them, for their order means nothing
        -- a/compose.yaml --
        +  app: &app
        +    image: app
        +
        +  app-2:
        +    <<: *app
        +
        +  cache: # small
        +    image: cache
        -
        -  cache: # small
        -    image: cache
        -
        -  app: &app
        -    image: app
        -  app-2:
        -    <<: *app
        -- b/compose.yaml --
        -services: {b: {image: b}, a: {image: a}}
        +services: {a: {image: a}, b: {image: b}}
        "#);
    }

    #[test]
    fn what_is_not_clear_is_left() {
        insta::assert_snapshot!(fix("unsorted-services", "\
-- anchor/compose.yaml --
services:
  b: &b
    image: b
  a: *b
-- heading/compose.yaml --
services:
  b:
    image: b

  # Tools

  a:
    image: a
-- outcommented/compose.yaml --
services:
  b:
    image: b
  # c:
  #   image: c
  a:
    image: a
-- banner/compose.yaml --
services:
  b:
    image: b
  # -------
  # Storage
  # -------
  a:
    image: a
-- margin/compose.yaml --
services:
  b:
    image: b
#    ports: []
  a:
    image: a
-- flow/compose.yaml --
services: {
  b: {image: b}, # first
  a: {image: a}
}
"), @"");
    }
}
