//! `duplicate-published-port`

use std::collections::BTreeMap;
use std::net::IpAddr;

use dockwright_environment::Value;
use dockwright_environment::compose::{Port, Project, Service};

use crate::rule::{Context, Describe, Rule, rule};
use crate::running_together::running_together;
use crate::{Confidence, Finding, images};

rule! {
    /// There is a port of the host that two services publish.
    ///
    /// ## What it does
    ///
    /// Compares the published ports of the services of a project, with their protocols and addresses. Two services that
    /// no profile enables together, and services of different projects, are reported at low confidence. A range of
    /// which one port is taken is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// The second container does not start: "port is already allocated".
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["8080:80"]
    ///   admin:
    ///     image: acme/admin:1
    ///     ports: ["8080:8080"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports: ["8080:80"]
    ///   admin:
    ///     image: acme/admin:1
    ///     ports: ["8081:8080"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: others may know the service by either port.
    ///
    /// ## References
    ///
    /// - Compose specification, `ports`
    DuplicatePublishedPort {
        name: "duplicate-published-port",
        family: Compose,
        severity: Error,
        fix: None,
        aliases: ["no-duplicate-exported-ports"],
    }
}

/// A port of the host that a service publishes.
#[derive(Clone, Copy)]
struct Published<'a> {
    service: &'a Service,
    port: &'a Port,
    project: &'a Project,
}

impl Rule for DuplicatePublishedPort {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut everywhere: BTreeMap<(u16, &str), Vec<Published<'_>>> = BTreeMap::new();
        for project in &cx.environment.compose {
            let mut own: BTreeMap<(u16, &str), Vec<Published<'_>>> = BTreeMap::new();
            for (key, published) in published(project) {
                own.entry(key).or_default().push(published);
            }
            for ((number, _), ports) in own {
                self.project(number, &ports, findings);
            }
            for (key, published) in published(project) {
                let others = everywhere.entry(key).or_default();
                // `include` and `extends` bring one port into several projects.
                let is_new = |other: &Published<'_>| {
                    other.port.location != published.port.location
                        && !std::ptr::eq(other.project, project)
                };
                if others.iter().all(is_new) && others.len() <= images::MANY {
                    others.push(published);
                }
            }
        }
        for ((number, _), ports) in everywhere {
            let Some((first, others)) =
                ports.split_first().filter(|(_, others)| !others.is_empty())
            else {
                continue;
            };
            let message = format!("several projects publish the port {number}");
            let mut finding = Finding::new(self.metadata(), first.port.location, message)
                .confidence(Confidence::Low);
            for other in others {
                finding = finding.related(other.port.location, "another project's");
            }
            findings.push(finding);
        }
    }
}

