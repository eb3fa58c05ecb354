//! `dockwright undo`, what is recovered after a kill, and what is refused to be written.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;

use support::Repository;

fn shop() -> Repository {
    Repository::of(&[
        ("base/Dockerfile", "FROM debian:trixie\n"),
        ("web/Dockerfile", "FROM shop-base:1.0\nCMD [\"true\"]\n"),
        (
            "compose.yaml",
            "services:\n  base: {build: base, image: 'shop-base:1.0'}\n  web: {build: web, image: 'shop-web:1.0'}\n",
        ),
    ])
}

/// The same with a commit that has everything.
fn committed() -> Repository {
    let repository = shop();
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "all"]);
    repository
}

#[test]
fn the_last_write_is_taken_back_once() {
    let repository = shop();
    repository.run(&["refit", "adopt-bake", "--write"]);
    let file = repository.path("docker-bake.hcl");
    assert!(file.exists());
    let undone = repository.run(&["undo"]);
    assert_eq!(
        (undone.code, undone.output.as_str(), undone.errors.as_str()),
        (0, "removed docker-bake.hcl\n", "")
    );
    assert!(!file.exists());
    let again = repository.run(&["undo"]);
    assert_eq!((again.code, again.output.as_str()), (4, ""));
    insta::assert_snapshot!(again.errors, @"
    error: there is nothing to undo
    hint: what Dockwright wrote can be taken back, the last 20 times; git has the rest
    ");
}

#[test]
fn where_nothing_was_written_undo_leaves_no_trace() {
    let repository = shop();
    assert_eq!(repository.run(&["undo"]).code, 4);
    assert!(!repository.path(".dockwright").exists());
}

#[test]
fn what_was_changed_since_is_not_lost() {
    let repository = shop();
    repository.run(&["refit", "adopt-bake", "--write"]);
    repository.write("docker-bake.hcl", "# mine\n");
    let undone = repository.run(&["undo"]);
    assert_eq!((undone.code, undone.output.as_str()), (4, ""));
    insta::assert_snapshot!(undone.errors, @"
    error: `docker-bake.hcl` has changed since it was written
    hint: it would be lost; put it elsewhere, or make it as it was written
    ");
    let text = fs::read_to_string(repository.path("docker-bake.hcl")).unwrap();
    assert_eq!(text, "# mine\n");
}

#[test]
fn the_record_of_writes_is_no_part_of_the_repository() {
    let repository = shop();
    let before = repository.run(&["graph"]).output;
    repository.run(&["refit", "adopt-bake", "--write"]);
    // A file that would be read anywhere else.
    repository.write(".dockwright/Dockerfile", "FROM Upper/Case\n");
    repository.run(&["undo"]);
    assert_eq!(repository.run(&["graph"]).output, before);
}

#[test]
fn in_a_git_repository_nothing_of_it_is_seen() {
    let repository = committed();
    repository.run(&["refit", "adopt-bake", "--write"]);
    assert!(repository.path(".git/dockwright/undo").is_dir());
    assert!(!repository.path(".dockwright").exists());
    assert_eq!(
        repository.run(&["undo"]).output,
        "removed docker-bake.hcl\n"
    );
}

#[test]
fn changes_that_are_not_committed_are_not_blended_with_others() {
    let repository = committed();
    repository.write("web/Dockerfile", "FROM shop-base:1.0\nCMD [\"false\"]\n");
    repository.write("notes", "git does not know it\n");
    let refused = repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!((refused.code, refused.output.as_str()), (4, ""));
    insta::assert_snapshot!(refused.errors, @"
    error: `web/Dockerfile` has changes that are not committed
    hint: commit or stash them, or give `--allow-dirty`
    ");
    assert!(!repository.path("docker-bake.hcl").exists());

    repository.git(&["add", "web"]);
    let staged = repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!(staged.code, 4);
    let allowed = repository.run(&["refit", "adopt-bake", "--write", "--allow-dirty"]);
    assert_eq!(allowed.output, "wrote docker-bake.hcl\n");
}

#[test]
fn a_write_that_was_interrupted_is_finished_or_taken_back_by_whoever_comes_next() {
    let repository = shop();
    repository.run(&["refit", "adopt-bake", "--write"]);
    let file = repository.path("docker-bake.hcl");
    let written = fs::read(&file).unwrap();
    let state = repository.path(".dockwright");
    let journal = fs::read_to_string(state.join("undo/000001/journal.json")).unwrap();
    let id = journal
        .split("\"id\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let temporary = repository.path(&format!(".dockwright-{id}-0"));

    // As a kill just after the commit leaves it.
    fs::rename(&file, &temporary).unwrap();
    fs::rename(state.join("undo/000001"), state.join("committed")).unwrap();
    let audit = repository.run(&["audit", "--fail-on", "never"]);
    let note =
        "note: a change that was interrupted has been finished; `dockwright undo` takes it back\n";
    assert_eq!((audit.code, audit.errors.as_str()), (0, note));
    assert_eq!(fs::read(&file).unwrap(), written);
    assert!(!temporary.exists());
    assert_eq!(repository.run(&["graph"]).errors, "");

    // And as one just before.
    fs::rename(&file, &temporary).unwrap();
    fs::rename(state.join("undo/000001"), state.join("uncommitted")).unwrap();
    let graph = repository.run(&["graph"]);
    let note = "note: a change that was interrupted has been taken back\n";
    assert_eq!((graph.code, graph.errors.as_str()), (0, note));
    assert!(!file.exists() && !temporary.exists());
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_leaves_all_or_nothing() {
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::Duration;

    for milliseconds in (0..120).step_by(8) {
        let repository = shop();
        let mut child = Command::new(env!("CARGO_BIN_EXE_dockwright"))
            .args(["refit", "adopt-bake", "--write"])
            .current_dir(repository.root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        repository.run(&["graph"]);
        let mut names: Vec<String> = fs::read_dir(repository.root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".dockwright")
            .collect();
        names.sort();
        if names.iter().any(|name| name == "docker-bake.hcl") {
            assert_eq!(repository.run(&["undo"]).code, 0);
            names.retain(|name| name != "docker-bake.hcl");
        }
        assert_eq!(names, ["base", "compose.yaml", "web"]);
    }
}
