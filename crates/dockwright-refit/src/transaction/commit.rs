//! The steps of a write, forwards and back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dockwright_environment::TreePath;

use super::disk::{Disk, Mode, Operation, is_missing, look, look_at};
use super::journal::{Journal, State, Step, content, old_content, sha256};
use super::place::{Place, is_directory};
use super::plan::Draft;
use super::recover;
use crate::Refusal;
use crate::outcome::Found;

/// Writes that can be taken back; older ones are forgotten.
const MAX_ENTRIES: usize = 20;

/// What one process does to one working tree while it has the lock.
pub(super) struct Transaction<'a> {
    disk: &'a dyn Disk,
    pub(super) place: &'a Place,
}

/// Where a write is brought to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The tree as it is meant to be.
    Forwards,
    /// The tree as it was.
    Back,
}

impl Way {
    /// What is to stand at the path of a step.
    fn target(self, step: &Step) -> Option<&State> {
        match self {
            Self::Forwards => step.after.as_ref(),
            Self::Back => step.before.as_ref(),
        }
    }
}

impl<'a> Transaction<'a> {
    pub(super) fn new(disk: &'a dyn Disk, place: &'a Place) -> Self {
        Self { disk, place }
    }

    /// Does all of a draft, or nothing.
    pub(super) fn write(&self, draft: &Draft) -> Result<(), Refusal> {
        if draft.journal.steps.is_empty() {
            return Ok(());
        }
        let Err(error) = self.prepare(draft).and_then(|()| self.commit(draft)) else {
            return Ok(());
        };
        let hint = match self.take_back() {
            Ok(()) => {
                "nothing was changed; see that the directory may be written and the disk has room"
            }
            Err(_) => {
                "a part of it was written; see that the directory may be written, and run `dockwright undo`"
            }
        };
        Err(Refusal::new(error.to_string(), hint))
    }

    /// Everything before the commit point.
    fn prepare(&self, draft: &Draft) -> io::Result<()> {
        let directory = self.place.uncommitted();
        let journal = &draft.journal;
        self.make_directory(&directory, None)?;
        let unfinished = directory.join("journal.new");
        self.write_synced(&unfinished, &journal.text()?, Mode::Exactly(0o600))?;
        self.rename(&unfinished, &Journal::file(&directory))?;
        self.sync(&directory)?;
        self.sync_above(&directory)?;

        for (step, contents) in draft.contents.iter().enumerate() {
            if let Some(before) = &contents.before {
                let file = content(&directory, step);
                self.write_synced(&file, before, Mode::Exactly(0o600))?;
            }
        }
        self.sync(&directory)?;
        for made in &journal.made {
            let path = self.place.on_disk(&made.path);
            self.make_directory(&path, made.mode)?;
            self.sync_above(&path)?;
        }
        for (number, (step, contents)) in journal.steps.iter().zip(&draft.contents).enumerate() {
            if let Some(after) = &step.after {
                let path = self.place.on_disk(&step.path);
                let temporary = path.with_file_name(journal.temporary(number));
                self.write_temporary(&temporary, after, contents.after.as_deref())?;
            }
        }
        self.sync_directories(journal)
    }

    /// The commit point and everything after it.
    fn commit(&self, draft: &Draft) -> io::Result<()> {
        let committed = self.place.committed();
        self.rename(&self.place.uncommitted(), &committed)?;
        self.sync_above(&committed)?;
        let left = self.bring(&draft.journal, &committed, Way::Forwards)?;
        if let Some(path) = left.first() {
            let path = self.place.shown(path);
            return Err(io::Error::other(format!(
                "`{path}` has changed since it was read"
            )));
        }
        self.complete(&draft.journal)
    }

    /// Makes everything as it was, after an error.
    fn take_back(&self) -> io::Result<()> {
        let committed = self.place.committed();
        if is_directory(&committed) {
            self.rename(&committed, &self.place.uncommitted())?;
        }
        recover::finish(self).map(drop)
    }

