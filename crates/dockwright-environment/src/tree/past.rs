//! A working tree as it was.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Entry, EntryKind, GitTree, ReadError, Tree, TreeProblem, find, links};
use crate::TreePath;

/// A working tree as it was at a revision: what git knows is that of the revision, and what git
/// ignores is as it is now. What compares the two finds no difference that git could not tell.
pub struct PastTree {
    now: Arc<dyn Tree>,
    revision: GitTree,
    entries: Vec<Entry>,
}

impl PastTree {
    /// The tree `now` as it was at a revision of its repository.
    pub fn new(now: Arc<dyn Tree>, revision: GitTree) -> Self {
        let mut entries: BTreeMap<TreePath, Entry> = BTreeMap::new();
        for entry in revision.entries() {
            entries.insert(entry.path.clone(), entry.clone());
        }
        // Sorted, so a directory comes before what is in it.
        for entry in now.entries().iter().filter(|entry| entry.ignored) {
            let is_directory = |path: TreePath| {
                let above = entries.get(&path).map(|above| &above.kind);
                path.is_root() || above == Some(&EntryKind::Directory)
            };
            if entry.path.parent().is_some_and(is_directory) {
                let known = entries.entry(entry.path.clone());
                known.or_insert_with(|| entry.clone());
            }
        }
        Self {
            now,
            revision,
            entries: entries.into_values().collect(),
        }
    }

    /// Whether the path lies in a directory that git ignores, and that was not entered.
    fn is_in_ignored(&self, path: &TreePath) -> bool {
        std::iter::successors(path.parent(), TreePath::parent)
            .find_map(|above| find(&self.entries, &above))
            .is_some_and(|above| above.ignored && above.kind == EntryKind::Directory)
    }
}

impl fmt::Debug for PastTree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PastTree")
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Tree for PastTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError> {
        let path = links::resolve(path, |path| self.entry(path).map(|entry| entry.kind))?;
        let entry = self.entry(&path).ok_or(ReadError::Missing)?;
        if entry.ignored {
            self.now.read(&path)
        } else {
            self.revision.read(&path)
        }
    }

    fn list(&self, directory: &TreePath) -> Vec<Entry> {
        let ignored = find(&self.entries, directory).is_some_and(|entry| entry.ignored);
        if ignored || self.is_in_ignored(directory) {
            return self.now.list(directory);
        }
        super::children(&self.entries, directory)
    }

    fn entry(&self, path: &TreePath) -> Option<Entry> {
        let known = find(&self.entries, path).cloned();
        known.or_else(|| self.is_in_ignored(path).then(|| self.now.entry(path))?)
    }

    fn problems(&self) -> &[TreeProblem] {
        self.now.problems()
    }

    fn history(&self, commits: usize) -> Vec<Vec<TreePath>> {
        self.revision.history(commits)
    }
}
