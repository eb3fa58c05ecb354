//! Short forms to long forms, everywhere in a project.

use dockwright_syntax::ignore::filepath;
use dockwright_syntax::yaml::ScalarType;

use crate::Value;

use super::merge;
use super::node::{Entry, Mapping, Node, NodeKind, Scalar, Trace};
use super::problem::Problem;
use super::{mounts, ports};

/// Brings a whole project into its long form. What is long already stays as it is.
pub(super) fn expand(root: &mut Node, problems: &mut Vec<Problem>) {
    let Some(root) = root.mapping_mut() else {
        return;
    };
    for entry in &mut root.entries {
        let section = &*entry.key.text;
        let Some(named) = entry.value.mapping_mut() else {
            continue;
        };
        for entry in &mut named.entries {
            match section {
                "services" => service(&mut entry.value, problems),
                "volumes" | "networks" | "secrets" | "configs" => {
                    external(&mut entry.value, problems);
                }
                _ => {}
            }
        }
    }
}

fn service(node: &mut Node, problems: &mut Vec<Problem>) {
    let Some(service) = node.mapping_mut() else {
        return;
    };
    for entry in &mut service.entries {
        let value = &mut entry.value;
        match &*entry.key.text {
            "build" => build(value),
            "depends_on" => depends_on(value),
            "env_file" => env_file(value),
            "label_file" | "dns" => listed(value),
            "networks" | "models" => replace(value, merge::names),
            "extends" => keyed(value, "service"),
            "gpus" => gpus(value),
            "secrets" | "configs" => items(value, |item| keyed(item, "source")),
            "volumes" => items(value, |item| mount(item, problems)),
            "devices" => items(value, |item| device(item, problems)),
            "ports" => port_list(value, problems),
            "develop" => develop(value),
            _ => {}
        }
    }
}

fn replace(node: &mut Node, with: impl FnOnce(Node) -> Node) {
    let empty = node.implied("", ScalarType::Null);
    let old = std::mem::replace(node, empty);
    *node = with(old);
}

fn items(node: &mut Node, mut each: impl FnMut(&mut Node)) {
    if let NodeKind::Sequence(items) = &mut node.kind {
        items.iter_mut().for_each(&mut each);
    }
}

/// Text is the value of `key`.
fn keyed(node: &mut Node, key: &str) {
    if node.text().is_some() {
        replace(node, |node| {
            let key = node.name(key);
            let shell = node.implied("", ScalarType::Null);
            let entries = vec![Entry { key, value: node }];
            shell.with(NodeKind::Mapping(Mapping { entries }))
        });
    }
}

/// Text is a list of one.
fn listed(node: &mut Node) {
    if node.text().is_some() {
        replace(node, |node| {
            let shell = node.implied("", ScalarType::Null);
            shell.with(NodeKind::Sequence(vec![node]))
        });
    }
}

fn build(node: &mut Node) {
    replace(node, merge::build);
    let Some(build) = node.mapping_mut() else {
        return;
    };
    for entry in &mut build.entries {
        let value = &mut entry.value;
        match &*entry.key.text {
            "secrets" => items(value, |item| keyed(item, "source")),
            "additional_contexts" | "ssh" => replace(value, merge::pairs),
            _ => {}
        }
    }
}

fn depends_on(node: &mut Node) {
    replace(node, merge::dependencies);
    let Some(services) = node.mapping_mut() else {
        return;
    };
    for entry in &mut services.entries {
        let condition = entry.value.implied("service_started", ScalarType::Text);
        let required = entry.value.implied("true", ScalarType::Bool(true));
        set_default(&mut entry.value, "condition", condition);
        set_default(&mut entry.value, "required", required);
    }
}

fn set_default(node: &mut Node, key: &str, value: Node) {
    let key = node.name(key);
    if let Some(mapping) = node.mapping_mut()
        && mapping.get(&key.text).is_none()
    {
        mapping.entries.push(Entry { key, value });
    }
}

fn env_file(node: &mut Node) {
    listed(node);
    items(node, |item| {
        keyed(item, "path");
        let required = item.implied("true", ScalarType::Bool(true));
        set_default(item, "required", required);
    });
}

fn gpus(node: &mut Node) {
    if node.text().is_some() {
        keyed(node, "count");
        replace(node, |node| {
            let shell = node.implied("", ScalarType::Null);
            shell.with(NodeKind::Sequence(vec![node]))
        });
    }
}

fn develop(node: &mut Node) {
    let watch = node
        .mapping_mut()
        .and_then(|develop| develop.get_mut("watch"));
    if let Some(watch) = watch {
        items(watch, |rule| {
            for key in ["ignore", "include"] {
                if let Some(value) = rule.mapping_mut().and_then(|rule| rule.get_mut(key)) {
                    listed(value);
                }
            }
        });
    }
}

/// `external: {name: x}` is `external: true` with `name: x`.
fn external(node: &mut Node, problems: &mut Vec<Problem>) {
    let Some(resource) = node.mapping_mut() else {
        return;
    };
    let Some(external) = resource.get("external").filter(|it| it.mapping().is_some()) else {
        return;
    };
    let name = external
        .mapping()
        .and_then(|external| external.entry("name"))
        .cloned();
    let yes = external.implied("true", ScalarType::Bool(true));
    if let Some(place) = resource.get_mut("external") {
        *place = yes;
    }
    let Some(name) = name else { return };
    match resource.get("name") {
        None => resource.entries.push(name),
        Some(other) if other.text() != name.value.text() => problems.push(Problem::refused(
            name.key.location,
            "`name` and `external.name` say different things",
        )),
        Some(_) => {}
    }
}

