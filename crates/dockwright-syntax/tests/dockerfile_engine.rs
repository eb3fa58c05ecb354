//! The corpus against a real engine: `BuildKit` and the parser must accept and refuse the same.
//!
//! Needs `DOCKWRIGHT_DOCKER`, the `docker` program with buildx, and a reachable engine; without
//! the variable the test is skipped, unless `DOCKWRIGHT_REQUIRE_ENGINE` is set.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use dockwright_syntax::dockerfile::parse;

#[path = "dockerfile/expressions.rs"]
mod expressions;

/// How many engine calls run at once.
const WORKERS: usize = 4;

/// Files with flags that the engine's `BuildKit` may be too old to know.
const RECENT: &[&str] = &[
    "add-unpack",
    "copy-parents",
    "copy-every-flag",
    "add-every-flag",
    "run-network-security",
];

/// The program to call, if there is one.
fn docker() -> Option<PathBuf> {
    let docker = std::env::var_os("DOCKWRIGHT_DOCKER").map(PathBuf::from);
    if docker.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "DOCKWRIGHT_DOCKER is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_DOCKER is not set");
    }
    docker
}

#[test]
fn the_engine_accepts_and_refuses_the_same_files() {
    let Some(docker) = docker() else {
        return;
    };
    let context = tempfile::tempdir().unwrap();
    let files = Mutex::new(corpus());
    let differences = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(file) = files.lock().unwrap().pop() else {
                        return;
                    };
                    let found = compare(&docker, context.path(), &file);
                    differences.lock().unwrap().extend(found);
                }
            });
        }
    });
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Every file of the corpus.
fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfile_corpus");
    let mut files = Vec::new();
    for kind in ["accepted", "rejected"] {
        let entries = std::fs::read_dir(folder.join(kind)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    assert!(files.len() > 200);
    files
}

/// Says how the engine and the parser differ about `file`.
fn compare(docker: &Path, context: &Path, file: &Path) -> Option<String> {
    let name = file.file_stem()?.to_string_lossy().into_owned();
    let source = std::fs::read_to_string(file).unwrap();
    let tree = parse(&source);
    if tree
        .directives
        .iter()
        .any(|line| line.name.value == "syntax")
    {
        // The engine would fetch that frontend.
        return None;
    }
    let ours = tree.problems.first().map(|problem| problem.message.clone());
    let theirs = refusal(docker, context, &name, &source);
    let is_old =
        |message: &str| RECENT.contains(&name.as_str()) && message.contains("unknown flag");
    match (&ours, &theirs) {
        (None, None) | (Some(_), Some(_)) => None,
        (None, Some(message)) if is_old(message) => None,
        _ => Some(format!("{name}: parser {ours:?}, engine {theirs:?}")),
    }
}

/// Why the engine refuses a Dockerfile, if it does.
fn refusal(docker: &Path, context: &Path, name: &str, source: &str) -> Option<String> {
    // Listing the targets reads the file and nothing else. It does not look at the options of
    // `# check`, which the outline does.
    let call = if name.starts_with("directive-check") {
        "--call=outline,format=json"
    } else {
        "--call=targets,format=json"
    };
    match build(docker, context, &[call], source) {
        Err(message) => Some(message),
        Ok(targets) => targets
            .contains("\"targets\": null")
            .then(|| "no stages".to_owned()),
    }
}

/// Runs `docker buildx build` on a Dockerfile; gives what it prints, or why it refuses.
fn build(docker: &Path, context: &Path, options: &[&str], source: &str) -> Result<String, String> {
    let mut child = Command::new(docker)
        .args(["buildx", "build", "--progress=quiet", "--file=-"])
        .args(options)
        .arg(context)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(source.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("failed to solve"), "{message}");
    Err(message)
}

#[test]
fn the_engine_expands_the_same() {
    const IMAGE: &str = "dockwright-test-expressions";
    let Some(docker) = docker() else {
        return;
    };
    let context = tempfile::tempdir().unwrap();
    let mut head = "FROM scratch\n".to_owned();
    for (name, value) in expressions::VARIABLES {
        writeln!(head, "ENV {name}=\"{value}\"").unwrap();
    }
    let mut labels = head.clone();
    let mut expected = HashMap::new();
    for (index, (text, value)) in expressions::expressions().into_iter().enumerate() {
        let name = format!("label{index}");
        if let Some(value) = value {
            writeln!(labels, "LABEL {name} {text}").unwrap();
            expected.insert(name, value.to_owned());
        } else {
            let source = format!("{head}LABEL {name} {text}\n");
            let outline = build(&docker, context.path(), &["--call=outline"], &source);
            assert!(outline.is_err(), "{text}");
        }
    }
    build(
        &docker,
        context.path(),
        &["--load", "--tag", IMAGE],
        &labels,
    )
    .unwrap();
    let image = |arguments: &[&str]| {
        let output = Command::new(&docker)
            .arg("image")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    let format = "--format={{json .Config.Labels}}";
    let found: HashMap<String, String> =
        serde_json::from_slice(&image(&["inspect", format, IMAGE])).unwrap();
    image(&["rm", IMAGE]);
    assert_eq!(found, expected);
}
