//! Laying layers over one another, as engines do when they unpack them.
//!
//! Source: the OCI image specification, "Image Layer Filesystem Changeset". What it leaves open –
//! links in the middle of a path, directories that nobody lists – is done as containerd does it.

use std::collections::HashMap;

use super::node::Node;
use super::{EntryId, Fate, NodeId, Shadowed, Tree};
use crate::ImageError;
use crate::layer::{Entry, Kind, Layer};
use crate::limits::{MAX_LINKS, MAX_PATH};

/// What layers come to, the lowest first.
pub(crate) fn merge(layers: &[Layer]) -> Result<Tree, ImageError> {
    let mut merge = Merge {
        layers,
        tree: Tree::empty(),
        names: layers
            .iter()
            .map(|layer| vec![0; layer.entries.len()])
            .collect(),
        fates: HashMap::new(),
        deleted: HashMap::new(),
        folder: None,
    };
    for (layer, number) in layers.iter().zip(0..) {
        merge
            .layer(layer, number)
            .map_err(|error| error.of(format!("layer {}", number + 1)))?;
    }
    Ok(merge.done())
}

struct Merge<'a> {
    layers: &'a [Layer],
    tree: Tree,
    /// For each entry of each layer, how many names its file has in the tree.
    names: Vec<Vec<u32>>,
    /// What last happened to a file that lost a name.
    fates: HashMap<EntryId, (u16, Fate)>,
    /// Files that the current layer deletes: it may still link to them.
    deleted: HashMap<NodeId, EntryId>,
    /// The last directory that was found, by the path that led to it.
    folder: Option<(String, NodeId)>,
}

impl<'a> Merge<'a> {
    fn layer(&mut self, layer: &'a Layer, number: u16) -> Result<(), ImageError> {
        self.deleted.clear();
        // Wherever they stand, deletions are of what lower layers have.
        for entry in layer
            .entries
            .iter()
            .filter(|entry| entry.kind.is_deletion())
        {
            self.delete(layer.path(entry), entry.kind, number);
        }
        for (entry, index) in layer.entries.iter().zip(0..) {
            if !entry.kind.is_deletion() {
                let id = EntryId {
                    layer: number,
                    index,
                };
                let path = layer.path(entry);
                let added = self.add(id, entry, path);
                added.map_err(|what| ImageError::broken(format!("`{path}`: {what}")))?;
            }
        }
        Ok(())
    }

    fn delete(&mut self, path: &str, kind: Kind, by: u16) {
        let Some(node) = find(&self.tree, self.layers, path) else {
            return;
        };
        let deleted = match kind {
            Kind::Opaque => self.remove(node, Removed::Inside, by),
            _ => self.remove(node, Removed::Deleted, by),
        };
        self.deleted.extend(deleted);
    }

