//! `unused-resource`

use std::collections::BTreeSet;

use dockwright_environment::Value;
use dockwright_environment::compose::{FileMount, MountKind, Node, Project, Service};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a volume, network, config or secret that no service uses.
    ///
    /// ## What it does
    ///
    /// Reports what stands under the top-level `volumes`, `networks`, `configs` and `secrets` of a project and is used
    /// by none of its services. The network `default` is every service's, and a project whose names depend on variables
    /// without a value is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Compose does not even make it. Readers look for who uses it.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    /// volumes:
    ///   data:
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    ///     volumes: ["data:/var/lib/postgresql"]
    /// volumes:
    ///   data:
    /// ```
    ///
    /// ## Fix safety
    ///
    /// It can be left out. This is unsafe: it may have been meant to be used.
    ///
    /// ## References
    ///
    /// - Compose specification, "Volumes", "Networks", "Configs" and "Secrets" top-level elements
    UnusedResource {
        name: "unused-resource",
        family: Compose,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for UnusedResource {
    fn check_compose(&self, _: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        if project.services.is_empty() {
            return;
        }
        let services = &project.services;
        let joined = services.iter().flat_map(|service| &service.networks);
        let networks = joined.map(|network| &*network.text).chain(["default"]);
        let kinds = [
            (
                "volume",
                &project.volumes,
                all(services.iter().map(volumes)),
            ),
            ("network", &project.networks, Some(networks.collect())),
            (
                "config",
                &project.configs,
                all(services.iter().map(configs)),
            ),
            (
                "secret",
                &project.secrets,
                all(services.iter().map(secrets)),
            ),
        ];
        for (kind, resources, used) in kinds {
            let Some(used) = used else {
                continue;
            };
            for resource in resources
                .iter()
                .filter(|resource| !used.contains(&*resource.name.text))
            {
                let name = &resource.name.text;
                let message = format!("no service uses the {kind} `{name}`");
                let finding = Finding::new(self.metadata(), resource.name.location, message);
                findings.push(finding.confidence(Confidence::Low));
            }
        }
    }
}

/// The names that services use, unless one of them is not known.
fn all<'a>(names: impl Iterator<Item = Option<Vec<&'a str>>>) -> Option<BTreeSet<&'a str>> {
    let names: Option<Vec<Vec<&str>>> = names.collect();
    Some(names?.into_iter().flatten().collect())
}

/// The names of volumes that a service mounts; `None` when one is not known. The same for the others.
fn volumes(service: &Service) -> Option<Vec<&str>> {
    // Without its variable it may be no mount at all.
    let mut written = service
        .node
        .get("volumes")
        .map_or(&[][..], Node::items)
        .iter();
    if written.any(|mount| mount.value().is_some_and(|value| !value.is_known())) {
        return None;
    }
    let mounts = service.volumes.iter();
    let mounts =
        mounts.filter(|mount| matches!(mount.kind, MountKind::Volume | MountKind::Cluster));
    mounts
        .filter_map(|mount| mount.source.as_ref())
        .map(Value::known)
        .collect()
}

fn configs(service: &Service) -> Option<Vec<&str>> {
    let credentials = service.node.get("credential_spec");
    let credentials = credentials.and_then(|credentials| credentials.get("config")?.text());
    let names: Option<Vec<&str>> = sources(&service.configs).collect();
    Some(names?.into_iter().chain(credentials).collect())
}

fn secrets(service: &Service) -> Option<Vec<&str>> {
    let of_build = service
        .build
        .as_ref()
        .map_or(&[][..], |build| &build.secrets);
    sources(&service.secrets).chain(sources(of_build)).collect()
}

fn sources(mounts: &[FileMount]) -> impl Iterator<Item = Option<&str>> {
    mounts.iter().map(|mount| mount.source.known())
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn every_kind_is_looked_for() {
        insta::assert_snapshot!(audit("unused-resource", "\
-- compose.yaml --
services:
  web:
    image: web
    build: {context: ., secrets: [token]}
    volumes: [\"data:/data\", {type: volume, source: logs, target: /logs}]
    networks: {front: {}}
    configs: [site]
    secrets: [{source: key}]
volumes: {data: {}, logs: {}, old: {}}
networks: {default: {}, front: {}, back: {}}
configs: {site: {file: a}, other: {file: b}}
secrets: {key: {file: a}, token: {file: b}, spare: {file: c}}
"), @r#"
        info (low) compose.yaml:9:31 no service uses the volume `old`
        info (low) compose.yaml:10:36 no service uses the network `back`
        info (low) compose.yaml:11:28 no service uses the config `other`
        info (low) compose.yaml:12:45 no service uses the secret `spare`
        "#);
    }

    #[test]
    fn another_file_of_the_project_may_use_it() {
        let files = "\
-- compose.yaml --
services:
  web: {image: web}
  db: {image: db, volumes: [\"${VOLUME}:/data\"]}
networks: {front: {}}
volumes: {data: {}}
-- compose.override.yaml --
services:
  web: {networks: [front]}
";
        assert_eq!(audit("unused-resource", files), "");
    }
}
