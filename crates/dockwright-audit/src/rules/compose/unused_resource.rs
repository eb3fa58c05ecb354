//! `unused-resource`

use std::collections::BTreeSet;

use dockwright_environment::compose::{
    FileMount, MountKind, Name, Node, Project, Resource, Service,
};
use dockwright_environment::{Location, Value};

use crate::edits::yaml::{Above, remove};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

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
    /// It can be left out, and with the last of its kind the key above it. This is unsafe: it may have been meant to be
    /// used.
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
    fn check_compose(&self, cx: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        if project.services.is_empty() {
            return;
        }
        for kind in KINDS {
            for resource in unused(project, kind) {
                let name = &resource.name.text;
                let message = format!("no service uses the {kind} `{name}`");
                let finding = Finding::new(self.metadata(), resource.name.location, message);
                findings.push(finding.confidence(Confidence::Low).fix(without(
                    cx,
                    kind,
                    &resource.name,
                )));
            }
        }
    }
}

/// What is declared at the top of a Compose file, under the plural.
const KINDS: [&str; 4] = ["volume", "network", "config", "secret"];

/// What a project declares of a kind and does not use; nothing where that is not known.
fn unused<'a>(project: &'a Project, kind: &str) -> Vec<&'a Resource> {
    let services = project.services.iter();
    let (resources, used) = match kind {
        "volume" => (&project.volumes, all(services.map(volumes))),
        "config" => (&project.configs, all(services.map(configs))),
        "secret" => (&project.secrets, all(services.map(secrets))),
        _ => {
            let joined = services.flat_map(|service| &service.networks);
            let names = joined.map(|network| &*network.text).chain(["default"]);
            (&project.networks, Some(names.collect()))
        }
    };
    let Some(used) = used else {
        return Vec::new();
    };
    let resources = resources.iter();
    resources
        .filter(|resource| !used.contains(&*resource.name.text))
        .collect()
}

/// Takes a declaration away that no project uses which has its file, or all of its section when none of
/// it is used.
fn without(cx: Context<'_>, kind: &str, name: &Name) -> Option<Fix> {
    let environment = cx.environment;
    let document = environment.documents.get(name.location.document);
    let projects = environment.compose.iter();
    let sharing = projects.filter(|project| project.files.contains(&document.id));
    let unused: Vec<BTreeSet<&str>> = sharing
        .map(|project| {
            unused(project, kind)
                .into_iter()
                .map(|it| &*it.name.text)
                .collect()
        })
        .collect();
    let is_unused = |name: &str| unused.iter().all(|names| names.contains(name));
    if !is_unused(&name.text) {
        return None;
    }
    let tree = &cx.compose_file(document.id)?.tree;
    let root = tree.root()?;
    let section = format!("{kind}s");
    let at = root
        .entries()
        .position(|(key, _)| key.text() == Some(&section))?;
    let (_, declared) = root.entries().nth(at)?;
    let mut names = declared.entries().map(|(key, _)| key.text());
    let edit = if names.all(|name| name.is_some_and(is_unused)) {
        remove(&document.text, tree, root, at, Above::Goes)?
    } else {
        let mut keys = declared.entries();
        let index = keys.position(|(key, _)| key.span() == name.location.span)?;
        remove(&document.text, tree, declared, index, Above::Goes)?
    };
    let fix = Fix::with_care(
        format!("leave the {kind} out"),
        "it may have been meant to be used",
    );
    let (span, text) = edit;
    Some(fix.replace(Location::new(document.id, span), text))
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
    use crate::testing::{audit, fix};

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
    fn it_is_left_out_and_a_section_without_use_goes() {
        insta::assert_snapshot!(fix("unused-resource", "\
-- compose.yaml --
services:
  web:
    image: web
    volumes: [\"data:/data\"]
volumes:
  data:
  # Was for the old database.
  old:
    driver: local

networks:
  front:
  back:

secrets: {key: {file: a}}
"), @r#"
        unsafe: leave the volume out, for it may have been meant to be used
        unsafe: leave the network out, for it may have been meant to be used
        unsafe: leave the network out, for it may have been meant to be used
        unsafe: leave the secret out, for it may have been meant to be used
        -- compose.yaml --
        -  # Was for the old database.
        -  old:
        -    driver: local
        -
        -networks:
        -  front:
        -  back:
        -secrets: {key: {file: a}}
        "#);
    }

    #[test]
    fn what_another_project_uses_stays() {
        insta::assert_snapshot!(fix("unused-resource", "\
-- a/compose.yaml --
include: [../common.yaml]
services: {web: {image: web, volumes: [\"data:/data\"]}}
-- b/compose.yaml --
include: [../common.yaml]
services: {web: {image: web}}
-- common.yaml --
volumes: {data: }
services: {}
"), @"");
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
