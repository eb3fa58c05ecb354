//! Blocks to targets: decoding, merging and inheritance.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::blocks::{Instance, Keyword, MatrixGroup};
use super::entries::{self, EntryKind};
use super::expression::Failure;
use super::resolve::Evaluator;
use super::{BuildArgument, Group, NamedContext, ServiceOrigin, Target};
use crate::{Location, Value};

/// What an attribute holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Bool,
    List,
    Entries(EntryKind),
    Map,
    /// Known to newer releases of bake, and of no use here.
    Ignored,
}

/// What a target's own attribute does to an inherited one.
#[derive(Clone, Copy)]
enum Merge {
    Replace,
    Append,
    /// An entry replaces the one with the same key.
    ByKey,
}

/// Every attribute of a target.
const ATTRIBUTES: &[(&str, Shape, Merge)] = &[
    ("annotations", Shape::List, Merge::Append),
    ("args", Shape::Map, Merge::ByKey),
    ("attest", Shape::Entries(EntryKind::Attest), Merge::Append),
    (
        "cache-from",
        Shape::Entries(EntryKind::Cache),
        Merge::Append,
    ),
    ("cache-to", Shape::Entries(EntryKind::Cache), Merge::Replace),
    ("call", Shape::Text, Merge::Replace),
    ("context", Shape::Text, Merge::Replace),
    ("contexts", Shape::Map, Merge::ByKey),
    ("description", Shape::Text, Merge::Replace),
    ("dockerfile", Shape::Text, Merge::Replace),
    ("dockerfile-inline", Shape::Text, Merge::Replace),
    ("entitlements", Shape::List, Merge::Append),
    ("extra-hosts", Shape::Map, Merge::ByKey),
    ("inherits", Shape::List, Merge::Append),
    ("labels", Shape::Map, Merge::ByKey),
    ("matrix", Shape::Ignored, Merge::Replace),
    ("name", Shape::Ignored, Merge::Replace),
    ("network", Shape::Text, Merge::Replace),
    ("no-cache", Shape::Bool, Merge::Replace),
    ("no-cache-filter", Shape::List, Merge::Append),
    ("output", Shape::Entries(EntryKind::Output), Merge::Replace),
    ("platforms", Shape::List, Merge::Replace),
    ("policy", Shape::Ignored, Merge::Replace),
    ("pull", Shape::Bool, Merge::Replace),
    ("resources", Shape::Ignored, Merge::Replace),
    ("secret", Shape::Entries(EntryKind::Secret), Merge::Append),
    ("shm-size", Shape::Text, Merge::Replace),
    ("ssh", Shape::Entries(EntryKind::Ssh), Merge::Append),
    ("tags", Shape::List, Merge::Replace),
    ("target", Shape::Text, Merge::Replace),
    ("ulimits", Shape::List, Merge::Append),
];

fn attribute(name: &str) -> Option<&'static (&'static str, Shape, Merge)> {
    ATTRIBUTES.iter().find(|(known, ..)| *known == name)
}

/// What an attribute sets.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    Text(Value),
    List(Vec<Value>),
    Map(Vec<BuildArgument>),
}

/// A target before or after inheritance.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(pub(super) BTreeMap<&'static str, Setting>);

/// The blocks of one name, merged.
pub(super) struct Merged {
    pub(super) name: String,
    pub(super) block: String,
    pub(super) location: Location,
    pub(super) service: Option<ServiceOrigin>,
    pub(super) settings: Settings,
}

/// Every target, with what it inherits. Those of `services` lie under blocks of the same name.
pub(super) fn targets(evaluator: &Evaluator<'_>, services: Vec<Merged>) -> Vec<Target> {
    let merged = merged(evaluator, services);
    let index: HashMap<&str, &Merged> = merged.iter().map(|it| (it.name.as_str(), it)).collect();
    let targets = merged.iter().map(|own| {
        let mut inheritance = Inheritance {
            evaluator,
            index: &index,
            visited: HashMap::new(),
        };
        let settings = inheritance.resolve(own);
        finished(own, settings.unwrap_or_else(|| own.settings.clone()))
    });
    targets.collect()
}

/// Every group; those of `groups` come first.
pub(super) fn groups(
    evaluator: &Evaluator<'_>,
    matrices: Vec<MatrixGroup>,
    mut groups: Vec<Group>,
) -> Vec<Group> {
    for (at, instance) in evaluator.instances.iter().enumerate() {
        if instance.keyword != Keyword::Group {
            continue;
        }
        let mut targets = Vec::new();
        for attribute in &instance.block.attributes {
            let shape = match attribute.name.value.as_str() {
                "targets" => Shape::List,
                "description" => Shape::Ignored,
                other => {
                    let location = Location::new(instance.document, attribute.name.span);
                    let message = format!("a group has no attribute `{other}`");
                    evaluator.ignored.borrow_mut().push((location, message));
                    continue;
                }
            };
            let datum = evaluator.attribute_datum(at, attribute);
            let setting = datum
                .and_then(|datum| evaluator.setting(&datum, shape, attribute, instance.document));
            match setting {
                Ok(Some(Setting::List(values))) => targets = values,
                Ok(_) => {}
                Err(failure) => evaluator.report(failure),
            }
        }
        let group = Group {
            name: instance.name.clone(),
            location: instance.location(),
            targets: deduplicated(targets, false),
        };
        // A later group of the same name takes the place of an earlier one.
        match groups.iter_mut().find(|known| known.name == group.name) {
            Some(known) => *known = group,
            None => groups.push(group),
        }
    }
    let made = matrices.into_iter().map(|matrix| Group {
        targets: matrix
            .targets
            .into_iter()
            .map(|name| Value::literal(name, matrix.location))
            .collect(),
        name: matrix.name,
        location: matrix.location,
    });
    groups.extend(made);
    groups
}

