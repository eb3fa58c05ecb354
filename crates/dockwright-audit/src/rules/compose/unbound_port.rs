//! `unbound-port`

use std::collections::BTreeSet;

use dockwright_environment::compose::Project;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

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
    /// `127.0.0.1:` can be put before the port. This is unsafe: others may need to reach it.
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
    fn check_compose(&self, _: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
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
                        .help("put the address to listen on before it, as in `127.0.0.1:8080:80`"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

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
}
