//! Fixes that can be made at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_audit::fix::{Aspect, Edit, FileFix, splice};
use dockwright_audit::{Finding, Safety};
use dockwright_environment::{DocumentId, TreePath};
use dockwright_syntax::Span;

use super::outcome::Reason;
use super::trial::State;
use crate::moves::plan;
use crate::{ChangeSet, Context};

/// A fix of a finding, with its edits in files of their own.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) rule: &'static str,
    pub(super) message: String,
    /// The file of the finding.
    pub(super) path: TreePath,
    /// The line of the finding when the fix was proposed, from one.
    pub(super) line: usize,
    pub(super) title: String,
    pub(super) why: String,
    pub(super) safety: Safety,
    pub(super) changes: Vec<Aspect>,
    pub(super) edits: Vec<Edit>,
    pub(super) files: Vec<FileFix>,
    /// What it does and to which text, wherever that has moved.
    pub(super) identity: String,
}

impl Candidate {
    /// The fix of a finding. `None` where there is none, or it cannot be made in the file that holds
    /// the document.
    pub(super) fn of(state: &State<'_>, finding: &Finding) -> Option<Self> {
        let documents = &state.environment().documents;
        let fix = finding.fix.as_ref()?;
        let edits = fix.outermost(documents)?;
        let place = documents.outermost(finding.location);
        let document = documents.get(place.document);
        let texts = edits.iter().map(|edit| {
            let old = documents.text(edit.location);
            let path = &documents.get(edit.location.document).path;
            format!("{path}: {old} -> {}", edit.text)
        });
        let texts: Vec<String> = texts.collect();
        Some(Self {
            rule: finding.rule.name,
            message: finding.message.clone(),
            path: document.path.clone(),
            line: document.line_column(place.span.start).line,
            title: fix.title.clone(),
            why: fix.why.clone(),
            safety: fix.safety,
            changes: fix.changes.clone(),
            identity: format!(
                "{} {} {}",
                finding.rule.name,
                finding.message,
                texts.join("\n")
            ),
            edits,
            files: fix.files.clone(),
        })
    }

    fn new_files(&self) -> impl Iterator<Item = (&TreePath, &str)> {
        self.files.iter().filter_map(|file| match file {
            FileFix::Create { path, text } => Some((path, text.as_str())),
            FileFix::Move { .. } => None,
        })
    }

    /// The files that move, with their new paths.
    fn moves(&self) -> impl Iterator<Item = (&TreePath, &TreePath)> {
        self.files.iter().filter_map(|file| match file {
            FileFix::Move { from, to } => Some((from, to)),
            FileFix::Create { .. } => None,
        })
    }
}

/// Fixes of which no two touch the same text.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch(pub(super) Vec<Candidate>);

impl Batch {
    /// Takes candidates in order, as far as they are at peace with those before. Only those that are
    /// held to the same measure go together, the strictest first; one that moves a file goes alone, since
    /// that may reword any other.
    pub(super) fn choose(state: &State<'_>, mut candidates: Vec<Candidate>) -> Self {
        let measure = |it: &Candidate| (it.safety, !it.changes.is_empty());
        let strictest = candidates.iter().map(measure).min();
        candidates.retain(|it| Some(measure(it)) == strictest);
        let mut taken = Taken::default();
        let mut batch = Vec::new();
        for candidate in candidates {
            let is_readable = candidate
                .edits
                .iter()
                .all(|it| state.is_text(it.location.document));
            let is_move = candidate.moves().next().is_some();
            let is_waiting = is_move && !batch.is_empty();
            if is_readable && !is_waiting && taken.take(&candidate) {
                batch.push(candidate);
                if is_move {
                    break;
                }
            }
        }
        Self(batch)
    }

    /// The files that move, with their new paths.
    pub(super) fn moves(&self) -> Vec<(TreePath, TreePath)> {
        let moves = self.0.iter().flat_map(Candidate::moves);
        moves.map(|(from, to)| (from.clone(), to.clone())).collect()
    }

    /// What the fixes make of the files, laid over the changes of earlier rounds; else why they cannot be
    /// made.
    pub(super) fn apply(&self, cx: Context<'_>, state: &State<'_>) -> Result<ChangeSet, Reason> {
        let mut edits: BTreeMap<DocumentId, BTreeMap<Span, &str>> = BTreeMap::new();
        let mut changes = state.changes.clone();
        for candidate in &self.0 {
            for edit in &candidate.edits {
                let all = edits.entry(edit.location.document).or_default();
                all.insert(edit.location.span, &edit.text);
            }
            for (path, text) in candidate.new_files() {
                changes = changes.create(path.clone(), text.as_bytes());
            }
        }
        for (document, edits) in edits {
            let document = state.environment().documents.get(document);
            let edits: Vec<(Span, &str)> = edits.into_iter().collect();
            let after = splice(&document.text, &edits).ok_or(Reason::Misplaced)?;
            let after: Arc<[u8]> = after.into_bytes().into();
            changes = changes.again(&document.path, document.text.as_bytes(), after);
        }
        for (from, to) in &self.moves() {
            let now = Context {
                environment: state.environment(),
                ..cx
            };
            let plan = plan(now, from, to).map_err(|_| Reason::Misplaced)?;
            if let Some(left) = plan.uncertain.into_iter().next() {
                let (path, line, why) = (left.path, left.line, left.why);
                return Err(Reason::Uncertain { path, line, why });
            }
            changes = changes.then(plan.changes);
        }
        Ok(changes)
    }
}

/// Text and files that fixes have taken.
#[derive(Default)]
struct Taken {
    edits: BTreeMap<DocumentId, BTreeMap<Span, String>>,
    files: BTreeMap<TreePath, String>,
}

impl Taken {
    /// Takes what a fix touches, if nobody has.
    fn take(&mut self, candidate: &Candidate) -> bool {
        let is_free = candidate.edits.iter().all(|edit| self.is_free(edit))
            && candidate
                .new_files()
                .all(|(path, text)| self.files.get(path).is_none_or(|other| other == text));
        if is_free {
            for edit in &candidate.edits {
                let edits = self.edits.entry(edit.location.document).or_default();
                edits.insert(edit.location.span, edit.text.clone());
            }
            for (path, text) in candidate.new_files() {
                self.files.insert(path.clone(), text.to_owned());
            }
        }
        is_free
    }

    /// Whether no other edit touches the text of one. The same edit may be asked for twice.
    fn is_free(&self, edit: &Edit) -> bool {
        let span = edit.location.span;
        let Some(taken) = self.edits.get(&edit.location.document) else {
            return true;
        };
        if let Some(text) = taken.get(&span) {
            return *text == edit.text;
        }
        // Edits that were taken do not overlap, so that only the nearest on each side matter.
        let before = taken.range(..span).next_back();
        let after = taken.range(span..).next();
        [before, after]
            .into_iter()
            .flatten()
            .all(|(other, _)| !touches(span, *other))
    }
}

/// Whether two spans have bytes in common, or one is put in where the other takes away.
fn touches(a: Span, b: Span) -> bool {
    if a.is_empty() || b.is_empty() {
        return a.start < b.end && b.start < a.end || a.start == b.start && a.end == b.end;
    }
    a.start < b.end && b.start < a.end
}
