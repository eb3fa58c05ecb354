//! The files of an image: what its layers come to, one laid over the other.

mod merge;
mod node;

use std::collections::HashMap;
use std::hash::RandomState;

use crate::layer::{Entry, Kind, Layer};

pub(crate) use merge::merge;
use node::{NONE, Node};

/// Names an entry: a layer, lowest first, and the place in its list of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// The layer's index.
    pub layer: u16,
    /// The entry's index in the layer.
    pub index: u32,
}

impl EntryId {
    /// The entry, in the layers that the tree is made of.
    pub fn of(self, layers: &[Layer]) -> Option<&Entry> {
        layers
            .get(usize::from(self.layer))?
            .entries
            .get(self.index as usize)
    }
}

/// Names a path that some layer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The image's root directory.
    pub const ROOT: Self = Self(0);

    /// Its place among all nodes, for lists with a value for each: see [`Tree::size`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Why a file that a layer ships is not there in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A layer has another at its path.
    Overwritten,
    /// A layer deletes it, or a directory that it is in.
    Deleted,
}

/// A file that a layer ships and that is not there in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shadowed {
    /// The file.
    pub entry: EntryId,
    /// The layer that hides it.
    pub by: u16,
    /// How.
    pub fate: Fate,
}

/// The files of an image.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    /// All names, one after the other.
    names: String,
    /// The first node whose parent and name have a hash; others follow by `Node::same_hash`.
    by_hash: HashMap<u64, u32>,
    hasher: RandomState,
    /// Files that layers ship and that are not there in the end, in the order of their entries.
    /// A file with another name that is still there is not among them.
    pub shadowed: Vec<Shadowed>,
}

impl Tree {
    /// How many nodes there are, those that are gone included.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// The node at a path, if something is there; links are not followed.
    pub fn get(&self, path: &str) -> Option<NodeId> {
        let mut node = NodeId::ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            node = self.child(node, name).filter(|node| self.is_there(*node))?;
        }
        Some(node)
    }

    /// The node that a path leads to when links are followed as in a container.
    pub fn follow(&self, layers: &[Layer], path: &str) -> Option<NodeId> {
        merge::follow(self, layers, path)
    }

    /// The node at a path whose directories may be links; the last part is not followed.
    pub fn find(&self, layers: &[Layer], path: &str) -> Option<NodeId> {
        merge::find(self, layers, path)
    }

    /// The path of a node, without a slash at either end.
    pub fn path(&self, node: NodeId) -> String {
        let mut names = Vec::new();
        let mut at = node;
        while at != NodeId::ROOT {
            names.push(self.name(at));
            at = self.parent(at);
        }
        names.reverse();
        names.join("/")
    }

    /// The last part of a node's path.
    pub fn name(&self, node: NodeId) -> &str {
        let Some(node) = self.nodes.get(node.index()) else {
            return "";
        };
        let start = node.name as usize;
        self.names
            .get(start..start + usize::from(node.length))
            .unwrap_or_default()
    }

    /// The directory that a node is in; the root is in itself.
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.nodes
            .get(node.index())
            .map_or(NodeId::ROOT, |node| NodeId(node.parent))
    }

    /// Whether it is in the image in the end.
    pub fn is_there(&self, node: NodeId) -> bool {
        self.nodes
            .get(node.index())
            .is_some_and(|node| node.is_there)
    }

    /// The entry that put it there. A directory that layers only mention in paths has none.
    pub fn entry(&self, node: NodeId) -> Option<EntryId> {
        self.nodes.get(node.index())?.entry
    }

    /// The entry that has a file's contents: that of the node, unless it is a hard link.
    pub fn file(&self, node: NodeId) -> Option<EntryId> {
        self.nodes.get(node.index())?.file
    }

    /// What it is: a hard link is a file.
    pub fn kind(&self, layers: &[Layer], node: NodeId) -> Kind {
        let entry = self.file(node).or_else(|| self.entry(node));
        let entry = entry.and_then(|entry| entry.of(layers));
        entry.map_or(Kind::Directory, |entry| entry.kind)
    }

    /// What is in a directory, by name.
    pub fn children(&self, node: NodeId) -> Vec<NodeId> {
        let first = self
            .nodes
            .get(node.index())
            .map_or(NONE, |node| node.first_child);
        let mut children = Vec::new();
        let mut next = first;
        while let Some(node) = self.nodes.get(next as usize) {
            if node.is_there {
                children.push(NodeId(next));
            }
            next = node.sibling;
        }
        children.sort_unstable_by(|a, b| self.name(*a).cmp(self.name(*b)));
        children
    }

    /// All that is in the image, each directory before what is in it, by name.
    pub fn walk(&self) -> impl Iterator<Item = NodeId> {
        let mut left = vec![NodeId::ROOT];
        std::iter::from_fn(move || {
            let node = left.pop()?;
            let mut children = self.children(node);
            children.reverse();
            left.append(&mut children);
            Some(node)
        })
    }

    /// All that is in the image, in no order that means anything.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let there = self.nodes.iter().zip(0..).filter(|(node, _)| node.is_there);
        there.map(|(_, index)| NodeId(index))
    }
}
