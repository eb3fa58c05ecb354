//! What Compose refuses once everything is merged.

use std::collections::{HashMap, HashSet};

use crate::{Location, Value};

use super::formats;
use super::model::{Build, FileMount, MountKind, Project, Resource, Service};
use super::node::{Name, Node};
use super::problem::{Problem, ProblemKind};

/// Checks names, references and contradictions. `open` says that the files have names that Compose
/// does not look for, so that others may be meant to be used with them. So may they when a service
/// has nothing to run.
pub(super) fn check(project: &Project, open: bool, problems: &mut Vec<Problem>) {
    let services = project.services.iter();
    let mut checker = Checker {
        services: services
            .map(|service| (&*service.name.text, service))
            .collect(),
        volumes: names(&project.volumes),
        networks: names(&project.networks),
        configs: names(&project.configs),
        secrets: names(&project.secrets),
        open: open || project.services.iter().any(|service| !runs(service)),
        problems,
    };
    for service in &project.services {
        checker.service(service);
    }
    let closed = [&project.volumes, &project.configs, &project.secrets];
    let names = project.services.iter().map(|service| &service.name);
    for name in names.chain(closed.into_iter().flatten().map(|resource| &resource.name)) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.text.is_empty() || !name.text.chars().all(allowed) {
            let message = format!(
                "the name `{}` has characters that are not allowed",
                name.text
            );
            checker.refuse(name.location, message);
        }
    }
    for volume in &project.volumes {
        external(volume, problems);
    }
    for secret in &project.secrets {
        one_source(secret, &["file", "environment"], problems);
    }
    for config in &project.configs {
        one_source(config, &["file", "environment", "content"], problems);
    }
    cycles(project, problems);
}

