//! A read-only set of files.

mod disk;
mod git;
mod git_ignore;
pub(crate) mod git_index;
mod links;
mod memory;
mod overlay;
mod past;

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::TreePath;

pub use disk::{DiskTree, READ_LIMIT};
pub use git::GitTree;
pub use memory::MemoryTree;
pub use overlay::Overlay;
pub use past::PastTree;

/// The directory at the root of a working tree without git in which Dockwright keeps what it needs
/// to take a change back. It is no part of what is read.
pub const STATE_DIRECTORY: &str = ".dockwright";

/// A read-only set of files: a working tree, a git revision, or edits laid over either.
///
/// Every analysis takes a `Tree`, so that it works the same on disk, on a past commit and on a
/// change that is not written yet.
pub trait Tree: Send + Sync {
    /// Every file, link and directory but the root, sorted by path. What git ignores is listed
    /// with [`Entry::ignored`] set, and an ignored directory is not entered.
    fn entries(&self) -> &[Entry];

    /// The bytes of a regular file, or of what a link inside the tree leads to.
    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError>;

    /// What lies directly in a directory that [`Tree::entries`] did not enter; sorted by path.
    fn list(&self, directory: &TreePath) -> Vec<Entry>;

    /// The entry at `path`, the ones inside ignored directories too.
    fn entry(&self, path: &TreePath) -> Option<Entry>;

    /// What could not be listed, such as a directory without permission; sorted by path.
    fn problems(&self) -> &[TreeProblem] {
        &[]
    }

    /// The paths that each of the last commits touched, the latest commit first; merges are left
    /// out. At most `commits` of them, and none where there is no history to ask.
    fn history(&self, _commits: usize) -> Vec<Vec<TreePath>> {
        Vec::new()
    }
}

/// A part of a tree that could not be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeProblem {
    /// The file or directory.
    pub path: TreePath,
    /// What is wrong, as one lower-case clause without a full stop.
    pub message: String,
}

/// One file, link or directory of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: TreePath,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a regular file, else 0.
    pub size: u64,
    /// Whether the owner may execute it.
    pub executable: bool,
    /// Whether git ignores it: a clean checkout does not have it.
    pub ignored: bool,
}

/// What an [`Entry`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, with its target as written.
    Link(String),
    /// A socket, device or pipe.
    Other,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// It is a directory, socket, device or pipe.
    NotAFile,
    /// A link leads out of the tree, or in a circle.
    LinkOutside,
    /// It is larger than `limit` bytes.
    TooLarge {
        /// The file's size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The system refused.
    Refused(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("there is no such file"),
            Self::NotAFile => formatter.write_str("it is not a regular file"),
            Self::LinkOutside => formatter.write_str("it is a link that leads out of the tree"),
            Self::TooLarge { size, limit } => {
                write!(
                    formatter,
                    "it has {size} bytes, more than the limit of {limit}"
                )
            }
            Self::Refused(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for ReadError {}

/// The entry at `path` in a sorted list.
fn find<'a>(entries: &'a [Entry], path: &TreePath) -> Option<&'a Entry> {
    let index = entries
        .binary_search_by(|entry| entry.path.cmp(path))
        .ok()?;
    entries.get(index)
}

/// What lies below `directory`, at any depth, of a sorted list of entries.
pub fn below<'a, E: Borrow<Entry>>(entries: &'a [E], directory: &TreePath) -> &'a [E] {
    if directory.is_root() {
        return entries;
    }
    let prefix = format!("{}/", directory.as_str());
    let start = entries.partition_point(|entry| entry.borrow().path.as_str() < prefix.as_str());
    let rest = entries.get(start..).unwrap_or_default();
    let count = rest.partition_point(|entry| entry.borrow().path.as_str().starts_with(&prefix));
    rest.get(..count).unwrap_or_default()
}

/// What lies directly in `directory`, from a sorted list of all entries.
fn children(entries: &[Entry], directory: &TreePath) -> Vec<Entry> {
    let prefix = if directory.is_root() {
        String::new()
    } else {
        format!("{}/", directory.as_str())
    };
    let first = |text: &str| entries.partition_point(|entry| entry.path.as_str() < text);
    let mut at = first(&prefix);
    let mut found = Vec::new();
    while let Some(entry) = entries.get(at) {
        let Some(rest) = entry.path.as_str().strip_prefix(&prefix) else {
            break;
        };
        if let Some((child, _)) = rest.split_once('/') {
            // Jump over all that is deeper: `0` is what follows `/`.
            at = first(&format!("{prefix}{child}0"));
        } else {
            found.push(entry.clone());
            at += 1;
        }
    }
    found
}
