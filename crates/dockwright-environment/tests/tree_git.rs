//! What a revision is taken to hold.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dockwright_environment::git::GitError;
use dockwright_environment::tree::{DiskTree, Entry, EntryKind, GitTree, PastTree, ReadError};
use dockwright_environment::{Tree, TreePath};

fn git(root: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.org"])
        .args(["-c", "protocol.file.allow=always", "-C"])
        .arg(root)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {done:?}");
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn repository() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q"]);
    for (path, text) in [
        ("docker/app/Dockerfile", "FROM scratch\n"),
        ("docker/run.sh", "#!/bin/sh\n"),
        ("a b/\u{e9}\n\"name\"", "odd\n"),
        ("empty", ""),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(root.path().join("docker/run.sh"), executable).unwrap();
        symlink("../docker/app", root.path().join("a b/link")).unwrap();
    }
    git(root.path(), &["add", "-A"]);
    git(root.path(), &["commit", "-qm", "first"]);
    root
}

#[test]
fn a_revision_equals_its_clean_checkout() {
    let root = repository();
    let disk = DiskTree::open(root.path()).unwrap();
    let revision = GitTree::open(root.path(), "HEAD").unwrap();
    let checkout = disk.entries().iter();
    let checkout: Vec<_> = checkout
        .filter(|entry| entry.path.as_str() != ".git")
        .collect();
    assert_eq!(checkout, revision.entries().iter().collect::<Vec<_>>());
    for entry in checkout {
        assert_eq!(
            disk.read(&entry.path),
            revision.read(&entry.path),
            "{entry:?}"
        );
        assert_eq!(disk.entry(&entry.path), revision.entry(&entry.path));
        assert_eq!(disk.list(&entry.path), revision.list(&entry.path));
    }
    let through_link = path("a b/link/Dockerfile");
    assert_eq!(&*revision.read(&through_link).unwrap(), b"FROM scratch\n");
}

#[test]
fn a_past_revision_is_read_without_a_checkout() {
    let root = repository();
    fs::write(root.path().join("empty"), "no longer").unwrap();
    git(root.path(), &["rm", "-q", "docker/run.sh"]);
    git(root.path(), &["commit", "-qam", "second"]);
    let past = GitTree::open(root.path(), "HEAD~1").unwrap();
    assert_eq!(&*past.read(&path("empty")).unwrap(), b"");
    assert!(past.entry(&path("docker/run.sh")).unwrap().executable);
    assert!(!root.path().join("docker/run.sh").exists());
}

#[test]
fn a_directory_of_the_repository_is_a_tree_of_its_own() {
    let root = repository();
    let tree = GitTree::open(root.path().join("docker"), "HEAD").unwrap();
    let paths: Vec<&str> = tree
        .entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    assert_eq!(paths, ["app", "app/Dockerfile", "run.sh"]);
    assert_eq!(&*tree.read(&path("run.sh")).unwrap(), b"#!/bin/sh\n");
}

#[test]
fn a_submodule_is_an_empty_directory() {
    let library = repository();
    let root = repository();
    let from = library.path().to_str().unwrap();
    git(
        root.path(),
        &["submodule", "--quiet", "add", from, "library"],
    );
    git(root.path(), &["commit", "-qm", "library"]);
    let tree = GitTree::open(root.path(), "HEAD").unwrap();
    assert_eq!(
        tree.entry(&path("library")).unwrap().kind,
        EntryKind::Directory
    );
    assert_eq!(tree.list(&path("library")), []);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let nowhere = tempfile::tempdir().unwrap();
    let error = GitTree::open(nowhere.path(), "HEAD").unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    let root = repository();
    for revision in ["gone", "--output=/tmp/x", "HEAD:docker/nothing", ""] {
        let error = GitTree::open(root.path(), revision).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the repository has no revision `{revision}`")
        );
    }
    let tree = GitTree::open(root.path(), "HEAD")
        .unwrap()
        .with_read_limit(4);
    let size = ReadError::TooLarge { size: 10, limit: 4 };
    assert_eq!(tree.read(&path("docker/run.sh")), Err(size));
    assert_eq!(tree.read(&path("docker")), Err(ReadError::NotAFile));
    assert_eq!(tree.read(&path("empty")).unwrap().len(), 0);
}

#[test]
fn a_working_tree_as_it_was_keeps_what_git_ignores() {
    let root = repository();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".gitignore", "/dist/\n*.log\n");
    write("docker/new", "unknown to git");
    write("docker/run.log", "ignored");
    write("dist/a/b", "ignored");
    write("fresh/run.log", "in a directory that was not there");
    write("empty", "no longer");
    fs::remove_file(root.path().join("docker/run.sh")).unwrap();
    let now = Arc::new(DiskTree::open(root.path()).unwrap());
    let past = PastTree::new(now, GitTree::open(root.path(), "HEAD").unwrap());
    let names = |entries: &[Entry]| -> Vec<String> {
        let paths = entries.iter().map(|entry| entry.path.to_string());
        paths.filter(|path| !path.starts_with("a b")).collect()
    };
    assert_eq!(
        names(past.entries()),
        [
            "dist",
            "docker",
            "docker/app",
            "docker/app/Dockerfile",
            "docker/run.log",
            "docker/run.sh",
            "empty",
        ]
    );
    assert_eq!(names(&past.list(&path("dist/a"))), ["dist/a/b"]);
    assert_eq!(&*past.read(&path("dist/a/b")).unwrap(), b"ignored");
    assert_eq!(&*past.read(&path("empty")).unwrap(), b"");
    assert_eq!(past.read(&path("docker/new")), Err(ReadError::Missing));
    assert_eq!(past.entry(&path("fresh/run.log")), None);
}

#[test]
fn the_history_says_what_each_commit_touched_below_the_root() {
    let root = repository();
    for number in 0..3 {
        fs::write(
            root.path().join("docker/run.sh"),
            format!("#!/bin/sh\n{number}\n"),
        )
        .unwrap();
        git(root.path(), &["commit", "-qam", "again"]);
    }
    fs::write(root.path().join("empty"), "full").unwrap();
    git(root.path(), &["commit", "-qam", "last"]);

    let disk = DiskTree::open(root.path()).unwrap();
    let script = || vec![path("docker/run.sh")];
    // The first commit brought everything, and is left out.
    let all = vec![vec![path("empty")], script(), script(), script()];
    assert_eq!(disk.history(10), all);
    assert_eq!(disk.history(2), [vec![path("empty")], script()]);

    let below = DiskTree::open(root.path().join("docker")).unwrap();
    assert_eq!(below.history(10), vec![vec![path("run.sh")]; 3]);
    let revision = GitTree::open(root.path(), "HEAD~3").unwrap();
    assert_eq!(revision.history(10), [script()]);
    let nowhere = tempfile::tempdir().unwrap();
    assert!(
        DiskTree::open(nowhere.path())
            .unwrap()
            .history(10)
            .is_empty()
    );
}