struct Checker<'a> {
    services: HashMap<&'a str, &'a Service>,
    volumes: HashSet<&'a str>,
    networks: HashSet<&'a str>,
    configs: HashSet<&'a str>,
    secrets: HashSet<&'a str>,
    open: bool,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn refuse(&mut self, location: Location, message: impl Into<String>) {
        self.problems.push(Problem::refused(location, message));
    }

    /// Something that is not declared, which another file may do.
    fn absent(&mut self, location: Location, message: impl Into<String>) {
        let kind = if self.open {
            ProblemKind::Incomplete
        } else {
            ProblemKind::Refused
        };
        self.problems.push(Problem {
            kind,
            ..Problem::refused(location, message)
        });
    }

    fn absent_file(&mut self, what: &str, mount: &FileMount) {
        let message = format!("there is no {what} `{}`", mount.source.text);
        self.absent(mount.source.location, message);
    }

    fn invalid(&mut self, value: &Value, message: impl Into<String>) {
        self.problems.push(Problem::invalid(value, message));
    }

    fn service(&mut self, service: &Service) {
        let node = &service.node;
        self.image(service);
        if let Some(build) = &service.build {
            self.build(service, build);
        }
        self.networks(service);
        for (name, is_known) in dependencies(service) {
            if self.services.contains_key(&*name.text) {
                continue;
            }
            if is_known {
                let message = format!("there is no service `{}` to depend on", name.text);
                self.absent(name.location, message);
            } else {
                let message = "the service to depend on is in a variable without a value";
                self.problems.push(Problem {
                    kind: ProblemKind::Unset,
                    ..Problem::refused(name.location, message)
                });
            }
        }
        for mount in &service.configs {
            if !self.configs.contains(mount.source.text.as_str()) {
                self.absent_file("config", mount);
            }
        }
        for mount in &service.secrets {
            if !self.secrets.contains(mount.source.text.as_str()) {
                self.absent_file("secret", mount);
            }
        }
        if let Some(name) = &service.container_name
            && !is_container_name(&name.text)
        {
            self.invalid(name, format!("`{}` is not a container name", name.text));
        }
        formats::check(service, self.problems);
        self.mounts(service);
        self.ports(service);
        self.limits(service);
        if let Some(test) = node.get("healthcheck").and_then(|check| check.get("test"))
            && let Some(first) = test.items().first().and_then(Node::value)
            && !matches!(first.text.as_str(), "CMD" | "CMD-SHELL" | "NONE")
        {
            let message = "a test that is a list begins with `CMD`, `CMD-SHELL` or `NONE`";
            self.invalid(first, message);
        }
        for rule in &service.watch {
            let action = rule
                .action
                .as_ref()
                .map_or("", |action| action.text.as_str());
            if rule.target.is_none() && !matches!(action, "rebuild" | "restart") {
                self.refuse(
                    rule.location,
                    format!("the action `{action}` needs a target"),
                );
            }
        }
    }

    fn image(&mut self, service: &Service) {
        let name = &service.name;
        let message = format!(
            "the service `{}` has neither an image nor a build",
            name.text
        );
        match &service.image {
            None if !runs(service) => self.absent(name.location, message),
            Some(image) if image.text.is_empty() && service.build.is_none() => {
                self.invalid(image, message);
            }
            _ => {}
        }
    }

    fn build(&mut self, service: &Service, build: &Build) {
        if let (Some(inline), Some(_)) = (&build.dockerfile_inline, &build.dockerfile) {
            self.refuse(
                inline.1,
                "`dockerfile` and `dockerfile_inline` exclude each other",
            );
        }
        for context in &build.additional_contexts {
            let Some(target) = context.value.text.strip_prefix("service:") else {
                continue;
            };
            match self.services.get(target).copied() {
                None => {
                    let message = format!("there is no service `{target}` to take as a context");
                    self.absent(context.value.location, message);
                }
                Some(other) if other.build.is_none() => {
                    let message =
                        format!("the service `{target}` is not built, so it cannot be a context");
                    self.absent(context.value.location, message);
                }
                Some(_) => {}
            }
        }
        if let Some(platform) = &service.platform
            && !build.platforms.is_empty()
            && !build
                .platforms
                .iter()
                .any(|other| other.text == platform.text)
        {
            let message = format!(
                "`build.platforms` must have the service's platform `{}`",
                platform.text
            );
            self.refuse(platform.location, message);
        }
        for secret in &build.secrets {
            if !self.secrets.contains(secret.source.text.as_str()) {
                self.absent_file("secret", secret);
            }
        }
    }

    fn networks(&mut self, service: &Service) {
        if let Some(mode) = &service.network_mode {
            if let Some(network) = service.networks.first() {
                self.refuse(
                    network.location,
                    "`network_mode` and `networks` exclude each other",
                );
            }
            if let Some(other) = mode.text.strip_prefix("service:")
                && !self.services.contains_key(other)
            {
                self.absent(mode.location, format!("there is no service `{other}`"));
            }
        }
        for network in &service.networks {
            if &*network.text != "default" && !self.networks.contains(&*network.text) {
                self.absent(
                    network.location,
                    format!("there is no network `{}`", network.text),
                );
            }
        }
    }

    fn mounts(&mut self, service: &Service) {
        let mut targets = HashSet::new();
        for tmpfs in &service.tmpfs {
            let path = tmpfs.text.split(':').next().unwrap_or_default();
            if !targets.insert(path) {
                self.invalid(tmpfs, format!("something is mounted at `{path}` already"));
            }
        }
        for mount in &service.volumes {
            match &mount.target {
                None => self.refuse(mount.location, "a mount needs a target"),
                Some(target) if !targets.insert(target.text.as_str()) => {
                    let message = format!("something is mounted at `{}` already", target.text);
                    self.invalid(target, message);
                }
                Some(_) => {}
            }
            match (&mount.kind, &mount.source) {
                (MountKind::Volume, Some(source)) if !source.text.is_empty() => {
                    if self.volumes.contains(source.text.as_str()) {
                        continue;
                    }
                    let message = format!("there is no volume `{}`", source.text);
                    if source.is_known() {
                        self.absent(source.location, message);
                    } else {
                        self.invalid(source, message);
                    }
                }
                (MountKind::Bind, None) => {
                    self.refuse(mount.location, "a bind mount needs a source");
                }
                _ => {}
            }
        }
    }

    fn ports(&mut self, service: &Service) {
        for port in &service.ports {
            if let Some(address) = &port.host_ip
                && address.text.parse::<std::net::IpAddr>().is_err()
            {
                self.invalid(address, format!("`{}` is not an IP address", address.text));
            }
        }
    }

    fn limits(&mut self, service: &Service) {
        let number = |node: Option<&Node>| node.and_then(Node::text)?.parse::<i64>().ok();
        let scale = service.node.get("scale");
        let deploy = service.node.get("deploy");
        let replicas = deploy.and_then(|deploy| deploy.get("replicas"));
        if let (Some(scale), Some(replicas), Some(at)) = (number(scale), number(replicas), scale)
            && scale != replicas
        {
            self.refuse(
                at.location,
                "`scale` and `deploy.replicas` say different things",
            );
        }
        for node in [scale, replicas].into_iter().flatten() {
            if number(Some(node)).is_some_and(|number| number < 0) {
                self.refuse(node.location, "this must not be negative");
            }
        }
        if let Some(name) = &service.container_name
            && number(scale)
                .or(number(replicas))
                .is_some_and(|count| count > 1)
        {
            let message = "a service of several containers cannot have a `container_name`";
            self.refuse(name.location, message);
        }
    }
}

