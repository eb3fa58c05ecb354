//! `unordered-service-keys`

use std::sync::LazyLock;

use dockwright_settings::KeyOrder;

use crate::compose_files::{ComposeFile, first_misplaced};
use crate::dclint_configuration::usual_service_keys;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There are keys of a service in an unusual order.
    ///
    /// ## What it does
    ///
    /// Reports the first key of a service that stands behind one of a later group: what runs (`image`, `build`,
    /// `container_name`), `depends_on`, data, environment, network, how it runs, logging and labels, user, then
    /// everything else by the alphabet.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm: the order means nothing. Services that are all written in one order are compared faster.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     ports: ["80:80"]
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["80:80"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Moving keys is safe: comments that belong to them go along. Nothing is moved where that is not clear, or where
    /// an alias would come to stand before its anchor.
    ///
    /// ## References
    ///
    /// - Compose specification, "Services top-level element"
    UnorderedServiceKeys {
        name: "unordered-service-keys",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["service-keys-order"],
    }
}

/// The usual order.
static ORDER: LazyLock<KeyOrder> = LazyLock::new(usual_service_keys);

impl Rule for UnorderedServiceKeys {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let settings = cx.compose_settings(file.document);
        let order = settings.service_keys.as_ref().unwrap_or(&ORDER);
        for (service, body) in file.services() {
            // What a merge key brings in may be laid over from anywhere.
            let is_placed = |key: &str| key != "<<" && !order.free.iter().any(|free| free == key);
            let keys = body.entries().map(|(key, _)| {
                let name = key.text().filter(|name| is_placed(name))?;
                Some((name, key.span()))
            });
            let keys: Vec<_> = keys.collect();
            let known: Vec<_> = keys.iter().flatten().copied().collect();
            let misplaced = first_misplaced(&known, |a, b| place(order, a.0) > place(order, b.0));
            let Some(((key, span), (before, other))) = misplaced else {
                continue;
            };
            let message = format!("`{key}` of the service `{service}` stands behind `{before}`");
            findings.push(
                Finding::new(self.metadata(), file.at(*span), message)
                    .confidence(Confidence::Low)
                    .related(
                        file.at(*other),
                        format!("`{key}` usually stands before this"),
                    )
                    .fix(file.sort(cx, body, &keys, |a, b| {
                        place(order, a.0).cmp(&place(order, b.0))
                    })),
            );
        }
    }
}

/// Where a key stands: those that are not in the list come last, by the alphabet.
/// Where a key stands in an order.
pub(super) fn place(order: &KeyOrder, key: &str) -> (usize, String) {
    let known = order.keys.iter().position(|own| own == key);
    match known {
        Some(place) => (place, String::new()),
        None => (order.keys.len(), key.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn each_service_is_told_once() {
        insta::assert_snapshot!(audit("unordered-service-keys", "\
-- compose.yaml --
services:
  a: {image: a, ports: [], volumes: [], build: .}
  b: {image: b, user: x, tty: true, init: true}
  c: {image: c, build: ., depends_on: [a], environment: {}, restart: always, init: true, tty: true}
"), @r#"
        info (low) compose.yaml:2:28 `volumes` of the service `a` stands behind `ports`
          compose.yaml:2:17 `volumes` usually stands before this
        info (low) compose.yaml:3:37 `init` of the service `b` stands behind `tty`
          compose.yaml:3:26 `init` usually stands before this
        "#);
    }

    #[test]
    fn the_configuration_of_dclint_says_in_which_order() {
        insta::assert_snapshot!(audit("unordered-service-keys", "\
-- compose.yaml --
services:
  a: {ports: [], image: a, user: x, init: true}
  b: {image: b, ports: [], user: x, init: true}
-- .dclintrc --
rules: {service-keys-order: [1, {groupOrder: [Networking, Core Definitions]}]}
"), @r#"
        warning (medium) compose.yaml:3:17 `ports` of the service `b` stands behind `image`
          compose.yaml:3:7 `ports` usually stands before this
        "#);
    }

    #[test]
    fn keys_move_and_the_merge_key_stays() {
        insta::assert_snapshot!(fix("unordered-service-keys", "\
-- compose.yaml --
x-base: &base {restart: always}
services:
  a:
    <<: *base
    # For people.
    ports:
      - 80:80
    command: |
      run

    image: a
"), @r#"
        safe: sort them, for their order means nothing
        -- compose.yaml --
        +    image: a
        +
        -
        -    image: a
        "#);
    }

    #[test]
    fn a_key_that_was_taken_out_belongs_to_none() {
        insta::assert_snapshot!(fix("unordered-service-keys", "\
-- compose.yaml --
services:
  db:
    restart: always
    image: postgres
    # If you need it, take this:
    #image: postgis
    user: postgres
"), @"");
    }
}