fn merged(evaluator: &Evaluator<'_>, services: Vec<Merged>) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for service in services {
        // Two services may have one name once their dots are replaced.
        match index.get(&service.name).and_then(|at| merged.get_mut(*at)) {
            Some(known) => known.settings.merge(&service.settings),
            None => {
                index.insert(service.name.clone(), merged.len());
                merged.push(service);
            }
        }
    }
    for (at, instance) in evaluator.instances.iter().enumerate() {
        if instance.keyword != Keyword::Target {
            continue;
        }
        let settings = own_settings(evaluator, at, instance);
        if let Some(known) = index
            .get(instance.name.as_str())
            .and_then(|at| merged.get_mut(*at))
        {
            known.settings.merge(&settings);
            let service = known.service.as_ref();
            if service.is_some_and(|service| service.location == known.location) {
                known.location = instance.location();
                known.block.clone_from(&instance.block.name.value);
            }
            continue;
        }
        index.insert(instance.name.clone(), merged.len());
        merged.push(Merged {
            name: instance.name.clone(),
            block: instance.block.name.value.clone(),
            location: instance.location(),
            service: None,
            settings,
        });
    }
    merged
}

fn own_settings<'a>(evaluator: &Evaluator<'a>, at: usize, instance: &Instance<'a>) -> Settings {
    let mut settings = Settings::default();
    for written in &instance.block.attributes {
        let Some((name, shape, _)) = attribute(&written.name.value) else {
            let location = Location::new(instance.document, written.name.span);
            let message = format!("a target has no attribute `{}`", written.name.value);
            evaluator.ignored.borrow_mut().push((location, message));
            continue;
        };
        if matches!(shape, Shape::Ignored) {
            continue;
        }
        let datum = evaluator.attribute_datum(at, written);
        let setting =
            datum.and_then(|datum| evaluator.setting(&datum, *shape, written, instance.document));
        match setting {
            Ok(Some(setting)) => {
                settings.0.insert(name, setting);
            }
            Ok(None) => {}
            Err(failure) => evaluator.report(failure),
        }
    }
    settings
}

/// The targets on the way from one target to what it inherits.
struct Inheritance<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    index: &'e HashMap<&'e str, &'e Merged>,
    /// Finished targets; `None` while one is on the way, so that a circle ends.
    visited: HashMap<&'e str, Option<Settings>>,
}

/// Targets that come from a file which another program writes before bake runs.
/// Source: docker/metadata-action, outputs `bake-file` and input `bake-target`.
const ADDED_LATER: &[&str] = &["docker-metadata-action"];

impl<'e> Inheritance<'e, '_> {
    fn resolve(&mut self, own: &'e Merged) -> Option<Settings> {
        if let Some(known) = self.visited.get(own.name.as_str()) {
            return known.clone();
        }
        self.visited.insert(&own.name, None);
        let mut settings = Settings::default();
        for parent in own.settings.list("inherits") {
            let Some(found) = self.index.get(parent.text.as_str()) else {
                if ADDED_LATER.contains(&parent.text.as_str()) {
                    continue;
                }
                self.fail(parent, format!("there is no target `{}`", parent.text));
                continue;
            };
            let paid = self.evaluator.budget.steps(found.settings.0.len() + 1);
            if let Err(message) = paid.and_then(|()| self.evaluator.budget.enter()) {
                self.fail(parent, message);
                continue;
            }
            let inherited = self.resolve(found);
            self.evaluator.budget.leave();
            if let Some(inherited) = inherited {
                settings.merge(&inherited);
            }
        }
        settings.0.remove("inherits");
        settings.merge(&own.settings);
        settings.normalize();
        self.visited.insert(&own.name, Some(settings.clone()));
        Some(settings)
    }

    fn fail(&self, parent: &Value, message: String) {
        self.evaluator.report(Failure {
            location: parent.location,
            message,
        });
    }
}

impl Settings {
    pub(super) fn list(&self, name: &str) -> &[Value] {
        match self.0.get(name) {
            Some(Setting::List(values)) => values,
            _ => &[],
        }
    }

