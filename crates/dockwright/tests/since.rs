//! `audit --since`: what a change brings, in real git repositories.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Repository, Run, run};

const RULE: &str = "invalid-image-reference";
const OLD: &str = "FROM Upper/Case:1\n";

/// A repository with one finding in one commit, tagged `old`.
fn committed() -> Repository {
    let repository = Repository::of(&[("app/Dockerfile", OLD)]);
    repository.git(&["init", "-q", "-b", "main"]);
    commit(&repository);
    repository.git(&["tag", "old"]);
    repository
}

fn commit(repository: &Repository) {
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", "more"]);
}

/// An audit by one rule; the output is JSON.
fn audit(repository: &Repository, arguments: &[&str]) -> Run {
    let first = ["audit", "--rule", RULE, "--format", "json"];
    repository.run(&[&first, arguments].concat())
}

/// The places of the findings that are new, and the number of older ones.
fn new(repository: &Repository, arguments: &[&str]) -> (Vec<String>, u64) {
    let run = audit(repository, arguments);
    let findings = run.findings();
    let code = i32::from(!findings.is_empty());
    assert_eq!((run.code, run.errors.as_str()), (code, ""), "{run:?}");
    let place = |finding: &String| finding.split(' ').nth(1).unwrap().to_owned();
    let json: Value = serde_json::from_str(&run.output).unwrap();
    let older = json["summary"]["older"].as_u64().unwrap();
    (findings.iter().map(place).collect(), older)
}

/// What a new finding at each place looks like, beside one older finding.
fn only(places: &[&str]) -> (Vec<String>, u64) {
    (places.iter().map(|&place| place.to_owned()).collect(), 1)
}

/// The error and hint of an audit that cannot be made.
fn refusal(repository: &Repository, arguments: &[&str]) -> String {
    let run = audit(repository, arguments);
    assert_eq!((run.code, run.output.as_str()), (4, ""), "{run:?}");
    run.errors
}

#[test]
fn nothing_is_new_in_what_did_not_change() {
    assert_eq!(new(&committed(), &["--since", "HEAD"]), only(&[]));
}

#[test]
fn what_is_not_committed_or_not_tracked_counts() {
    let repository = committed();
    repository.write("changed/Dockerfile", "FROM scratch\n");
    commit(&repository);
    repository.write("changed/Dockerfile", "FROM Changed/Image:1\n");
    repository.write("untracked/Dockerfile", "FROM Untracked/Image:1\n");
    let both = only(&["changed/Dockerfile:1", "untracked/Dockerfile:1"]);
    assert_eq!(new(&repository, &["--since", "HEAD"]), both);
}

#[test]
fn a_finding_that_only_moved_is_not_new() {
    let repository = committed();
    let moved = "# The image\n# of the application\nFROM   Upper/Case:1\n";
    repository.write("app/Dockerfile", moved);
    assert_eq!(new(&repository, &["--since", "old"]), only(&[]));
}

#[test]
fn a_second_finding_of_the_same_kind_is_new_once() {
    let repository = committed();
    repository.write("app/Dockerfile", OLD.repeat(2));
    assert_eq!(
        new(&repository, &["--since", "old"]),
        only(&["app/Dockerfile:2"])
    );
}

#[test]
fn a_finding_in_a_renamed_file_is_not_new() {
    let repository = committed();
    repository.git(&["mv", "app", "service"]);
    assert_eq!(new(&repository, &["--since", "old"]), only(&[]));
    commit(&repository);
    repository.write("service/Dockerfile", "FROM scratch\n");
    let committed = ["--since", "old", "--rev", "HEAD"];
    assert_eq!(new(&repository, &committed), only(&[]));
}

#[test]
fn a_message_that_names_a_renamed_directory_is_not_new() {
    let repository = Repository::of(&[
        ("app/Dockerfile", "FROM scratch\nCOPY missing /\n"),
        ("app/compose.yaml", "services: {app: {build: .}}\n"),
    ]);
    repository.git(&["init", "-q"]);
    commit(&repository);
    let missing = ["--rule", "copy-source-missing", "--since", "HEAD"];
    repository.git(&["mv", "app", "service"]);
    assert_eq!(new(&repository, &missing), only(&[]));
    let findings = audit(&repository, &missing[..2]).findings().join("\n");
    assert!(findings.contains("`service`"), "{findings}");
}