    /// Brings every file to where it is meant to be, whatever was done of that already. What is
    /// neither as it was nor as it is meant to be is left alone, and named.
    pub(super) fn bring(
        &self,
        journal: &Journal,
        directory: &Path,
        way: Way,
    ) -> io::Result<Vec<TreePath>> {
        let (mut made, mut removed): (Vec<_>, Vec<_>) = match way {
            Way::Forwards => (
                journal.made.iter().collect(),
                journal.removed.iter().collect(),
            ),
            Way::Back => (
                journal.removed.iter().collect(),
                journal.made.iter().collect(),
            ),
        };
        if way == Way::Back {
            made.reverse();
            removed.reverse();
        }
        for directory in made {
            let path = self.place.on_disk(&directory.path);
            if self.is_reachable(&directory.path) && path.symlink_metadata().is_err() {
                self.make_directory(&path, directory.mode)?;
            }
        }
        let steps = journal.steps.iter().enumerate();
        let (placed, gone): (Vec<_>, Vec<_>) =
            steps.partition(|(_, step)| way.target(step).is_some());
        let mut left = Vec::new();
        for (number, step) in gone {
            if !self.bring_one(journal, number, step, directory, way)? {
                left.push(step.path.clone());
            }
        }
        for directory in removed {
            let path = self.place.on_disk(&directory.path);
            if self.is_reachable(&directory.path) && is_empty(&path) {
                self.run(Operation::RemoveDirectory { path: &path })?;
            }
        }
        for (number, step) in placed {
            if !self.bring_one(journal, number, step, directory, way)? {
                left.push(step.path.clone());
            }
        }
        self.sync_directories(journal)?;
        Ok(left)
    }

    /// Whether the file is as it is meant to be now; else it was left alone.
    fn bring_one(
        &self,
        journal: &Journal,
        number: usize,
        step: &Step,
        directory: &Path,
        way: Way,
    ) -> io::Result<bool> {
        if !self.is_reachable(&step.path) {
            return Ok(false);
        }
        let path = self.place.on_disk(&step.path);
        let temporary = path.with_file_name(journal.temporary(number));
        let now = look(&self.place.base, &step.path);
        let is = |state: Option<&State>| match state {
            Some(state) => state.is(&now),
            None => now.found == Found::Nothing,
        };
        let target = way.target(step);
        if is(target) && target.is_none_or(|it| it.has_mode(&now)) {
            return self.remove(&temporary).map(|()| true);
        }
        if !is(step.before.as_ref()) && !is(step.after.as_ref()) {
            return self.remove(&temporary).map(|()| false);
        }
        let Some(target) = target else {
            self.remove(&temporary)?;
            return self.remove(&path).map(|()| true);
        };
        if way == Way::Back {
            let before = old_content(directory, number);
            self.write_temporary(&temporary, target, before.as_deref())?;
        }
        if target.is(&look_at(&temporary)) {
            return self.rename(&temporary, &path).map(|()| true);
        }
        // It, or the old content, was taken away.
        self.remove(&temporary).map(|()| false)
    }

    /// Writes what is to stand at a path beside it.
    fn write_temporary(
        &self,
        temporary: &Path,
        state: &State,
        bytes: Option<&[u8]>,
    ) -> io::Result<()> {
        self.remove(temporary)?;
        match (state, bytes) {
            (State::Link { target }, _) => self.run(Operation::Link {
                path: temporary,
                target,
            }),
            (
                State::File {
                    sha256: hash,
                    executable,
                    mode,
                },
                Some(bytes),
            ) if *hash == sha256(bytes) => {
                let executable = *executable;
                let mode = mode.map_or(Mode::Usual { executable }, Mode::Exactly);
                self.write_synced(temporary, bytes, mode)
            }
            _ => Ok(()),
        }
    }

