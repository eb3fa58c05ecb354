//! Moving files and directories together with everything that names them.
//!
//! The tree is read a second time with nothing but the renames made, which says where each reference
//! that moved is relative to from then on. Every reference that would lead elsewhere is reworded in its
//! own form. What comes out is read a third time and [proved](proof): each reference leads to the same
//! file as before, wherever that is by now.

mod edits;
mod paths;
mod proof;
mod references;
mod search;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_environment::commands::Voice;
use dockwright_environment::{Environment, TreePath};

use crate::{ChangeSet, Context, Refusal};
use edits::Edits;
pub use paths::Moves;
use references::{Key, Reference};

/// A move that is not written yet.
#[derive(Clone, Debug, Default)]
pub struct Move {
    /// The changes.
    pub changes: ChangeSet,
    /// What moves: each file with its new path.
    pub renamed: Vec<(TreePath, TreePath)>,
    /// The mentions that are reworded, by place.
    pub reworded: Vec<Reworded>,
    /// The mentions that cannot be reworded with certainty, and what else would break.
    pub uncertain: Vec<Left>,
    /// Mentions that tell of the past, and stay.
    pub history: Vec<Left>,
}

/// A mention that gets a new text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reworded {
    /// The file that it stands in, where that is afterwards.
    pub path: TreePath,
    /// Its line, from one.
    pub line: usize,
    /// What it says.
    pub old: String,
    /// What it will say.
    pub new: String,
}

/// A mention that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The file that it stands in, where that is now.
    pub path: TreePath,
    /// Its line, from one.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// Why, as one clause without a full stop.
    pub why: String,
}

/// Plans to move `old` to `new`, or into it where that is a directory. Refused when there is nothing to
/// move, or no room for it.
pub fn plan(cx: Context<'_>, old: &TreePath, new: &TreePath) -> Result<Move, Refusal> {
    let moves = Moves::read(cx.environment, old, new)?;
    let mut plan = Move {
        renamed: moves.files().to_vec(),
        ..Move::default()
    };
    let bare = Edits::default().changes(cx.environment, &moves)?;
    let renamed = Environment::read(Arc::new(bare.overlay(&cx.environment.tree)?), cx.options);
    let mut before = references::all(cx.environment);
    let after = references::by_key(references::all(&renamed));
    let mut edits = Edits::default();
    before.retain(|reference| {
        let is_history = reference.voice == Voice::History;
        if is_history && reference.is_moved(cx.environment, &moves) {
            let why = "it tells of the past".to_owned();
            plan.history.push(reference.left(cx.environment, why));
        }
        !is_history
    });
    let counterparts = counterparts(&before, &after, &moves);
    for (reference, counterpart) in before.iter().zip(counterparts) {
        match wording::reword(cx.environment, &renamed, &moves, reference, counterpart) {
            Ok(None) => {}
            Ok(Some((span, text))) => {
                if !edits.add(&reference.path, span, &text) {
                    let why = "it would have to say two things at once".to_owned();
                    plan.uncertain.push(reference.left(cx.environment, why));
                }
            }
            Err(why) => plan.uncertain.push(reference.left(cx.environment, why)),
        }
    }
    search::search(cx, &moves, &before, &mut edits, &mut plan);
    plan.changes = edits.changes(cx.environment, &moves)?;
    plan.reworded = edits.reworded(cx.environment, &moves);
    let overlay = plan.changes.overlay(&cx.environment.tree)?;
    let after = Environment::read(Arc::new(overlay), cx.options);
    proof::prove(cx, &after, &moves, &before, &edits, &mut plan.uncertain);
    for list in [&mut plan.uncertain, &mut plan.history] {
        list.sort();
        list.dedup_by(|one, other| {
            (&one.path, one.line, &one.text) == (&other.path, other.line, &other.text)
        });
    }
    Ok(plan)
}

/// For each reference the one that stands in its place once the files have moved.
fn counterparts<'a>(
    before: &[Reference],
    after: &'a BTreeMap<Key, Vec<Reference>>,
    moves: &Moves,
) -> Vec<Option<&'a Reference>> {
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    let found = before.iter().map(|reference| {
        let key = reference.key_at(&moves.map(&reference.path), reference.span);
        let number = seen.entry(key.clone()).or_default();
        *number += 1;
        after.get(&key)?.get(*number - 1)
    });
    found.collect()
}
