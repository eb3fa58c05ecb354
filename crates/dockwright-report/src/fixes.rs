//! What repairing findings did, for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use dockwright_environment::TreePath;
use dockwright_refit::fixes::{Outcome, Repair};

use crate::escape::visible_line;

/// What was repaired, what was not and why; `is_written` tells whether it was or only would be.
pub fn fixes(outcome: &Outcome, is_written: bool) -> String {
    let mut out = String::new();
    let fixed = if is_written { "fixed" } else { "would fix" };
    by_file(&mut out, fixed, &outcome.fixed);
    by_file(
        &mut out,
        "held back; `--unsafe` repairs them, build and look afterwards",
        &outcome.held_back,
    );
    if !outcome.refused.is_empty() {
        out.push_str("left as they were, since the fix would do harm\n");
        for (repair, reason) in &outcome.refused {
            let Repair {
                path, line, rule, ..
            } = repair;
            let reason = reason.to_string();
            let _ = writeln!(out, "  {path}:{line} {rule}: {}", visible_line(&reason));
        }
    }
    if !outcome.shown.is_empty() {
        out.push_str("for you to do\n");
        for repair in &outcome.shown {
            let Repair {
                path,
                line,
                rule,
                title,
                ..
            } = repair;
            let _ = writeln!(out, "  {path}:{line} {rule}: {}", visible_line(title));
        }
    }
    let files = outcome.changes.iter().count();
    let fixed = if is_written { "fixed" } else { "to fix" };
    let _ = writeln!(
        out,
        "{} {fixed} in {}, {} held back, {} left as they were, {} for you to decide",
        count(outcome.fixed.len(), "finding"),
        count(files, "file"),
        outcome.held_back.len(),
        outcome.refused.len(),
        outcome.undecided + outcome.shown.len(),
    );
    out
}

/// A line for each file, with how often each rule's findings are repaired there.
fn by_file(out: &mut String, title: &str, repairs: &[Repair]) {
    let mut files: BTreeMap<&TreePath, BTreeMap<&str, usize>> = BTreeMap::new();
    for repair in repairs {
        *files
            .entry(&repair.path)
            .or_default()
            .entry(repair.rule)
            .or_default() += 1;
    }
    if files.is_empty() {
        return;
    }
    let _ = writeln!(out, "{title}");
    for (path, rules) in files {
        let rules = rules.into_iter().map(|(rule, count)| match count {
            1 => rule.to_owned(),
            count => format!("{count} {rule}"),
        });
        let rules: Vec<String> = rules.collect();
        let _ = writeln!(out, "  {path}: {}", rules.join(", "));
    }
}

fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
