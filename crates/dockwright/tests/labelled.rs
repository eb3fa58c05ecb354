//! How often the audit is right: mentions and invocations that were labelled by hand.
//!
//! Each file of `labelled/` has cases: `### name`, files as `-- path --`, then `-- labels --` with a
//! line `LABEL path:line what` each. A label is `ok`, where nothing may be reported, or a rule.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use support::{Repository, run};

/// The rules that the labels speak of; findings of others do not count.
const RULES: &[&str] = &[
    "dangling-path",
    "dangling-profile",
    "dangling-service",
    "dangling-target",
    "entrypoint-argument-mismatch",
    "invalid-image-reference",
    "legacy-builder-api",
    "legacy-compose",
    "legacy-docker-build",
    "noop-compose-command",
    "stale-image-name",
    "unbuilt-image",
    "unconsumed-build-arg",
    "unpinned-action",
    "unreferenced-script",
    "volume-name-mismatch",
];

/// A small repository and what is true of it.
struct Case {
    name: String,
    files: Vec<(String, String)>,
    /// The label and its place, as `path:line`.
    labels: Vec<(String, String)>,
}

fn cases(file: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_labels = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            let name = format!("{file}: {name}");
            cases.push(Case {
                name,
                files: Vec::new(),
                labels: Vec::new(),
            });
            in_labels = false;
            continue;
        }
        let case = cases.last_mut().unwrap();
        let header = line
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"));
        if header == Some("labels") {
            in_labels = true;
        } else if let Some(path) = header {
            case.files.push((path.to_owned(), String::new()));
        } else if !in_labels {
            let (_, text) = case.files.last_mut().unwrap();
            text.push_str(line);
            text.push('\n');
        } else if !line.is_empty() {
            case.labels.push(label(case, line));
        }
    }
    cases
}

/// Reads a label, whose place must exist.
fn label(case: &Case, line: &str) -> (String, String) {
    let mut words = line.split_whitespace();
    let (label, place) = (words.next().unwrap(), words.next().unwrap());
    assert!(
        label == "ok" || RULES.contains(&label),
        "{}: {line}",
        case.name
    );
    let (path, number) = place.rsplit_once(':').unwrap();
    let (_, text) = case.files.iter().find(|(one, _)| one == path).unwrap();
    let number: usize = number.parse().unwrap();
    assert!(
        (1..=text.lines().count()).contains(&number),
        "{}: {line}",
        case.name
    );
    (label.to_owned(), place.to_owned())
}

/// Whether the program knows a rule.
fn is_registered(rule: &str) -> bool {
    run(&[], Path::new("."), &["explain", rule]).code == 0
}

/// The findings of the rules at default confidence, as rule and `path:line`.
fn findings(case: &Case) -> BTreeSet<(String, String)> {
    let repository = Repository::new();
    for (path, text) in &case.files {
        repository.write(path, text);
    }
    let run = repository.run(&["audit", "--format", "json"]);
    assert!(matches!(run.code, 0 | 1), "{}: {run:?}", case.name);
    let findings = run.findings().into_iter().map(|finding| {
        let mut words = finding.split(' ').map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    });
    findings
        .filter(|(rule, _)| RULES.contains(&rule.as_str()))
        .collect()
}

/// `part` of `whole` in percent; all of nothing is everything.
fn percent(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    if whole == 0 {
        100.0
    } else {
        100.0 * number(part) / number(whole)
    }
}

#[test]
fn the_audit_agrees_with_the_labels() {
    let registered: BTreeSet<&str> = RULES
        .iter()
        .copied()
        .filter(|rule| is_registered(rule))
        .collect();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labelled");
    let (mut labels, mut found, mut missed, mut alarms) = (0, 0, Vec::new(), Vec::new());
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for case in cases(&name, &fs::read_to_string(&file).unwrap()) {
            labels += case.labels.len();
            let mut reported = findings(&case);
            for (rule, place) in case.labels.iter().filter(|(label, _)| label != "ok") {
                if !registered.contains(rule.as_str()) {
                    *skipped.entry(rule.clone()).or_default() += 1;
                } else if reported.remove(&(rule.clone(), place.clone())) {
                    found += 1;
                } else {
                    missed.push(format!("{}: {rule} {place}", case.name));
                }
            }
            let rest = reported
                .iter()
                .map(|(rule, place)| format!("{}: {rule} {place}", case.name));
            alarms.extend(rest);
        }
    }
    let precision = percent(found, found + alarms.len());
    let recall = percent(found, found + missed.len());
    println!("{labels} labels, skipped because the rule is not registered: {skipped:?}");
    println!("precision {precision:.1} %, false alarms: {alarms:#?}");
    println!("recall {recall:.1} %, missed: {missed:#?}");
    assert!(labels >= 300, "{labels} labels");
    assert!(precision >= 98.0, "precision {precision:.1} %: {alarms:#?}");
    assert!(recall >= 95.0, "recall {recall:.1} %: {missed:#?}");
}
