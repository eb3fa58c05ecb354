//! `mounted-engine-socket`

use std::collections::BTreeSet;

use dockwright_environment::Location;
use dockwright_environment::compose::Service;

use crate::Finding;
use crate::host_access::{self, Access};
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a service that can tell the engine of the host what to do.
    ///
    /// ## What it does
    ///
    /// Reports mounts of the sockets of Docker, Podman and containerd, and `use_api_socket`. For images that are made
    /// for it, such as Traefik or Portainer, and in tests it says so at low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever can talk to the engine can start a container with the whole disk of the host in it. Mounting the socket
    /// read-only changes nothing: that is about the file, not about what is said through it.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   backup:
    ///     image: acme/backup:1
    ///     volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   backup:
    ///     image: acme/backup:1
    ///     environment:
    ///       DOCKER_HOST: tcp://proxy:2375
    ///   proxy:
    ///     image: tecnativa/docker-socket-proxy:0.4
    ///     environment:
    ///       CONTAINERS: 1
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what the service asks of the engine is not known.
    ///
    /// ## References
    ///
    /// - Docker Engine documentation, "Docker daemon attack surface"
    MountedEngineSocket {
        name: "mounted-engine-socket",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// The sockets of engines, without `/var`. Source: the documentation of Docker, Podman and containerd.
const SOCKETS: [&str; 4] = [
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
];

impl Rule for MountedEngineSocket {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        // `extends` copies a mount.
        let mut seen = BTreeSet::new();
        for (place, service) in host_access::services(cx.environment) {
            for (socket, at) in sockets(service) {
                if !seen.insert(at) {
                    continue;
                }
                let confidence =
                    host_access::confidence(cx.environment, (place, service), Access::Socket, at);
                let name = &service.name.text;
                let message =
                    format!("`{name}` can tell the host's engine what to do: it has {socket}");
                findings.push(
                    Finding::new(self.metadata(), at, message)
                        .confidence(confidence)
                        .help("put a proxy before the socket that lets through what it needs"),
                );
            }
        }
    }
}

/// The sockets that a service has, with their places.
fn sockets(service: &Service) -> Vec<(String, Location)> {
    let mounts = service.volumes.iter().filter_map(|mount| {
        let source = mount.source.as_ref()?.known()?;
        is_socket(source).then(|| (format!("`{source}`"), mount.location))
    });
    let own = service
        .node
        .get("use_api_socket")
        .filter(|own| own.is_true());
    let own = own.map(|own| ("`use_api_socket`".to_owned(), own.location));
    mounts.chain(own).collect()
}

fn is_socket(path: &str) -> bool {
    // On Windows people write `//var/run/…` and name pipes.
    let path = path.replace('\\', "/");
    if path.ends_with("/pipe/docker_engine") {
        return true;
    }
    let path = format!("/{}", path.trim_start_matches('/'));
    let path = path.strip_prefix("/var").unwrap_or(&path);
    let rootless = path
        .strip_prefix("/run/user/")
        .and_then(|rest| rest.split_once('/'))
        .map(|(_, rest)| format!("/run/{rest}"));
    let path = rootless.as_deref().unwrap_or(path);
    SOCKETS.contains(&path)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn every_way_to_the_socket() {
        insta::assert_snapshot!(audit("mounted-engine-socket", "\
-- compose.yaml --
services:
  a: {image: acme/a, volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]}
  b: {image: acme/b, volumes: [{type: bind, source: /run/user/1000/podman/podman.sock, target: /s}]}
  c: {image: acme/c, use_api_socket: true}
  d: {image: \"ghcr.io/mirror/library/traefik:3\", volumes: [\"${SOCKET:-/run/docker.sock}:/var/run/docker.sock\"]}
"), @r#"
        warning (medium) compose.yaml:2:32 `a` can tell the host's engine what to do: it has `/var/run/docker.sock`
          help: put a proxy before the socket that lets through what it needs
        warning (medium) compose.yaml:3:32 `b` can tell the host's engine what to do: it has `/run/user/1000/podman/podman.sock`
          help: put a proxy before the socket that lets through what it needs
        warning (medium) compose.yaml:4:38 `c` can tell the host's engine what to do: it has `use_api_socket`
          help: put a proxy before the socket that lets through what it needs
        warning (low) compose.yaml:5:60 `d` can tell the host's engine what to do: it has `/run/docker.sock`
          help: put a proxy before the socket that lets through what it needs
        "#);
    }

    #[test]
    fn an_image_that_is_built_from_one_that_is_made_for_it_is_too() {
        insta::assert_snapshot!(audit("mounted-engine-socket", "\
-- compose.yaml --
services:
  logs: {build: ., volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]}
-- Dockerfile --
FROM docker.elastic.co/beats/filebeat:9.1.0
"), @r#"
        warning (low) compose.yaml:2:30 `logs` can tell the host's engine what to do: it has `/var/run/docker.sock`
          help: put a proxy before the socket that lets through what it needs
        "#);
    }

    #[test]
    fn what_is_no_socket_of_an_engine() {
        let files = "\
-- compose.yaml --
services:
  a: {image: a, volumes: [\"/var/run/postgresql:/run/postgresql\", \"./docker.sock:/a\", \"${SOCKET}:/var/run/docker.sock\"]}
  b: {image: a, use_api_socket: false}
";
        assert_eq!(audit("mounted-engine-socket", files), "");
    }
}