#[test]
fn a_revision_is_compared_with_another_without_the_files_on_disk() {
    let repository = committed();
    repository.write("web/Dockerfile", "FROM Web/Image:1\n");
    commit(&repository);
    fs::remove_dir_all(repository.path("web")).unwrap();
    fs::remove_dir_all(repository.path("app")).unwrap();
    let revisions = ["--since", "old", "--rev", "main"];
    assert_eq!(new(&repository, &revisions), only(&["web/Dockerfile:1"]));
}

#[test]
fn three_dots_stand_for_where_the_branches_parted() {
    let repository = committed();
    repository.git(&["switch", "-qc", "change"]);
    repository.write("web/Dockerfile", "FROM Web/Image:1\n");
    commit(&repository);
    repository.git(&["switch", "-q", "main"]);
    repository.write("app/Dockerfile", "FROM scratch\n");
    commit(&repository);
    repository.git(&["switch", "-q", "change"]);
    let brought = only(&["web/Dockerfile:1"]);
    assert_eq!(new(&repository, &["--since", "main..."]), brought);
    let committed = ["--since", "main...", "--rev", "change"];
    assert_eq!(new(&repository, &committed), brought);
    // Compared with the branch as it is now, what it mended is new.
    let both = ["app/Dockerfile:1", "web/Dockerfile:1"].map(str::to_owned);
    assert_eq!(new(&repository, &["--since", "main"]), (both.to_vec(), 0));
}

#[test]
fn a_finding_that_was_hidden_for_its_confidence_is_not_new() {
    let repository = committed();
    // What is wrong in a test may be meant.
    repository.git(&["mv", "app", "e2e"]);
    commit(&repository);
    assert_eq!(audit(&repository, &[]).findings(), Vec::<String>::new());
    repository.git(&["mv", "e2e", "app"]);
    assert_eq!(new(&repository, &["--since", "HEAD"]), only(&[]));
}

#[test]
fn the_configuration_of_now_holds_for_both() {
    let repository = committed();
    repository.write(
        "dockwright.toml",
        "[rules]\ninvalid-image-reference = \"off\"\n",
    );
    commit(&repository);
    let run = repository.run(&["audit", "--since", "old", "--rule", RULE, "--rev", "old"]);
    assert_eq!(run.code, 0, "{run:?}");
    repository.write(
        "dockwright.toml",
        "[rules]\ninvalid-image-reference = \"info\"\n",
    );
    let run = repository.run(&["audit", "--since", "HEAD"]);
    assert!(!run.output.contains(RULE), "{run:?}");
}

#[test]
fn every_format_leaves_out_what_is_older() {
    let repository = committed();
    repository.write("web/Dockerfile", "FROM Web/Image:1\n");
    for format in ["text", "json", "sarif", "github"] {
        let all = [
            "audit", "--rule", RULE, "--since", "old", "--format", format,
        ];
        let run = repository.run(&all);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.output.contains("web/Dockerfile"), "{run:?}");
        assert!(!run.output.contains("app/Dockerfile"), "{run:?}");
    }
    let text = repository.run(&["audit", "--rule", RULE, "--since", "old"]);
    assert!(text.output.contains("; 1 older left out"), "{text:?}");
}

#[test]
fn a_root_below_the_top_is_compared_with_the_same_directory() {
    let repository = committed();
    repository.write("web/Dockerfile", "FROM Web/Image:1\n");
    commit(&repository);
    assert_eq!(
        new(&repository, &["--root", "app", "--since", "old"]),
        only(&[])
    );
    // All is new in a directory that was not there.
    let all = (vec!["Dockerfile:1".to_owned()], 0);
    assert_eq!(new(&repository, &["--root", "web", "--since", "old"]), all);
    let committed = ["--root", "web", "--since", "old", "--rev", "HEAD"];
    assert_eq!(new(&repository, &committed), all);
}

