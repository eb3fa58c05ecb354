//! Batches of fixes, tried on a tree in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use dockwright_audit::fix::Aspect;
use dockwright_audit::{Finding, Safety, Severity, audit};
use dockwright_environment::{DocumentId, Environment, TreePath};

use super::Selection;
use super::batch::{Batch, Candidate};
use super::outcome::Reason;
use crate::proof::Configurations;
use crate::review::{file, new_findings, new_problems};
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
        let fault = |reason| vec![Fault { path: None, reason }];
        let before = self.state.environment();
        let changes = batch.apply(self.cx, self.state).map_err(fault)?;
        let overlay = changes.overlay(&self.cx.environment.tree);
        let overlay = overlay.map_err(|_| fault(Reason::Misplaced))?;
        let after = Environment::read(Arc::new(overlay), self.cx.options);
        let renames = batch.moves();
        let moved = |path: &TreePath| {
            let new = renames.iter().find(|(from, _)| from == path);
            new.map_or_else(|| path.clone(), |(_, to)| to.clone())
        };
        let problems = new_problems(before, &after, moved).into_iter();
        let unreadable = problems.map(|(path, problem)| Fault {
            path: Some(path.clone()),
            reason: Reason::Unreadable { path, problem },
        });
        let mut faults: Vec<Fault> = unreadable.collect();
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
        let known = (before, self.state.findings.as_slice());
        let new = new_findings(known, (&after, &findings), moved);
        let edited: HashSet<&TreePath> = changes.iter().map(|(path, _)| path).collect();
        let is_relinked = meant.contains(&Aspect::Base);
        faults.extend(new.into_iter().filter_map(|finding| {
            let path = file(&after, finding);
            // Where a name leads somewhere again, more is known of what it leads to than before. Only
            // what cannot work is held against the fix then.
            let is_brought_to_light = is_relinked || !edited.contains(path);
            let is_fault = finding.severity == Severity::Error || !is_brought_to_light;
            is_fault.then(|| Fault {
                path: Some(path.clone()),
                reason: Reason::NewFinding {
                    rule: finding.rule.name,
                    message: finding.message.clone(),
                    path: path.clone(),
                },
            })
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

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use dockwright_audit::fix::Edit;
    use dockwright_environment::tree::MemoryTree;
    use dockwright_environment::{Location, ReadOptions};
    use dockwright_settings::Settings;
    use dockwright_syntax::Span;

    use super::*;

    const DOCKERFILE: &str = "FROM debian:trixie AS build\nUSER app\nFROM build\nCMD [\"true\"]\n";

    /// Tries to put texts in the place of others, and says what was done and what refused, and why.
    fn attempt(safety: Safety, replacements: &[(&str, &str)]) -> String {
        let files = [
            ("Dockerfile", DOCKERFILE),
            ("web/Dockerfile", "FROM debian:trixie\n"),
        ];
        let options = ReadOptions::default();
        let environment = Environment::read(Arc::new(MemoryTree::from(files)), &options);
        let settings = Settings::default();
        let cx = Context {
            environment: &environment,
            options: &options,
            settings: &settings,
            revision: None,
        };
        let state = State::start(cx);
        let candidates = replacements
            .iter()
            .map(|(old, new)| candidate(&environment, safety, old, new));
        let batch = Batch::choose(&state, candidates.collect());
        let mut trial = Trial::new(cx, &state);
        let (done, next) = trial.largest(batch);
        let mut told = String::new();
        for it in done {
            let _ = writeln!(told, "done: {}", it.title);
        }
        for (it, reason) in trial.refused {
            let _ = writeln!(told, "refused: {}: {reason}", it.title);
        }
        if let Some(next) = next {
            for (path, change) in next.changes.iter() {
                let after = String::from_utf8_lossy(change.after().unwrap());
                let _ = write!(
                    told,
                    "-- {path} --
{after}"
                );
            }
        }
        told
    }

    fn candidate(environment: &Environment, safety: Safety, old: &str, new: &str) -> Candidate {
        let mut documents = environment.documents.iter();
        let document = documents.find(|it| it.text.contains(old)).unwrap();
        let start = document.text.find(old).unwrap();
        let title = format!("{old:?} -> {new:?}");
        Candidate {
            rule: "a-rule",
            message: title.clone(),
            path: document.path.clone(),
            line: 1,
            identity: title.clone(),
            title,
            why: String::new(),
            safety,
            changes: Vec::new(),
            edits: vec![Edit {
                location: Location::new(document.id, Span::new(start, start + old.len())),
                text: new.to_owned(),
            }],
            files: Vec::new(),
        }
    }

    #[test]
    fn what_does_harm_is_refused_and_the_rest_goes_on() {
        insta::assert_snapshot!(attempt(Safety::Safe, &[
            ("AS build", "as build"),
            ("USER app", "USER root"),
            ("FROM build\n", "FORM build\n"),
            ("[\"true\"]", "[ \"true\" ]"),
        ]), @r#"
        done: "AS build" -> "as build"
        done: "[\"true\"]" -> "[ \"true\" ]"
        refused: "USER app" -> "USER root": it would change USER of stage `2` in `Dockerfile`
        refused: "FROM build\n" -> "FORM build\n": `Dockerfile` could not be read after it: `FORM` is no instruction
        -- Dockerfile --
        FROM debian:trixie as build
        USER app
        FROM build
        CMD [ "true" ]
        "#);
    }

    #[test]
    fn a_file_that_could_not_be_read_any_more_stays_as_it_was() {
        insta::assert_snapshot!(attempt(Safety::Unsafe, &[("FROM build\n", "FORM build\n"), ("CMD", "cmd")]), @r#"
        done: "CMD" -> "cmd"
        refused: "FROM build\n" -> "FORM build\n": `Dockerfile` could not be read after it: `FORM` is no instruction
        -- Dockerfile --
        FROM debian:trixie AS build
        USER app
        FROM build
        cmd ["true"]
        "#);
    }

    #[test]
    fn what_needs_a_look_may_change_an_image() {
        insta::assert_snapshot!(attempt(Safety::Unsafe, &[("USER app", "USER web")]), @r#"
        done: "USER app" -> "USER web"
        -- Dockerfile --
        FROM debian:trixie AS build
        USER web
        FROM build
        CMD ["true"]
        "#);
    }

    #[test]
    fn fixes_of_the_same_text_wait_for_one_another() {
        insta::assert_snapshot!(attempt(Safety::Safe, &[("AS build", "as build"), ("build\n", "build \n")]), @r#"
        done: "AS build" -> "as build"
        -- Dockerfile --
        FROM debian:trixie as build
        USER app
        FROM build
        CMD ["true"]
        "#);
    }
}
