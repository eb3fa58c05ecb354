//! Compose itself as the judge: what it accepts, and what it makes of it, must be what is resolved
//! here.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod compose_support;

use std::path::{Path, PathBuf};

use compose_support::{DiskLoader, ask_compose, differences, project_json, render, resolve};

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

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/compose")
        .join(kind);
    let entries = std::fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The files of a project: those that its `files` lists, else the default one and its override.
fn files(root: &Path) -> Vec<String> {
    if let Ok(list) = std::fs::read_to_string(root.join("files")) {
        return list.lines().map(str::to_owned).collect();
    }
    let names = [
        "compose.yaml",
        "compose.override.yml",
        "compose.override.yaml",
    ];
    let there = names.into_iter().filter(|name| root.join(name).exists());
    there.map(str::to_owned).collect()
}

#[test]
fn accepted_projects_are_what_compose_says_they_are() {
    let Some(program) = program() else { return };
    let mut wrong = Vec::new();
    let projects = fixtures("accepted");
    assert!(projects.len() >= 25);
    for root in projects {
        let files = files(&root);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let loader = DiskLoader::new(&root);
        let project = resolve(&root, &files, &loader);
        let name = root.file_name().unwrap().to_string_lossy();
        for problem in &project.problems {
            wrong.push(format!("{name}: {}", problem.message));
        }
        let printed = match ask_compose(&program, &root, &files) {
            Ok(printed) => project_json(&printed),
            Err(error) => {
                wrong.push(format!("{name}: Compose refuses it: {error}"));
                continue;
            }
        };
        let mut ours = render(&project, &root);
        compose_support::keep_used(&mut ours, &printed);
        let found = differences(&ours, &printed);
        wrong.extend(found.into_iter().map(|line| format!("{name}{line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn refused_files_have_a_problem() {
    let Some(program) = program() else { return };
    let mut wrong = Vec::new();
    for path in fixtures("refused") {
        let root = path.parent().unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        let loader = DiskLoader::new(root);
        let project = resolve(root, &[file], &loader);
        if project.problems.is_empty() && !loader.has_yaml_problems(&project) {
            wrong.push(format!("{file}: no problem is found"));
        }
        if ask_compose(&program, root, &[file]).is_ok() {
            wrong.push(format!("{file}: Compose accepts it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
