//! `dockwright mv`: what it moves, rewrites, refuses and takes back.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;
use std::process::Command;

use support::Repository;

fn shop() -> Repository {
    let repository = Repository::of(&[
        (
            "docker/web/Dockerfile",
            "FROM debian:trixie\nCOPY run.sh /run.sh\nCMD [\"/run.sh\"]\n",
        ),
        ("docker/web/run.sh", "#!/bin/sh\necho\n"),
        (
            "compose.yaml",
            "services:\n  web: {build: ./docker/web, image: 'shop-web:1.0'}\n",
        ),
        ("README.md", "`docker build -t shop-web:1.0 docker/web`\n"),
    ]);
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "all"]);
    repository
}

fn status(repository: &Repository) -> String {
    let run = Command::new("git")
        .current_dir(repository.root())
        .args(["status", "--porcelain"])
        .output()
        .unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn a_directory_moves_with_its_mentions_and_back() {
    let repository = shop();
    let findings = repository.findings().len();
    let run = repository.run(&["mv", "docker/web", "images/web"]);
    insta::assert_snapshot!(format!("{}{}{}", run.output, run.errors, status(&repository)), @r#"
    renamed docker/web/Dockerfile -> images/web/Dockerfile
    renamed docker/web/run.sh -> images/web/run.sh
    rewrote README.md:1: docker/web -> images/web
    rewrote compose.yaml:2: ./docker/web -> ./images/web
     M README.md
     M compose.yaml
    R  docker/web/Dockerfile -> images/web/Dockerfile
    R  docker/web/run.sh -> images/web/run.sh
    "#);
    assert_eq!(repository.findings().len(), findings);

    let undone = repository.run(&["undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(status(&repository), "");
}

#[test]
fn a_mention_that_is_not_understood_stops_it_unless_it_is_left() {
    let repository = shop();
    repository.write("main.go", "var path = join(\"docker/web\", name)\n");
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "go"]);
    let run = repository.run(&["mv", "docker/web", "images/web"]);
    assert_eq!((run.code, run.output.as_str()), (4, ""));
    insta::assert_snapshot!(run.errors, @r#"
    main.go:1: `docker/web`: it is not known what it is relative to
    error: `docker/web` is not moved: 1 mention cannot be rewritten with certainty
    hint: change them by hand first, or give `--leave` to move it and leave them as they are
    "#);
    assert_eq!(status(&repository), "");

    let run = repository.run(&["mv", "docker/web", "images/web", "--leave"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.output.contains("left main.go:1: `docker/web`"),
        "{run:?}"
    );
}

#[test]
fn a_diff_writes_nothing() {
    let repository = shop();
    let run = repository.run(&["mv", "docker/web", "images/web", "--diff"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(status(&repository), "");
    repository.write("change.diff", &run.output);
    repository.git(&["apply", "change.diff"]);
    let compose = fs::read_to_string(repository.path("compose.yaml")).unwrap();
    assert!(compose.contains("build: ./images/web"), "{compose}");
}

#[test]
fn work_that_is_in_no_commit_is_not_blended_with() {
    let repository = shop();
    repository.write("compose.yaml", "services:\n  web: {build: ./docker/web}\n");
    let run = repository.run(&["mv", "docker/web", "images/web"]);
    assert_eq!(
        (run.code, run.errors.as_str()),
        (
            4,
            "error: `compose.yaml` has changes that are not committed\nhint: commit or stash them, or give `--allow-dirty`\n"
        )
    );
}
