//! Changes that are not written yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_environment::TreePath;
use dockwright_environment::tree::{EntryKind, Overlay, Tree};

use crate::outcome::{Found, Side, fits, outcomes};
use crate::{Node, Refusal};

/// Changes to the files of a tree, at most one for each file. A directory is renamed or removed
/// with its files, as in git: one without any is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet(BTreeMap<TreePath, Change>);

/// What happens to one file. It is made for what stands there before, and anything else is left
/// alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is one where there was none.
    Create {
        /// What is there afterwards.
        after: Node,
    },
    /// It has another content or mode.
    Replace {
        /// The content that it has.
        before: Arc<[u8]>,
        /// The content that it gets.
        after: Arc<[u8]>,
        /// Whether the owner may execute it afterwards, where that changes. The other modes stay.
        executable: Option<bool>,
    },
    /// It is there no more.
    Delete {
        /// What is there.
        before: Node,
    },
    /// It was at another path, and keeps the modes that it had there but for the executable one.
    Rename {
        /// The other path.
        from: TreePath,
        /// What is there.
        before: Node,
        /// What it is at its new path.
        after: Node,
    },
}

impl Change {
    /// What stands in the file before, or where a link leads; nothing where there is none.
    pub fn before(&self) -> Option<&[u8]> {
        match self {
            Self::Create { .. } => None,
            Self::Replace { before, .. } => Some(before),
            Self::Delete { before } | Self::Rename { before, .. } => Some(before.bytes()),
        }
    }

    /// What stands in the file afterwards, or where a link leads; nothing where there is none.
    pub fn after(&self) -> Option<&[u8]> {
        match self {
            Self::Delete { .. } => None,
            Self::Replace { after, .. } => Some(after),
            Self::Create { after } | Self::Rename { after, .. } => Some(after.bytes()),
        }
    }
}

/// Each takes the place of another change to the same path.
impl ChangeSet {
    /// Creates a file that is not executable.
    #[must_use]
    pub fn create(self, path: TreePath, content: impl Into<Arc<[u8]>>) -> Self {
        self.create_node(path, Node::file(content))
    }

    /// Creates a file or a link.
    #[must_use]
    pub fn create_node(self, path: TreePath, after: Node) -> Self {
        self.with(path, Change::Create { after })
    }

    /// Replaces the content of a file; its modes stay.
    #[must_use]
    pub fn replace(
        self,
        path: TreePath,
        before: impl Into<Arc<[u8]>>,
        after: impl Into<Arc<[u8]>>,
    ) -> Self {
        let change = Change::Replace {
            before: before.into(),
            after: after.into(),
            executable: None,
        };
        self.with(path, change)
    }

    /// Lets the owner execute a file that could not be executed, or the other way round. A new
    /// content that the set has for the file already stays.
    #[must_use]
    pub fn set_executable(
        mut self,
        path: TreePath,
        content: impl Into<Arc<[u8]>>,
        is_executable: bool,
    ) -> Self {
        if let Some(Change::Replace { executable, .. }) = self.0.get_mut(&path) {
            *executable = Some(is_executable);
            return self;
        }
        let content = content.into();
        let change = Change::Replace {
            before: Arc::clone(&content),
            after: content,
            executable: Some(is_executable),
        };
        self.with(path, change)
    }

    /// Deletes a file or a link.
    #[must_use]
    pub fn delete(self, path: TreePath, before: Node) -> Self {
        self.with(path, Change::Delete { before })
    }

    /// Moves a file or a link, which may get another content on the way.
    #[must_use]
    pub fn rename(self, from: TreePath, to: TreePath, before: Node, after: Node) -> Self {
        let change = Change::Rename {
            from,
            before,
            after,
        };
        self.with(to, change)
    }

