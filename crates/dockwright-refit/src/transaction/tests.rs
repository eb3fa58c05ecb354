//! Processes that are killed, and disks that fail, at every step.

#![cfg(unix)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use dockwright_environment::TreePath;
use tempfile::TempDir;

use super::disk::{Disk, Mode, Operation, RealDisk};
use super::place::Place;
use super::undo::undo_on;
use super::{recover, undo, write, write_on};
use crate::{ChangeSet, Node, Recovered, Undone};

#[path = "../../tests/support/snapshot.rs"]
mod snapshot;

use snapshot::snapshot;

/// A disk that lets some operations through and then fails: once, or for ever as after a kill.
struct FailingDisk {
    left: Cell<usize>,
    is_killed: bool,
}

impl FailingDisk {
    /// A process that is killed after so many operations, in the midst of the next.
    fn kill_after(operations: usize) -> Self {
        Self {
            left: Cell::new(operations),
            is_killed: true,
        }
    }

    /// A disk on which one operation fails after so many.
    fn fail_after(operations: usize) -> Self {
        Self {
            is_killed: false,
            ..Self::kill_after(operations)
        }
    }

    /// Whether the operation that fails was reached.
    fn has_failed(&self) -> bool {
        self.left.get() == usize::MAX
    }
}

impl Disk for FailingDisk {
    fn run(&self, operation: Operation<'_>) -> io::Result<()> {
        if matches!(operation, Operation::Sync { .. }) {
            // It changes nothing that another process sees.
            return Ok(());
        }
        match self.left.get() {
            usize::MAX if self.is_killed => Err(io::Error::other("killed")),
            usize::MAX => RealDisk.run(operation),
            0 => {
                self.left.set(usize::MAX);
                if let Operation::Write { path, content, .. } = operation {
                    let half = content.get(..content.len() / 2).unwrap_or_default();
                    RealDisk.run(Operation::Write {
                        path,
                        content: half,
                        mode: Mode::Exactly(0o600),
                    })?;
                }
                Err(io::Error::other("no space left"))
            }
            left => {
                self.left.set(left - 1);
                RealDisk.run(operation)
            }
        }
    }
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

/// A tree and a change set with every kind of change.
fn tree() -> (TempDir, ChangeSet) {
    let root = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str, mode| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    file("edited", "old\n", 0o640);
    file("script", "run\n", 0o644);
    file("old/deep/moved", "moved\n", 0o755);
    file("old/gone", "gone\n", 0o600);
    file("one", "1\n", 0o644);
    file("two", "2\n", 0o644);
    symlink("moved", root.path().join("old/deep/link")).unwrap();
    fs::set_permissions(root.path().join("old"), Permissions::from_mode(0o700)).unwrap();
    let swap = |content: &[u8; 2]| Node::file(*content);
    let changes = ChangeSet::default()
        .replace(path("edited"), *b"old\n", *b"new\n")
        .set_executable(path("script"), *b"run\n", true)
        .create(path("made/for/this"), *b"made\n")
        .delete(path("old/gone"), Node::file(*b"gone\n"))
        .rename(
            path("old/deep/moved"),
            path("new/moved"),
            Node::executable(*b"moved\n"),
            Node::executable(*b"moved and edited\n"),
        )
        .rename(
            path("old/deep/link"),
            path("new/link"),
            Node::link("moved"),
            Node::link("moved"),
        )
        .rename(path("one"), path("two"), swap(b"1\n"), swap(b"1\n"))
        .rename(path("two"), path("one"), swap(b"2\n"), swap(b"2\n"));
    (root, changes)
}

/// Nothing is left of a write but what takes it back.
fn assert_nothing_is_pending(root: &Path) {
    assert!(!Place::find(root).unwrap().is_pending());
}

/// The tree before and after the change.
fn old_and_new() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (root, changes) = tree();
    let old = snapshot(root.path());
    write(&changes, root.path()).unwrap();
    (old, snapshot(root.path()))
}

