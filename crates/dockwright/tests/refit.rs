//! `dockwright refit`: what it shows, writes and refuses.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;

use support::Repository;

fn shop() -> Repository {
    Repository::of(&[
        ("base/Dockerfile", "FROM debian:trixie\n"),
        ("web/Dockerfile", "FROM shop-base:1.0\nCMD [\"true\"]\n"),
        (
            "deploy/compose.yaml",
            "services:\n  base: {build: ../base, image: 'shop-base:1.0'}\n  web: {build: ../web, image: 'shop-web:1.0'}\n",
        ),
    ])
}

#[test]
fn every_refactoring_is_listed() {
    let run = Repository::new().run(&["refit", "list"]);
    assert_eq!((run.code, run.errors.as_str()), (0, ""));
    for refactoring in dockwright_refit::registry::all() {
        assert!(run.output.contains(refactoring.name()), "{run:?}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let run = shop().run(&["refit", "adopt-back"]);
    assert_eq!((run.code, run.output.as_str()), (2, ""));
    assert_eq!(
        run.errors,
        "error: there is no refactoring called `adopt-back`\n\
         hint: the nearest are: adopt-bake; `dockwright refit list` lists all\n"
    );
}

#[test]
fn a_diff_is_shown_that_git_applies_to_what_would_be_written() {
    let repository = shop();
    let shown = repository.run(&["refit", "adopt-bake"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(
        shown.errors,
        "note: nothing was written; `--write` writes it\n"
    );
    let file = repository.path("docker-bake.hcl");
    assert!(!file.exists());

    repository.git(&["init", "-q"]);
    repository.write("change.diff", &shown.output);
    repository.git(&["apply", "change.diff"]);
    let applied = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();

    let written = repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!(
        (written.code, written.output.as_str()),
        (0, "wrote docker-bake.hcl\n")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), applied);
}

#[test]
fn the_audit_finds_nothing_new_in_what_is_written() {
    let repository = shop();
    let before = repository.findings();
    repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!(repository.findings(), before);
}

#[test]
fn from_then_on_the_audit_reports_drift() {
    let repository = shop();
    repository.run(&["refit", "adopt-bake", "--write"]);
    repository.write(
        "deploy/compose.yaml",
        "services:\n  base: {build: ../base, image: 'shop-base:1.0'}\n  web: {build: {context: .., dockerfile: web/Dockerfile}}\n",
    );
    let findings = repository.findings();
    assert!(
        findings
            .iter()
            .any(|it| it.starts_with("bake-drift deploy/compose.yaml:3")),
        "{findings:?}"
    );
}

#[test]
fn a_second_time_it_refuses_and_changes_nothing() {
    let repository = shop();
    repository.run(&["refit", "adopt-bake", "--write"]);
    let file = repository.path("docker-bake.hcl");
    let before = fs::read(&file).unwrap();
    let run = repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!((run.code, run.output.as_str()), (4, ""));
    assert!(
        run.errors.starts_with(
            "error: the repository has a bake file already: `docker-bake.hcl`\nhint: "
        ),
        "{run:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let repository = shop();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("file");
    std::os::unix::fs::symlink(&target, repository.path("docker-bake.hcl")).unwrap();
    let run = repository.run(&["refit", "adopt-bake", "--write"]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(!target.exists());
}
