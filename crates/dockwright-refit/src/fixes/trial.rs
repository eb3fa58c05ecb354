//! Batches of fixes, tried on a tree in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use dockwright_audit::fix::Aspect;
use dockwright_audit::{Finding, Safety, audit};
use dockwright_environment::{DocumentId, Environment, TreePath};

use super::Selection;
use super::batch::{Batch, Candidate};
use super::outcome::Reason;
use crate::proof::Configurations;
use crate::review::new_findings;
use crate::{ChangeSet, Context};

/// What a repository is after some rounds.
pub(super) struct State<'a> {
    start: &'a Environment,
    /// What it is by now, once something has changed.
    now: Option<Environment>,
    /// All changes since the start.
    pub(super) changes: ChangeSet,
    /// What the audit finds in it.
    pub(super) findings: Vec<Finding>,
    /// The configurations of its images.
    pub(super) configurations: Configurations,
}

impl<'a> State<'a> {
    /// The repository as it is.
    pub(super) fn start(cx: Context<'a>) -> Self {
        Self {
            start: cx.environment,
            now: None,
            changes: ChangeSet::default(),
            findings: audit(cx.environment, cx.settings).findings,
            configurations: Configurations::of(cx.environment),
        }
    }

    pub(super) fn environment(&self) -> &Environment {
        self.now.as_ref().unwrap_or(self.start)
    }

    /// The findings that are asked for, worst first.
    pub(super) fn asked(&self, selection: Selection<'_>) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(move |finding| (selection.includes)(self.environment(), finding))
    }

    /// The fixes that may be applied to them.
    pub(super) fn candidates(&self, selection: Selection<'_>) -> Vec<Candidate> {
        let fixes = self
            .asked(selection)
            .filter_map(|it| Candidate::of(self, it));
        fixes.filter(|it| it.safety <= selection.safety).collect()
    }

    /// Whether a document is just what stands in its file: one that is not UTF-8 is not edited.
    pub(super) fn is_text(&self, document: DocumentId) -> bool {
        let environment = self.environment();
        let document = environment.documents.get(document);
        let bytes = environment.tree.read(&document.path);
        bytes.is_ok_and(|bytes| *bytes == *document.text.as_bytes())
    }
}

/// What is wrong with what a batch of fixes makes.
struct Fault {
    /// The file that it shows in.
    path: Option<TreePath>,
    reason: Reason,
}

/// Trials on one state.
pub(super) struct Trial<'s, 'a> {
    cx: Context<'a>,
    state: &'s State<'a>,
    /// Why single fixes were refused.
    pub(super) refused: Vec<(Candidate, Reason)>,
}

impl<'s, 'a> Trial<'s, 'a> {
    pub(super) fn new(cx: Context<'a>, state: &'s State<'a>) -> Self {
        let refused = Vec::new();
        Self { cx, state, refused }
    }

    /// The largest part of a batch that does no harm, and what it makes. Those that do harm by
    /// themselves are refused; others that cannot stand together wait for another round.
    pub(super) fn largest(&mut self, batch: Batch) -> (Vec<Candidate>, Option<State<'a>>) {
        if batch.0.is_empty() {
            return (Vec::new(), None);
        }
        let faults = match self.attempt(&batch) {
            Ok(state) => return (batch.0, Some(state)),
            Err(faults) => faults,
        };
        if let [only] = batch.0.as_slice() {
            let reason = faults.into_iter().next().map(|it| it.reason);
            self.refused
                .push((only.clone(), reason.unwrap_or(Reason::Misplaced)));
            return (Vec::new(), None);
        }
        let (suspects, rest) = suspects(&batch, &faults);
        if !suspects.is_empty()
            && !rest.0.is_empty()
            && let Ok(state) = self.attempt(&rest)
        {
            self.refused.extend(suspects);
            return (rest.0, Some(state));
        }
        let (first, second) = halves(batch, &faults);
        let (mut first, state) = self.largest(first);
        let (second, other) = self.largest(second);
        if first.is_empty() {
            return (second, other);
        }
        if !second.is_empty() {
            let both = first.iter().chain(&second).cloned().collect();
            if let Ok(state) = self.attempt(&Batch(both)) {
                first.extend(second);
                return (first, Some(state));
            }
        }
        (first, state)
    }

