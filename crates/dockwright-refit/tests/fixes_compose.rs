//! Compose itself as the judge: what it makes of a project must be the same before and after its files
//! are repaired safely.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dockwright_audit::{Confidence, Family, Finding, Safety};
use dockwright_environment::tree::DiskTree;
use dockwright_environment::{Environment, ReadOptions, Tree};
use dockwright_refit::fixes::{Selection, fix};
use dockwright_refit::{Context, write};
use dockwright_settings::Settings;
use serde_json::Value as Json;

/// The program, if there is one to ask.
fn program() -> Option<String> {
    let program = std::env::var("DOCKWRIGHT_COMPOSE").ok();
    if program.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ORACLES").is_none(),
            "DOCKWRIGHT_COMPOSE is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_COMPOSE is not set");
    }
    program
}

/// Projects that Compose accepts, with all that its files may hold.
fn projects() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../dockwright-environment/tests/compose/accepted");
    let entries = std::fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What Compose makes of a project; the order of ports, which it prints, means nothing.
fn asked(program: &str, root: &Path) -> Result<Json, String> {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", "/home/nobody");
    command.current_dir(root);
    let files = std::fs::read_to_string(root.join("files")).unwrap_or_default();
    for file in files.lines() {
        command.arg("-f").arg(file);
    }
    command.args(["--profile", "*", "config", "--format", "json"]);
    let output = command.output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut project: Json = serde_json::from_slice(&output.stdout).unwrap();
    let services = project.get_mut("services").and_then(Json::as_object_mut);
    for service in services.into_iter().flat_map(|all| all.values_mut()) {
        if let Some(ports) = service.get_mut("ports").and_then(Json::as_array_mut) {
            ports.sort_by_key(ToString::to_string);
        }
    }
    Ok(project)
}

/// Repairs what is found in the Compose files below `root`; how much that was.
fn repair(root: &Path) -> usize {
    let tree: Arc<dyn Tree> = Arc::new(DiskTree::open(root).unwrap());
    let options = ReadOptions::default();
    let environment = Environment::read(tree, &options);
    let mut settings = Settings::default();
    settings.audit.confidence = Confidence::Low;
    let cx = Context {
        environment: &environment,
        options: &options,
        settings: &settings,
        revision: None,
    };
    // What an override clears is to be another.
    let includes = |_: &Environment, finding: &Finding| {
        finding.rule.family == Family::Compose && finding.rule.name != "ineffective-override"
    };
    let outcome = fix(
        cx,
        Selection {
            safety: Safety::Safe,
            includes: &includes,
        },
    );
    assert!(outcome.refused.is_empty(), "{:#?}", outcome.refused);
    write(&outcome.changes, root).unwrap();
    outcome.fixed.len()
}

#[test]
fn a_safe_fix_changes_nothing_for_compose() {
    let Some(program) = program() else { return };
    let (mut wrong, mut repaired) = (Vec::new(), 0);
    for project in projects() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("project");
        copy(&project, &root);
        let before = asked(&program, &root);
        repaired += repair(&root);
        if before.is_err() || before != asked(&program, &root) {
            wrong.push(project.file_name().unwrap().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(repaired >= 50, "{repaired}");
}
