//! Items of lists that are one: the later wins, in the place of the earlier.

use std::collections::HashMap;

use dockwright_syntax::compose::schema::{FILE, Shape, Slot, Unique};

use super::mounts;
use super::node::{Node, NodeKind};

/// Drops repeated items everywhere in a project.
pub(super) fn unify(root: &mut Node) {
    walk(root, Slot::plain(FILE));
}

fn walk(node: &mut Node, slot: Slot) {
    match &mut node.kind {
        NodeKind::Mapping(mapping) => {
            let below = |key: &str| match slot.shape {
                Shape::Any => None,
                shape => Some(shape.child(key)),
            };
            for entry in &mut mapping.entries {
                if let Some(slot) = below(&entry.key.text) {
                    walk(&mut entry.value, slot);
                }
            }
        }
        NodeKind::Sequence(items) if slot.unique != Unique::No => {
            let mut places: HashMap<String, usize> = HashMap::new();
            let mut kept: Vec<Node> = Vec::with_capacity(items.len());
            for item in items.drain(..) {
                let Some(key) = key(&item, slot.unique) else {
                    kept.push(item);
                    continue;
                };
                let at = *places.entry(key).or_insert(kept.len());
                match kept.get_mut(at) {
                    Some(place) => *place = item,
                    None => kept.push(item),
                }
            }
            *items = kept;
        }
        _ => {}
    }
}

/// What an item is known by; absent when it has none and stays.
fn key(item: &Node, unique: Unique) -> Option<String> {
    let field = |key: &str| item.get(key).and_then(Node::text);
    let text = item.text();
    let key = match unique {
        Unique::No => return None,
        Unique::Key => {
            let text = text?;
            text.split_once('=').map_or(text, |(key, _)| key).to_owned()
        }
        Unique::Mount => match text {
            Some(text) => mounts::target(text)?.to_owned(),
            None => field("target")?.to_owned(),
        },
        Unique::Device => match text {
            Some(text) => {
                let mut parts = text.split(':');
                let source = parts.next().unwrap_or_default();
                parts.next().unwrap_or(source).to_owned()
            }
            None => field("target")?.to_owned(),
        },
        Unique::File(directory) => match (text, field("target")) {
            (Some(text), _) => format!("{directory}/{text}"),
            (None, Some(target)) => target.to_owned(),
            (None, None) => format!("{directory}/{}", field("source")?),
        },
        Unique::Port => {
            if let Some(text) = text {
                text.to_owned()
            } else {
                let or = |key, default| field(key).unwrap_or(default);
                let (host, protocol) = (or("host_ip", "0.0.0.0"), or("protocol", "tcp"));
                let (published, target) = (or("published", ""), field("target")?);
                format!("{host}:{published}:{target}/{protocol}")
            }
        }
        Unique::Path => text.or_else(|| field("path"))?.to_owned(),
        Unique::Value => text?.to_owned(),
    };
    Some(key)
}
