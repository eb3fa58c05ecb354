//! What counts as work that is in no commit.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use dockwright_environment::TreePath;
use dockwright_refit::{ChangeSet, Node, dirty};
use tempfile::TempDir;

fn git(root: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
        .args(["-c", "commit.gpgsign=false"])
        .current_dir(root)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {done:?}");
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn repository() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in ["a", "sub/b", "sub/my file"] {
        let file = root.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "old\n").unwrap();
    }
    git(root.path(), &["init", "-q"]);
    git(root.path(), &["add", "."]);
    git(root.path(), &["commit", "-q", "-m", "all"]);
    root
}

fn names(changes: &ChangeSet, root: &Path) -> Vec<String> {
    let dirty = dirty(changes, root).unwrap();
    dirty.iter().map(TreePath::to_string).collect()
}

#[test]
fn what_is_changed_staged_or_deleted_below_the_root() {
    let root = repository();
    let none = ChangeSet::default();
    assert!(names(&none, root.path()).is_empty());
    fs::write(root.path().join("a"), "new\n").unwrap();
    fs::write(root.path().join("sub/my file"), "new\n").unwrap();
    git(root.path(), &["add", "sub"]);
    fs::remove_file(root.path().join("sub/b")).unwrap();
    assert_eq!(names(&none, root.path()), ["a", "sub/b", "sub/my file"]);
    assert_eq!(names(&none, &root.path().join("sub")), ["b", "my file"]);
}

#[test]
fn files_that_git_does_not_know_count_when_they_would_be_changed() {
    let root = repository();
    fs::write(root.path().join("sub/own"), "mine\n").unwrap();
    let changes = ChangeSet::default()
        .replace(path("a"), *b"old\n", *b"new\n")
        .create(path("new"), *b"");
    assert!(names(&changes, root.path()).is_empty());
    let own = Node::file(*b"mine\n");
    let moved = changes.rename(path("sub/own"), path("own"), own.clone(), own);
    assert_eq!(names(&moved, root.path()), ["sub/own"]);
}

#[test]
fn outside_git_nothing_is() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a"), "old\n").unwrap();
    let changes = ChangeSet::default().replace(path("a"), *b"old\n", *b"new\n");
    assert!(names(&changes, root.path()).is_empty());
}

#[test]
fn asking_git_runs_nothing_of_the_repository() {
    let root = repository();
    let (ran, script) = (root.path().join("ran"), root.path().join(".git/script"));
    fs::write(
        &script,
        format!("#!/bin/sh\ntouch '{}'\ncat\n", ran.display()),
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).unwrap();
    fs::copy(&script, root.path().join(".git/hooks/post-index-change")).unwrap();
    let script = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "filter.own.clean",
        "filter.own.process",
        "diff.own.textconv",
        "diff.external",
    ] {
        git(root.path(), &["config", key, script]);
    }
    fs::write(
        root.path().join(".git/info/attributes"),
        "* filter=own diff=own\n",
    )
    .unwrap();
    fs::write(root.path().join("a"), "new\n").unwrap();
    assert_eq!(names(&ChangeSet::default(), root.path()), ["a"]);
    assert!(!ran.exists());
}
