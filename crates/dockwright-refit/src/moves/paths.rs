//! What moves where.

use std::collections::BTreeMap;

use dockwright_environment::tree::{EntryKind, Tree, below};
use dockwright_environment::{Environment, TreePath};

use crate::Refusal;

/// Files and directories that move, and where each path is afterwards.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// What was asked to move, and what belongs to it, with the new paths.
    pub(super) roots: Vec<(TreePath, TreePath)>,
    files: Vec<(TreePath, TreePath)>,
    by_old: BTreeMap<TreePath, TreePath>,
}

impl Moves {
    /// What it means to move `old` to `new`, or into it where it is a directory. The ignore file of a
    /// Dockerfile moves with it.
    pub(super) fn read(
        environment: &Environment,
        old: &TreePath,
        new: &TreePath,
    ) -> Result<Self, Refusal> {
        let tree = environment.tree.as_ref();
        let entry = tree.entry(old).filter(|_| !old.is_root()).ok_or_else(|| {
            Refusal::new(
                format!("`{old}` cannot be moved: there is no such file or directory"),
                "name a file or directory below the repository's root",
            )
        })?;
        let new = destination(tree, old, new)?;
        if new.relative_to(old).is_some() {
            return Err(Refusal::new(
                format!("`{old}` cannot be moved into itself, to `{new}`"),
                "name a path outside of it",
            ));
        }
        let mut moves = Self {
            roots: vec![(old.clone(), new.clone())],
            ..Self::default()
        };
        let ignore = TreePath::new(&format!("{old}.dockerignore"));
        let is_dockerfile = environment
            .dockerfiles
            .iter()
            .any(|it| environment.documents.get(it.document).path == *old);
        if let Some(ignore) = ignore.filter(|it| is_dockerfile && tree.entry(it).is_some()) {
            let to = TreePath::new(&format!("{new}.dockerignore"));
            moves.roots.extend(to.map(|to| (ignore, to)));
        }
        for (_, to) in &moves.roots {
            room(environment, to)?;
        }
        if entry.kind == EntryKind::Directory {
            for file in below(tree.entries(), old) {
                if file.ignored {
                    return Err(Refusal::new(
                        format!("`{old}` cannot be moved: git ignores `{}` in it", file.path),
                        "remove what is made anew, and move the rest",
                    ));
                }
                if file.kind != EntryKind::Directory {
                    moves.files.push((file.path.clone(), moves.map(&file.path)));
                }
            }
        } else {
            moves.files.clone_from(&moves.roots);
        }
        if moves.files.is_empty() {
            return Err(Refusal::new(
                format!("`{old}` cannot be moved: there is no file in it"),
                "git knows no empty directories",
            ));
        }
        moves.by_old = moves.files.iter().cloned().collect();
        Ok(moves)
    }

    /// The files and links that move, with their new paths.
    pub(super) fn files(&self) -> &[(TreePath, TreePath)] {
        &self.files
    }

    /// Where a path is afterwards.
    pub(super) fn map(&self, path: &TreePath) -> TreePath {
        let found = self.roots.iter().find_map(|(old, new)| {
            let rest = path.relative_to(old)?;
            new.join(rest)
        });
        found.unwrap_or_else(|| path.clone())
    }

    /// Whether a path is another one afterwards.
    pub(super) fn is_moved(&self, path: &TreePath) -> bool {
        self.roots
            .iter()
            .any(|(old, _)| path.relative_to(old).is_some())
    }

    /// Whether a file moves.
    pub(super) fn has_file(&self, path: &TreePath) -> bool {
        self.by_old.contains_key(path)
    }
}

/// Where it goes: into a directory that is there, as with `git mv`.
fn destination(tree: &dyn Tree, old: &TreePath, new: &TreePath) -> Result<TreePath, Refusal> {
    let is_directory = tree
        .entry(new)
        .is_some_and(|entry| entry.kind == EntryKind::Directory);
    if !is_directory && !new.is_root() {
        return Ok(new.clone());
    }
    new.join(old.file_name()).ok_or_else(|| {
        Refusal::new(
            format!("`{old}` cannot be moved to `{new}`"),
            "name a path below the repository's root",
        )
    })
}

/// Whether there is room for a file or directory, and git would keep it.
fn room(environment: &Environment, to: &TreePath) -> Result<(), Refusal> {
    if environment.tree.entry(to).is_some() {
        return Err(Refusal::new(
            format!("`{to}` is there already"),
            "name a path at which there is nothing, or a directory to move into",
        ));
    }
    if environment.git_ignores(to, false) {
        return Err(Refusal::new(
            format!("git ignores `{to}`"),
            "name a path that `.gitignore` does not match",
        ));
    }
    Ok(())
}
