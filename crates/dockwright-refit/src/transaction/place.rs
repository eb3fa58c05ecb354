//! The state directory: where the record of writes is kept.
//!
//! It is `dockwright/` in git's own directory of the working tree, which is the real one for linked
//! working trees and submodules too. Where there is no git, it is `.dockwright/` at the root.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use dockwright_environment::TreePath;
use dockwright_environment::repository::Repository;
use dockwright_environment::tree::STATE_DIRECTORY;

use crate::Refusal;

/// A working tree and its state directory.
#[derive(Debug)]
pub(super) struct Place {
    /// The top of the working tree, absolute and free of links. The journal's paths begin here.
    pub(super) base: PathBuf,
    /// The directory that was asked for, seen from the top.
    pub(super) root: TreePath,
    state: PathBuf,
    is_in_tree: bool,
}

/// Keeps other writers out while it lives.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A child process that is being started may have the file open for a moment longer.
        let _ = self.0.unlock();
    }
}

impl Place {
    /// The place of the working tree that holds the directory `root`.
    pub(super) fn find(root: &Path) -> Result<Self, Refusal> {
        let root = root.canonicalize().map_err(|error| {
            Refusal::new(
                format!("`{}` cannot be written: {error}", root.display()),
                "give the repository's directory with `--root`",
            )
        })?;
        Ok(Self::in_git(&root).unwrap_or_else(|| Self {
            state: root.join(STATE_DIRECTORY),
            base: root,
            root: TreePath::root(),
            is_in_tree: true,
        }))
    }

    fn in_git(root: &Path) -> Option<Self> {
        let repository = Repository::find(root)?;
        // What a `.git` file names may be anything.
        let is_git = repository.git.join("HEAD").is_file();
        let below = root.strip_prefix(&repository.work_tree).ok()?;
        let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
        is_git.then_some(Self {
            state: repository.git.join("dockwright"),
            base: repository.work_tree,
            root: TreePath::new(&parts?.join("/"))?,
            is_in_tree: false,
        })
    }

    /// The write that is being prepared.
    pub(super) fn uncommitted(&self) -> PathBuf {
        self.state.join("uncommitted")
    }

    /// The write that is being done.
    pub(super) fn committed(&self) -> PathBuf {
        self.state.join("committed")
    }

    /// The directory of the writes that can be taken back.
    pub(super) fn stack(&self) -> PathBuf {
        self.state.join("undo")
    }

    /// One write that can be taken back.
    pub(super) fn entry(&self, number: u64) -> PathBuf {
        self.stack().join(format!("{number:06}"))
    }

    /// The numbers of the writes that can be taken back, the oldest first.
    pub(super) fn entries(&self) -> Vec<u64> {
        let listing = fs::read_dir(self.stack());
        let mut numbers: Vec<u64> = listing
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// Whether a write was left before its end, or is under way.
    pub(super) fn is_pending(&self) -> bool {
        is_directory(&self.state)
            && (is_directory(&self.uncommitted()) || is_directory(&self.committed()))
    }

    /// Makes the state directory, and keeps other writers out. The lock does not outlive a process
    /// that is killed.
    pub(super) fn lock(&self) -> Result<Lock, Refusal> {
        let lock = self.try_lock().map_err(|error| self.refused(&error))?;
        lock.ok_or_else(|| {
            Refusal::new(
                "another process is changing this repository",
                "try again when it is done",
            )
        })
    }

    /// The same; nothing when another process has the lock.
    pub(super) fn try_lock(&self) -> io::Result<Option<Lock>> {
        match make_private(&self.state) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ if is_directory(&self.state) => {}
            _ => return Err(io::Error::other("it is no directory")),
        }
        let ignore = self.state.join(".gitignore");
        if self.is_in_tree && ignore.symlink_metadata().is_err() {
            fs::write(ignore, "*\n")?;
        }
        let lock = self.state.join("lock");
        // A pipe could keep one waiting for ever, and a link leads elsewhere.
        if lock.symlink_metadata().is_ok_and(|it| !it.is_file()) {
            return Err(io::Error::other("`lock` is no regular file"));
        }
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        let file = options.open(lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub(super) fn refused(&self, error: &io::Error) -> Refusal {
        Refusal::new(
            format!(
                "the state directory `{}` cannot be written: {error}",
                self.state.display()
            ),
            "what is changed is recorded there, so that it can be taken back; let it be written",
        )
    }

    /// Where a path of the journal is on disk.
    pub(super) fn on_disk(&self, path: &TreePath) -> PathBuf {
        self.base.join(path.as_str())
    }

    /// A path of the journal as people know it: seen from the directory that they named.
    pub(super) fn shown(&self, path: &TreePath) -> String {
        path.seen_from(&self.root)
    }
}

/// Whether there is a directory, and no link to one.
pub(super) fn is_directory(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir())
}

/// Makes a directory that only its owner can read: it will hold old contents of files.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
