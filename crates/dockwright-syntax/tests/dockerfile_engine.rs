//! The corpus against a real engine: `BuildKit` and the parser must accept and refuse the same.
//!
//! Needs `DOCKWRIGHT_DOCKER`, the `docker` program with buildx, and a reachable engine; without
//! the variable the test is skipped, unless `DOCKWRIGHT_REQUIRE_ENGINE` is set.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;

use dockwright_syntax::LineIndex;
use dockwright_syntax::dockerfile::{Dockerfile, InstructionKind, Stage, parse, validate};
use serde_json::Value;

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
    for kind in ["accepted", "refused", "rejected"] {
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
    let ours = match tree.problems.first() {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(stages(&tree, &source)),
    };
    if ours.is_ok()
        && let Some(difference) = compare_conversion(docker, context, &name, &source, &tree)
    {
        return Some(difference);
    }
    let theirs = targets(docker, context, &name, &source);
    let is_same = match (&ours, &theirs) {
        (Ok(_), Err(message)) => {
            RECENT.contains(&name.as_str()) && message.contains("unknown flag")
        }
        (Ok(ours), Ok(theirs)) => theirs.as_ref().is_none_or(|theirs| ours == theirs),
        (Err(_), theirs) => theirs.is_err(),
    };
    (!is_same).then(|| format!("{name}: parser {ours:?}, engine {theirs:?}"))
}

/// What the engine says where it does not know enough: bases cannot be fetched, flags are new.
const INCONCLUSIVE: &[&str] = &[
    "failed to resolve source metadata",
    "unknown flag",
    "only supported in",
];

/// Says how the engine's checks of all stages and [`validate`] differ about a file that can be
/// parsed.
fn compare_conversion(
    docker: &Path,
    context: &Path,
    name: &str,
    source: &str,
    tree: &Dockerfile,
) -> Option<String> {
    let ours = validate(tree);
    let theirs = check(docker, context, source);
    let theirs = theirs.filter(|message| !INCONCLUSIVE.iter().any(|part| message.contains(part)));
    let is_same = match &theirs {
        Some(_) => !ours.is_empty(),
        None => ours.is_empty(),
    };
    (!is_same).then(|| format!("{name}: validation {ours:?}, engine {theirs:?}"))
}

/// Why the engine refuses to convert a file when it checks all stages of it.
fn check(docker: &Path, context: &Path, source: &str) -> Option<String> {
    // It reports a refusal like any other result, and then fails.
    let output = run(docker, context, &["--call=check,format=json"], source);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    report["buildError"]["message"].as_str().map(str::to_owned)
}

/// A stage as the engine lists it: name, base and platform as written, line of its `FROM`.
type Target = (String, String, String, u64);

/// The stages of a tree.
fn stages(tree: &Dockerfile, source: &str) -> Vec<Target> {
    let lines = LineIndex::new(source);
    let stage = |stage: &Stage| {
        let name = stage.name.as_ref().map(|name| name.value.clone());
        let [first, ..] = tree.stage_instructions(stage) else {
            return None;
        };
        let InstructionKind::From(from) = &first.kind else {
            return None;
        };
        let platform = first.flag("platform").and_then(|flag| flag.value.as_ref());
        Some((
            name.unwrap_or_default(),
            from.image.value.clone(),
            platform.map_or_else(String::new, |platform| platform.value.clone()),
            lines.line(first.span.start) as u64,
        ))
    };
    tree.stages.iter().filter_map(stage).collect()
}

/// The targets that the engine finds in a Dockerfile, if it tells them, or why it refuses it.
fn targets(
    docker: &Path,
    context: &Path,
    name: &str,
    source: &str,
) -> Result<Option<Vec<Target>>, String> {
    // Listing the targets reads the file and nothing else. It does not look at the options of
    // `# check`, which the outline does.
    if name.starts_with("directive-check") {
        return build(docker, context, &["--call=outline"], source).map(|_| None);
    }
    let listing = build(docker, context, &["--call=targets,format=json"], source)?;
    let listing: Value = serde_json::from_str(&listing).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = |target: &Value| {
        (
            text(&target["name"]),
            text(&target["base"]),
            text(&target["platform"]),
            target["location"]["ranges"][0]["start"]["line"]
                .as_u64()
                .unwrap_or(0),
        )
    };
    let targets = listing["targets"].as_array().ok_or("no stages")?;
    Ok(Some(targets.iter().map(target).collect()))
}

/// Runs `docker buildx build` on a Dockerfile; gives what it prints, or why it refuses.
fn build(docker: &Path, context: &Path, options: &[&str], source: &str) -> Result<String, String> {
    let output = run(docker, context, options, source);
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    // Under load buildx may name the step before the one that failed.
    let refused = ["failed to solve", "failed to run Build function"];
    let is_refusal = refused.iter().any(|words| message.contains(words));
    assert!(is_refusal, "{message}");
    Err(message)
}

/// Runs `docker buildx build` on a Dockerfile.
fn run(docker: &Path, context: &Path, options: &[&str], source: &str) -> Output {
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
    child.wait_with_output().unwrap()
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