/// Builds the long form of a short one, whose parts are slices of its text.
struct Long<'a> {
    short: &'a Node,
    mapping: Mapping,
}

impl<'a> Long<'a> {
    fn new(short: &'a Node) -> Self {
        Self {
            short,
            mapping: Mapping::default(),
        }
    }

    fn slice(&mut self, key: &str, scalar: &Scalar, range: std::ops::Range<usize>) {
        let value = self.short.with_scalar(scalar.slice(range));
        self.node(key, value);
    }

    fn text(&mut self, key: &str, text: &str) {
        let value = self.short.implied(text, ScalarType::Text);
        self.node(key, value);
    }

    fn yes(&mut self, key: &str) {
        let value = self.short.implied("true", ScalarType::Bool(true));
        self.node(key, value);
    }

    fn node(&mut self, key: &str, value: Node) {
        let key = self.short.name(key);
        self.mapping.entries.push(Entry { key, value });
    }

    fn finish(self) -> Node {
        self.short.with(NodeKind::Mapping(self.mapping))
    }
}

fn mount(node: &mut Node, problems: &mut Vec<Problem>) {
    let Some(scalar) = node.scalar() else { return };
    let short = match mounts::parse(&scalar.value.text) {
        Ok(short) => short,
        Err(message) => {
            problems.push(Problem::invalid(&scalar.value, message));
            return;
        }
    };
    let mut long = Long::new(node);
    long.text("type", if short.is_bind { "bind" } else { "volume" });
    if let Some(source) = short.source {
        long.slice("source", scalar, source);
    }
    let mut target = scalar.slice(short.target);
    target.value.text = clean(&target.value.text);
    long.node("target", node.with_scalar(target));
    if short.read_only {
        long.yes("read_only");
    }
    let mut bind = Long::new(node);
    if short.is_bind {
        bind.yes("create_host_path");
    }
    if let Some(propagation) = short.propagation {
        bind.text("propagation", propagation);
    }
    if let Some(selinux) = short.selinux {
        bind.text("selinux", selinux);
    }
    if !bind.mapping.entries.is_empty() {
        let bind = bind.finish();
        long.node("bind", bind);
    }
    if !short.is_bind {
        let mut volume = Long::new(node);
        if short.no_copy {
            volume.yes("nocopy");
        }
        long.node("volume", volume.finish());
    }
    *node = long.finish();
}

/// A path without `.`, `..` and doubled slashes; an empty one stays empty.
pub(super) fn clean(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    filepath::clean(path)
}

fn device(node: &mut Node, problems: &mut Vec<Problem>) {
    let Some(scalar) = node.scalar() else { return };
    let text = &scalar.value.text;
    let mut starts = vec![0];
    starts.extend(text.match_indices(':').map(|(at, _)| at + 1));
    let ends = starts
        .iter()
        .skip(1)
        .map(|start| start - 1)
        .chain([text.len()]);
    let parts: Vec<_> = starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect();
    let (source, target, permissions) = match parts.as_slice() {
        [source] => (source, source, None),
        [source, target] => (source, target, None),
        [source, target, permissions] => (source, target, Some(permissions)),
        _ => {
            let message = "this device has too many colons: use the long form";
            problems.push(Problem::invalid(&scalar.value, message));
            return;
        }
    };
    let target = if target.is_empty() { source } else { target };
    let mut long = Long::new(node);
    long.slice("source", scalar, source.clone());
    long.slice("target", scalar, target.clone());
    match permissions {
        Some(permissions) => long.slice("permissions", scalar, permissions.clone()),
        None => long.text("permissions", "rwm"),
    }
    *node = long.finish();
}

fn port_list(node: &mut Node, problems: &mut Vec<Problem>) {
    let NodeKind::Sequence(items) = &mut node.kind else {
        return;
    };
    let mut expanded = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let Some(scalar) = item.scalar() else {
            expanded.push(item);
            continue;
        };
        match ports::parse(&scalar.value.text) {
            Ok(ports) => expanded.extend(ports.into_iter().map(|short| port(&item, scalar, short))),
            Err(message) => {
                problems.push(Problem::invalid(&scalar.value, message));
                expanded.push(item);
            }
        }
    }
    *items = expanded;
}

fn port(node: &Node, scalar: &Scalar, short: ports::ShortPort) -> Node {
    let mut long = Long::new(node);
    long.text("mode", "ingress");
    if let Some(host_ip) = short.host_ip {
        long.slice("host_ip", scalar, host_ip);
    }
    let number = |text: String, range, scalar_type| {
        let from = scalar.slice(range).value;
        node.with_scalar(Scalar {
            value: Value { text, ..from },
            scalar_type,
            trace: Trace::Whole,
        })
    };
    let target = number(
        short.target.to_string(),
        short.target_range,
        ScalarType::Integer(short.target.into()),
    );
    long.node("target", target);
    if let Some((published, range)) = short.published {
        long.node("published", number(published, range, ScalarType::Text));
    }
    long.text("protocol", short.protocol);
    long.finish()
}
