//! Taking back the last write.

use std::path::Path;

use super::commit::Transaction;
use super::disk::{Disk, RealDisk, look};
use super::journal::{Journal, State, Step, content, old_content, sha256};
use super::place::Place;
use super::plan::{Contents, Planned, content_of, draft};
use super::recover;
use crate::Refusal;
use crate::outcome::Found;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Undone {
    /// It is there again, or as it was.
    Restored(String),
    /// It is there no more.
    Removed(String),
}

/// Takes back the last write below `root`, or in the repository that holds it: contents, modes,
/// links and directories. It is a write of its own, all or nothing, and cannot be taken back; the
/// next call takes back the write before. Refused when there is none, and when a file is not as it
/// was written.
pub fn undo(root: &Path) -> Result<Vec<Undone>, Refusal> {
    undo_on(&RealDisk, root)
}

pub(super) fn undo_on(disk: &dyn Disk, root: &Path) -> Result<Vec<Undone>, Refusal> {
    let nothing = || {
        Refusal::new(
            "there is nothing to undo",
            "what Dockwright wrote can be taken back, the last 20 times; git has the rest",
        )
    };
    let place = Place::find(root)?;
    if !place.is_pending() && place.entries().is_empty() {
        return Err(nothing());
    }
    let _lock = place.lock()?;
    let transaction = Transaction::new(disk, &place);
    recover::settle(&transaction)?;
    let mut last = None;
    for number in place.entries().into_iter().rev() {
        let loaded =
            Journal::load(&place.entry(number)).map_err(|error| damaged(&error.to_string()))?;
        // One without a journal is about to be forgotten.
        if let Some(journal) = loaded {
            last = Some((number, journal));
            break;
        }
    }
    let (number, journal) = last.ok_or_else(nothing)?;
    let directory = place.entry(number);
    let mut planned = Vec::new();
    for (at, step) in journal.steps.iter().enumerate() {
        planned.push(reversed(step, at, &directory, &transaction)?);
    }
    let draft = draft(planned, Some(number), Some(&journal), &place);
    transaction.write(&draft)?;
    let undone = journal.steps.iter().map(|step| {
        let path = place.shown(&step.path);
        match step.before {
            Some(_) => Undone::Restored(path),
            None => Undone::Removed(path),
        }
    });
    Ok(undone.collect())
}

/// The step that takes back a step, as long as its file is as it was written.
fn reversed(
    step: &Step,
    number: usize,
    directory: &Path,
    transaction: &Transaction<'_>,
) -> Result<Planned, Refusal> {
    let place = transaction.place;
    let now = look(&place.base, &step.path);
    let is_as_written = match &step.after {
        Some(after) => after.is(&now),
        None => now.found == Found::Nothing,
    };
    if !is_as_written || !transaction.is_reachable(&step.path) {
        let path = place.shown(&step.path);
        let hint = format!(
            "it would be lost; put it elsewhere or make it as it was written, or take the old content from `{}`",
            content(directory, number).display()
        );
        let has_old = matches!(step.before, Some(State::File { .. }));
        return Err(Refusal::new(
            format!("`{path}` has changed since it was written"),
            if has_old {
                hint
            } else {
                "it would be lost; put it elsewhere, or make it as it was written".to_owned()
            },
        ));
    }
    let after = match &step.before {
        Some(State::File { sha256: hash, .. }) => {
            let old = old_content(directory, number).filter(|old| sha256(old) == *hash);
            Some(old.ok_or_else(|| damaged("an old content is not what it was"))?)
        }
        _ => None,
    };
    let contents = Contents {
        before: content_of(&now),
        after,
    };
    let step = Step {
        path: step.path.clone(),
        before: State::of(&now),
        after: step.before.clone(),
    };
    Ok((step, contents))
}

fn damaged(reason: &str) -> Refusal {
    Refusal::new(
        format!("the record of the last write is damaged: {reason}"),
        "take the write back with git, or by hand",
    )
}
