//! Services of Compose files as bake reads them: targets, and the group of all of them.

use std::fmt::Write as _;

use crate::compose::{Build, Node, Project, Request, Service};
use crate::define::is_remote;
use crate::{CallerVariables, Location, TreePath, Value, Variable};

use super::size::{bytes, human};
use super::target::{Merged, Setting, Settings};
use super::{BuildArgument, Group, ServiceOrigin};

/// What bake asks of the Compose files that it is given: a project that no file names is called
/// `bake`.
pub fn compose_request(files: Vec<TreePath>, variables: &CallerVariables) -> Request {
    Request {
        files,
        root_name: None,
        default_name: Some("bake".to_owned()),
        variables: variables.clone(),
    }
}

/// What the services of a Compose project are to bake.
#[derive(Default)]
pub(super) struct Services {
    /// A target for each service with a `build`.
    pub(super) targets: Vec<Merged>,
    /// The group `default` of those targets.
    pub(super) groups: Vec<Group>,
    /// What bake refuses and Compose does not.
    pub(super) problems: Vec<(Location, String)>,
}

/// The targets and the group that bake makes of a project.
pub(super) fn services(project: &Project) -> Services {
    let mut services = Services::default();
    for service in &project.services {
        let Some(build) = &service.build else {
            continue;
        };
        let name = target_name(&service.name.text);
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
        if name.is_empty() || !name.chars().all(fits) {
            let message = format!("`{name}` is no name for a target");
            services.problems.push((service.name.location, message));
        }
        let mut reader = Reader {
            project,
            service,
            build,
            settings: Settings::default(),
            problems: &mut services.problems,
        };
        reader.read();
        let settings = reader.settings;
        services.targets.push(Merged {
            block: name.clone(),
            name,
            location: service.name.location,
            service: Some(ServiceOrigin {
                name: service.name.text.to_string(),
                location: service.name.location,
                build: build.location,
            }),
            settings,
        });
    }
    let section = project.node.iter().flat_map(Node::entries);
    let section = section
        .filter(|entry| &*entry.key.text == "services")
        .find(|entry| !entry.value.entries().is_empty());
    if let Some(section) = section {
        let members = services.targets.iter();
        services.groups.push(Group {
            name: "default".to_owned(),
            location: section.key.location,
            targets: members
                .map(|it| Value::literal(it.name.clone(), it.location))
                .collect(),
        });
    }
    services
}

/// The target's name for a service: a dot has a meaning of its own in bake.
pub fn target_name(service: &str) -> String {
    service.replace('.', "_")
}

