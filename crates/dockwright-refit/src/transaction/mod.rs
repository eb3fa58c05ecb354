//! Change sets on disk, all or nothing.
//!
//! A write goes through these steps, so that a process killed between any two of them, or within
//! one, leaves a tree that [`recover()`] makes the old or the new one:
//!
//! 1. `uncommitted/`, a directory of the [state directory](place), gets a [journal] of what is to
//!    be done, and then the contents that files have now.
//! 2. Directories that are missing are made, and every new content is written beside its file under
//!    a temporary name.
//! 3. All of that is synced. Then `uncommitted/` is renamed to `committed/`: the commit point.
//! 4. Files are removed, and the temporary ones renamed to their places.
//! 5. `committed/` becomes the newest entry of the undo stack, `undo/`.
//!
//! Recovery undoes what it finds in `uncommitted/`, and does again what it finds in `committed/`.
//! Both look at each file first, so that doing them twice is doing them once, and both leave alone
//! a file that is neither the old nor the new one. An error, other than a kill, makes a committed
//! write uncommitted again. A [lock](place::Place::lock) keeps a second writer out.

mod commit;
mod disk;
mod journal;
mod place;
mod plan;
mod recover;
#[cfg(test)]
mod tests;
mod undo;

use std::path::Path;

pub use recover::{Recovered, recover};
pub use undo::{Undone, undo};

use crate::{ChangeSet, Refusal};
use commit::Transaction;
use disk::{Disk, RealDisk};
use place::Place;

/// Writes a change set below `root`, the directory on disk that its tree was read from.
///
/// All of it is written or nothing, even when the process is killed: [`recover()`] finishes or takes
/// back what it left. [`undo()`] takes back a write. Each file is the old one or the new one at any
/// moment, and no link is followed. Refused when a file is not what the change was made for, when
/// another process is writing, or when the system says no; then nothing was changed.
pub fn write(changes: &ChangeSet, root: &Path) -> Result<(), Refusal> {
    write_on(&RealDisk, changes, root)
}

fn write_on(disk: &dyn Disk, changes: &ChangeSet, root: &Path) -> Result<(), Refusal> {
    if changes.is_empty() {
        return Ok(());
    }
    let place = Place::find(root)?;
    let _lock = place.lock()?;
    let transaction = Transaction::new(disk, &place);
    recover::settle(&transaction)?;
    let draft = plan::plan(changes, &place)?;
    transaction.write(&draft)
}