#[test]
fn every_kind_of_change_is_written() {
    let (_, new) = old_and_new();
    // The modes of what is made are up to the mask of the process.
    let is_old = |path: &str| !path.starts_with("made") && path != "new";
    let lines = new.iter().filter(|(path, _)| is_old(path));
    let lines: Vec<String> = lines
        .map(|(path, what)| format!("{path}: {what}"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    edited: 640 "new\n"
    new/link: -> moved
    new/moved: 755 "moved and edited\n"
    one: 644 "2\n"
    script: 755 "run\n"
    two: 644 "1\n"
    "#);
    assert!(new["made/for/this"].ends_with("\"made\\n\""));
}

#[test]
fn a_process_killed_at_any_step_leaves_the_old_tree_or_the_new() {
    let (old, new) = old_and_new();
    let mut outcomes = Vec::new();
    for step in 0.. {
        let (root, changes) = tree();
        let disk = FailingDisk::kill_after(step);
        let written = write_on(&disk, &changes, root.path());
        let recovered = recover(root.path()).unwrap();
        assert_nothing_is_pending(root.path());
        let found = snapshot(root.path());
        assert!(found == old || found == new, "step {step}: {found:#?}");
        let is_new = found == new;
        assert_eq!(undo(root.path()).is_ok(), is_new, "step {step}");
        assert_eq!(snapshot(root.path()), old, "step {step}");
        if let Some(recovered) = &recovered {
            assert_eq!((recovered.is_finished, recovered.left.len()), (is_new, 0));
        }
        outcomes.push(is_new);
        if !disk.has_failed() {
            written.unwrap();
            break;
        }
    }
    // There is one point from which on it is the new one.
    assert!(outcomes.is_sorted() && outcomes.len() > 30, "{outcomes:?}");
    assert_eq!(outcomes.first(), Some(&false));
}

#[test]
fn a_recovery_killed_at_any_step_is_recovered() {
    let (old, new) = old_and_new();
    // Around the commit point and at some steps before and after it.
    for step in (0..60).step_by(4) {
        for again in 0.. {
            let (root, changes) = tree();
            let _ = write_on(&FailingDisk::kill_after(step), &changes, root.path());
            let disk = FailingDisk::kill_after(again);
            let place = Place::find(root.path()).unwrap();
            {
                let _lock = place.lock().unwrap();
                let transaction = super::Transaction::new(&disk, &place);
                let _ = super::recover::settle(&transaction);
            }
            recover(root.path()).unwrap();
            assert_nothing_is_pending(root.path());
            let found = snapshot(root.path());
            assert!(found == old || found == new, "{step}, {again}: {found:#?}");
            if !disk.has_failed() {
                break;
            }
        }
    }
}

#[test]
fn a_disk_that_fails_at_any_step_leaves_the_old_tree_at_once() {
    let (old, new) = old_and_new();
    for step in 0.. {
        let (root, changes) = tree();
        let disk = FailingDisk::fail_after(step);
        let written = write_on(&disk, &changes, root.path());
        assert_nothing_is_pending(root.path());
        let expected = if written.is_ok() { &new } else { &old };
        assert_eq!(snapshot(root.path()), *expected, "step {step}");
        if !disk.has_failed() {
            break;
        }
        let refusal = written.unwrap_err();
        assert!(refusal.error.ends_with("no space left"), "{refusal:?}");
        assert!(
            refusal.hint.starts_with("nothing was changed"),
            "{refusal:?}"
        );
    }
}

#[test]
fn an_undo_killed_at_any_step_leaves_the_old_tree_or_the_new() {
    let (old, new) = old_and_new();
    let mut outcomes = Vec::new();
    for step in 0.. {
        let (root, changes) = tree();
        write(&changes, root.path()).unwrap();
        let disk = FailingDisk::kill_after(step);
        let _ = undo_on(&disk, root.path());
        recover(root.path()).unwrap();
        assert_nothing_is_pending(root.path());
        let found = snapshot(root.path());
        assert!(found == old || found == new, "step {step}: {found:#?}");
        // What is not taken back yet still can be.
        assert_eq!(undo(root.path()).is_ok(), found == new, "step {step}");
        assert_eq!(snapshot(root.path()), old, "step {step}");
        outcomes.push(found == old);
        if !disk.has_failed() {
            break;
        }
    }
    assert!(outcomes.is_sorted() && outcomes.len() > 30, "{outcomes:?}");
}

#[test]
fn a_file_changed_after_the_kill_is_left_alone() {
    let (_, mut new) = old_and_new();
    for step in 0.. {
        let (root, changes) = tree();
        let disk = FailingDisk::kill_after(step);
        let _ = write_on(&disk, &changes, root.path());
        assert!(disk.has_failed());
        if !Place::find(root.path()).unwrap().committed().exists() {
            continue;
        }
        // Killed as soon as it was committed.
        let edited = root.path().join("edited");
        fs::write(&edited, "by hand\n").unwrap();
        let expected = Recovered {
            is_finished: true,
            left: vec!["edited".to_owned()],
        };
        assert_eq!(recover(root.path()).unwrap(), Some(expected));
        new.insert("edited".to_owned(), "640 \"by hand\\n\"".to_owned());
        assert_eq!(snapshot(root.path()), new);
        break;
    }
}

#[test]
fn two_do_not_write_at_once() {
    let (root, changes) = tree();
    let old = snapshot(root.path());
    let place = Place::find(root.path()).unwrap();
    let lock = place.lock().unwrap();
    let refusal = write(&changes, root.path()).unwrap_err();
    assert_eq!(refusal.error, "another process is changing this repository");
    assert_eq!(snapshot(root.path()), old);
    drop(lock);
    write(&changes, root.path()).unwrap();
}

#[test]
fn the_state_directory_is_in_gits_own() {
    let place = |root: &Path, git: &Path| {
        let changes = ChangeSet::default().create(path("new"), *b"new\n");
        write(&changes, root).unwrap();
        assert!(git.join("dockwright/undo/000001/journal.json").is_file());
        assert!(!root.join(".dockwright").exists());
    };
    let root = tempfile::tempdir().unwrap();
    let git = root.path().join("main/.git");
    for directory in ["main/.git/worktrees/linked", "main/below", "linked"] {
        fs::create_dir_all(root.path().join(directory)).unwrap();
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(git.join("worktrees/linked/HEAD"), "ref: refs/heads/x\n").unwrap();
    let pointer = format!("gitdir: {}\n", git.join("worktrees/linked").display());
    fs::write(root.path().join("linked/.git"), pointer).unwrap();
    place(&root.path().join("main/below"), &git);
    place(&root.path().join("linked"), &git.join("worktrees/linked"));

    // From wherever it is asked, the last write of the working tree is taken back.
    let undone = undo(&root.path().join("main")).unwrap();
    assert_eq!(undone, [Undone::Removed("below/new".to_owned())]);
}

#[test]
fn without_git_it_is_hidden_at_the_root() {
    let (root, changes) = tree();
    write(&changes, root.path()).unwrap();
    let state = root.path().join(".dockwright");
    assert_eq!(fs::read(state.join(".gitignore")).unwrap(), b"*\n");
    assert!(state.join("undo/000001").is_dir());
}

#[test]
fn the_last_twenty_writes_can_be_taken_back() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "0").unwrap();
    for number in 1..=25 {
        let (before, after) = ((number - 1).to_string(), number.to_string());
        let changes =
            ChangeSet::default().replace(path("file"), before.into_bytes(), after.into_bytes());
        write(&changes, root.path()).unwrap();
    }
    for number in (5..25).rev() {
        undo(root.path()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), number.to_string());
    }
    let refusal = undo(root.path()).unwrap_err();
    assert_eq!(refusal.error, "there is nothing to undo");
}

