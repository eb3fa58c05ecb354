//! `unbound-port`

use std::collections::BTreeSet;

use dockwright_environment::compose::{Port, Project};
use dockwright_syntax::Span;

use crate::edits::yaml::{append, mapping_at};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a published port that is open on every interface of the host.
    ///
    /// ## What it does
    ///
    /// Reports ports that are published without an address to listen on. It says so at low confidence: most are meant
    /// to be reached from outside.
    ///
    /// ## Why is this bad?
    ///
    /// Docker's own packet rules go before those of a firewall on the host. A database that is published for a look
    /// from the same machine is open to the network.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    ///     ports: ["5432:5432"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    ///     ports: ["127.0.0.1:5432:5432"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `127.0.0.1` can be put before the port. This is unsafe: others may need to reach it. A port that begins with a
    /// variable without a value is left alone, for that may bring an address.
    ///
    /// ## References
    ///
    /// - Docker Engine documentation, "Packet filtering and firewalls"
    UnboundPort {
        name: "unbound-port",
        family: Compose,
        severity: Info,
        fix: Unsafe,
        aliases: ["no-unbound-port-interfaces"],
    }
}

impl Rule for UnboundPort {
    fn check_compose(&self, cx: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        // A range is several ports, and `extends` copies them.
        let mut seen = BTreeSet::new();
        for service in &project.services {
            for port in service.ports.iter().filter(|port| port.host_ip.is_none()) {
                if !seen.insert(port.location) {
                    continue;
                }
                let message = format!(
                    "the port {} of `{}` is open on every interface",
                    port.target.text, service.name.text
                );
                findings.push(
                    Finding::new(self.metadata(), port.location, message)
                        .confidence(Confidence::Low)
                        .help("put the address to listen on before it, as in `127.0.0.1:8080:80`")
                        .fix(bound(cx, port)),
                );
            }
        }
    }
}

/// Binds a port to the host itself. One that begins with a variable may bring an address.
fn bound(cx: Context<'_>, port: &Port) -> Option<Fix> {
    let location = port.location;
    let document = cx.environment.documents.get(location.document);
    let written = location.span.of(&document.text);
    let fix = Fix::with_care(
        "publish it on 127.0.0.1",
        "other machines may have to reach it",
    );
    let tree = &cx.compose_file(document.id)?.tree;
    if let Some(mapping) = mapping_at(tree, location.span) {
        let (span, text) = append(&document.text, tree, mapping, "host_ip: 127.0.0.1")?;
        return Some(fix.insert(document.id, span.start, text));
    }
    let quote = usize::from(written.starts_with(['"', '\'']));
    let text = written.get(quote..)?;
    let is_number = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    let variable = text
        .strip_prefix("${")
        .and_then(|rest| rest.split_once('}'));
    let first = match variable {
        // Its default says whether it is a port.
        Some((inside, rest)) => inside
            .split_once('-')
            .map(|(_, default)| default)
            .filter(|_| rest.starts_with(':'))?,
        None => text.split([':', '/', '"', '\'']).next()?,
    };
    if first.is_empty() || !is_number(first) {
        return None;
    }
    if text.contains(':') {
        let start = Span::at(location.span.start as usize + quote).start;
        return Some(fix.insert(document.id, start, "127.0.0.1:"));
    }
    let text = text.trim_end_matches(['"', '\'']);
    Some(fix.replace(location, format!("\"127.0.0.1::{text}\"")))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn an_address_binds_it() {
        insta::assert_snapshot!(audit("unbound-port", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports:
      - 8000-8002:8000-8002
      - 127.0.0.1:80:80
      - \"[::1]:81:81\"
      - {target: 82, published: 82, host_ip: 10.0.0.1}
      - {target: 83, published: 83}
"), @r#"
        info (low) compose.yaml:5:9 the port 8000 of `web` is open on every interface
          help: put the address to listen on before it, as in `127.0.0.1:8080:80`
        info (low) compose.yaml:9:9 the port 83 of `web` is open on every interface
          help: put the address to listen on before it, as in `127.0.0.1:8080:80`
        "#);
    }

    #[test]
    fn each_form_has_its_place_for_an_address() {
        insta::assert_snapshot!(fix("unbound-port", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports:
      - 8000-8002:8000-8002 # debugging
      - \"80:80/tcp\"
      - 81
      - ${PORT:-82}:82
      - ${ADDRESS_AND_PORT}:83
      - ${ADDRESS:-}:${PORT:-83}:83
      - {target: 84, published: 84}
      - target: 85
        published: 85
  compact:
    image: nginx
    ports:
    - '86:86'
"), @r#"
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        unsafe: publish it on 127.0.0.1, for other machines may have to reach it
        -- compose.yaml --
        -      - 8000-8002:8000-8002 # debugging
        -      - "80:80/tcp"
        -      - 81
        -      - ${PORT:-82}:82
        +      - 127.0.0.1:8000-8002:8000-8002 # debugging
        +      - "127.0.0.1:80:80/tcp"
        +      - "127.0.0.1::81"
        +      - 127.0.0.1:${PORT:-82}:82
        -      - {target: 84, published: 84}
        +      - {target: 84, published: 84, host_ip: 127.0.0.1}
        +        host_ip: 127.0.0.1
        -    - '86:86'
        +    - '127.0.0.1:86:86'
        "#);
    }
}
