//! What became of the findings that were asked for.

use std::fmt;

use dockwright_audit::Safety;
use dockwright_environment::TreePath;

use super::Selection;
use super::batch::Candidate;
use super::trial::State;
use crate::ChangeSet;
use crate::proof::{Configurations, Difference};

/// What repairing would do.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The changes to the files.
    pub changes: ChangeSet,
    /// What is repaired.
    pub fixed: Vec<Repair>,
    /// What a less sure fix than was asked for would repair.
    pub held_back: Vec<Repair>,
    /// What was tried and does harm, with the reason.
    pub refused: Vec<(Repair, Reason)>,
    /// Fixes that only a person can finish.
    pub shown: Vec<Repair>,
    /// How many findings are left that no program can repair.
    pub undecided: usize,
    /// How the images differ afterwards.
    pub differences: Vec<Difference>,
}

/// A finding and its fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The rule.
    pub rule: &'static str,
    /// What was found.
    pub message: String,
    /// The file.
    pub path: TreePath,
    /// The line that it was on when it was repaired, from one.
    pub line: usize,
    /// What the fix does.
    pub title: String,
    /// How sure it is.
    pub safety: Safety,
    /// Why.
    pub why: String,
}

/// Why a fix was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What it edits is not there, or touches itself.
    Misplaced,
    /// A file could not be read any more.
    Unreadable {
        /// The file.
        path: TreePath,
        /// What would be wrong with it.
        problem: String,
    },
    /// The audit would find something that it does not find now.
    NewFinding {
        /// The rule.
        rule: &'static str,
        /// What it would say.
        message: String,
        /// Where.
        path: TreePath,
    },
    /// A file that it moves is named where that cannot be reworded with certainty.
    Uncertain {
        /// The file that names it.
        path: TreePath,
        /// Its line, from one.
        line: usize,
        /// Why.
        why: String,
    },
    /// It is said to be safe, and would change an image.
    Changes(Difference),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced => formatter.write_str("what it edits is not as it should be"),
            Self::Unreadable { path, problem } => {
                write!(formatter, "`{path}` could not be read after it: {problem}")
            }
            Self::NewFinding {
                rule,
                message,
                path,
            } => {
                write!(
                    formatter,
                    "`{path}` would have a new finding, {message} ({rule})"
                )
            }
            Self::Uncertain { path, line, why } => write!(
                formatter,
                "line {line} of `{path}` cannot be reworded with certainty: {why}"
            ),
            Self::Changes(difference) => write!(
                formatter,
                "it would change {} of stage `{}` in `{}`",
                difference.aspect.as_str(),
                difference.stage,
                difference.dockerfile
            ),
        }
    }
}

/// Counts and sorts what is left at the end.
pub(super) fn of(
    start: Configurations,
    selection: Selection<'_>,
    state: State<'_>,
    fixed: Vec<Candidate>,
    refused: Vec<(Candidate, Reason)>,
) -> Outcome {
    let (mut held_back, mut shown, mut undecided) = (Vec::new(), Vec::new(), 0);
    for finding in state.asked(selection) {
        match Candidate::of(&state, finding) {
            Some(it)
                if refused
                    .iter()
                    .any(|(other, _)| other.identity == it.identity) => {}
            Some(it) if it.safety == Safety::Display => shown.push(repair(it)),
            Some(it) if it.safety > selection.safety => held_back.push(repair(it)),
            Some(_) | None => undecided += 1,
        }
    }
    let start = start.moved(&state.changes.renames());
    Outcome {
        differences: start.differences(&state.configurations),
        changes: state.changes,
        fixed: fixed.into_iter().map(repair).collect(),
        held_back,
        refused: refused
            .into_iter()
            .map(|(it, reason)| (repair(it), reason))
            .collect(),
        shown,
        undecided,
    }
}

fn repair(candidate: Candidate) -> Repair {
    Repair {
        rule: candidate.rule,
        message: candidate.message,
        path: candidate.path,
        line: candidate.line,
        title: candidate.title,
        safety: candidate.safety,
        why: candidate.why,
    }
}