/// Whether a service says what it runs.
fn runs(service: &Service) -> bool {
    service.image.is_some() || service.build.is_some() || service.node.get("provider").is_some()
}

/// Whether two characters in a row are fit for a name; Compose asks for no more.
fn is_container_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| match pair {
        [first, second] => {
            first.is_ascii_alphanumeric()
                && (second.is_ascii_alphanumeric() || matches!(second, b'_' | b'.' | b'-'))
        }
        _ => false,
    })
}

fn names(resources: &[Resource]) -> HashSet<&str> {
    let names = resources.iter().map(|resource| &*resource.name.text);
    names.collect()
}

/// The name of a service that another needs, and whether every variable in it has a value.
type Need = (Name, bool);

/// The services that must be there: those of `depends_on`, and those that share a namespace, are
/// linked, or lend their volumes.
fn dependencies(service: &Service) -> Vec<Need> {
    let mut names: Vec<Need> = service
        .depends_on
        .iter()
        .map(|dependency| (dependency.name.clone(), dependency.is_known))
        .collect();
    let is_known = |node: &Node| node.value().is_none_or(Value::is_known);
    let node = &service.node;
    for key in ["ipc", "pid", "uts", "cgroup"] {
        let shared = node
            .get(key)
            .and_then(|node| Some((node, node.text()?.strip_prefix("service:")?)));
        names.extend(shared.map(|(node, name)| (node.name(name), is_known(node))));
    }
    for (key, split) in [("links", true), ("volumes_from", false)] {
        for item in node.get(key).map_or(&[][..], Node::items) {
            let Some(text) = item
                .text()
                .filter(|text| split || !text.starts_with("container:"))
            else {
                continue;
            };
            let name = text.split(':').next().unwrap_or_default();
            names.push((item.name(name), is_known(item)));
        }
    }
    names
}

fn external(volume: &Resource, problems: &mut Vec<Problem>) {
    if !volume.external {
        return;
    }
    for entry in volume.node.entries() {
        let key = &*entry.key.text;
        if !matches!(key, "name" | "external") && !key.starts_with("x-") {
            let message = format!("`external` and `{key}` exclude each other");
            problems.push(Problem::refused(entry.key.location, message));
        }
    }
}

fn one_source(resource: &Resource, keys: &[&str], problems: &mut Vec<Problem>) {
    let node = &resource.node;
    let given = keys.iter().filter(|key| node.get(key).is_some()).count();
    let elsewhere = node.get("external").is_some();
    let listed = keys
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if given > 1 {
        let message = format!("only one of {listed} can be given");
        problems.push(Problem::refused(resource.name.location, message));
    } else if given == 0 && !elsewhere {
        let message = format!("one of {listed} must be given");
        problems.push(Problem::refused(resource.name.location, message));
    }
}

/// Services that wait for one another.
fn cycles(project: &Project, problems: &mut Vec<Problem>) {
    let graph: HashMap<&str, (&Service, Vec<Need>)> = project
        .services
        .iter()
        .map(|service| (&*service.name.text, (service, dependencies(service))))
        .collect();
    // Services are taken away once nothing that they wait for is left; what stays waits in a circle
    // or for one.
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut waited_by: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, (_, needs)) in &graph {
        let needs: HashSet<&str> = needs
            .iter()
            .map(|(need, _)| &*need.text)
            .filter(|need| graph.contains_key(need))
            .collect();
        waiting.insert(name, needs.len());
        for need in needs {
            waited_by.entry(need).or_default().push(name);
        }
    }
    let mut ready: Vec<&str> = waiting
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    while let Some(name) = ready.pop() {
        waiting.remove(name);
        for other in waited_by.get(name).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(other) {
                *count -= 1;
                if *count == 0 {
                    ready.push(other);
                }
            }
        }
    }
    for service in &project.services {
        let Some((_, needs)) = graph.get(&*service.name.text) else {
            continue;
        };
        if let Some((need, _)) = needs
            .iter()
            .find(|(need, _)| waiting.contains_key(&*need.text))
            && waiting.contains_key(&*service.name.text)
        {
            let message = format!(
                "the service `{}` waits in a circle for itself",
                service.name.text
            );
            problems.push(Problem::refused(need.location, message));
            return;
        }
    }
}
