//! `dockwright fix`: what it repairs, shows and refuses.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;

use support::Repository;

const COMPOSE: &str = "services:\r\n  base:\r\n    build: .\r\n    image: shop-base:1.0 # ours\r\n  tests:\r\n    image: shop-base\r\n";

fn shop() -> Repository {
    Repository::of(&[
        (
            "Dockerfile",
            "FROM debian:trixie AS Base\n# kept\nFROM Base\n",
        ),
        ("compose.yaml", COMPOSE),
    ])
}

#[test]
fn what_is_safe_is_repaired_and_told() {
    let repository = shop();
    let run = repository.run(&[
        "fix",
        "--confidence",
        "low",
        "--rule",
        "tag-skew",
        "--rule",
        "StageNameCasing",
    ]);
    assert_eq!((run.code, run.errors.as_str()), (0, ""));
    insta::assert_snapshot!(run.output, @r#"
    fixed
      Dockerfile: uppercase-stage-name
      compose.yaml: tag-skew
    2 findings fixed in 2 files, 0 held back, 0 left as they were, 0 for you to decide
    "#);
    let read = |path| fs::read_to_string(repository.path(path)).unwrap();
    assert_eq!(
        read("Dockerfile"),
        "FROM debian:trixie AS base\n# kept\nFROM Base\n"
    );
    // Line endings stay, and nothing else changes.
    assert_eq!(
        read("compose.yaml"),
        COMPOSE.replace("image: shop-base\r", "image: shop-base:1.0\r")
    );
    let again = repository.run(&[
        "fix",
        "--confidence",
        "low",
        "--rule",
        "tag-skew",
        "--check",
    ]);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn a_diff_writes_nothing_and_is_what_git_applies() {
    let repository = shop();
    let shown = repository.run(&["fix", "--diff", "--confidence", "low"]);
    assert_eq!(shown.code, 0);
    assert_eq!(
        fs::read_to_string(repository.path("compose.yaml")).unwrap(),
        COMPOSE
    );
    repository.git(&["init", "-q"]);
    repository.write("change.diff", &shown.output);
    repository.git(&["apply", "change.diff"]);
    fs::remove_file(repository.path("change.diff")).unwrap();
    let check = repository.run(&["fix", "--check", "--confidence", "low"]);
    assert_eq!(check.code, 0, "{check:?}");
}

#[test]
fn a_check_fails_where_something_can_be_repaired() {
    let repository = shop();
    let run = repository.run(&["fix", "--check", "--confidence", "low"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(
        fs::read_to_string(repository.path("compose.yaml")).unwrap(),
        COMPOSE
    );
}

#[test]
fn only_what_is_asked_for_is_repaired() {
    let repository = shop();
    repository.run(&["fix", "Dockerfile", "--confidence", "low"]);
    assert_eq!(
        fs::read_to_string(repository.path("compose.yaml")).unwrap(),
        COMPOSE
    );
    let run = repository.run(&["fix", "--rule", "no-such-rule"]);
    assert_eq!(run.code, 2);
    assert!(run.errors.starts_with("error: "), "{run:?}");
}

#[test]
fn what_needs_a_look_is_held_back() {
    let repository = Repository::of(&[
        ("Dockerfile", "FROM debian:trixie\n"),
        (
            "compose.yaml",
            "services:\n  base:\n    build: .\n    image: shop-base:1.0\n  tests:\n    image: shop-base:2.0\n",
        ),
    ]);
    let held = repository.run(&["fix", "--rule", "unbuilt-image"]);
    insta::assert_snapshot!(held.output, @r#"
    held back; `--unsafe` repairs them, build and look afterwards
      compose.yaml: unbuilt-image
    0 findings fixed in 0 files, 1 held back, 0 left as they were, 0 for you to decide
    "#);
    let done = repository.run(&["fix", "--rule", "unbuilt-image", "--unsafe"]);
    insta::assert_snapshot!(done.output, @r#"
    fixed
      compose.yaml: unbuilt-image
    1 finding fixed in 1 file, 0 held back, 0 left as they were, 0 for you to decide
    "#);
}

#[test]
fn what_only_a_person_can_finish_is_shown_and_not_written() {
    let dockerfile = "FROM debian:trixie\nADD https://example.com/a.bin /a.bin\n";
    let repository = Repository::of(&[("Dockerfile", dockerfile)]);
    let run = repository.run(&["fix", "--unsafe", "--rule", "unpinned-download"]);
    insta::assert_snapshot!(run.output, @r#"
    for you to do
      Dockerfile:2 unpinned-download: write `ADD --checksum=sha256:…`
    0 findings fixed in 0 files, 0 held back, 0 left as they were, 1 for you to decide
    "#);
    assert_eq!(
        fs::read_to_string(repository.path("Dockerfile")).unwrap(),
        dockerfile
    );
}