#[test]
fn undo_loses_nothing_that_was_done_since() {
    let (root, changes) = tree();
    write(&changes, root.path()).unwrap();
    let gone = root.path().join("old/gone");
    fs::create_dir_all(gone.parent().unwrap()).unwrap();
    fs::write(&gone, "new\n").unwrap();
    let refusal = undo(root.path()).unwrap_err();
    assert_eq!(refusal.error, "`old/gone` has changed since it was written");
    fs::remove_dir_all(root.path().join("old")).unwrap();

    let script = root.path().join("script");
    fs::set_permissions(&script, Permissions::from_mode(0o644)).unwrap();
    let refusal = undo(root.path()).unwrap_err();
    assert_eq!(refusal.error, "`script` has changed since it was written");
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();

    // A directory that was made and has something else in it by now stays.
    fs::write(root.path().join("new/mine"), "mine\n").unwrap();
    undo(root.path()).unwrap();
    assert!(root.path().join("new/mine").exists());
    assert!(!root.path().join("made").exists());
}

#[test]
fn a_journal_that_leads_out_of_the_tree_is_not_followed() {
    for name in ["../outside", ".git/hooks/pre-commit", "/etc/passwd"] {
        let (root, changes) = tree();
        write(&changes, root.path()).unwrap();
        let place = Place::find(root.path()).unwrap();
        fs::rename(place.entry(1), place.committed()).unwrap();
        let journal = place.committed().join("journal.json");
        let text = fs::read_to_string(&journal).unwrap();
        fs::write(&journal, text.replace("\"script\"", &format!("\"{name}\""))).unwrap();
        let before = snapshot(root.path());
        let refusal = recover(root.path()).unwrap_err();
        assert!(
            refusal.error.contains("is no path of the repository"),
            "{refusal:?}"
        );
        assert_eq!(snapshot(root.path()), before);
    }
}