/// Reads one service.
struct Reader<'a> {
    project: &'a Project,
    service: &'a Service,
    build: &'a Build,
    settings: Settings,
    problems: &'a mut Vec<(Location, String)>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let build = self.build;
        let context = build.context.as_ref();
        let context = context.map(|it| self.path(it, &build.context_directory));
        self.text("context", context.as_ref());
        self.text("dockerfile", build.dockerfile.as_ref());
        let inline = build.node.get("dockerfile_inline").and_then(Node::value);
        self.text("dockerfile-inline", inline);
        self.text("target", build.target.as_ref());
        self.text("network", build.network.as_ref());
        for (name, key) in [("no-cache", "no_cache"), ("pull", "pull")] {
            let node = build.node.get(key).filter(|node| node.is_true());
            self.text(name, node.and_then(Node::value));
        }
        self.list("tags", build.tags.clone());
        self.list("platforms", build.platforms.clone());
        self.list("cache-from", cache(&build.cache_from));
        self.list("cache-to", cache(&build.cache_to));
        self.attestations();
        self.secrets();
        self.agents();
        self.limits();
        self.map("args", self.arguments());
        let labels = build.labels.iter().map(|label| {
            let empty = || Value::literal("", label.name.location);
            argument(
                &label.name.text,
                label.value.clone().unwrap_or_else(empty),
                label.name.location,
            )
        });
        self.map("labels", labels.collect());
        self.map("extra-hosts", self.hosts());
        let contexts = build.additional_contexts.iter().map(|context| {
            let value = self.named_context(&context.value, &context.directory);
            argument(&context.name.text, value, context.name.location)
        });
        self.map("contexts", contexts.collect());
        self.extension();
        if self.settings.list("tags").is_empty() {
            let image = self.service.image.iter().cloned();
            self.list("tags", image.collect());
        }
    }

    fn text(&mut self, name: &'static str, value: Option<&Value>) {
        if let Some(value) = value.filter(|it| !it.text.is_empty() || !it.is_known()) {
            self.settings.0.insert(name, Setting::Text(value.clone()));
        }
    }

    fn list(&mut self, name: &'static str, values: Vec<Value>) {
        self.add(name, Setting::List(values));
    }

    fn map(&mut self, name: &'static str, arguments: Vec<BuildArgument>) {
        self.add(name, Setting::Map(arguments));
    }

    /// Adds to a list or map, if there is something to add.
    fn add(&mut self, name: &'static str, setting: Setting) {
        match (self.settings.0.get_mut(name), setting) {
            (_, Setting::List(values)) if values.is_empty() => {}
            (_, Setting::Map(arguments)) if arguments.is_empty() => {}
            (Some(Setting::List(known)), Setting::List(added)) => known.extend(added),
            (Some(Setting::Map(known)), Setting::Map(added)) => {
                for argument in added {
                    if known.iter().all(|it| it.name != argument.name) {
                        known.push(argument);
                    }
                }
            }
            (_, setting) => {
                self.settings.0.insert(name, setting);
            }
        }
    }

    /// A path that is relative to `directory`, from where bake runs.
    fn path(&self, value: &Value, directory: &TreePath) -> Value {
        let text = &value.text;
        if text.is_empty() || text.starts_with(['/', '~']) || is_remote(text) {
            return value.clone();
        }
        Value {
            text: shortest(&format!(
                "{}/{text}",
                directory.seen_from(&self.project.directory)
            )),
            ..value.clone()
        }
    }

    fn named_context(&self, value: &Value, directory: &TreePath) -> Value {
        match linked(value) {
            Some(linked) => linked,
            None => self.path(value, directory),
        }
    }

    /// A name without a value has that of the service's environment, then of the project's.
    fn arguments(&self) -> Vec<BuildArgument> {
        let environment = self.service.effective_environment();
        let arguments = self.build.args.iter().filter_map(|given| {
            let is_written = given
                .value
                .as_ref()
                .is_some_and(|value| value.location != given.name.location);
            let from_service = || {
                let entry = environment
                    .iter()
                    .find(|it| it.name.text == given.name.text)?;
                let value = entry.value.clone()?;
                Some(Value {
                    location: given.name.location,
                    ..value
                })
            };
            let value = given.value.clone();
            let value = if is_written {
                value
            } else {
                from_service().or(value)
            };
            Some(argument(&given.name.text, value?, given.location))
        });
        arguments.collect()
    }

    fn attestations(&mut self) {
        let build = self.build;
        let kinds = ["sbom", "provenance"].into_iter();
        let attestations = kinds.filter_map(|kind| {
            let value = build.node.get(kind)?.value()?;
            let text = match value.text.as_str() {
                "" => return None,
                "1" | "t" | "T" | "TRUE" | "true" | "True" => format!("type={kind},disabled=false"),
                "0" | "f" | "F" | "FALSE" | "false" | "False" => {
                    format!("type={kind},disabled=true")
                }
                options => format!("type={kind},{options}"),
            };
            Some(with_text(value, text))
        });
        self.list("attest", attestations.collect());
    }

    fn secrets(&mut self) {
        let mut secrets = Vec::new();
        for secret in &self.build.secrets {
            let id = &secret.source.text;
            let declared = self.project.secrets.iter().find(|it| *it.name.text == **id);
            let mut value = secret.source.clone();
            value.text = format!("id={id}");
            if let Some(declared) = declared {
                if declared.external {
                    let message = format!("bake does not take the external secret `{id}`");
                    self.problems.push((secret.location, message));
                    continue;
                }
                let file = declared.file.as_ref();
                let file = file.map(|file| ("src", self.path(file, &declared.directory)));
                let variable = declared.node.get("environment").and_then(Node::value);
                let variable = variable.map(|it| ("env", it.clone()));
                for (key, source) in file.into_iter().chain(variable) {
                    let _ = write!(value.text, ",{}", field(key, &source.text));
                    add_variables(&mut value, &source.variables);
                }
            }
            secrets.push(value);
        }
        self.list("secret", secrets);
    }

    fn agents(&mut self) {
        let node = self.build.node.get("ssh");
        let entries = node.map_or(&[][..], Node::entries).iter();
        let agents = entries.map(|entry| {
            let id = &entry.key.text;
            let path = entry.value.value().filter(|path| !path.text.is_empty());
            match path.map(|path| self.path(path, &entry.value.directory)) {
                Some(path) => with_text(&path, format!("{id}={}", path.text)),
                None => Value::literal(&**id, entry.key.location),
            }
        });
        let mut agents: Vec<Value> = agents.collect();
        agents.sort_by(|a, b| a.text.cmp(&b.text));
        self.list("ssh", agents);
    }

    fn limits(&mut self) {
        let node = &self.build.node;
        if let Some(size) = node.get("shm_size").and_then(Node::value) {
            let text = bytes(&size.text).filter(|it| *it > 0).map(human);
            let value = with_text(size, text.unwrap_or_default());
            self.text("shm-size", Some(&value));
        }
        let limits = node.get("ulimits").map_or(&[][..], Node::entries);
        let limits = limits.iter().map(|limit| {
            // A single number is not seen by bake.
            let of = |key| limit.value.get(key).and_then(Node::text).unwrap_or("0");
            let text = format!("{}={}:{}", limit.key.text, of("soft"), of("hard"));
            Value::literal(text, limit.key.location)
        });
        let limits = limits.collect();
        self.list("ulimits", limits);
    }

    fn hosts(&self) -> Vec<BuildArgument> {
        let Some(node) = self.build.node.get("extra_hosts") else {
            return Vec::new();
        };
        let mut hosts: Vec<BuildArgument> = Vec::new();
        let mut add = |name: &str, address: Value, location: Location| match hosts
            .iter_mut()
            .find(|known| known.name == name)
        {
            Some(known) => {
                let _ = write!(known.value.text, ",{}", address.text);
                add_variables(&mut known.value, &address.variables);
            }
            None => hosts.push(argument(name, address, location)),
        };
        for entry in node.entries() {
            let values = entry.value.value().into_iter();
            for value in values.chain(entry.value.items().iter().filter_map(Node::value)) {
                let bare = unbracketed(&value.text);
                add(&entry.key.text, with_text(value, bare), entry.key.location);
            }
        }
        for value in node.items().iter().filter_map(Node::value) {
            let pair = value.text.split_once('=').or(value.text.split_once(':'));
            if let Some((name, address)) = pair {
                let bare = unbracketed(address);
                add(name, with_text(value, bare), value.location);
            }
        }
        hosts
    }

    /// `x-bake`: what Compose has no key for, and more of what it has.
    fn extension(&mut self) {
        let Some(node) = self.build.node.get("x-bake") else {
            return;
        };
        for (key, name) in [
            ("tags", "tags"),
            ("platforms", "platforms"),
            ("secret", "secret"),
            ("output", "output"),
            ("no-cache-filter", "no-cache-filter"),
        ] {
            self.list(name, words(node, key));
        }
        for name in ["cache-from", "cache-to"] {
            self.list(name, cache(&words(node, name)));
        }
        self.list("ssh", words(node, "ssh"));
        if let Some(Setting::List(agents)) = self.settings.0.get_mut("ssh") {
            agents.sort_by(|a, b| a.text.cmp(&b.text));
        }
        for name in ["pull", "no-cache"] {
            if let Some(value) = node.get(name).and_then(Node::value) {
                self.text(name, Some(value));
            }
        }
        let contexts = node.get("contexts").map_or(&[][..], Node::entries);
        let contexts = contexts.iter().filter_map(|entry| {
            let value = entry.value.value()?;
            let value = linked(value).unwrap_or_else(|| value.clone());
            Some(argument(&entry.key.text, value, entry.key.location))
        });
        let contexts = contexts.collect();
        self.map("contexts", contexts);
    }
}

