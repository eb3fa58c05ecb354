//! What a working tree on disk is taken to hold.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use dockwright_environment::tree::{DiskTree, EntryKind, ReadError};
use dockwright_environment::{Tree, TreePath};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(root: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {done:?}");
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

/// Every entry as its path; `!` marks what git ignores.
fn listing(tree: &DiskTree) -> Vec<String> {
    let mark = |ignored| if ignored { "!" } else { "" };
    let entries = tree.entries().iter();
    entries
        .map(|entry| format!("{}{}", mark(entry.ignored), entry.path))
        .collect()
}

#[test]
fn ignored_files_are_listed_and_ignored_directories_are_not_entered() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    write(root, ".gitignore", "target/\n*.log\n!keep.log\n");
    write(root, "target/debug/app", "");
    write(root, "a/run.log", "");
    write(root, "a/keep.log", "");
    write(root, "a/.gitignore", "/local\n");
    write(root, "a/local", "");
    write(root, "a/b/local", "");
    write(root, ".git/HEAD", "ref: refs/heads/main\n");
    write(root, ".git/info/exclude", "private\n");
    write(root, "private", "");

    let tree = DiskTree::open(root).unwrap();
    assert_eq!(
        listing(&tree),
        [
            ".git",
            ".gitignore",
            "a",
            "a/.gitignore",
            "a/b",
            "a/b/local",
            "a/keep.log",
            "!a/local",
            "!a/run.log",
            "!private",
            "!target",
        ]
    );

    // What was not entered can still be looked at.
    let inside = tree.list(&path("target"));
    assert_eq!(inside.first().unwrap().path, path("target/debug"));
    assert!(inside.first().unwrap().ignored);
    assert!(tree.entry(&path("target/debug/app")).unwrap().ignored);
    assert!(!tree.entry(&path(".git/HEAD")).unwrap().ignored);
    assert_eq!(
        &*tree.read(&path(".git/HEAD")).unwrap(),
        b"ref: refs/heads/main\n"
    );
}

#[test]
fn a_tracked_file_is_never_ignored() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    write(root, ".gitignore", "build\n*.key\n");
    write(root, "build/keep/me", "");
    write(root, "build/output", "");
    write(root, "test.key", "");
    write(root, "real.key", "");
    for (version, objects) in [("2", "sha1"), ("4", "sha1"), ("2", "sha256")] {
        git(root, &["init", "-q", "--object-format", objects]);
        git(root, &["config", "index.version", version]);
        git(
            root,
            &["add", "-f", "build/keep/me", "test.key", ".gitignore"],
        );
        let tree = DiskTree::open(root).unwrap();
        let listed: Vec<String> = listing(&tree);
        assert_eq!(
            listed.get(1..).unwrap(),
            [
                ".gitignore",
                "build",
                "build/keep",
                "build/keep/me",
                "!build/output",
                "!real.key",
                "test.key"
            ],
            "index version {version}, {objects}"
        );
        fs::remove_dir_all(root.join(".git")).unwrap();
    }
}

#[test]
fn rules_of_the_repository_hold_in_a_directory_of_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    git(root, &["init", "-q"]);
    write(root, ".gitignore", "*.log\n/docker/x\n");
    write(root, "docker/.gitignore", "/images/y\n");
    for file in ["a.log", "x", "y", "../x"] {
        write(root, &format!("docker/images/{file}"), "");
    }
    let tree = DiskTree::open(root.join("docker/images")).unwrap();
    assert_eq!(listing(&tree), ["!a.log", "x", "!y"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_tree_only() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret", "secret");
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    write(root, "a/file", "inside");
    symlink("a", root.join("directory")).unwrap();
    symlink("../a/./file", root.join("a/link")).unwrap();
    symlink("circle", root.join("circle")).unwrap();
    symlink("nowhere", root.join("broken")).unwrap();
    symlink("..", root.join("a/up")).unwrap();
    symlink(outside.path(), root.join("absolute")).unwrap();
    symlink("../../../../../../../etc", root.join("relative")).unwrap();

    let tree = DiskTree::open(root).unwrap();
    let read = |at: &str| tree.read(&path(at)).map(|bytes| bytes.to_vec());
    assert_eq!(read("directory/file"), Ok(b"inside".to_vec()));
    assert_eq!(read("a/link"), Ok(b"inside".to_vec()));
    assert_eq!(read("a/up/a/up/a/file"), Ok(b"inside".to_vec()));
    assert_eq!(read("circle"), Err(ReadError::LinkOutside));
    assert_eq!(read("broken"), Err(ReadError::Missing));
    assert_eq!(read("absolute/secret"), Err(ReadError::LinkOutside));
    assert_eq!(read("relative/hostname"), Err(ReadError::LinkOutside));
    assert_eq!(read("a"), Err(ReadError::NotAFile));
    assert_eq!(
        tree.entry(&path("directory")).unwrap().kind,
        EntryKind::Link("a".to_owned())
    );
    assert_eq!(tree.entry(&path("directory/file")), None);
    assert_eq!(tree.list(&path("absolute")), []);
    // A circle of links is listed once and not walked.
    assert_eq!(tree.entries().len(), 9);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_listed_or_read_is_a_problem_and_not_the_end() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    write(root, "locked/file", "");
    write(root, "run", "#!/bin/sh\n");
    fs::set_permissions(root.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(root.join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    let locks_hold = fs::read_dir(root.join("locked")).is_err();

    let tree = DiskTree::open(root).unwrap().with_read_limit(4);
    let problems: Vec<String> = tree
        .problems()
        .iter()
        .map(|problem| format!("{}: {}", problem.path, problem.message))
        .collect();
    fs::set_permissions(root.join("locked"), fs::Permissions::from_mode(0o755)).unwrap();

    assert_eq!(
        problems.first().unwrap(),
        "caf\u{fffd}: the name is not valid UTF-8, so the file is not read"
    );
    // The superuser reads every directory.
    assert_eq!(problems.len(), if locks_hold { 2 } else { 1 });
    let run = tree.entry(&path("run")).unwrap();
    assert_eq!((run.executable, run.size), (true, 10));
    let too_large = ReadError::TooLarge { size: 10, limit: 4 };
    assert_eq!(tree.read(&path("run")), Err(too_large));
    assert_eq!(tree.read(&path("none")), Err(ReadError::Missing));
    assert!(DiskTree::open(root.join("none")).is_err());
    assert!(DiskTree::open(root.join("run")).is_err());
}
