//! The scripts that pre-commit and the GitHub Action run, with this program on the `PATH`.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::Repository;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A script of the checkout, run in a repository.
fn run(
    script: &str,
    arguments: &[&str],
    inputs: &[(&str, &str)],
    repository: &Repository,
) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_dockwright"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    Command::new(checkout().join(script))
        .args(arguments)
        .current_dir(repository.path(""))
        .env("PATH", path)
        .envs(inputs.iter().copied())
        .output()
        .unwrap()
}

fn repository() -> Repository {
    Repository::of(&[("Dockerfile", "FROM Upper/Case:1\n")])
}

#[test]
fn every_hook_is_a_call_that_works() {
    let hooks = std::fs::read_to_string(checkout().join(".pre-commit-hooks.yaml")).unwrap();
    let entries = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: "));
    let mut seen = 0;
    let repository = repository();
    for entry in entries {
        let words: Vec<&str> = entry.split(' ').collect();
        let output = run(words[0], &words[1..], &[], &repository);
        // There is no revision to compare with in this repository: that is told, and no usage.
        let expected = if words.contains(&"--since") { 4 } else { 1 };
        assert_eq!(output.status.code(), Some(expected), "{entry}: {output:?}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn the_inputs_of_the_action_become_options() {
    let repository = repository();
    let output = run("scripts/action", &[], &[], &repository);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("::error file=Dockerfile,line=1"), "{text}");
    let inputs = [
        ("DOCKWRIGHT_FORMAT", "sarif"),
        ("DOCKWRIGHT_OUTPUT", "out.sarif"),
        ("DOCKWRIGHT_FAIL_ON", "never"),
    ];
    let output = run("scripts/action", &[], &inputs, &repository);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let file = std::fs::read_to_string(repository.path("out.sarif")).unwrap();
    assert!(file.contains("\"version\": \"2.1.0\""), "{file}");
}

#[test]
fn the_action_gives_the_script_every_input() {
    let action = std::fs::read_to_string(checkout().join("action.yml")).unwrap();
    let script = std::fs::read_to_string(checkout().join("scripts/action")).unwrap();
    for input in ["path", "since", "format", "output", "fail-on"] {
        let variable = format!("DOCKWRIGHT_{}", input.to_uppercase().replace('-', "_"));
        assert!(action.contains(&format!("\n  {input}:\n")), "{input}");
        assert!(
            action.contains(&format!("{variable}: ${{{{ inputs.{input} }}}}")),
            "{input}"
        );
        assert!(script.contains(&variable), "{input}");
    }
}
