//! A path of a tree, and how it is found.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::{EntryId, NodeId, Tree};

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// A path that some layer has.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) parent: u32,
    /// Where its name begins, and how long it is.
    pub(super) name: u32,
    pub(super) length: u16,
    pub(super) is_there: bool,
    /// Whether it is among the children of its parent.
    is_listed: bool,
    pub(super) first_child: u32,
    pub(super) sibling: u32,
    /// Another node whose parent and name have the same hash.
    same_hash: u32,
    /// How many nodes are there in it, itself included.
    pub(super) inside: u32,
    pub(super) entry: Option<EntryId>,
    pub(super) file: Option<EntryId>,
}

impl Tree {
    /// A tree with a root and nothing in it.
    pub(super) fn empty() -> Self {
        let root = Node {
            parent: 0,
            name: 0,
            length: 0,
            is_there: true,
            is_listed: true,
            first_child: NONE,
            sibling: NONE,
            same_hash: NONE,
            inside: 1,
            entry: None,
            file: None,
        };
        Self {
            nodes: vec![root],
            names: String::new(),
            by_hash: HashMap::new(),
            hasher: RandomState::new(),
            shadowed: Vec::new(),
        }
    }

    /// The node of a name in a directory, there or not.
    pub(super) fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        let hash = self.hasher.hash_one((parent.0, name));
        let mut next = self.by_hash.get(&hash).copied();
        while let Some(index) = next {
            let node = self.nodes.get(index as usize)?;
            if node.parent == parent.0 && index != 0 && self.name(NodeId(index)) == name {
                return Some(NodeId(index));
            }
            next = Some(node.same_hash);
        }
        None
    }

    /// The node of a name in a directory, which is made if there never was one.
    pub(super) fn child_or_new(&mut self, parent: NodeId, name: &str) -> NodeId {
        if let Some(node) = self.child(parent, name) {
            return node;
        }
        // The limits of a scan keep both within 32 bits for any image that fits into memory.
        let index = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        let start = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push_str(name);
        let hash = self.hasher.hash_one((parent.0, name));
        let same_hash = self.by_hash.insert(hash, index).unwrap_or(NONE);
        self.nodes.push(Node {
            parent: parent.0,
            name: start,
            length: u16::try_from(name.len()).unwrap_or(u16::MAX),
            is_there: false,
            is_listed: false,
            first_child: NONE,
            sibling: NONE,
            same_hash,
            inside: 0,
            entry: None,
            file: None,
        });
        NodeId(index)
    }

    /// Puts something at a node where nothing is, or changes what is there.
    pub(super) fn put(&mut self, node: NodeId, entry: Option<EntryId>, file: Option<EntryId>) {
        let Some(it) = self.nodes.get_mut(node.index()) else {
            return;
        };
        (it.entry, it.file) = (entry, file);
        if std::mem::replace(&mut it.is_there, true) {
            return;
        }
        let (parent, is_listed) = (it.parent, std::mem::replace(&mut it.is_listed, true));
        if !is_listed && let Some(parent) = self.nodes.get_mut(parent as usize) {
            let sibling = std::mem::replace(&mut parent.first_child, node.0);
            if let Some(it) = self.nodes.get_mut(node.index()) {
                it.sibling = sibling;
            }
        }
        self.count(node, 1, |inside, more| inside + more);
    }

    /// Takes away a node with all that is in it; `gone` is told of every one.
    pub(super) fn remove(&mut self, node: NodeId, gone: &mut dyn FnMut(NodeId, &Node)) {
        self.remove_inside(node, gone);
        if let Some(it) = self.nodes.get_mut(node.index())
            && std::mem::replace(&mut it.is_there, false)
        {
            gone(node, it);
            (it.entry, it.file) = (None, None);
            self.count(node, 1, u32::saturating_sub);
        }
    }

    /// Takes away all that is in a node. Every list of children that is gone through is dropped,
    /// so that all removals together do no more than what was put there.
    pub(super) fn remove_inside(&mut self, node: NodeId, gone: &mut dyn FnMut(NodeId, &Node)) {
        let it = self.nodes.get(node.index());
        let inside = it.map_or(0, |it| it.inside - u32::from(it.is_there));
        if inside == 0 {
            return;
        }
        self.count(node, inside, u32::saturating_sub);
        let mut left = vec![node];
        while let Some(id) = left.pop() {
            let Some(it) = self.nodes.get_mut(id.index()) else {
                continue;
            };
            let mut next = std::mem::replace(&mut it.first_child, NONE);
            while let Some(child) = self.nodes.get_mut(next as usize) {
                let id = NodeId(next);
                next = std::mem::replace(&mut child.sibling, NONE);
                child.is_listed = false;
                if child.inside > 0 {
                    left.push(id);
                }
                if std::mem::replace(&mut child.is_there, false) {
                    gone(id, child);
                }
                (child.entry, child.file, child.inside) = (None, None, 0);
            }
        }
    }

    /// Changes the count of a node and of all directories that it is in.
    fn count(&mut self, node: NodeId, by: u32, change: fn(u32, u32) -> u32) {
        let mut at = node;
        while let Some(it) = self.nodes.get_mut(at.index()) {
            it.inside = change(it.inside, by);
            if at == NodeId::ROOT {
                break;
            }
            at = NodeId(it.parent);
        }
    }
}
