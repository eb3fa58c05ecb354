//! How a later file meets an earlier one.

use std::collections::{HashMap, HashSet};

use dockwright_syntax::compose::schema::{Merge, Shape, Slot};
use dockwright_syntax::yaml::ScalarType;

use super::node::{Entry, Mapping, Name, Node, NodeKind};
use super::problem::Problem;

/// More pairs of address pools than this are not compared.
const POOL_LIMIT: usize = 10_000;

/// Lays `over` on `base`, which stand at the same place of a project.
pub(super) fn merge(base: Node, over: Node, slot: Slot, problems: &mut Vec<Problem>) -> Node {
    match slot.merge {
        Merge::Deep => deep(base, over, slot.shape, problems),
        Merge::Replace => over,
        Merge::Pairs if *slot.shape == Shape::Pairs => {
            mappings(pairs(base), pairs(over), &mut |_, over, _| over, slot.shape)
        }
        Merge::Pairs => append(words(base), words(over)),
        Merge::ExtraHosts => {
            let base = words(base);
            let mut over = words(over);
            if let NodeKind::Sequence(items) = &mut over.kind {
                let known: HashSet<_> = base.items().iter().map(Node::text).collect();
                items.retain(|item| !known.contains(&item.text()));
            }
            append(base, over)
        }
        Merge::Build => merge_mappings(build(base), build(over), slot.shape, problems),
        Merge::DependsOn => {
            let (base, over) = (dependencies(base), dependencies(over));
            merge_mappings(base, over, slot.shape, problems)
        }
        Merge::Names => {
            let (base, over) = (names(base), names(over));
            merge_mappings(base, over, slot.shape, problems)
        }
        Merge::Logging => {
            let driver = |node: &Node| node.get("driver").and_then(Node::text).map(str::to_owned);
            match (driver(&base), driver(&over)) {
                (Some(a), Some(b)) if a != b => over,
                _ => merge_mappings(base, over, slot.shape, problems),
            }
        }
        Merge::Ulimits => mappings(base, over, &mut |_, over, _| over, slot.shape),
        Merge::Ipam => by_subnet(base, over, slot.shape, problems),
    }
}

fn deep(base: Node, over: Node, shape: &'static Shape, problems: &mut Vec<Problem>) -> Node {
    if over.is_null() {
        return base;
    }
    match (&base.kind, &over.kind) {
        (NodeKind::Mapping(_), NodeKind::Mapping(_)) => merge_mappings(base, over, shape, problems),
        (NodeKind::Sequence(_), NodeKind::Sequence(_)) => append(base, over),
        (NodeKind::Scalar(_), _) => over,
        (NodeKind::Mapping(_), _) => {
            problems.push(Problem::refused(
                over.location,
                "this cannot be laid over the mapping of an earlier file",
            ));
            base
        }
        (NodeKind::Sequence(_), _) => {
            problems.push(Problem::refused(
                over.location,
                "this cannot be laid over the list of an earlier file",
            ));
            base
        }
    }
}

fn merge_mappings(
    base: Node,
    over: Node,
    shape: &'static Shape,
    problems: &mut Vec<Problem>,
) -> Node {
    let mut one = |base, over, slot| merge(base, over, slot, problems);
    mappings(base, over, &mut one, shape)
}

/// Joins two mappings; `one` decides where both have a key.
fn mappings(
    base: Node,
    over: Node,
    one: &mut dyn FnMut(Node, Node, Slot) -> Node,
    shape: &'static Shape,
) -> Node {
    let (location, directory) = (over.location, over.directory.clone());
    let (base, over) = match (base.kind, over.kind) {
        (NodeKind::Mapping(base), NodeKind::Mapping(over)) => (base, over),
        (NodeKind::Mapping(base), _) => (base, Mapping::default()),
        (_, over) => {
            return Node {
                location,
                directory,
                kind: over,
            };
        }
    };
    let mut entries: Vec<Option<Entry>> = base.entries.into_iter().map(Some).collect();
    let places: HashMap<_, _> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| Some((entry.as_ref()?.key.text.clone(), at)))
        .collect();
    for entry in over.entries {
        let slot = places
            .get(&entry.key.text)
            .and_then(|at| entries.get_mut(*at));
        match slot {
            Some(place) => {
                let merged = match place.take() {
                    Some(base) => {
                        let child = shape.child(&entry.key.text);
                        Entry {
                            value: one(base.value, entry.value, child),
                            key: entry.key,
                        }
                    }
                    None => entry,
                };
                *place = Some(merged);
            }
            None => entries.push(Some(entry)),
        }
    }
    Node {
        location,
        directory,
        kind: NodeKind::Mapping(Mapping {
            entries: entries.into_iter().flatten().collect(),
        }),
    }
}

fn append(base: Node, over: Node) -> Node {
    let (location, directory) = (over.location, over.directory.clone());
    let mut items = into_items(base);
    items.extend(into_items(over));
    Node {
        location,
        directory,
        kind: NodeKind::Sequence(items),
    }
}

fn into_items(node: Node) -> Vec<Node> {
    match node.kind {
        NodeKind::Sequence(items) => items,
        _ => Vec::new(),
    }
}

