//! Changes that are not written yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_environment::tree::{EntryKind, Overlay};
use dockwright_environment::{Tree, TreePath};

use crate::Refusal;

/// Changes to the files of a tree, at most one for each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet(BTreeMap<TreePath, Change>);

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is one where there was none.
    Create {
        /// Its content.
        after: Arc<[u8]>,
    },
    /// It has another content; its mode stays.
    Replace {
        /// The content that the change was made for. A file with any other is left alone.
        before: Arc<[u8]>,
        /// The content that it gets.
        after: Arc<[u8]>,
    },
}

impl Change {
    /// What stands in the file before; nothing where there is no file.
    pub fn before(&self) -> Option<&[u8]> {
        match self {
            Self::Create { .. } => None,
            Self::Replace { before, .. } => Some(before),
        }
    }

    /// What stands in the file afterwards.
    pub fn after(&self) -> &[u8] {
        match self {
            Self::Create { after } | Self::Replace { after, .. } => after,
        }
    }
}

impl ChangeSet {
    /// Creates a file. Takes the place of another change to it.
    #[must_use]
    pub fn create(mut self, path: TreePath, content: impl Into<Arc<[u8]>>) -> Self {
        let after = content.into();
        self.0.insert(path, Change::Create { after });
        self
    }

    /// Replaces the content of a file. Takes the place of another change to it.
    #[must_use]
    pub fn replace(
        mut self,
        path: TreePath,
        before: impl Into<Arc<[u8]>>,
        after: impl Into<Arc<[u8]>>,
    ) -> Self {
        let (before, after) = (before.into(), after.into());
        self.0.insert(path, Change::Replace { before, after });
        self
    }

    /// Changes a file that may have been changed already: `before` is what it is by now. A change that
    /// is taken back by another is none.
    #[must_use]
    pub fn again(
        mut self,
        path: &TreePath,
        before: impl Into<Arc<[u8]>>,
        after: impl Into<Arc<[u8]>>,
    ) -> Self {
        match self.0.remove(path) {
            Some(Change::Create { .. }) => self.create(path.clone(), after),
            Some(Change::Replace { before, .. }) => self.replaced(path, before, after.into()),
            None => self.replaced(path, before.into(), after.into()),
        }
    }

    fn replaced(self, path: &TreePath, before: Arc<[u8]>, after: Arc<[u8]>) -> Self {
        if before == after {
            return self;
        }
        self.replace(path.clone(), before, after)
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes by path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Change)> {
        self.0.iter()
    }

    /// The tree with the changes made. Refused when it is not the tree that they were made for.
    pub fn overlay(&self, tree: &Arc<dyn Tree>) -> Result<Overlay, Refusal> {
        let mut overlay = Overlay::new(Arc::clone(tree));
        for (path, change) in &self.0 {
            fits(tree.as_ref(), path, change)?;
            overlay = overlay.write(path, change.after());
        }
        Ok(overlay)
    }
}

/// Whether a file is as the change expects it, and is reached through directories only.
fn fits(tree: &dyn Tree, path: &TreePath, change: &Change) -> Result<(), Refusal> {
    let kind = |path: &TreePath| tree.entry(path).map(|entry| entry.kind);
    let above = std::iter::successors(path.parent(), TreePath::parent);
    for directory in above.filter(|directory| !directory.is_root()) {
        if kind(&directory).is_some_and(|kind| kind != EntryKind::Directory) {
            return Err(Refusal::new(
                format!("`{path}` cannot be written: `{directory}` is no directory"),
                "only what lies in real directories of the repository is changed",
            ));
        }
    }
    match (change, kind(path)) {
        (Change::Create { .. }, None) => Ok(()),
        (Change::Create { .. }, Some(_)) => Err(Refusal::new(
            format!("`{path}` is there already"),
            "move it away, or change it by hand",
        )),
        (Change::Replace { before, .. }, Some(EntryKind::File))
            if tree.read(path).is_ok_and(|bytes| bytes == *before) =>
        {
            Ok(())
        }
        (Change::Replace { .. }, Some(EntryKind::File)) => Err(Refusal::new(
            format!("`{path}` has changed since it was read"),
            "try again",
        )),
        (Change::Replace { .. }, _) => Err(Refusal::new(
            format!("`{path}` is no regular file"),
            "links are not followed; change the file that it leads to",
        )),
    }
}

#[cfg(test)]
mod tests {
    use dockwright_environment::tree::MemoryTree;

    use super::*;

    fn path(path: &str) -> TreePath {
        TreePath::new(path).unwrap()
    }

    fn error(changes: &ChangeSet, tree: MemoryTree) -> String {
        let tree: Arc<dyn Tree> = Arc::new(tree);
        changes.overlay(&tree).unwrap_err().error
    }

    #[test]
    fn changes_are_laid_over_the_tree() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::from([("a", "old\n"), ("b", "same\n")]));
        let changes = ChangeSet::default()
            .replace(path("a"), *b"old\n", *b"new\n")
            .create(path("c/d"), *b"made\n");
        let overlay = changes.overlay(&tree).unwrap();
        let read = |name| overlay.read(&path(name)).unwrap().to_vec();
        assert_eq!(read("a"), b"new\n");
        assert_eq!(read("b"), b"same\n");
        assert_eq!(read("c/d"), b"made\n");
    }

    #[test]
    fn what_is_there_is_not_created() {
        let changes = ChangeSet::default().create(path("a"), *b"new\n");
        let tree = MemoryTree::from([("a", "old\n")]);
        assert_eq!(error(&changes, tree), "`a` is there already");
        // Nor does a link that leads to nothing make room for it.
        let tree = MemoryTree::new().link("a", "../elsewhere");
        assert_eq!(error(&changes, tree), "`a` is there already");
    }

    #[test]
    fn what_has_changed_is_not_replaced() {
        let changes = ChangeSet::default().replace(path("a"), *b"old\n", *b"new\n");
        let tree = MemoryTree::from([("a", "newer\n")]);
        assert_eq!(error(&changes, tree), "`a` has changed since it was read");
        let tree = MemoryTree::from([("b", "old\n")]).link("a", "b");
        assert_eq!(error(&changes, tree), "`a` is no regular file");
    }

    #[test]
    fn no_link_is_written_through() {
        let changes = ChangeSet::default().create(path("docs/a"), *b"new\n");
        let tree = MemoryTree::new().link("docs", "../elsewhere");
        assert_eq!(
            error(&changes, tree),
            "`docs/a` cannot be written: `docs` is no directory"
        );
    }
}