/// The items of a list; of a text, its words.
fn words(node: &Node, key: &str) -> Vec<Value> {
    let Some(node) = node.get(key) else {
        return Vec::new();
    };
    let Some(scalar) = node.scalar() else {
        let items = node.items().iter().filter_map(Node::value);
        return items.filter(|it| !it.text.is_empty()).cloned().collect();
    };
    let text = &scalar.value.text;
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let start = text.get(at..).and_then(|rest| rest.find(word)).unwrap_or(0) + at;
        at = start + word.len();
        words.push(scalar.slice(start..at).value);
    }
    words
}

/// Cache entries: one without `=` is a list of references.
fn cache(values: &[Value]) -> Vec<Value> {
    let mut entries = Vec::new();
    for value in values {
        if value.text.contains('=') {
            entries.push(value.clone());
            continue;
        }
        let references = value.text.split(',').map(|it| it.trim_matches('"'));
        let references = references.filter(|it| !it.is_empty());
        entries.extend(references.map(|it| with_text(value, it.to_owned())));
    }
    entries
}

/// `service:NAME` in bake's own words.
fn linked(value: &Value) -> Option<Value> {
    let text = &value.text;
    let name = text
        .strip_prefix("service:")
        .or_else(|| text.strip_prefix("target:"))?;
    Some(with_text(value, format!("target:{}", target_name(name))))
}

fn argument(name: &str, value: Value, location: Location) -> BuildArgument {
    BuildArgument {
        name: name.to_owned(),
        value,
        location,
    }
}

fn with_text(value: &Value, text: String) -> Value {
    Value {
        text,
        ..value.clone()
    }
}

fn add_variables(value: &mut Value, added: &[Variable]) {
    for variable in added {
        if !value.variables.contains(variable) {
            value.variables.push(variable.clone());
        }
    }
}

fn field(key: &str, value: &str) -> String {
    let pair = format!("{key}={value}");
    if pair.contains([',', '"']) {
        return format!("\"{}\"", pair.replace('"', "\"\""));
    }
    pair
}

fn unbracketed(address: &str) -> String {
    let inner = address
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'));
    inner.unwrap_or(address).to_owned()
}

/// The path without `.` and what `..` takes back.
fn shortest(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return ".".to_owned();
    }
    parts.join("/")
}