/// A list of `KEY=VALUE` as a mapping; a key without value has null. A later key wins.
pub(super) fn pairs(node: Node) -> Node {
    let NodeKind::Sequence(items) = &node.kind else {
        return match node.kind {
            NodeKind::Mapping(_) => node,
            _ => node.with(NodeKind::Mapping(Mapping::default())),
        };
    };
    let mut mapping = Mapping::default();
    let mut places = HashMap::new();
    for item in items {
        let NodeKind::Scalar(scalar) = &item.kind else {
            continue;
        };
        let text = &scalar.value.text;
        let (key, value) = match text.find('=') {
            Some(at) => (0..at, item.with_scalar(scalar.slice(at + 1..text.len()))),
            None => (0..text.len(), item.implied("", ScalarType::Null)),
        };
        let key = Name {
            text: text.get(key.clone()).unwrap_or_default().into(),
            location: scalar.locate(key),
        };
        let at = *places
            .entry(key.text.clone())
            .or_insert(mapping.entries.len());
        let entry = Entry { key, value };
        match mapping.entries.get_mut(at) {
            Some(place) => *place = entry,
            None => mapping.entries.push(entry),
        }
    }
    node.with(NodeKind::Mapping(mapping))
}

/// A word or a mapping as a list.
fn words(node: Node) -> Node {
    match &node.kind {
        NodeKind::Sequence(_) => node,
        NodeKind::Scalar(_) if node.is_null() => node.with(NodeKind::Sequence(Vec::new())),
        NodeKind::Scalar(_) => {
            let list = node.clone();
            list.with(NodeKind::Sequence(vec![node]))
        }
        NodeKind::Mapping(mapping) => {
            let mut items: Vec<Node> = mapping.entries.iter().flat_map(joined).collect();
            items.sort_by(|a, b| a.text().cmp(&b.text()));
            node.with(NodeKind::Sequence(items))
        }
    }
}

/// An entry as `KEY=VALUE`, once for each value of a list.
fn joined(entry: &Entry) -> Vec<Node> {
    let values = match &entry.value.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        _ => vec![&entry.value],
    };
    let key = &entry.key.text;
    let join = |value: &Node| {
        let text = match value.value() {
            Some(value) => format!("{key}={}", value.text),
            None => key.to_string(),
        };
        let mut node = value.implied(&text, ScalarType::Text);
        if let (NodeKind::Scalar(scalar), Some(value)) = (&mut node.kind, value.value()) {
            scalar.value.variables.clone_from(&value.variables);
        }
        node
    };
    values.into_iter().map(join).collect()
}

/// The short form of a build is its context.
pub(super) fn build(node: Node) -> Node {
    if node.text().is_none() {
        return node;
    }
    let key = node.name("context");
    node.clone().with(NodeKind::Mapping(Mapping {
        entries: vec![Entry { key, value: node }],
    }))
}

/// A list of names as a mapping; `value` makes what stands under each.
fn named(node: Node, value: fn(&Node) -> Node) -> Node {
    let NodeKind::Sequence(items) = &node.kind else {
        return node;
    };
    let mut seen = HashSet::new();
    let mut mapping = Mapping::default();
    for item in items {
        if let Some(text) = item.text().filter(|text| seen.insert(*text)) {
            let (key, value) = (item.name(text), value(item));
            mapping.entries.push(Entry { key, value });
        }
    }
    node.with(NodeKind::Mapping(mapping))
}

/// A list of services as a mapping to default conditions.
pub(super) fn dependencies(node: Node) -> Node {
    named(node, |item| {
        let mut condition = item.implied("service_started", ScalarType::Text);
        // The name itself has no place for them.
        if let (NodeKind::Scalar(scalar), Some(name)) = (&mut condition.kind, item.value()) {
            scalar.value.variables.clone_from(&name.variables);
        }
        let mapping = Mapping {
            entries: vec![
                Entry {
                    key: item.name("condition"),
                    value: condition,
                },
                Entry {
                    key: item.name("required"),
                    value: item.implied("true", ScalarType::Bool(true)),
                },
            ],
        };
        item.with(NodeKind::Mapping(mapping))
    })
}

/// A list of names as a mapping without values.
pub(super) fn names(node: Node) -> Node {
    named(node, |item| item.implied("", ScalarType::Null))
}

/// Address pools of a network: those of the same subnet are one.
fn by_subnet(base: Node, over: Node, shape: &'static Shape, problems: &mut Vec<Problem>) -> Node {
    let subnet = |node: &Node| node.get("subnet").and_then(Node::text).map(str::to_owned);
    let shell = over.with(NodeKind::Sequence(Vec::new()));
    let originals = into_items(base);
    let overrides = into_items(over);
    if originals.len() * overrides.len() > POOL_LIMIT {
        let message = "these are too many address pools to merge";
        problems.push(Problem::unsupported(shell.location, message));
        return shell.with(NodeKind::Sequence(overrides));
    }
    let mut pools: Vec<Node> = Vec::new();
    for original in originals {
        for other in &overrides {
            let known = pools.iter().any(|pool| subnet(pool) == subnet(other));
            if subnet(other) != subnet(&original) && !known {
                pools.push(other.clone());
                continue;
            }
            let merged = merge_mappings(original.clone(), other.clone(), shape.item(), problems);
            match pools
                .iter_mut()
                .find(|pool| subnet(pool) == subnet(&merged))
            {
                Some(pool) => *pool = merged,
                None => pools.push(merged),
            }
        }
    }
    shell.with(NodeKind::Sequence(pools))
}
