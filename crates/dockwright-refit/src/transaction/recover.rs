//! What a killed process left.

use std::io;
use std::path::Path;

use super::commit::{Transaction, Way};
use super::disk::RealDisk;
use super::journal::Journal;
use super::place::{Place, is_directory};
use crate::Refusal;

/// What was made of a write that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Whether it was finished; else it was taken back.
    pub is_finished: bool,
    /// The files that somebody has changed since, and that were left as they are.
    pub left: Vec<String>,
}

/// Finishes or takes back a write below `root` that was interrupted; nothing when there is none, or
/// when another process is still at it. Refused when that cannot be done.
pub fn recover(root: &Path) -> Result<Option<Recovered>, Refusal> {
    let place = Place::find(root)?;
    if !place.is_pending() {
        return Ok(None);
    }
    match place.try_lock() {
        Ok(Some(_lock)) => settle(&Transaction::new(&RealDisk, &place)),
        Ok(None) => Ok(None),
        Err(error) => Err(place.refused(&error)),
    }
}

/// The same for who has the lock.
pub(super) fn settle(transaction: &Transaction<'_>) -> Result<Option<Recovered>, Refusal> {
    finish(transaction).map_err(|error| {
        Refusal::new(
            format!("a write that was interrupted cannot be finished: {error}"),
            "its files are neither as they were nor as they were meant to be; let them be written, and try again",
        )
    })
}

pub(super) fn finish(transaction: &Transaction<'_>) -> io::Result<Option<Recovered>> {
    let uncommitted = transaction.place.uncommitted();
    let mut recovered = None;
    if is_directory(&uncommitted) {
        if let Some(journal) = Journal::load(&uncommitted)? {
            recovered = Some(bring(transaction, &journal, &uncommitted, Way::Back)?);
        }
        transaction.discard(&uncommitted)?;
    }
    let committed = transaction.place.committed();
    if is_directory(&committed) {
        match Journal::load(&committed)? {
            // It had come to its end.
            None => transaction.discard(&committed)?,
            Some(journal) => {
                recovered = Some(bring(transaction, &journal, &committed, Way::Forwards)?);
                transaction.complete(&journal)?;
            }
        }
    }
    Ok(recovered)
}

fn bring(
    transaction: &Transaction<'_>,
    journal: &Journal,
    directory: &Path,
    way: Way,
) -> io::Result<Recovered> {
    let left = transaction.bring(journal, directory, way)?;
    let place = transaction.place;
    Ok(Recovered {
        is_finished: way == Way::Forwards,
        left: left.iter().map(|path| place.shown(path)).collect(),
    })
}