    /// Lays `other` over this.
    fn merge(&mut self, other: &Self) {
        for (name, setting) in &other.0 {
            let merge = attribute(name).map_or(Merge::Replace, |(.., merge)| *merge);
            match (merge, self.0.get_mut(name), setting) {
                (Merge::Append, Some(Setting::List(known)), Setting::List(added)) => {
                    known.extend(added.iter().cloned());
                }
                (Merge::ByKey, Some(Setting::Map(known)), Setting::Map(added)) => {
                    for argument in added {
                        let same = known.iter_mut().find(|it| it.name == argument.name);
                        match same {
                            Some(same) => *same = argument.clone(),
                            None => known.push(argument.clone()),
                        }
                    }
                }
                _ => {
                    self.0.insert(name, setting.clone());
                }
            }
        }
    }

    fn normalize(&mut self) {
        for (name, setting) in &mut self.0 {
            let shape = attribute(name).map(|(_, shape, _)| *shape);
            match (setting, shape) {
                (Setting::List(values), Some(Shape::List)) if *name != "inherits" => {
                    *values = deduplicated(std::mem::take(values), true);
                }
                (Setting::List(values), Some(Shape::Entries(kind))) => {
                    *values = unique_entries(kind, std::mem::take(values));
                }
                (Setting::Map(arguments), _) if *name == "contexts" => {
                    arguments.retain(|it| !it.value.text.is_empty() || is_open(&it.value));
                }
                _ => {}
            }
        }
        if let Some(Setting::Text(network)) = self.0.get("network")
            && network.text == "host"
        {
            let value = Value {
                text: "network.host".to_owned(),
                ..network.clone()
            };
            let granted = self.0.entry("entitlements");
            let granted = granted.or_insert_with(|| Setting::List(Vec::new()));
            if let Setting::List(values) = granted
                && !values.iter().any(|it| it.text == value.text)
            {
                values.push(value);
            }
        }
    }
}

/// Each text once, the first; empty ones dropped where `no_empty` says so.
fn deduplicated(mut values: Vec<Value>, no_empty: bool) -> Vec<Value> {
    let mut seen = HashSet::new();
    values.retain(|value| {
        let is_kept = !no_empty || !value.text.is_empty();
        is_open(value) || (is_kept && seen.insert(value.text.clone()))
    });
    values
}

/// Whether a function that nobody can foresee, such as `timestamp()`, took part: the text says
/// nothing then.
pub(super) fn is_open(value: &Value) -> bool {
    value.variables.iter().any(|it| it.name.ends_with("()"))
}

fn unique_entries(kind: EntryKind, values: Vec<Value>) -> Vec<Value> {
    let mut unique: Vec<Value> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for value in values {
        let key = entries::key(kind, &value.text);
        match index.get(&key).and_then(|at| unique.get_mut(*at)) {
            None => {
                index.insert(key, unique.len());
                unique.push(value);
            }
            Some(known) => {
                if !matches!(kind, EntryKind::Cache | EntryKind::Output) {
                    *known = value;
                }
            }
        }
    }
    unique
}

fn finished(own: &Merged, mut settings: Settings) -> Target {
    let inherits = own.settings.list("inherits").to_vec();
    let mut take = |name: &str| settings.0.remove(name);
    let mut text = |name: &str| match take(name) {
        Some(Setting::Text(value)) => Some(value),
        _ => None,
    };
    let (description, context, dockerfile) =
        (text("description"), text("context"), text("dockerfile"));
    let (dockerfile_inline, target, call) =
        (text("dockerfile-inline"), text("target"), text("call"));
    let (pull, no_cache) = (text("pull"), text("no-cache"));
    let (network, shm_size) = (text("network"), text("shm-size"));
    let mut list = |name: &str| match settings.0.remove(name) {
        Some(Setting::List(values)) => values,
        _ => Vec::new(),
    };
    let (tags, platforms) = (list("tags"), list("platforms"));
    let (annotations, attest) = (list("annotations"), list("attest"));
    let (cache_from, cache_to) = (list("cache-from"), list("cache-to"));
    let (secret, ssh, output) = (list("secret"), list("ssh"), list("output"));
    let (no_cache_filter, ulimits) = (list("no-cache-filter"), list("ulimits"));
    let entitlements = list("entitlements");
    let mut map = |name: &str| match settings.0.remove(name) {
        Some(Setting::Map(arguments)) => arguments,
        _ => Vec::new(),
    };
    let (args, labels, extra_hosts) = (map("args"), map("labels"), map("extra-hosts"));
    let contexts = map("contexts").into_iter().map(|it| NamedContext {
        name: it.name,
        value: it.value,
        location: it.location,
    });
    Target {
        abstract_: own.name.starts_with('_'),
        name: own.name.clone(),
        block: own.block.clone(),
        location: own.location,
        service: own.service.clone(),
        description,
        context,
        dockerfile: dockerfile.filter(|it| !it.text.is_empty() || is_open(it)),
        dockerfile_inline,
        target,
        tags,
        args,
        contexts: contexts.collect(),
        platforms,
        labels,
        inherits,
        annotations,
        attest,
        cache_from,
        cache_to,
        secret,
        ssh,
        output,
        pull,
        no_cache,
        no_cache_filter,
        network,
        shm_size,
        ulimits,
        call,
        entitlements,
        extra_hosts,
    }
}
