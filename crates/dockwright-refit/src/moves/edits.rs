//! New texts, and the change set that they make with the renames.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_audit::fix::splice;
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, TreePath};
use dockwright_syntax::{LineIndex, Span};

use super::Reworded;
use super::paths::Moves;
use crate::{ChangeSet, Node, Refusal};

/// New texts by file and place; the files are where they are before the move.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits(BTreeMap<TreePath, BTreeMap<Span, String>>);

impl Edits {
    /// Adds a new text. Whether it agrees with those that are there.
    pub(super) fn add(&mut self, path: &TreePath, span: Span, text: &str) -> bool {
        let file = self.0.entry(path.clone()).or_default();
        if let Some(known) = file.get(&span) {
            return known == text;
        }
        let overlaps = |other: &Span| other.start < span.end && span.start < other.end;
        if file.keys().any(overlaps) {
            return false;
        }
        file.insert(span, text.to_owned());
        true
    }

    /// Whether a place gets a new text, or a part of it.
    pub(super) fn touches(&self, path: &TreePath, span: Span) -> bool {
        let overlaps = |other: &Span| other.start < span.end && span.start < other.end;
        self.0
            .get(path)
            .is_some_and(|file| file.keys().any(overlaps))
    }

    /// Where a place is once the texts are new.
    pub(super) fn shifted(&self, path: &TreePath, span: Span) -> Span {
        let at = |offset: u32| {
            let mut moved = offset as usize;
            for (edit, text) in self.0.get(path).into_iter().flatten() {
                if edit.end <= offset && (edit.start, edit.end) != (span.start, span.start) {
                    moved = (moved + text.len()).saturating_sub(edit.len());
                }
            }
            moved
        };
        Span::new(at(span.start), at(span.end).max(at(span.start)))
    }

    /// The renames and new texts as changes.
    pub(super) fn changes(
        &self,
        environment: &Environment,
        moves: &Moves,
    ) -> Result<ChangeSet, Refusal> {
        let tree = environment.tree.as_ref();
        let mut changes = ChangeSet::default();
        for (from, to) in moves.files() {
            let before = Node::read(tree, from)?;
            let after = match &before {
                Node::Link { target } => {
                    Node::link(link(target, from, moves).unwrap_or_else(|| target.clone()))
                }
                Node::File { content, .. } => {
                    let content = self.edited(from, content)?;
                    before.clone().with_content(content)
                }
            };
            changes = changes.rename(from.clone(), to.clone(), before, after);
        }
        let others: BTreeSet<&TreePath> =
            self.0.keys().filter(|path| !moves.has_file(path)).collect();
        for path in others {
            if let Node::File { content, .. } = Node::read(tree, path)? {
                let after = self.edited(path, &content)?;
                changes = changes.replace(path.clone(), content, after);
            }
        }
        for entry in tree.entries() {
            if let EntryKind::Link(target) = &entry.kind
                && !moves.has_file(&entry.path)
                && let Some(new) = link(target, &entry.path, moves)
            {
                // A link is no content: it is made anew.
                changes = changes.rename(
                    entry.path.clone(),
                    entry.path.clone(),
                    Node::link(target),
                    Node::link(new),
                );
            }
        }
        Ok(changes)
    }

    fn edited(&self, path: &TreePath, content: &[u8]) -> Result<Vec<u8>, Refusal> {
        let Some(edits) = self.0.get(path).filter(|edits| !edits.is_empty()) else {
            return Ok(content.to_vec());
        };
        let edits: Vec<(Span, &str)> = edits
            .iter()
            .map(|(span, text)| (*span, text.as_str()))
            .collect();
        let text = std::str::from_utf8(content).ok();
        let text = text.and_then(|text| splice(text, &edits));
        text.map(String::into_bytes).ok_or_else(|| {
            Refusal::new(
                format!("`{path}` names what moves, and cannot be edited"),
                "see that it is text in UTF-8",
            )
        })
    }

    /// The new texts as people read them.
    pub(super) fn reworded(&self, environment: &Environment, moves: &Moves) -> Vec<Reworded> {
        let mut all = Vec::new();
        for (path, edits) in &self.0 {
            let bytes = environment.tree.read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines = LineIndex::new(&text);
            all.extend(edits.iter().map(|(span, new)| Reworded {
                path: moves.map(path),
                line: lines.line(span.start),
                old: span.of(&text).to_owned(),
                new: new.clone(),
            }));
        }
        all.sort();
        all
    }
}

/// The new target of a link that would lead elsewhere, or nowhere.
fn link(target: &str, path: &TreePath, moves: &Moves) -> Option<String> {
    let leads_to = path.parent()?.join(target)?;
    let (to, from) = (moves.map(&leads_to), moves.map(path).parent()?);
    let is_same = from.join(target).as_ref() == Some(&to);
    let new = to.seen_from(&from);
    (!is_same).then_some(if new.is_empty() { ".".to_owned() } else { new })
}
