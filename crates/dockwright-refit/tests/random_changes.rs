//! What holds for every change set on every tree.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dockwright_environment::tree::{DiskTree, EntryKind};
use dockwright_environment::{Tree, TreePath};
use dockwright_refit::{ChangeSet, Undone, undo, unified, write};
use proptest::prelude::*;
use support::snapshot::snapshot;
use support::{actions, changes, files, write_files};

/// Applies a diff with git.
fn apply(root: &Path, diff: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), diff).unwrap();
    let done = Command::new("git")
        .args(["-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"])
        .arg(file.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(root)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}\n{diff}");
}

/// What git knows of a tree: of all modes that of execution alone, and no directory.
fn known_to_git(root: &Path) -> BTreeMap<String, String> {
    let mut known = snapshot(root);
    known.retain(|_, what| !what.starts_with("directory"));
    for what in known.values_mut() {
        if let Some((mode, content)) = what.clone().split_once(' ')
            && let Ok(mode) = u32::from_str_radix(mode, 8)
        {
            *what = format!("{} {content}", mode & 0o100 != 0);
        }
    }
    known
}

fn directories(root: &Path) -> Vec<String> {
    let all = snapshot(root).into_iter();
    all.filter(|(_, what)| what.starts_with("directory"))
        .map(|(path, _)| path)
        .collect()
}

/// What a tree holds, in the words of [`known_to_git`].
fn known_of(tree: &dyn Tree) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for entry in tree.entries().iter().filter(|entry| !entry.ignored) {
        let what = match &entry.kind {
            EntryKind::Link(target) => format!("-> {target}"),
            EntryKind::File => {
                let content = tree.read(&entry.path).unwrap();
                format!(
                    "{} {:?}",
                    entry.executable,
                    String::from_utf8_lossy(&content)
                )
            }
            _ => continue,
        };
        known.insert(entry.path.as_str().to_owned(), what);
    }
    known
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_applied_a_change_written_and_one_laid_over_are_the_same(
        files in files(), actions in actions()
    ) {
        let changes = changes(&files, &actions);
        let (ours, gits) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_files(ours.path(), &files);
        write_files(gits.path(), &files);
        let tree: Arc<dyn Tree> = Arc::new(DiskTree::open(ours.path()).unwrap());
        let overlay = changes.overlay(&tree).unwrap();
        let laid_over = known_of(&overlay);
        write(&changes, ours.path()).unwrap();
        let diff = unified(&changes);
        if !diff.is_empty() {
            apply(gits.path(), &diff);
        }
        prop_assert_eq!(known_to_git(ours.path()), known_to_git(gits.path()));
        prop_assert_eq!(known_to_git(ours.path()), laid_over);
        prop_assert_eq!(directories(ours.path()), directories(gits.path()));
    }

    #[test]
    fn undo_brings_back_every_content_mode_link_and_directory(
        files in files(), first in actions()
    ) {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write_files(root, &files);
        let before = snapshot(root);
        let change = changes(&files, &first);
        write(&change, root).unwrap();
        let between = snapshot(root);
        // Another write to what the first one did not touch.
        let name = TreePath::new("second/file").unwrap();
        write(&ChangeSet::default().create(name, *b"second\n"), root).unwrap();
        let undone = undo(root).unwrap();
        prop_assert_eq!(undone, [Undone::Removed("second/file".to_owned())]);
        prop_assert_eq!(&snapshot(root), &between);
        if before == between {
            return Ok(());
        }
        undo(root).unwrap();
        prop_assert_eq!(snapshot(root), before);
        let nothing = undo(root).unwrap_err();
        prop_assert_eq!(nothing.error, "there is nothing to undo");
    }
}
