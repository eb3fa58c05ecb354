//! A tree held in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::{Entry, EntryKind, ReadError, Tree, find, links};
use crate::TreePath;

/// Files held in memory, such as those of a test.
///
/// Every method that names a path leaves out one that is not inside the tree.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    nodes: BTreeMap<TreePath, Node>,
    entries: OnceLock<Vec<Entry>>,
    /// What each commit touched, the latest first.
    history: Vec<Vec<TreePath>>,
}

#[derive(Clone, Debug)]
struct Node {
    kind: EntryKind,
    bytes: Arc<[u8]>,
    executable: bool,
    ignored: bool,
}

impl MemoryTree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces what is there.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.put(path, EntryKind::File, bytes.as_ref())
    }

    /// Adds a link with its target as written.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.put(path, EntryKind::Link(target.to_owned()), b"")
    }

    /// Adds a directory, which may stay empty. Those of files are there by themselves.
    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        self.put(path, EntryKind::Directory, b"")
    }

    /// Lets the owner execute the file at `path`.
    #[must_use]
    pub fn executable(self, path: &str) -> Self {
        self.change(path, |node| node.executable = true)
    }

    /// Marks what is at `path` as ignored by git.
    #[must_use]
    pub fn ignored(self, path: &str) -> Self {
        self.change(path, |node| node.ignored = true)
    }

    /// Adds a commit that touched a path, before all that are there.
    #[must_use]
    pub fn commit(mut self, path: &str) -> Self {
        self.history.push(TreePath::new(path).into_iter().collect());
        self
    }

    fn put(mut self, path: &str, kind: EntryKind, bytes: &[u8]) -> Self {
        let Some(path) = TreePath::new(path).filter(|path| !path.is_root()) else {
            return self;
        };
        let mut above = path.parent();
        while let Some(directory) = above.filter(|directory| !directory.is_root()) {
            above = directory.parent();
            let node = Node::new(EntryKind::Directory, b"");
            self.nodes.entry(directory).or_insert(node);
        }
        self.nodes.insert(path, Node::new(kind, bytes));
        self.entries = OnceLock::new();
        self
    }

    fn change(mut self, path: &str, change: impl FnOnce(&mut Node)) -> Self {
        if let Some(node) = TreePath::new(path).and_then(|path| self.nodes.get_mut(&path)) {
            change(node);
        }
        self.entries = OnceLock::new();
        self
    }

    fn is_below_ignored(&self, path: &TreePath) -> bool {
        std::iter::successors(path.parent(), TreePath::parent)
            .any(|above| self.nodes.get(&above).is_some_and(|node| node.ignored))
    }

    fn described(&self, path: &TreePath, node: &Node) -> Entry {
        Entry {
            path: path.clone(),
            kind: node.kind.clone(),
            size: node.bytes.len() as u64,
            executable: node.executable,
            ignored: node.ignored || self.is_below_ignored(path),
        }
    }
}

impl Node {
    fn new(kind: EntryKind, bytes: &[u8]) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
            executable: false,
            ignored: false,
        }
    }
}

impl<P: AsRef<str>, B: AsRef<[u8]>> FromIterator<(P, B)> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let files = files.into_iter();
        files.fold(Self::new(), |tree, (path, bytes)| {
            tree.file(path.as_ref(), bytes)
        })
    }
}

impl<P: AsRef<str>, B: AsRef<[u8]>, const N: usize> From<[(P, B); N]> for MemoryTree {
    fn from(files: [(P, B); N]) -> Self {
        files.into_iter().collect()
    }
}

impl Tree for MemoryTree {
    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| {
            let nodes = self.nodes.iter();
            nodes
                .filter(|(path, _)| !self.is_below_ignored(path))
                .map(|(path, node)| self.described(path, node))
                .collect()
        })
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError> {
        let kind = |path: &TreePath| self.nodes.get(path).map(|node| node.kind.clone());
        let path = links::resolve(path, kind)?;
        let node = self.nodes.get(&path).ok_or(ReadError::Missing)?;
        match node.kind {
            EntryKind::File => Ok(Arc::clone(&node.bytes)),
            _ => Err(ReadError::NotAFile),
        }
    }

    fn list(&self, directory: &TreePath) -> Vec<Entry> {
        let nodes = self.nodes.iter();
        nodes
            .filter(|(path, _)| path.parent().as_ref() == Some(directory))
            .map(|(path, node)| self.described(path, node))
            .collect()
    }

    fn entry(&self, path: &TreePath) -> Option<Entry> {
        if let Some(entry) = find(self.entries(), path) {
            return Some(entry.clone());
        }
        let node = self.nodes.get(path)?;
        Some(self.described(path, node))
    }

    fn history(&self, commits: usize) -> Vec<Vec<TreePath>> {
        self.history.iter().take(commits).cloned().collect()
    }
}