    fn with(mut self, path: TreePath, change: Change) -> Self {
        self.0.insert(path, change);
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
            Some(Change::Rename {
                from,
                before,
                after: node,
            }) => self.rename(from, path.clone(), before, node.with_content(after)),
            Some(Change::Delete { .. }) | None => self.replaced(path, before.into(), after.into()),
        }
    }

    /// With changes that were made for what this makes.
    #[must_use]
    pub(crate) fn then(self, next: Self) -> Self {
        next.0
            .into_iter()
            .fold(self, |all, (path, change)| match change {
                Change::Replace {
                    before,
                    after,
                    executable: None,
                } => all.again(&path, before, after),
                Change::Rename {
                    from,
                    before,
                    after,
                } => all.renamed_again(from, path, before, after),
                other => all.with(path, other),
            })
    }

    /// Moves a file that may have been changed already: `before` is what it is by now.
    fn renamed_again(mut self, from: TreePath, to: TreePath, before: Node, after: Node) -> Self {
        match self.0.remove(&from) {
            Some(Change::Create { .. }) => self.create_node(to, after),
            Some(Change::Replace { before: first, .. }) => {
                self.rename(from, to, before.with_content(first), after)
            }
            Some(Change::Rename {
                from: first,
                before,
                ..
            }) => self.rename(first, to, before, after),
            Some(Change::Delete { .. }) | None => self.rename(from, to, before, after),
        }
    }

    /// The files that are at another path afterwards, with that.
    pub(crate) fn renames(&self) -> Vec<(TreePath, TreePath)> {
        let renames = self.0.iter().filter_map(|(to, change)| match change {
            Change::Rename { from, .. } => Some((from.clone(), to.clone())),
            _ => None,
        });
        renames.collect()
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

    /// The changes by path; a renamed file stands at its new one.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Change)> {
        self.0.iter()
    }

    /// The tree with the changes made. Refused when it is not the tree that they were made for.
    pub fn overlay(&self, tree: &Arc<dyn Tree>) -> Result<Overlay, Refusal> {
        let outcomes = outcomes(self)?;
        let mut overlay = Overlay::new(Arc::clone(tree));
        for (path, outcome) in &outcomes {
            fits(path, outcome, |path| look(tree.as_ref(), path))?;
            if outcome.after.is_none() {
                overlay = overlay.remove(path);
            }
        }
        for (path, outcome) in &outcomes {
            overlay = match outcome.after {
                None => overlay,
                Some(Side::Link { target }) => overlay.link(path, target),
                Some(Side::File {
                    content,
                    executable,
                }) => {
                    let written = overlay.write(path, content);
                    match executable {
                        None => written,
                        Some(executable) => written
                            .set_executable(path, executable)
                            .map_err(|error| unreadable(path, &error.to_string()))?,
                    }
                }
            };
        }
        Ok(overlay)
    }
}

fn unreadable(path: &TreePath, reason: &str) -> Refusal {
    Refusal::new(
        format!("`{path}` cannot be read: {reason}"),
        "see that the file may be read",
    )
}

