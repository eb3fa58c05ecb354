//! Where commands run.

use crate::TreePath;
use crate::tree::{EntryKind, Tree};

/// What stands for the root of the tree in a path that a script puts together: no path on disk
/// can begin with it.
const ROOT: &str = "\0";

/// Directories that are told apart before it counts as unknown where a command runs.
const MAX_CANDIDATES: usize = 8;

/// Where a command runs, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Where it may be; nowhere when it is not known.
    candidates: Vec<TreePath>,
}

impl Directory {
    /// Just here.
    pub fn at(path: TreePath) -> Self {
        Self {
            candidates: vec![path],
        }
    }

    /// In one of these: a script may be started from the root or from its own directory.
    pub fn one_of(paths: impl IntoIterator<Item = TreePath>) -> Self {
        let mut candidates: Vec<TreePath> = Vec::new();
        for path in paths {
            if !candidates.contains(&path) {
                candidates.push(path);
            }
        }
        candidates.truncate(MAX_CANDIDATES);
        Self { candidates }
    }

    /// Not known.
    pub fn unknown() -> Self {
        Self {
            candidates: Vec::new(),
        }
    }

    /// Where it may be, the likeliest first.
    pub fn candidates(&self) -> &[TreePath] {
        &self.candidates
    }

    /// The directory, when there is just one that it can be.
    pub fn certain(&self) -> Option<&TreePath> {
        match self.candidates.as_slice() {
            [path] => Some(path),
            _ => None,
        }
    }

    /// What `path` names from here, once for each place that this may be.
    pub fn resolve(&self, path: &str) -> Vec<TreePath> {
        if let Some(below) = path.strip_prefix(ROOT) {
            let below = below.trim_start_matches('/');
            return TreePath::new(below).into_iter().collect();
        }
        let paths = self.candidates.iter().filter_map(|from| from.join(path));
        Self::one_of(paths).candidates
    }

    /// What `path` is relative to: this, or the root where a script has put it together from there.
    pub(crate) fn base_of(&self, path: &str) -> Self {
        if path.starts_with(ROOT) {
            Self::at(TreePath::root())
        } else {
            self.clone()
        }
    }

    /// Where `cd path` leads: to the places at which there is such a directory. When there is
    /// none, it is one that is made on the way, or part of another repository: unknown.
    #[must_use]
    pub(crate) fn enter(&self, tree: &dyn Tree, path: &str) -> Self {
        let mut candidates = self.resolve(path);
        candidates.retain(|path| path.is_root() || is_directory(tree, path));
        Self { candidates }
    }

    /// This or that.
    #[must_use]
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self::one_of(self.candidates.iter().chain(&other.candidates).cloned())
    }
}

/// Whether there is a directory at `path`, perhaps through links inside the tree.
pub(crate) fn is_directory(tree: &dyn Tree, path: &TreePath) -> bool {
    let mut entry = tree.entry(path);
    for _ in 0..8 {
        match entry.map(|entry| (entry.kind, entry.path)) {
            Some((EntryKind::Directory, _)) => return true,
            Some((EntryKind::Link(target), path)) => {
                let next = path.parent().and_then(|parent| parent.join(&target));
                entry = next.and_then(|next| tree.entry(&next));
            }
            _ => return false,
        }
    }
    false
}

/// A path of the tree as a script would spell it out.
pub(crate) fn spell(path: &TreePath) -> String {
    format!("{ROOT}/{}", path.as_str())
}

/// A path as people read it, without what stands for the root.
pub(crate) fn shown(text: &str) -> &str {
    match text.strip_prefix(ROOT) {
        Some(below) => below.trim_start_matches('/'),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn path(path: &str) -> TreePath {
        TreePath::new(path).unwrap()
    }

    #[test]
    fn a_change_of_directory_rules_out_where_it_cannot_be() {
        let tree = MemoryTree::new().file("docker/compose/a.yml", "");
        let start = Directory::one_of([TreePath::root(), path("scripts")]);
        let gone = start.enter(&tree, "docker/compose");
        assert_eq!(gone.certain(), Some(&path("docker/compose")));
        assert_eq!(gone.resolve("../b"), [path("docker/b")]);
        assert_eq!(gone.resolve(&spell(&path("x"))), [path("x")]);
        assert_eq!(gone.enter(&tree, "../../..").candidates(), []);
    }
}