    /// The end of a write: it can be taken back from now on. One that took back another ends with
    /// it.
    pub(super) fn complete(&self, journal: &Journal) -> io::Result<()> {
        let committed = self.place.committed();
        if let Some(undone) = journal.undoes {
            self.discard(&self.place.entry(undone))?;
            return self.discard(&committed);
        }
        let stack = self.place.stack();
        if !is_directory(&stack) {
            self.make_directory(&stack, None)?;
        }
        let entries = self.place.entries();
        let number = entries.last().map_or(1, |last| last.saturating_add(1));
        self.rename(&committed, &self.place.entry(number))?;
        self.sync(&stack)?;
        let forgotten = (entries.len() + 1).saturating_sub(MAX_ENTRIES);
        for number in entries.into_iter().take(forgotten) {
            // It does no harm where it is.
            let _ = self.discard(&self.place.entry(number));
        }
        Ok(())
    }

    /// Removes a directory of the state directory. Without its journal, which goes first, it says
    /// nothing any more.
    pub(super) fn discard(&self, directory: &Path) -> io::Result<()> {
        if !is_directory(directory) {
            return Ok(());
        }
        self.remove(&Journal::file(directory))?;
        self.sync(directory)?;
        for entry in fs::read_dir(directory)? {
            self.remove(&entry?.path())?;
        }
        self.run(Operation::RemoveDirectory { path: directory })
    }

    /// Whether each part on the way to a path is a directory, where it is there at all.
    pub(super) fn is_reachable(&self, path: &TreePath) -> bool {
        let mut above: Vec<TreePath> =
            std::iter::successors(path.parent(), TreePath::parent).collect();
        above.reverse();
        above.iter().all(|above| {
            let found = self.place.on_disk(above).symlink_metadata();
            found.map_or_else(|error| is_missing(&error), |it| it.is_dir())
        })
    }

    fn run(&self, operation: Operation<'_>) -> io::Result<()> {
        self.disk.run(operation).map_err(|error| {
            let directory = operation.path().parent().unwrap_or(operation.path());
            let below = directory.strip_prefix(&self.place.base).ok();
            let shown = below.filter(|below| !below.as_os_str().is_empty());
            let shown = shown.unwrap_or(directory).display();
            io::Error::new(
                error.kind(),
                format!("the directory `{shown}` cannot be written: {error}"),
            )
        })
    }

    fn make_directory(&self, path: &Path, mode: Option<u32>) -> io::Result<()> {
        self.run(Operation::MakeDirectory { path, mode })
    }

    fn write_synced(&self, path: &Path, content: &[u8], mode: Mode) -> io::Result<()> {
        self.run(Operation::Write {
            path,
            content,
            mode,
        })?;
        self.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Operation::Rename { from, to })
    }

    /// Removes a file or link, where there is one.
    fn remove(&self, path: &Path) -> io::Result<()> {
        match path.symlink_metadata() {
            Err(error) if is_missing(&error) => Ok(()),
            _ => self.run(Operation::Remove { path }),
        }
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::Sync { path })
    }

    /// Syncs the directory that holds a path.
    fn sync_above(&self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |above| self.sync(above))
    }

    /// Syncs every directory that holds a file of the write.
    fn sync_directories(&self, journal: &Journal) -> io::Result<()> {
        let paths = journal.steps.iter().map(|step| &step.path);
        let removed = journal.removed.iter().map(|directory| &directory.path);
        let above: BTreeSet<PathBuf> = paths
            .chain(removed)
            .filter_map(TreePath::parent)
            .map(|above| self.place.on_disk(&above))
            .filter(|above| is_directory(above))
            .collect();
        above.iter().try_for_each(|above| self.sync(above))
    }
}

fn is_empty(directory: &Path) -> bool {
    is_directory(directory)
        && fs::read_dir(directory).is_ok_and(|mut listing| listing.next().is_none())
}