impl DuplicatePublishedPort {
    /// Compares the ports of one project with the same number and protocol.
    fn project(&self, number: u16, ports: &[Published<'_>], findings: &mut Vec<Finding>) {
        for (index, own) in ports.iter().enumerate() {
            let mut earlier = ports.iter().take(index);
            let Some((other, confidence)) = earlier.find_map(|other| {
                let meet = overlap(own.port.host_ip.as_ref(), other.port.host_ip.as_ref());
                let confidence = if std::ptr::eq(own.service, other.service) {
                    Some(Confidence::High)
                } else {
                    running_together(own.service, other.service)
                };
                Some((other, confidence.filter(|_| meet)?))
            }) else {
                continue;
            };
            let (name, first) = (&own.service.name, &other.service.name);
            let message = if std::ptr::eq(own.service, other.service) {
                format!("`{}` publishes the port {number} twice", name.text)
            } else {
                format!(
                    "`{}` and `{}` both publish the port {number}",
                    first.text, name.text
                )
            };
            // What `extends` copies stands at one place.
            let (at, place) = if own.port.location == other.port.location {
                (name.location, first.location)
            } else {
                (own.port.location, other.port.location)
            };
            findings.push(
                Finding::new(self.metadata(), at, message)
                    .confidence(confidence)
                    .related(place, format!("`{}`", first.text))
                    .help("publish one of them at another port"),
            );
        }
    }
}

/// The ports that the services of a project publish, by number and protocol.
fn published(project: &Project) -> impl Iterator<Item = ((u16, &str), Published<'_>)> {
    let services = project.services.iter();
    let services = services.filter(|service| {
        let mode = service.network_mode.as_ref().map(|mode| mode.text.as_str());
        // The engine leaves ports out of account there.
        !matches!(mode, Some("host" | "none"))
    });
    services.flat_map(move |service| {
        service.ports.iter().filter_map(move |port| {
            let number = port
                .published
                .as_ref()
                .and_then(Value::known)?
                .parse::<u16>()
                .ok()?;
            let is_known = port.host_ip.as_ref().is_none_or(Value::is_known);
            let published = Published {
                service,
                port,
                project,
            };
            (number > 0 && is_known).then_some(((number, port.protocol.as_str()), published))
        })
    })
}

/// Whether two addresses have an interface in common.
fn overlap(a: Option<&Value>, b: Option<&Value>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return true;
    };
    let (Ok(a), Ok(b)) = (a.text.parse::<IpAddr>(), b.text.parse::<IpAddr>()) else {
        return false;
    };
    a == b || (a.is_ipv4() == b.is_ipv4() && (a.is_unspecified() || b.is_unspecified()))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(services: &str) -> String {
        let files = format!("-- compose.yaml --\n{services}");
        audit("duplicate-published-port", &files)
    }

    #[test]
    fn addresses_protocols_and_ranges_take_part() {
        insta::assert_snapshot!(check("\
services:
  a: {image: a, ports: ['8080:80', '127.0.0.1:9000:9000', '53:53/udp', '7000-7002:7000-7002']}
  b: {image: b, ports: ['127.0.0.1:8080:80', '127.0.0.2:9000:9000', '53:53/tcp', '7001:1']}
  c: {image: c, ports: ['81:81', '81:82']}
  d: {image: d, ports: ['8000-8010:80', '8000']}
"), @r#"
        error compose.yaml:3:25 `a` and `b` both publish the port 8080
          compose.yaml:2:25 `a`
          help: publish one of them at another port
        error compose.yaml:3:82 `a` and `b` both publish the port 7001
          compose.yaml:2:72 `a`
          help: publish one of them at another port
        error compose.yaml:4:34 `c` publishes the port 81 twice
          compose.yaml:4:25 `c`
          help: publish one of them at another port
        "#);
    }

    #[test]
    fn profiles_say_how_sure_it_is() {
        insta::assert_snapshot!(check("\
services:
  a: {image: a, ports: ['80:80'], profiles: [dev]}
  b: {image: b, ports: ['80:80'], profiles: [prod]}
  c: {extends: a, profiles: [debug]}
"), @r#"
        error (low) compose.yaml:3:25 `a` and `b` both publish the port 80
          compose.yaml:2:25 `a`
          help: publish one of them at another port
        error compose.yaml:4:3 `a` and `c` both publish the port 80
          compose.yaml:2:3 `a`
          help: publish one of them at another port
        "#);
    }

    #[test]
    fn what_does_not_take_the_port_is_left_alone() {
        assert_eq!(
            check(
                "  a: {image: a, ports: ['80:80', '${PORT}:1']}\n  b: {image: b, ports: ['80:80'], network_mode: host}\n  c: {image: c, ports: ['${PORT}:1'], scale: 0}\n"
            ),
            ""
        );
    }

    #[test]
    fn other_projects_may_run_elsewhere() {
        insta::assert_snapshot!(audit("duplicate-published-port", "\
-- a/compose.yaml --
services: {a: {image: a, ports: ['80:80']}}
-- b/compose.yaml --
services: {b: {image: b, ports: ['80:80']}}
"), @r#"
        error (low) a/compose.yaml:1:34 several projects publish the port 80
          b/compose.yaml:1:34 another project's
        "#);
    }
}