    fn add(&mut self, id: EntryId, entry: &Entry, path: &str) -> Result<(), String> {
        if path.is_empty() {
            self.tree.put(NodeId::ROOT, Some(id), None);
            return Ok(());
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = self.folder(folder)?;
        let node = self.tree.child_or_new(folder, name);
        let file = match entry.kind {
            Kind::File => Some(id),
            Kind::HardLink => Some(self.linked(id)?),
            _ => None,
        };
        if self.tree.is_there(node) {
            // A file that becomes another name of itself stays as it is.
            if entry.kind == Kind::HardLink && self.tree.file(node) == file {
                return Ok(());
            }
            let is_directory = self.tree.kind(self.layers, node) == Kind::Directory;
            if !(is_directory && entry.kind == Kind::Directory) {
                self.remove(node, Removed::Overwritten, id.layer);
            }
        }
        self.tree.put(node, Some(id), file);
        if let Some(count) = file.and_then(|file| self.names_of(file)) {
            *count += 1;
        }
        Ok(())
    }

    /// The directory at a path. Those that are missing are made.
    fn folder(&mut self, path: &str) -> Result<NodeId, String> {
        if let Some((last, node)) = &self.folder
            && last == path
        {
            return Ok(*node);
        }
        let mut walk = Walk::new(path);
        while let Some(name) = walk.next() {
            match walk.step(&self.tree, self.layers, name)? {
                Step::At(node) => {
                    if self.tree.kind(self.layers, node) != Kind::Directory {
                        let path = self.tree.path(node);
                        return Err(format!("`{path}` is no directory"));
                    }
                    walk.at = node;
                }
                Step::Turned => {}
                Step::Missing => {
                    let node = self.tree.child_or_new(walk.at, name);
                    self.tree.put(node, None, None);
                    walk.at = node;
                }
            }
        }
        self.folder = Some((path.to_owned(), walk.at));
        Ok(walk.at)
    }

    /// The file that a hard link is another name of.
    fn linked(&self, id: EntryId) -> Result<EntryId, String> {
        let layer = self.layers.get(usize::from(id.layer));
        let entry = id.of(self.layers);
        let target = layer
            .zip(entry)
            .map_or("", |(layer, entry)| layer.link(entry));
        let node = find(&self.tree, self.layers, target);
        let file = node.and_then(|node| self.tree.file(node));
        let file = file.or_else(|| {
            let (folder, name) = target.rsplit_once('/').unwrap_or(("", target));
            let folder = follow(&self.tree, self.layers, folder)?;
            self.deleted.get(&self.tree.child(folder, name)?).copied()
        });
        // Other things than files can have several names too; they have no contents to count.
        let other = || node.and_then(|node| self.tree.entry(node));
        let linked = file.or_else(other);
        linked.ok_or_else(|| format!("it is a hard link to `{target}`, which is not there"))
    }

    /// Takes away a node or what is in it, and gives the files that were there.
    fn remove(&mut self, node: NodeId, what: Removed, by: u16) -> Vec<(NodeId, EntryId)> {
        self.folder = None;
        let mut files = Vec::new();
        let mut gone = |id, it: &Node| files.extend(it.file.map(|file| (id, file)));
        match what {
            Removed::Inside => self.tree.remove_inside(node, &mut gone),
            _ => self.tree.remove(node, &mut gone),
        }
        for (id, file) in &files {
            if let Some(count) = self.names_of(*file) {
                *count = count.saturating_sub(1);
            }
            let is_overwritten = *id == node && what == Removed::Overwritten;
            let fate = if is_overwritten {
                Fate::Overwritten
            } else {
                Fate::Deleted
            };
            self.fates.insert(*file, (by, fate));
        }
        files
    }

    fn names_of(&mut self, file: EntryId) -> Option<&mut u32> {
        self.names
            .get_mut(usize::from(file.layer))?
            .get_mut(file.index as usize)
    }

    fn done(mut self) -> Tree {
        let gone = self.fates.iter().filter(|(file, _)| {
            let counts = self.names.get(usize::from(file.layer));
            counts.and_then(|counts| counts.get(file.index as usize)) == Some(&0)
        });
        let mut shadowed: Vec<Shadowed> = gone
            .map(|(entry, (by, fate))| Shadowed {
                entry: *entry,
                by: *by,
                fate: *fate,
            })
            .collect();
        shadowed.sort_unstable_by_key(|one| one.entry);
        self.tree.shadowed = shadowed;
        self.tree
    }
}

/// What is taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removed {
    /// A node, for another at its path.
    Overwritten,
    /// A node.
    Deleted,
    /// What is in a node.
    Inside,
}

/// The node at a path whose directories may be links; the last part is not followed.
pub(super) fn find(tree: &Tree, layers: &[Layer], path: &str) -> Option<NodeId> {
    let Some((folder, name)) = path.rsplit_once('/') else {
        return tree.get(path);
    };
    let folder = follow(tree, layers, folder)?;
    tree.child(folder, name).filter(|node| tree.is_there(*node))
}

/// The node at a path, with all links followed.
pub(super) fn follow<'a>(tree: &Tree, layers: &'a [Layer], path: &'a str) -> Option<NodeId> {
    let mut walk = Walk::new(path);
    while let Some(name) = walk.next() {
        match walk.step(tree, layers, name).ok()? {
            Step::At(node) => walk.at = node,
            Step::Turned => {}
            Step::Missing => return None,
        }
    }
    Some(walk.at)
}

/// A walk along a path.
struct Walk<'a> {
    at: NodeId,
    /// What is still to go, the next part last.
    left: Vec<&'a str>,
    links: usize,
    steps: usize,
}

enum Step {
    /// To a node that is no link.
    At(NodeId),
    /// Up, or along a link.
    Turned,
    /// There is nothing.
    Missing,
}

impl<'a> Walk<'a> {
    fn new(path: &'a str) -> Self {
        Self {
            at: NodeId::ROOT,
            left: path.split('/').rev().collect(),
            links: 0,
            steps: 0,
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let name = self.left.pop()?;
            if !matches!(name, "" | ".") {
                return Some(name);
            }
        }
    }

    /// What a name leads to. The root is above itself, so that no link leads out of the image.
    fn step(&mut self, tree: &Tree, layers: &'a [Layer], name: &str) -> Result<Step, String> {
        self.steps += 1;
        if self.steps > MAX_PATH {
            return Err("its path is too long".to_owned());
        }
        if name == ".." {
            self.at = tree.parent(self.at);
            return Ok(Step::Turned);
        }
        let node = tree
            .child(self.at, name)
            .filter(|node| tree.is_there(*node));
        let Some(node) = node else {
            return Ok(Step::Missing);
        };
        let id = tree.file(node).or_else(|| tree.entry(node));
        let layer = id.and_then(|id| layers.get(usize::from(id.layer)));
        let entry = id.and_then(|id| id.of(layers));
        let Some((layer, entry)) = layer.zip(entry) else {
            return Ok(Step::At(node));
        };
        if entry.kind != Kind::SymbolicLink {
            return Ok(Step::At(node));
        }
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err("its path has too many links".to_owned());
        }
        let target = layer.link(entry);
        if target.starts_with('/') {
            self.at = NodeId::ROOT;
        }
        self.left.extend(target.split('/').rev());
        Ok(Step::Turned)
    }
}
