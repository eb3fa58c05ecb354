//! A working tree on disk.

use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::Scope;

use super::git_ignore::Rules;
use super::{Entry, EntryKind, ReadError, STATE_DIRECTORY, Tree, TreeProblem, find, links};
use crate::repository::Repository;
use crate::{TreePath, git};

/// Files larger than this are not read: nothing that people write by hand is.
pub const READ_LIMIT: u64 = 16 << 20;

/// Entries that a tree may have; what is beyond is left out and recorded as a problem.
const MAX_ENTRIES: usize = 2_000_000;

/// The files below a directory on disk, as they were when it was opened.
///
/// Hidden files are listed; `.git` is listed and not entered, [`STATE_DIRECTORY`] is not listed. Links are listed and never followed
/// out of the tree. The user's global git configuration is not asked.
#[derive(Debug)]
pub struct DiskTree {
    root: PathBuf,
    entries: Vec<Entry>,
    /// Directories that were not entered, sorted.
    closed: Vec<TreePath>,
    problems: Vec<TreeProblem>,
    read_limit: u64,
}

impl DiskTree {
    /// Lists everything below `root`. Fails when `root` itself cannot be listed.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        fs::read_dir(&root)?;
        let repository = Repository::find(&root);
        let walk = Walk {
            tracked: repository
                .as_ref()
                .map(|repository| repository.tracked(&root))
                .unwrap_or_default(),
            found: Mutex::default(),
            count: AtomicUsize::new(0),
        };
        let rules = Rules::above(repository.as_ref(), &root);
        let start = Directory {
            disk: root.clone(),
            path: TreePath::root(),
            rules,
            ignored: false,
        };
        rayon::scope(|scope| walk.enter(start, scope));

        let mut found = walk
            .found
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        found
            .entries
            .sort_unstable_by(|one, other| one.path.cmp(&other.path));
        found.closed.sort_unstable();
        found
            .problems
            .sort_unstable_by(|one, other| one.path.cmp(&other.path));
        if walk.count.into_inner() > MAX_ENTRIES {
            found.problems.push(TreeProblem {
                path: TreePath::root(),
                message: format!("more than {MAX_ENTRIES} files; the rest was left out"),
            });
        }
        Ok(Self {
            root,
            entries: found.entries,
            closed: found.closed,
            problems: found.problems,
            read_limit: READ_LIMIT,
        })
    }

    /// The same tree with another limit for [`Tree::read`], in bytes.
    #[must_use]
    pub fn with_read_limit(mut self, bytes: u64) -> Self {
        self.read_limit = bytes;
        self
    }

    /// The directory on disk, absolute and free of links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn is_closed(&self, directory: &TreePath) -> bool {
        self.closed.binary_search(directory).is_ok()
    }

    /// The nearest directory at or above `path` that was not entered.
    fn closed_above(&self, path: &TreePath) -> Option<TreePath> {
        let mut above = path.as_str();
        while let Some((directory, _)) = above.rsplit_once('/') {
            let found = self
                .closed
                .binary_search_by(|closed| closed.as_str().cmp(directory));
            if let Ok(index) = found {
                return self.closed.get(index).cloned();
            }
            above = directory;
        }
        None
    }

    fn disk_path(&self, path: &TreePath) -> PathBuf {
        self.root.join(path.as_str())
    }
}

impl Tree for DiskTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError> {
        let path = links::resolve(path, |path| self.entry(path).map(|entry| entry.kind))?;
        let entry = self.entry(&path).ok_or(ReadError::Missing)?;
        if entry.kind != EntryKind::File {
            return Err(ReadError::NotAFile);
        }
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ReadError::Missing,
            _ => ReadError::Refused(error.to_string()),
        };
        let too_large = |size| ReadError::TooLarge {
            size,
            limit: self.read_limit,
        };
        let file = File::open(self.disk_path(&path)).map_err(refused)?;
        let size = file.metadata().map_err(refused)?.len();
        if size > self.read_limit {
            return Err(too_large(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // It may have grown since; then too no more than the limit is held.
        let limit = self.read_limit.saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(refused)?;
        if bytes.len() as u64 > self.read_limit {
            return Err(too_large(bytes.len() as u64));
        }
        Ok(bytes.into())
    }

    fn list(&self, directory: &TreePath) -> Vec<Entry> {
        let above = self.closed_above(directory);
        if above.is_none() && !self.is_closed(directory) {
            return super::children(&self.entries, directory);
        }
        // What is not entered is still listed only through real directories.
        if self.entry(directory).map(|entry| entry.kind) != Some(EntryKind::Directory) {
            return Vec::new();
        }
        let first = above.as_ref().unwrap_or(directory);
        let ignored = find(&self.entries, first).is_some_and(|entry| entry.ignored);
        let Ok(listing) = fs::read_dir(self.disk_path(directory)) else {
            return Vec::new();
        };
        let mut entries: Vec<Entry> = listing
            .filter_map(Result::ok)
            .take(MAX_ENTRIES)
            .filter_map(|item| {
                let path = directory.join(&item.file_name().to_string_lossy())?;
                Some(entry(path, &item, ignored))
            })
            .collect();
        entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        entries
    }

    fn entry(&self, path: &TreePath) -> Option<Entry> {
        if let Some(entry) = find(&self.entries, path) {
            return Some(entry.clone());
        }
        let closed = self.closed_above(path)?;
        let ignored = find(&self.entries, &closed)?.ignored;
        // No directory between the closed one and this may be a link.
        let mut between = path.parent()?;
        while between != closed {
            let metadata = self.disk_path(&between).symlink_metadata().ok()?;
            if !metadata.is_dir() {
                return None;
            }
            between = between.parent()?;
        }
        let disk = self.disk_path(path);
        let metadata = disk.symlink_metadata().ok()?;
        Some(described(path.clone(), &disk, &metadata, ignored))
    }

    fn problems(&self) -> &[TreeProblem] {
        &self.problems
    }

    fn history(&self, commits: usize) -> Vec<Vec<TreePath>> {
        git::history(&self.root, "HEAD", commits)
    }
}

/// One walk over a tree, shared by the threads that take part.
struct Walk {
    /// Tracked files, sorted: git does not ignore these whatever the patterns say.
    tracked: Vec<String>,
    found: Mutex<Found>,
    count: AtomicUsize,
}

#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    closed: Vec<TreePath>,
    problems: Vec<TreeProblem>,
}