fn names(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn files_are_created_and_replaced_and_keep_their_mode() {
    let root = tempfile::tempdir().unwrap();
    let script = root.path().join("run.sh");
    fs::write(&script, "old\n").unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o750)).unwrap();
    let changes = ChangeSet::default()
        .replace(path("run.sh"), *b"old\n", *b"new\n")
        .create(path("a/b/c"), *b"made\n");
    write(&changes, root.path()).unwrap();
    assert_eq!(fs::read(&script).unwrap(), b"new\n");
    let mode = script.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    assert_eq!(fs::read(root.path().join("a/b/c")).unwrap(), b"made\n");
    assert_eq!(names(root.path()), [".dockwright", "a", "run.sh"]);
}

#[test]
fn a_new_file_has_the_mode_that_others_have() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("other"), "").unwrap();
    write(&ChangeSet::default().create(path("new"), *b""), root.path()).unwrap();
    let mode = |name| {
        let metadata = root.path().join(name).metadata().unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("new"), mode("other"));
}

#[test]
fn one_that_cannot_be_written_leaves_all_as_they_were() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a"), "old\n").unwrap();
    fs::write(root.path().join("z"), "changed since\n").unwrap();
    let changes = ChangeSet::default()
        .replace(path("a"), *b"old\n", *b"new\n")
        .create(path("m/n"), *b"made\n")
        .replace(path("z"), *b"old\n", *b"new\n");
    let refusal = write(&changes, root.path()).unwrap_err();
    assert_eq!(refusal.error, "`z` has changed since it was read");
    assert_eq!(fs::read(root.path().join("a")).unwrap(), b"old\n");
    assert_eq!(names(root.path()), [".dockwright", "a", "z"]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let outside = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    symlink(outside.path(), root.path().join("docs")).unwrap();
    symlink(outside.path().join("x"), root.path().join("x")).unwrap();
    for name in ["docs/a", "x"] {
        let changes = ChangeSet::default().create(path(name), *b"new\n");
        write(&changes, root.path()).unwrap_err();
    }
    fs::write(outside.path().join("x"), "old\n").unwrap();
    let changes = ChangeSet::default().replace(path("x"), *b"old\n", *b"new\n");
    write(&changes, root.path()).unwrap_err();
    assert_eq!(fs::read(outside.path().join("x")).unwrap(), b"old\n");
    assert_eq!(names(outside.path()), ["x"]);
    assert_eq!(names(root.path()), [".dockwright", "docs", "x"]);
}
