//! Auditing trees that stand in a test.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{DocumentId, Environment, Location, ReadOptions};
use dockwright_settings::{FILE_NAME, Level, Pins, Settings};

use crate::fix::{Edit, FileFix, splice};
use crate::page::{self, ExampleFile};
use crate::{Confidence, registry};

/// The name that what is asked elsewhere has among the files of a test.
const PINS: &str = ".pins";

/// Audits files with one rule, at every confidence, and prints what it says.
///
/// `files` is text in which each file begins with a line `-- path --`; a `dockwright.toml` among them
/// applies. A file `.git/commits` is no file but the history: lines of a number and the path that so
/// many commits touched. Neither is `.pins`: it is what somebody has asked of registries and images.
pub(crate) fn audit(rule: &str, files: &str) -> String {
    audit_files(rule, &split(files))
}

fn split(text: &str) -> Vec<ExampleFile> {
    let mut files: Vec<ExampleFile> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line
            .trim_end()
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        if let Some(path) = name {
            files.push(ExampleFile {
                path: path.to_owned(),
                text: String::new(),
            });
        } else if let Some(file) = files.last_mut() {
            file.text.push_str(line);
        }
    }
    files
}

/// Audits an example with one rule and prints what it says: a line a finding, `severity
/// path:line:column message`, related places and help below.
pub(crate) fn audit_files(rule: &str, files: &[ExampleFile]) -> String {
    let (environment, settings) = read(rule, files);
    let place = |location: Location| {
        let location = environment.documents.outermost(location);
        let document = environment.documents.get(location.document);
        let place = document.line_column(location.span.start);
        format!("{}:{}:{}", document.path, place.line, place.column)
    };
    let mut output = String::new();
    for finding in crate::audit(&environment, &settings).findings {
        let severity = finding.severity.as_str();
        let unsure = match finding.confidence {
            Confidence::High => String::new(),
            other => format!(" ({})", other.as_str()),
        };
        let at = place(finding.location);
        let _ = writeln!(output, "{severity}{unsure} {at} {}", finding.message);
        if !finding.label.is_empty() {
            let _ = writeln!(output, "  ^ {}", finding.label);
        }
        for related in &finding.related {
            let _ = writeln!(output, "  {} {}", place(related.location), related.label);
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(output, "  help: {help}");
        }
    }
    output
}

/// The environment of files, and settings that leave one rule on.
fn read(rule: &str, files: &[ExampleFile]) -> (Environment, Settings) {
    let tree = files.iter().fold(MemoryTree::new(), |tree, file| {
        if file.path == ".git/commits" {
            committed(tree, &file.text)
        } else if file.path == PINS {
            tree
        } else {
            tree.file(&file.path, &file.text)
        }
    });
    let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
    let own = files.iter().find(|file| file.path == FILE_NAME);
    let mut settings = own.map_or_else(Settings::default, |file| {
        Settings::parse(&file.text).unwrap()
    });
    settings.audit.confidence = Confidence::Low;
    if let Some(pins) = files.iter().find(|file| file.path == PINS) {
        settings.audit.pins = Pins::parse(&pins.text).unwrap();
    }
    for other in registry::all().filter(|other| other.name != rule) {
        settings.rules.insert(other.name.to_owned(), Level::Off);
    }
    (environment, settings)
}

/// Makes the fixes that one rule proposes for files, and prints them: a line a fix, `safety: title, for
/// why`, then the lines that go and come.
pub(crate) fn fix(rule: &str, files: &str) -> String {
    let (environment, settings) = read(rule, &split(files));
    let mut output = String::new();
    let mut edits: BTreeMap<DocumentId, Vec<Edit>> = BTreeMap::new();
    for finding in crate::audit(&environment, &settings).findings {
        let Some(fix) = finding.fix else { continue };
        let _ = writeln!(
            output,
            "{}: {}, for {}",
            fix.safety.as_str(),
            fix.title,
            fix.why
        );
        for edit in fix.outermost(&environment.documents).unwrap() {
            let known = edits.entry(edit.location.document).or_default();
            if !known.contains(&edit) {
                known.push(edit);
            }
        }
        for file in fix.files {
            let _ = match file {
                FileFix::Create { path, text } => writeln!(output, "-- {path} --\n{text}"),
                FileFix::Move { from, to } => writeln!(output, "-- {from} -> {to} --"),
            };
        }
    }
    for (document, edits) in edits {
        let document = environment.documents.get(document);
        let edits: Vec<_> = edits
            .iter()
            .map(|edit| (edit.location.span, edit.text.as_str()))
            .collect();
        let after = splice(&document.text, &edits).expect("the edits of one rule overlap");
        let diff = similar::TextDiff::from_lines(&*document.text, &after);
        let _ = writeln!(output, "-- {} --", document.path);
        for change in diff.iter_all_changes() {
            if change.tag() != similar::ChangeTag::Equal {
                let _ = write!(output, "{}{}", change.tag(), change.value());
            }
        }
    }
    output
}

fn committed(tree: MemoryTree, history: &str) -> MemoryTree {
    let lines = history.lines().filter_map(|line| line.split_once(' '));
    lines.fold(tree, |tree, (count, path)| {
        let count: usize = count.parse().unwrap();
        (0..count).fold(tree, |tree, _| tree.commit(path))
    })
}

#[test]
fn every_page_has_an_example_that_fires_and_one_that_is_silent() {
    let mut wrong = String::new();
    for rule in registry::all() {
        for (section, fires) in [("Example", true), ("Use instead", false)] {
            let files = page::example(rule, section);
            let output = audit_files(rule.name, &files);
            if files.is_empty() {
                let _ = writeln!(wrong, "{}: no files under `## {section}`", rule.name);
            } else if output.is_empty() == fires {
                let _ = writeln!(wrong, "{}: `## {section}` gives:\n{output}", rule.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_page_has_its_sections() {
    for rule in registry::all() {
        for section in [
            "What it does",
            "Why is this bad?",
            "Example",
            "Use instead",
            "Fix safety",
        ] {
            let heading = format!("\n ## {section}\n");
            assert!(
                rule.documentation.contains(&heading),
                "{}: no `## {section}`",
                rule.name
            );
        }
        assert!(
            rule.summary().ends_with('.'),
            "{}: {}",
            rule.name,
            rule.summary()
        );
    }
}