struct Directory {
    disk: PathBuf,
    path: TreePath,
    rules: Rules,
    /// Whether git ignores it but for the files that are tracked.
    ignored: bool,
}

impl Walk {
    fn enter<'scope>(&'scope self, directory: Directory, scope: &Scope<'scope>) {
        let mut found = Found::default();
        match fs::read_dir(&directory.disk) {
            Ok(listing) => self.list(&directory, listing, &mut found, scope),
            Err(error) => found.problems.push(TreeProblem {
                path: directory.path,
                message: format!("the directory cannot be read: {error}"),
            }),
        }
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.entries.append(&mut found.entries);
        all.closed.append(&mut found.closed);
        all.problems.append(&mut found.problems);
    }

    fn list<'scope>(
        &'scope self,
        directory: &Directory,
        listing: fs::ReadDir,
        found: &mut Found,
        scope: &Scope<'scope>,
    ) {
        let mut rules = directory.rules.clone();
        let mut items = Vec::new();
        for item in listing {
            match item {
                Ok(item) => items.push(item),
                Err(error) => found.problems.push(TreeProblem {
                    path: directory.path.clone(),
                    message: format!("the directory cannot be read to its end: {error}"),
                }),
            }
        }
        if items.iter().any(|item| item.file_name() == ".gitignore") {
            rules = rules.with(&directory.disk, &directory.disk.join(".gitignore"));
        }
        for item in items {
            if self.count.fetch_add(1, Ordering::Relaxed) >= MAX_ENTRIES {
                return;
            }
            let name = item.file_name();
            let Some(path) = directory.path.join(&name.to_string_lossy()) else {
                continue;
            };
            let nameable = name.to_str().is_some();
            if !nameable {
                found.problems.push(TreeProblem {
                    path: path.clone(),
                    message: "the name is not valid UTF-8, so the file is not read".to_owned(),
                });
            }
            let disk = directory.disk.join(&name);
            let is_directory = item.file_type().is_ok_and(|kind| kind.is_dir());
            let is_git = name == ".git";
            if is_directory && path.as_str() == STATE_DIRECTORY {
                continue;
            }
            let by_pattern = !is_git && (directory.ignored || rules.ignore(&disk, is_directory));
            let kept = by_pattern && self.is_tracked(&path, is_directory);
            let entry = entry(path, &item, by_pattern && !kept);
            if is_directory {
                if entry.ignored || is_git || !nameable {
                    found.closed.push(entry.path.clone());
                } else {
                    let below = Directory {
                        disk,
                        path: entry.path.clone(),
                        rules: rules.clone(),
                        ignored: by_pattern,
                    };
                    scope.spawn(move |scope| self.enter(below, scope));
                }
            }
            found.entries.push(entry);
        }
    }

    /// Whether git tracks this file, or a file in this directory.
    fn is_tracked(&self, path: &TreePath, is_directory: bool) -> bool {
        let at = |text: &str| self.tracked.partition_point(|path| path.as_str() < text);
        if !is_directory {
            let found = self.tracked.get(at(path.as_str()));
            return found.is_some_and(|found| found == path.as_str());
        }
        let prefix = format!("{}/", path.as_str());
        let found = self.tracked.get(at(&prefix));
        found.is_some_and(|found| found.starts_with(&prefix))
    }
}

fn entry(path: TreePath, item: &DirEntry, ignored: bool) -> Entry {
    match item.metadata() {
        Ok(metadata) => described(path, &item.path(), &metadata, ignored),
        // It vanished, or its directory may be listed but not searched.
        Err(_) => Entry {
            path,
            kind: EntryKind::Other,
            size: 0,
            executable: false,
            ignored,
        },
    }
}

fn described(path: TreePath, disk: &Path, metadata: &Metadata, ignored: bool) -> Entry {
    let kind = if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.is_symlink() {
        match fs::read_link(disk) {
            Ok(target) => EntryKind::Link(target.to_string_lossy().into_owned()),
            Err(_) => EntryKind::Other,
        }
    } else {
        EntryKind::Other
    };
    let is_file = kind == EntryKind::File;
    Entry {
        path,
        kind,
        size: if is_file { metadata.len() } else { 0 },
        executable: is_file && is_executable(metadata),
        ignored,
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
