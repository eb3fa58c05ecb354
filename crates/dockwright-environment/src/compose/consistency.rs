//! What Compose refuses once everything is merged.

use std::collections::{HashMap, HashSet};

use super::model::{Project, Resource, Service};
use super::node::{Name, Node};
use super::problem::Problem;

/// Checks names, references and contradictions.
pub(super) fn check(project: &Project, problems: &mut Vec<Problem>) {
    for service in &project.services {
        self::service(service, project, problems);
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
            problems.push(Problem::refused(name.location, message));
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

fn service(service: &Service, project: &Project, problems: &mut Vec<Problem>) {
    let name = &service.name;
    let node = &service.node;
    let mut refuse = |location, message: String| problems.push(Problem::refused(location, message));
    if service.build.is_none() && node.get("provider").is_none() {
        let message = format!(
            "the service `{}` has neither an image nor a build",
            name.text
        );
        match &service.image {
            None => refuse(name.location, message),
            Some(image) if image.text.is_empty() => {
                problems.push(Problem::invalid(image, message));
            }
            Some(_) => {}
        }
    }
    let mut refuse = |location, message: String| problems.push(Problem::refused(location, message));
    if let Some(build) = &service.build {
        if let (Some(inline), Some(_)) = (&build.dockerfile_inline, &build.dockerfile) {
            let message = "`dockerfile` and `dockerfile_inline` exclude each other".to_owned();
            refuse(inline.1, message);
        }
        for context in &build.additional_contexts {
            let Some(target) = context.value.text.strip_prefix("service:") else {
                continue;
            };
            let message = match project.service(target) {
                None => format!("there is no service `{target}` to take as a context"),
                Some(other) if other.build.is_none() => {
                    format!("the service `{target}` is not built, so it cannot be a context")
                }
                Some(_) => continue,
            };
            refuse(context.value.location, message);
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
            refuse(platform.location, message);
        }
        for secret in &build.secrets {
            if !declared(&project.secrets, &secret.source.text) {
                let message = format!("there is no secret `{}`", secret.source.text);
                refuse(secret.source.location, message);
            }
        }
    }
    if let Some(mode) = &service.network_mode {
        if let Some(network) = service.networks.first() {
            let message = "`network_mode` and `networks` exclude each other".to_owned();
            refuse(network.location, message);
        }
        if let Some(other) = mode.text.strip_prefix("service:")
            && project.service(other).is_none()
        {
            refuse(mode.location, format!("there is no service `{other}`"));
        }
    }
    for network in &service.networks {
        if &*network.text != "default" && !declared(&project.networks, &network.text) {
            refuse(
                network.location,
                format!("there is no network `{}`", network.text),
            );
        }
    }
    for dependency in dependencies(service) {
        if project.service(&dependency.text).is_none() {
            let message = format!("there is no service `{}` to depend on", dependency.text);
            refuse(dependency.location, message);
        }
    }
    for (mounts, resources, what) in [
        (&service.configs, &project.configs, "config"),
        (&service.secrets, &project.secrets, "secret"),
    ] {
        for mount in mounts {
            if !declared(resources, &mount.source.text) {
                let message = format!("there is no {what} `{}`", mount.source.text);
                refuse(mount.source.location, message);
            }
        }
    }
    if let Some(name) = &service.container_name
        && !is_container_name(&name.text)
    {
        let message = format!("`{}` is not a container name", name.text);
        problems.push(Problem::invalid(name, message));
    }
    mounts(service, project, problems);
    ports(service, problems);
    limits(service, problems);
    if let Some(test) = node.get("healthcheck").and_then(|check| check.get("test"))
        && let Some(first) = test.items().first().and_then(Node::value)
        && !matches!(first.text.as_str(), "CMD" | "CMD-SHELL" | "NONE")
    {
        let message = "a test that is a list begins with `CMD`, `CMD-SHELL` or `NONE`";
        problems.push(Problem::invalid(first, message));
    }
    for rule in &service.watch {
        let action = rule
            .action
            .as_ref()
            .map_or("", |action| action.text.as_str());
        if rule.target.is_none() && !matches!(action, "rebuild" | "restart") {
            let message = format!("the action `{action}` needs a target");
            problems.push(Problem::refused(rule.location, message));
        }
    }
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

fn declared(resources: &[Resource], name: &str) -> bool {
    resources
        .iter()
        .any(|resource| &*resource.name.text == name)
}

/// The services that must be there: those of `depends_on`, and those that share a namespace, are
/// linked, or lend their volumes.
fn dependencies(service: &Service) -> Vec<Name> {
    let mut names: Vec<Name> = service
        .depends_on
        .iter()
        .map(|dependency| dependency.name.clone())
        .collect();
    let node = &service.node;
    for key in ["ipc", "pid", "uts", "cgroup"] {
        let shared = node
            .get(key)
            .and_then(|node| Some((node, node.text()?.strip_prefix("service:")?)));
        names.extend(shared.map(|(node, name)| node.name(name)));
    }
    for (key, split) in [("links", true), ("volumes_from", false)] {
        for item in node.get(key).map_or(&[][..], Node::items) {
            let Some(text) = item
                .text()
                .filter(|text| split || !text.starts_with("container:"))
            else {
                continue;
            };
            names.push(item.name(text.split(':').next().unwrap_or_default()));
        }
    }
    names
}

fn mounts(service: &Service, project: &Project, problems: &mut Vec<Problem>) {
    use super::model::MountKind;
    let mut targets = HashSet::new();
    for tmpfs in &service.tmpfs {
        let path = tmpfs.text.split(':').next().unwrap_or_default();
        if !targets.insert(path) {
            let message = format!("something is mounted at `{path}` already");
            problems.push(Problem::invalid(tmpfs, message));
        }
    }
    for mount in &service.volumes {
        if let Some(target) = &mount.target
            && !targets.insert(target.text.as_str())
        {
            let message = format!("something is mounted at `{}` already", target.text);
            problems.push(Problem::invalid(target, message));
        }
        match (&mount.kind, &mount.source) {
            (MountKind::Volume, Some(source))
                if !source.text.is_empty() && !declared(&project.volumes, &source.text) =>
            {
                let message = format!("there is no volume `{}`", source.text);
                problems.push(Problem::invalid(source, message));
            }
            (MountKind::Bind, None) => {
                problems.push(Problem::refused(
                    mount.location,
                    "a bind mount needs a source",
                ));
            }
            _ => {}
        }
        if mount.target.is_none() {
            problems.push(Problem::refused(mount.location, "a mount needs a target"));
        }
    }
}

fn ports(service: &Service, problems: &mut Vec<Problem>) {
    for port in &service.ports {
        if let Some(address) = &port.host_ip
            && address.text.parse::<std::net::IpAddr>().is_err()
        {
            let message = format!("`{}` is not an IP address", address.text);
            problems.push(Problem::invalid(address, message));
        }
    }
}

fn limits(service: &Service, problems: &mut Vec<Problem>) {
    let node = &service.node;
    let number = |node: Option<&Node>| node.and_then(Node::text)?.parse::<i64>().ok();
    let scale = node.get("scale");
    let replicas = node.get("deploy").and_then(|deploy| deploy.get("replicas"));
    if let (Some(scale), Some(replicas), Some(at)) = (number(scale), number(replicas), scale)
        && scale != replicas
    {
        let message = "`scale` and `deploy.replicas` say different things";
        problems.push(Problem::refused(at.location, message));
    }
    for node in [scale, replicas].into_iter().flatten() {
        if number(Some(node)).is_some_and(|number| number < 0) {
            problems.push(Problem::refused(node.location, "this must not be negative"));
        }
    }
    if let Some(name) = &service.container_name
        && number(scale)
            .or(number(replicas))
            .is_some_and(|count| count > 1)
    {
        let message = "a service of several containers cannot have a `container_name`";
        problems.push(Problem::refused(name.location, message));
    }
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
    let elsewhere = node.get("driver").is_some() || node.get("external").is_some();
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
    let graph: HashMap<&str, (&Service, Vec<Name>)> = project
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
            .map(|need| &*need.text)
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
        if let Some(need) = needs.iter().find(|need| waiting.contains_key(&*need.text))
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