/// What stands at a path of a tree.
fn look(tree: &dyn Tree, path: &TreePath) -> Found {
    let Some(entry) = tree.entry(path) else {
        return Found::Nothing;
    };
    match entry.kind {
        EntryKind::Directory => Found::Directory,
        EntryKind::Other => Found::Other,
        EntryKind::Link(target) => Found::Link { target },
        EntryKind::File => match tree.read(path) {
            Ok(content) => Found::File {
                content,
                executable: entry.executable,
            },
            Err(error) => Found::Unreadable(error.to_string()),
        },
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
    fn files_and_links_are_moved_deleted_and_made_executable() {
        let tree: Arc<dyn Tree> = Arc::new(
            MemoryTree::from([("a/run", "run\n"), ("b", "same\n"), ("c", "gone\n")])
                .executable("a/run")
                .link("a/link", "run"),
        );
        let changes = ChangeSet::default()
            .rename(
                path("a/run"),
                path("d/run"),
                Node::executable(*b"run\n"),
                Node::executable(*b"ran\n"),
            )
            .rename(
                path("a/link"),
                path("link"),
                Node::link("run"),
                Node::link("d/run"),
            )
            .set_executable(path("b"), *b"same\n", true)
            .delete(path("c"), Node::file(*b"gone\n"));
        let overlay = changes.overlay(&tree).unwrap();
        let entries = overlay.entries().iter();
        let entries: Vec<String> = entries
            .map(|it| format!("{} {:?} {}", it.path, it.kind, it.executable))
            .collect();
        insta::assert_snapshot!(entries.join("\n"), @r#"
        b File true
        d Directory false
        d/run File true
        link Link("d/run") false
        "#);
        assert_eq!(&*overlay.read(&path("link")).unwrap(), b"ran\n");
    }

    #[test]
    fn a_change_for_what_another_makes_is_one_with_it() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::from([("a", "a\n"), ("b", "b\n")]));
        let first = ChangeSet::default()
            .replace(path("a"), *b"a\n", *b"A\n")
            .create(path("c"), *b"c\n");
        let moves = |from, to, before: &str, after: &str| {
            let node = |text: &str| Node::file(text.as_bytes());
            ChangeSet::default().rename(path(from), path(to), node(before), node(after))
        };
        let all = first
            .then(moves("a", "d", "A\n", "AA\n"))
            .then(moves("d", "e", "AA\n", "AAA\n"))
            .then(moves("c", "f", "c\n", "C\n"))
            .then(ChangeSet::default().replace(path("e"), *b"AAA\n", *b"!\n"));
        let overlay = all.overlay(&tree).unwrap();
        let files = overlay.entries().iter().map(|it| {
            let text = overlay.read(&it.path).unwrap();
            format!("{}: {}", it.path, String::from_utf8_lossy(&text))
        });
        assert_eq!(files.collect::<String>(), "b: b\ne: !\nf: C\n");
    }

    #[test]
    fn two_files_can_change_places() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::from([("a", "a\n"), ("b", "b\n")]));
        let (a, b) = (Node::file(*b"a\n"), Node::file(*b"b\n"));
        let changes = ChangeSet::default()
            .rename(path("a"), path("b"), a.clone(), a)
            .rename(path("b"), path("a"), b.clone(), b);
        let overlay = changes.overlay(&tree).unwrap();
        assert_eq!(&*overlay.read(&path("a")).unwrap(), b"b\n");
        assert_eq!(&*overlay.read(&path("b")).unwrap(), b"a\n");
    }

    #[test]
    fn what_has_another_mode_or_is_gone_is_left_alone() {
        let changes = ChangeSet::default().delete(path("a"), Node::executable(*b"a\n"));
        let refusal = "`a` has changed since it was read";
        assert_eq!(error(&changes, MemoryTree::from([("a", "a\n")])), refusal);
        assert_eq!(error(&changes, MemoryTree::new()), refusal);
    }

    #[test]
    fn changes_that_contradict_each_other_are_refused() {
        let tree = || MemoryTree::from([("a", "a\n")]);
        let node = || Node::file(*b"a\n");
        let twice = ChangeSet::default()
            .rename(path("a"), path("b"), node(), node())
            .rename(path("a"), path("c"), node(), node());
        let both = ChangeSet::default()
            .create(path("d"), *b"")
            .create(path("d/e"), *b"");
        assert_eq!(
            error(&twice, tree()),
            "`a` would be changed in two ways at once"
        );
        assert_eq!(
            error(&both, tree()),
            "`d` would be changed in two ways at once"
        );
    }

    #[test]
    fn what_belongs_to_git_is_not_changed() {
        for name in [
            ".git/hooks/pre-commit",
            "sub/.GIT/config",
            ".dockwright/lock",
        ] {
            let changes = ChangeSet::default().create(path(name), *b"");
            assert_eq!(
                error(&changes, MemoryTree::new()),
                format!("`{name}` is not changed: it is no file of the repository")
            );
        }
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
