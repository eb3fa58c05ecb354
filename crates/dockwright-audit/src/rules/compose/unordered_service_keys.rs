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
    /// Moving keys is safe, unless an alias comes to stand before its anchor.
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
            let keys = body
                .entries()
                .filter_map(|(key, _)| Some((key.text()?, key.span())));
            // What a merge key brings in may be laid over from anywhere.
            let is_placed = |key: &str| key != "<<" && !order.free.iter().any(|free| free == key);
            let keys: Vec<_> = keys.filter(|(key, _)| is_placed(key)).collect();
            let is_behind = |a: &str, b: &str| place(order, a) > place(order, b);
            let misplaced = first_misplaced(&keys, |a, b| is_behind(a.0, b.0));
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
                    ),
            );
        }
    }
}

/// Where a key stands: those that are not in the list come last, by the alphabet.
fn place(order: &KeyOrder, key: &str) -> (usize, String) {
    let known = order.keys.iter().position(|own| own == key);
    match known {
        Some(place) => (place, String::new()),
        None => (order.keys.len(), key.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

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
}
