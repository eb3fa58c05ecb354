//! `host-namespace`

use std::collections::BTreeSet;

use dockwright_environment::compose::Node;

use crate::host_access::{self, Access};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a service that shares a namespace with the host.
    ///
    /// ## What it does
    ///
    /// Reports `pid: host`, `ipc: host` and `userns_mode: host`, and at low confidence `network_mode: host`, `uts: host`
    /// and `cgroup: host`. For images that are made for it, such as Prometheus' node exporter, and in tests the first
    /// three are reported at low confidence too.
    ///
    /// ## Why is this bad?
    ///
    /// The service sees and can signal the processes of the host, reads their shared memory, or reaches what listens on
    /// `localhost`. What keeps a container apart is gone.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     image: acme/worker:1
    ///     ipc: host
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     image: acme/worker:1
    ///     shm_size: 8gb
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what the service needs of the host is not known.
    ///
    /// ## References
    ///
    /// - Compose specification, `pid`, `ipc`, `userns_mode`, `network_mode`, `uts`, `cgroup`
    HostNamespace {
        name: "host-namespace",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// The keys, what they share, and the access that is; none for those that are only told at low
/// confidence.
const KEYS: [(&str, &str, Option<Access>); 6] = [
    ("pid", "processes", Some(Access::Pid)),
    ("ipc", "shared memory", Some(Access::Namespace)),
    ("userns_mode", "users", Some(Access::Namespace)),
    ("network_mode", "network", None),
    ("uts", "name", None),
    ("cgroup", "control groups", None),
];

impl Rule for HostNamespace {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        // `extends` copies it.
        let mut seen = BTreeSet::new();
        for (place, service) in host_access::services(cx.environment) {
            for (key, what, access) in KEYS {
                let value = service.node.get(key).and_then(Node::value);
                let Some(value) = value.filter(|value| value.known() == Some("host")) else {
                    continue;
                };
                let at = value.location;
                if !seen.insert(at) {
                    continue;
                }
                let confidence = access.map_or(Confidence::Low, |access| {
                    host_access::confidence(cx.environment, (place, service), access, at)
                });
                let message = format!("`{}` shares the host's {what}", service.name.text);
                findings.push(Finding::new(self.metadata(), at, message).confidence(confidence));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn every_namespace() {
        insta::assert_snapshot!(audit("host-namespace", "\
-- compose.yaml --
services:
  a: {image: acme/a, pid: host, ipc: host, network_mode: host, uts: host, cgroup: host, userns_mode: host}
  b: {image: \"prom/node-exporter:v1\", pid: host}
"), @r#"
        warning (medium) compose.yaml:2:27 `a` shares the host's processes
        warning (medium) compose.yaml:2:38 `a` shares the host's shared memory
        warning (low) compose.yaml:2:58 `a` shares the host's network
        warning (low) compose.yaml:2:69 `a` shares the host's name
        warning (low) compose.yaml:2:83 `a` shares the host's control groups
        warning (medium) compose.yaml:2:102 `a` shares the host's users
        warning (low) compose.yaml:3:44 `b` shares the host's processes
        "#);
    }

    #[test]
    fn namespaces_of_others_are_fine() {
        let files = "\
-- compose.yaml --
services:
  a: {image: a, pid: \"service:b\", ipc: shareable, network_mode: bridge, cgroup: private}
  b: {image: b, pid: \"${PID}\"}
";
        assert_eq!(audit("host-namespace", files), "");
    }
}
