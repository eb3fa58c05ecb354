//! All packages of an image, and which file is of which.

use std::collections::{HashMap, HashSet};

use super::{Package, apk, dpkg, python};
use crate::PackageKind;
use crate::contents::Kept;
use crate::layer::{Kind, Layer};
use crate::tree::{EntryId, NodeId, Tree};

/// No package.
const NOBODY: u32 = u32::MAX;

/// All packages of an image.
#[derive(Debug, Default)]
pub struct Packages {
    /// The packages, by kind and name.
    pub all: Vec<Package>,
    /// For each node of the tree, the package whose file it is.
    owners: Vec<u32>,
}

impl Packages {
    /// The package that a file is of: its index in [`Packages::all`]. A file of the distribution
    /// is of the distribution's package, whatever is written in it.
    pub fn owner(&self, node: NodeId) -> Option<usize> {
        let owner = self.owners.get(node.index()).copied();
        owner
            .filter(|owner| *owner != NOBODY)
            .map(|owner| owner as usize)
    }

    /// The packages that an image's files tell of.
    pub(crate) fn of(layers: &[Layer], tree: &Tree) -> Self {
        let mut files: HashMap<&str, &[u8]> = HashMap::new();
        let mut all = Vec::new();
        let mut states = None;
        for (layer, number) in layers.iter().zip(0..) {
            for (index, kept) in &layer.kept {
                let id = EntryId {
                    layer: number,
                    index: *index,
                };
                let Some(entry) = id.of(layers) else {
                    continue;
                };
                let path = layer.path(entry);
                let is_there = tree
                    .find(layers, path)
                    .is_some_and(|node| tree.file(node) == Some(id));
                match kept {
                    _ if !is_there => {}
                    Kept::Whole(bytes) => {
                        files.insert(path, bytes);
                        if path == dpkg::STATES {
                            states = Some(number);
                        }
                    }
                    Kept::Packages(packages) => all.extend(packages.iter().cloned()),
                }
            }
        }
        all.extend(dpkg::packages(&files));
        all.extend(apk::packages(&files));
        for package in all.iter_mut().filter(|it| it.kind == PackageKind::Python) {
            package.listed = python::listed(&package.location, &files);
        }
        all.sort_by(|a, b| {
            (a.kind, &a.name, &a.version, &a.location).cmp(&(
                b.kind,
                &b.name,
                &b.version,
                &b.location,
            ))
        });
        let mut placing = Placing {
            layers,
            tree,
            owners: vec![NOBODY; tree.size()],
            of_system: all.iter().map(|it| u32::from(it.kind.is_system())).sum(),
            counted: HashSet::new(),
        };
        // Those of the distribution first, and before all that is in a program the program itself.
        let mut order: Vec<usize> = (0..all.len()).collect();
        let key = |package: &Package| (!package.kind.is_system(), !package.is_main);
        order.sort_by_key(|index| all.get(*index).map(key));
        for index in order {
            let Some(package) = all.get_mut(index) else {
                continue;
            };
            placing.place(package, u32::try_from(index).unwrap_or(NOBODY));
            // Where apt's folder is a cache of the build, what it noted is not in the image.
            if package.kind == PackageKind::Deb && package.layer > states {
                package.is_automatic = None;
            }
        }
        Self {
            all,
            owners: placing.owners,
        }
    }
}

/// Finds the files of packages in the tree.
struct Placing<'a> {
    layers: &'a [Layer],
    tree: &'a Tree,
    owners: Vec<u32>,
    /// How many packages are the distribution's: they come first.
    of_system: u32,
    /// Files whose bytes some package has already.
    counted: HashSet<EntryId>,
}

impl Placing<'_> {
    fn place(&mut self, package: &mut Package, index: u32) {
        let location = self.tree.find(self.layers, &package.location);
        let told_by = location
            .and_then(|node| self.tree.file(node))
            .map(|file| file.layer);
        if !package.kind.is_system() {
            package.layer = told_by;
            let owner = location
                .and_then(|node| self.owners.get(node.index()))
                .copied();
            if let Some(owner) = owner.filter(|owner| *owner != NOBODY) {
                let is_of_system = owner < self.of_system;
                package.within = is_of_system.then_some(owner as usize);
                return;
            }
        }
        let nodes = match package.kind {
            PackageKind::Node => location
                .map(|node| self.below(self.tree.parent(node)))
                .unwrap_or_default(),
            PackageKind::Go | PackageKind::Rust | PackageKind::Java => {
                location.into_iter().collect()
            }
            _ => {
                let listed = std::mem::take(&mut package.listed);
                listed
                    .iter()
                    .filter_map(|path| self.tree.find(self.layers, path))
                    .collect()
            }
        };
        let mut by_layer: HashMap<u16, usize> = HashMap::new();
        for node in nodes {
            if self.tree.kind(self.layers, node) == Kind::Directory {
                continue;
            }
            let Some(owner) = self
                .owners
                .get_mut(node.index())
                .filter(|owner| **owner == NOBODY)
            else {
                continue;
            };
            *owner = index;
            package.files.push(node);
            let entry = self.tree.entry(node);
            *by_layer
                .entry(entry.map_or(0, |entry| entry.layer))
                .or_default() += 1;
            if let Some(file) = self.tree.file(node)
                && self.counted.insert(file)
            {
                package.bytes += file.of(self.layers).map_or(0, |entry| entry.size);
            }
        }
        if package.kind.is_system() {
            // A file may be changed later; most stay where the package was unpacked.
            let most = by_layer
                .into_iter()
                .max_by_key(|(layer, count)| (*count, *layer));
            package.layer = most.map(|(layer, _)| layer).or(told_by);
        }
    }

    /// All that is below a directory but packages in it.
    fn below(&self, directory: NodeId) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        let mut left = vec![directory];
        while let Some(node) = left.pop() {
            for child in self.tree.children(node) {
                if self.tree.name(child) == "node_modules" {
                    continue;
                }
                nodes.push(child);
                left.push(child);
            }
        }
        nodes
    }
}
