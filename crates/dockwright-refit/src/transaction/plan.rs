//! From a change set to the journal of its write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use dockwright_environment::TreePath;

use super::disk::{Look, look};
use super::journal::{Directory, Journal, State, Step, sha256};
use super::place::Place;
use crate::outcome::{Found, Side, fits, outcomes};
use crate::{ChangeSet, Refusal};

/// A write that nothing was done of yet.
pub(super) struct Draft {
    pub(super) journal: Journal,
    /// For each step, what stands in the file before and afterwards; nothing but for files.
    pub(super) contents: Vec<Contents>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub(super) before: Option<Arc<[u8]>>,
    pub(super) after: Option<Arc<[u8]>>,
}

/// A step and its contents.
pub(super) type Planned = (Step, Contents);

/// What a change set would do to a working tree. Refused when that is not what it was made for.
pub(super) fn plan(changes: &ChangeSet, place: &Place) -> Result<Draft, Refusal> {
    let root = place.on_disk(&place.root);
    let mut planned = Vec::new();
    for (path, outcome) in outcomes(changes)? {
        fits(path, &outcome, |path| look(&root, path).found)?;
        let was = outcome.was.and_then(|was| look(&root, was).mode);
        let found = look(&root, path);
        let (after, content) = match outcome.after {
            None => (None, None),
            Some(Side::Link { target }) => {
                let target = target.to_owned();
                (Some(State::Link { target }), None)
            }
            Some(Side::File {
                content,
                executable,
            }) => (
                Some(file(content, executable, was)),
                Some(Arc::from(content)),
            ),
        };
        let step = Step {
            path: below(&place.root, path)?,
            before: State::of(&found),
            after,
        };
        let contents = Contents {
            before: content_of(&found),
            after: content,
        };
        planned.push((step, contents));
    }
    Ok(draft(planned, None, None, place))
}

/// A file as it is to be: with the modes that it had, but for the one that is changed.
fn file(content: &[u8], executable: Option<bool>, was: Option<u32>) -> State {
    let mode = was.map(|mode| match executable {
        None => mode,
        Some(false) => mode & !0o111,
        // Who may read it may execute it.
        Some(true) => mode | (mode & 0o444) >> 2,
    });
    let is_executable = |mode| mode & 0o100 != 0;
    State::File {
        sha256: sha256(content),
        executable: mode.map_or(executable == Some(true) && cfg!(unix), is_executable),
        mode,
    }
}

pub(super) fn content_of(look: &Look) -> Option<Arc<[u8]>> {
    match &look.found {
        Found::File { content, .. } => Some(Arc::clone(content)),
        _ => None,
    }
}

/// A path of the change set, seen from the top of the working tree.
fn below(root: &TreePath, path: &TreePath) -> Result<TreePath, Refusal> {
    root.join(path.as_str()).ok_or_else(|| {
        Refusal::new(
            format!("`{path}` is no path of the repository"),
            "this is a defect of Dockwright; nothing was written",
        )
    })
}

/// The draft of a write. `undoes` is the entry of the undo stack that it takes back: the
/// directories that this removed are made with the modes that they had, and none is removed but
/// those that it made.
pub(super) fn draft(
    mut planned: Vec<Planned>,
    undoes: Option<u64>,
    undone: Option<&Journal>,
    place: &Place,
) -> Draft {
    planned.retain(|(step, _)| step.before != step.after);
    let mut modes: BTreeMap<&TreePath, u32> = BTreeMap::new();
    for directory in undone.iter().flat_map(|journal| &journal.removed) {
        modes.extend(directory.mode.map(|mode| (&directory.path, mode)));
    }
    let made_before: Option<BTreeSet<&TreePath>> = undone.map(|journal| {
        journal
            .made
            .iter()
            .map(|directory| &directory.path)
            .collect()
    });
    let (steps, contents): (Vec<Step>, Vec<Contents>) = planned.into_iter().unzip();
    let mut journal = Journal::new(fresh_id(), undoes, steps);
    journal.made = missing(&journal.steps, place, &modes);
    journal.removed = emptied(&journal.steps, place);
    if let Some(made_before) = made_before {
        let removed = &mut journal.removed;
        removed.retain(|directory| made_before.contains(&directory.path));
    }
    Draft { journal, contents }
}

/// What no other write has in the names of its temporary files.
fn fresh_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    format!("{now:x}{:x}", std::process::id())
}

/// The directories of new files that are not there, outermost first.
fn missing(steps: &[Step], place: &Place, modes: &BTreeMap<&TreePath, u32>) -> Vec<Directory> {
    let mut missing = BTreeSet::new();
    for step in steps.iter().filter(|step| step.after.is_some()) {
        let above = std::iter::successors(step.path.parent(), TreePath::parent);
        let is_missing = |path: &TreePath| place.on_disk(path).symlink_metadata().is_err();
        missing.extend(above.take_while(is_missing));
    }
    missing
        .into_iter()
        .map(|path| Directory {
            mode: modes.get(&path).copied(),
            path,
        })
        .collect()
}

/// The directories that lose all that is in them, innermost first.
fn emptied(steps: &[Step], place: &Place) -> Vec<Directory> {
    let mut gone: BTreeSet<TreePath> = BTreeSet::new();
    let mut stays: BTreeSet<TreePath> = BTreeSet::new();
    let mut candidates: BTreeSet<TreePath> = BTreeSet::new();
    for step in steps {
        let above = std::iter::successors(step.path.parent(), TreePath::parent);
        if step.after.is_some() {
            stays.extend(above);
        } else {
            gone.insert(step.path.clone());
            candidates.extend(above);
        }
    }
    let mut removed = Vec::new();
    // A directory comes before what is in it; so the last come first.
    for directory in candidates.into_iter().rev() {
        let is_above_root = place.root.relative_to(&directory).is_some();
        if is_above_root || stays.contains(&directory) {
            continue;
        }
        let Ok(listing) = fs::read_dir(place.on_disk(&directory)) else {
            continue;
        };
        let goes = |entry: std::io::Result<fs::DirEntry>| {
            let name = entry.ok()?.file_name();
            Some(gone.contains(&directory.join(name.to_str()?)?))
        };
        if listing.into_iter().all(|entry| goes(entry) == Some(true)) {
            removed.push(Directory {
                mode: look(&place.base, &directory).mode,
                path: directory.clone(),
            });
            gone.insert(directory);
        }
    }
    removed
}