#[test]
fn a_submodule_is_an_empty_directory_at_a_revision() {
    let library = committed();
    let repository = committed();
    let source = library.root().to_str().unwrap();
    let add = ["submodule", "--quiet", "add", source, "library"];
    repository.git(&[&["-c", "protocol.file.allow=always"], &add[..]].concat());
    commit(&repository);
    let committed = ["--since", "old", "--rev", "HEAD"];
    assert_eq!(new(&repository, &committed), only(&[]));
    assert_eq!(audit(&repository, &["--since", "old"]).errors, "");
}

#[test]
fn a_revision_that_is_not_there() {
    let repository = committed();
    for revision in ["nothing", "--help", "", "old..main", "old:app/Dockerfile"] {
        insta::allow_duplicates! {
            let errors = refusal(&repository, &[&format!("--since={revision}")]);
            insta::assert_snapshot!(errors.replace(&format!("`{revision}`"), "`REV`"), @"
error: the repository has no revision `REV`
hint: name a commit, branch or tag of the repository at `--root`; in a shallow clone, fetch it first
");
        }
    }
    insta::assert_snapshot!(refusal(&repository, &["--since", "nothing..."]), @"
error: the repository has no revision `nothing`
hint: name a commit, branch or tag of the repository at `--root`; in a shallow clone, fetch it first
");
    insta::assert_snapshot!(refusal(&repository, &["--since", "old", "--rev", "nothing"]), @"
error: the repository has no revision `nothing`
hint: name a commit, branch or tag of the repository at `--root`
");
}

#[test]
fn a_shallow_clone_does_not_reach_back() {
    let whole = committed();
    whole.git(&["switch", "-qc", "change"]);
    whole.write("web/Dockerfile", "FROM Web/Image:1\n");
    commit(&whole);
    let clone = Repository::new();
    let source = format!("file://{}", whole.root().display());
    let shallow = [
        "clone",
        "-q",
        "--depth=1",
        "--no-single-branch",
        &source,
        ".",
    ];
    clone.git(&[&shallow[..4], &["--no-tags"], &shallow[4..]].concat());
    insta::assert_snapshot!(refusal(&clone, &["--since", "HEAD~1"]), @"
error: the repository has no revision `HEAD~1`
hint: name a commit, branch or tag of the repository at `--root`; in a shallow clone, fetch it first
");
    insta::assert_snapshot!(refusal(&clone, &["--since", "origin/main..."]), @"
error: `origin/main` and `HEAD` have no commit in common
hint: in a shallow clone, fetch more of the history
");
    // Both ends are there.
    assert_eq!(
        new(&clone, &["--since", "origin/main"]),
        only(&["web/Dockerfile:1"])
    );
}

#[test]
fn a_bare_repository_has_revisions_only() {
    let repository = committed();
    repository.write("web/Dockerfile", "FROM Web/Image:1\n");
    commit(&repository);
    let bare = Repository::new();
    let source = repository.root().to_str().unwrap();
    bare.git(&["clone", "-q", "--bare", source, "."]);
    let revisions = ["--since", "old", "--rev", "main"];
    assert_eq!(new(&bare, &revisions), only(&["web/Dockerfile:1"]));
    insta::assert_snapshot!(refusal(&bare, &["--since", "old"]), @"
error: `.` is no working tree
hint: name the commit to audit with `--rev`
");
}

#[test]
fn a_directory_without_git_and_a_system_without_git() {
    let directory = Repository::of(&[("Dockerfile", OLD)]);
    let place = directory.root().display().to_string();
    let errors = refusal(&directory, &["--root", &place, "--since", "HEAD"]);
    insta::assert_snapshot!(errors.replace(&place, "DIRECTORY"), @"
error: DIRECTORY is in no git repository
hint: give a git repository with `--root`, or leave out `--since`
");

    let repository = committed();
    let program = env!("CARGO_BIN_EXE_dockwright");
    let without = run(
        &["env", "PATH=/nowhere", program],
        repository.root(),
        &["audit", "--since", "HEAD"],
    );
    assert_eq!(without.code, 4, "{without:?}");
    insta::assert_snapshot!(without.errors, @"
error: git failed: No such file or directory (os error 2)
hint: install git, or see why it cannot read the repository
");
}
