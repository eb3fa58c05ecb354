//! `examples/onemount` against the list of what an audit of it has to find.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use dockwright_audit::registry;
use serde_json::Value;

/// Places that the rules do not find yet, most because they stand in files that are not read for
/// it. One that is found has to go from here.
const NOT_YET: &[&str] = &[
    // Shown at the pipe itself, a line below.
    "pipe-without-pipefail docker/Dockerfile.github-runner:44",
    // Hints, which `--confidence low` shows.
    "secret-in-variable docker/Dockerfile.github-runner:11",
    "unversioned-base docker/Dockerfile.github-runner:7",
    "unversioned-base packaging/deb/docker/Dockerfile:6",
    "secret-in-context test-artifacts/.auth_tokens.json",
];

/// A row: the rule and its places.
struct Row {
    rule: String,
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    path: String,
    lines: Option<(u64, u64)>,
}

impl Place {
    /// Reads `path`, `path:line` or `path:first-last`.
    fn parse(text: &str) -> Self {
        let lines = text.rsplit_once(':').and_then(|(_, lines)| {
            let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
            Some((first.parse().ok()?, last.parse().ok()?))
        });
        let path = text.rsplit_once(':').filter(|_| lines.is_some());
        Self {
            path: path.map_or(text, |(path, _)| path).to_owned(),
            lines,
        }
    }

    fn holds(&self, path: &str, line: u64) -> bool {
        let below = path.strip_prefix(&self.path);
        match self.lines {
            Some((first, last)) => path == self.path && (first..=last).contains(&line),
            None => {
                self.path == "."
                    || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
    }
}

/// The rows of the list: what has to be found, and what must not.
fn rows() -> (Vec<Row>, Vec<Row>) {
    let list = fs::read_to_string(examples().join("onemount.expected.md")).unwrap();
    let (found, silent) = list.split_once("## Must stay silent").unwrap();
    (table(found), table(silent))
}

fn table(text: &str) -> Vec<Row> {
    let names = |cell: &str| {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = text.lines().filter_map(|line| line.strip_prefix("| `"));
    lines
        .map(|line| {
            let (rule, rest) = line.split_once("` |").unwrap();
            let places = rest.split(" |").next().unwrap();
            Row {
                rule: rule.to_owned(),
                places: names(places)
                    .iter()
                    .map(|place| Place::parse(place))
                    .collect(),
            }
        })
        .collect()
}

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The rule of a finding, and where it and its related places start.
struct Found {
    rule: String,
    places: Vec<(String, u64)>,
}

fn audit() -> Vec<Found> {
    let arguments = ["audit", "--format", "json"];
    let run = support::run(&[], &examples().join("onemount"), &arguments);
    let json: Value = serde_json::from_str(&run.output).unwrap();
    let place = |location: &Value| {
        let path = location["path"].as_str().unwrap().to_owned();
        (path, location["start"]["line"].as_u64().unwrap_or(1))
    };
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let related = finding["related"].as_array().unwrap().iter();
            let locations = related.map(|related| &related["location"]);
            Found {
                rule: finding["rule"].as_str().unwrap().to_owned(),
                places: std::iter::once(&finding["location"])
                    .chain(locations)
                    .map(place)
                    .collect(),
            }
        })
        .collect()
}

/// The name a rule is registered under.
fn registered(name: &str) -> Option<&'static str> {
    registry::find(name).map(|rule| rule.name)
}

#[test]
fn every_planted_defect_of_a_registered_rule_is_found() {
    let found = audit();
    let (rows, _) = rows();
    assert!(rows.len() > 100, "the list is read");
    let mut missing = BTreeSet::new();
    let mut ignored = 0;
    for row in &rows {
        let Some(rule) = registered(&row.rule) else {
            ignored += 1;
            continue;
        };
        let own = || found.iter().filter(|found| found.rule == rule);
        for place in &row.places {
            let is_found = own().any(|found| {
                found
                    .places
                    .iter()
                    .any(|(path, line)| place.holds(path, *line))
            });
            if !is_found {
                missing.insert(match place.lines {
                    Some((line, _)) => format!("{rule} {}:{line}", place.path),
                    None => format!("{rule} {}", place.path),
                });
            }
        }
    }
    eprintln!(
        "{ignored} of {} rows have rules that are not there yet",
        rows.len()
    );
    let expected: BTreeSet<String> = NOT_YET.iter().map(|one| (*one).to_owned()).collect();
    assert_eq!(missing, expected);
}

#[test]
fn what_must_stay_silent_is_silent() {
    let found = audit();
    let (_, silent) = rows();
    let mut wrong = Vec::new();
    for row in &silent {
        for place in &row.places {
            let about = found
                .iter()
                .filter(|found| Some(found.rule.as_str()) == registered(&row.rule));
            let primary = about.filter_map(|found| found.places.first());
            let hits = primary.filter(|(path, line)| place.holds(path, *line));
            wrong.extend(hits.map(|(path, line)| format!("{} {path}:{line}", row.rule)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
