//! `unsorted-ports`

use std::net::IpAddr;

use dockwright_syntax::yaml::Node;

use crate::compose_files::{ComposeFile, first_misplaced};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, alphabet};

rule! {
    /// There are ports of a service that are not sorted.
    ///
    /// ## What it does
    ///
    /// Reports the first entry of a service's `ports` that stands behind one with a higher published port. A list with
    /// variables in it is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm: their order means nothing. In a sorted list a port is found faster.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["443:443", "80:80"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["80:80", "443:443"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Sorting is safe. Nothing is moved where it is not clear what a comment belongs to.
    ///
    /// ## References
    ///
    /// - Compose specification, `ports`
    UnsortedPorts {
        name: "unsorted-ports",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["service-ports-alphabetical-order"],
    }
}

impl Rule for UnsortedPorts {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        for (service, body) in file.services() {
            let Some(list) = body.get("ports") else {
                continue;
            };
            let ports = list
                .items()
                .map(|port| Some((published(port)?, port.span())));
            let Some(ports) = ports.collect::<Option<Vec<_>>>() else {
                continue;
            };
            let is_behind =
                |a: &(String, _), b: &(String, _)| alphabet::compare_numbers(&a.0, &b.0).is_gt();
            let Some(((port, span), (before, place))) = first_misplaced(&ports, is_behind) else {
                continue;
            };
            let message = format!("the port {port} of `{service}` stands behind {before}");
            let keys: Vec<_> = ports.iter().map(|(port, _)| Some(port)).collect();
            findings.push(
                Finding::new(self.metadata(), file.at(*span), message)
                    .confidence(Confidence::Low)
                    .related(file.at(*place), format!("{port} belongs before this"))
                    .fix(file.sort(cx, list, &keys, |a, b| alphabet::compare_numbers(a, b))),
            );
        }
    }
}

/// The published port, or the only one; `None` when it depends on a variable.
fn published(port: Node<'_>) -> Option<String> {
    let port = port.resolved();
    let text = match port.text() {
        Some(text) => text,
        None => port.get("published").map_or(Some(""), Node::text)?,
    };
    if text.contains('$') {
        return None;
    }
    let text = text.split('/').next().unwrap_or_default();
    let first = match text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
    {
        Some((_, rest)) => rest,
        None => text,
    };
    let mut parts = first.split(':');
    let port = parts.find(|part| part.parse::<IpAddr>().is_err());
    Some(port.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(ports: &str) -> String {
        let files = format!("-- compose.yaml --\nservices:\n  a: {{image: a, ports: [{ports}]}}\n");
        audit("unsorted-ports", &files)
    }

    #[test]
    fn published_ports_go_by_their_number() {
        insta::assert_snapshot!(check("'80:8080', '127.0.0.1:443:443/udp', '[::1]:90:1'"), @r#"
        info (low) compose.yaml:2:61 the port 90 of `a` stands behind 443
          compose.yaml:2:36 90 belongs before this
        "#);
        insta::assert_snapshot!(check("{published: 9000, target: 1}, {published: 800, target: 2}"), @r#"
        info (low) compose.yaml:2:55 the port 800 of `a` stands behind 9000
          compose.yaml:2:25 800 belongs before this
        "#);
    }

    #[test]
    fn sorted_ones_and_variables_are_fine() {
        for ports in [
            "'80:1', '443:1', '8000-8010:1'",
            "'${A:-90}:1', '80:1'",
            "81, 80-90",
        ] {
            let output = check(ports);
            assert_eq!(output.is_empty(), !ports.starts_with("81"), "{output}");
        }
    }

    #[test]
    fn entries_move_with_their_comments() {
        insta::assert_snapshot!(fix("unsorted-ports", "\
-- compose.yaml --
services:
  a:
    image: a
    ports:
    - \"443:443\" # TLS
    - target: 9000
      published: 90
    - 80:80
"), @r#"
        safe: sort them, for their order means nothing
        -- compose.yaml --
        -    - "443:443" # TLS
        +    - 80:80
        -    - 80:80
        +    - "443:443" # TLS
        "#);
    }
}
