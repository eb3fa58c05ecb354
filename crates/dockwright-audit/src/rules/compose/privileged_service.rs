//! `privileged-service`

use std::collections::BTreeSet;

use crate::Finding;
use crate::host_access::{self, Access};
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a service that has the rights of the host's root.
    ///
    /// ## What it does
    ///
    /// Reports `privileged: true`. For images that are made for it, such as Docker-in-Docker, and in tests it says so at
    /// low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The container has every capability and every device of the host, and none of the usual limits. Whoever breaks
    /// into it has the host.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   vpn:
    ///     image: acme/vpn:1
    ///     privileged: true
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   vpn:
    ///     image: acme/vpn:1
    ///     cap_add: [NET_ADMIN]
    ///     devices: [/dev/net/tun]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which capabilities and devices are needed is not known.
    ///
    /// ## References
    ///
    /// - Compose specification, `privileged`
    /// - Docker documentation, "Runtime privilege and Linux capabilities"
    PrivilegedService {
        name: "privileged-service",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for PrivilegedService {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        // `extends` copies it.
        let mut seen = BTreeSet::new();
        for (place, service) in host_access::services(cx.environment) {
            let privileged = service.privileged.as_ref().filter(|value| value.is_known());
            let written = privileged.map(|value| value.location);
            let Some(at) = written.filter(|at| seen.insert(*at)) else {
                continue;
            };
            let confidence =
                host_access::confidence(cx.environment, (place, service), Access::Privileged, at);
            let message = format!("`{}` has the rights of the host's root", service.name.text);
            findings.push(
                Finding::new(self.metadata(), at, message)
                    .confidence(confidence)
                    .help("give it the capabilities and devices it needs: `cap_add`, `devices`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn an_image_that_is_made_for_it_is_less_sure() {
        insta::assert_snapshot!(audit("privileged-service", "\
-- compose.yaml --
services:
  a: {image: acme/a, privileged: true}
  b: {image: \"docker:28-dind\", privileged: true}
  c: {image: acme/c, privileged: false}
  d: {image: acme/d, privileged: \"${PRIVILEGED}\"}
  e: {extends: a}
"), @r#"
        warning (medium) compose.yaml:2:34 `a` has the rights of the host's root
          help: give it the capabilities and devices it needs: `cap_add`, `devices`
        warning (low) compose.yaml:3:44 `b` has the rights of the host's root
          help: give it the capabilities and devices it needs: `cap_add`, `devices`
        "#);
    }
}