    /// What a batch makes, or all that is wrong with it.
    fn attempt(&self, batch: &Batch) -> Result<State<'a>, Vec<Fault>> {
        let misplaced = |path| {
            vec![Fault {
                path,
                reason: Reason::Misplaced,
            }]
        };
        let before = self.state.environment();
        let changes = batch.apply(self.state).ok_or_else(|| misplaced(None))?;
        let overlay = changes.overlay(&self.cx.environment.tree);
        let overlay = overlay.map_err(|_| misplaced(None))?;
        let after = Environment::read(Arc::new(overlay), self.cx.options);
        let mut faults = unreadable(before, &after, &changes);
        let configurations = Configurations::of(&after);
        let is_safe = batch.0.iter().all(|it| it.safety == Safety::Safe);
        let meant: HashSet<Aspect> = batch.0.iter().flat_map(|it| it.changes.clone()).collect();
        if is_safe && !meant.contains(&Aspect::Base) {
            let differences = self.state.configurations.differences(&configurations);
            let unmeant = differences
                .into_iter()
                .filter(|it| !meant.contains(&it.aspect));
            faults.extend(unmeant.map(|difference| Fault {
                path: Some(difference.dockerfile.clone()),
                reason: Reason::Changes(difference),
            }));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let findings = audit(&after, self.cx.settings).findings;
        let new = new_findings((before, &self.state.findings), (&after, &findings));
        faults.extend(new.into_iter().map(|finding| {
            let place = after.documents.outermost(finding.location);
            let path = after.documents.get(place.document).path.clone();
            Fault {
                path: Some(path.clone()),
                reason: Reason::NewFinding {
                    rule: finding.rule.name,
                    message: finding.message.clone(),
                    path,
                },
            }
        }));
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(State {
            start: self.state.start,
            now: Some(after),
            changes,
            findings,
            configurations,
        })
    }
}

/// The files that could be read and cannot be any more.
fn unreadable(before: &Environment, after: &Environment, changes: &ChangeSet) -> Vec<Fault> {
    let problems = |environment: &Environment| {
        let mut all: HashMap<TreePath, Vec<String>> = HashMap::new();
        for document in environment.documents.iter() {
            let messages = document.problems.iter().map(|it| it.message.clone());
            all.entry(document.path.clone())
                .or_default()
                .extend(messages);
        }
        all
    };
    let (before, after) = (problems(before), problems(after));
    let mut faults = Vec::new();
    for (path, _) in changes.iter() {
        let of = |all: &HashMap<TreePath, Vec<String>>| all.get(path).cloned().unwrap_or_default();
        let (before, after) = (of(&before), of(&after));
        if after.len() > before.len() {
            let new = after.into_iter().find(|it| !before.contains(it));
            faults.push(Fault {
                path: Some(path.clone()),
                reason: Reason::Unreadable {
                    path: path.clone(),
                    problem: new.unwrap_or_default(),
                },
            });
        }
    }
    faults
}

/// The fixes that are alone in a file with a fault, and all others.
fn suspects(batch: &Batch, faults: &[Fault]) -> (Vec<(Candidate, Reason)>, Batch) {
    let mut by_file: BTreeMap<&TreePath, Vec<usize>> = BTreeMap::new();
    for (number, candidate) in batch.0.iter().enumerate() {
        by_file.entry(&candidate.path).or_default().push(number);
    }
    let mut suspects: BTreeMap<usize, Reason> = BTreeMap::new();
    for fault in faults {
        let numbers = fault.path.as_ref().and_then(|path| by_file.get(path));
        if let Some([only]) = numbers.map(Vec::as_slice) {
            suspects
                .entry(*only)
                .or_insert_with(|| fault.reason.clone());
        }
    }
    let mut rest = Vec::new();
    let mut found = Vec::new();
    for (number, candidate) in batch.0.iter().enumerate() {
        match suspects.remove(&number) {
            Some(reason) => found.push((candidate.clone(), reason)),
            None => rest.push(candidate.clone()),
        }
    }
    (found, Batch(rest))
}

/// Two parts of a batch, so that each file with a fault has fixes in both.
fn halves(batch: Batch, faults: &[Fault]) -> (Batch, Batch) {
    let files: HashSet<&TreePath> = faults.iter().filter_map(|it| it.path.as_ref()).collect();
    let mut counts: HashMap<TreePath, usize> = HashMap::new();
    for candidate in &batch.0 {
        *counts.entry(candidate.path.clone()).or_default() += 1;
    }
    let mut seen: HashMap<TreePath, usize> = HashMap::new();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for candidate in batch.0 {
        let number = seen.entry(candidate.path.clone()).or_default();
        let count = counts.get(&candidate.path).copied().unwrap_or_default();
        let is_late = files.contains(&candidate.path) && *number * 2 >= count;
        *number += 1;
        if is_late { &mut second } else { &mut first }.push(candidate);
    }
    if first.is_empty() || second.is_empty() {
        first.append(&mut second);
        second = first.split_off(first.len() / 2);
    }
    (Batch(first), Batch(second))
}
