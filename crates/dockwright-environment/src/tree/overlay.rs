//! Edits laid over a tree.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use super::{Entry, EntryKind, ReadError, Tree, TreeProblem, find, links};
use crate::TreePath;

/// A tree with edits that are not written anywhere.
///
/// As in git, a directory that an edit leaves empty is gone.
#[derive(Clone)]
pub struct Overlay {
    base: Arc<dyn Tree>,
    /// What stands at a path; `None` when it was removed, with all below it.
    edits: BTreeMap<TreePath, Option<Edit>>,
    entries: OnceLock<Vec<Entry>>,
}

#[derive(Clone)]
struct Edit {
    kind: EntryKind,
    bytes: Arc<[u8]>,
    executable: bool,
}

impl Overlay {
    /// No edits yet.
    pub fn new(base: Arc<dyn Tree>) -> Self {
        Self {
            base,
            edits: BTreeMap::new(),
            entries: OnceLock::new(),
        }
    }

    /// Writes a file. It stays executable if it was; a link is replaced, not written through.
    #[must_use]
    pub fn write(self, path: &TreePath, bytes: impl Into<Arc<[u8]>>) -> Self {
        let stands = self.stands(path);
        let edit = Edit {
            kind: EntryKind::File,
            bytes: bytes.into(),
            executable: stands.is_some_and(|(_, executable)| executable),
        };
        self.put(path, edit)
    }

    /// Makes a link with its target as written.
    #[must_use]
    pub fn link(self, path: &TreePath, target: &str) -> Self {
        let edit = Edit {
            kind: EntryKind::Link(target.to_owned()),
            bytes: Arc::default(),
            executable: false,
        };
        self.put(path, edit)
    }

    /// Removes a file, a link, or a directory with all that is in it.
    #[must_use]
    pub fn remove(mut self, path: &TreePath) -> Self {
        self.edits.retain(|edited, _| !is_below(edited, path));
        self.edits.insert(path.clone(), None);
        self.entries = OnceLock::new();
        self
    }

    /// Changes whether the owner may execute the file at `path`. Fails when it cannot be read.
    pub fn set_executable(self, path: &TreePath, executable: bool) -> Result<Self, ReadError> {
        match self.stands(path) {
            Some((EntryKind::File, _)) => {}
            Some(_) => return Err(ReadError::NotAFile),
            None => return Err(ReadError::Missing),
        }
        let edit = Edit {
            kind: EntryKind::File,
            bytes: self.read(path)?,
            executable,
        };
        Ok(self.put(path, edit))
    }

    fn put(mut self, path: &TreePath, edit: Edit) -> Self {
        if path.is_root() {
            return self;
        }
        // What was a file or link must make way for a directory.
        for above in directories_above(path) {
            let stands = self.stands(&above);
            if stands.is_some_and(|(kind, _)| kind != EntryKind::Directory) {
                self.edits.insert(above, None);
            }
        }
        let mut edited = self.remove(path);
        edited.edits.insert(path.clone(), Some(edit));
        edited
    }

    /// What stands at `path` and whether it is executable, without merging all entries.
    fn stands(&self, path: &TreePath) -> Option<(EntryKind, bool)> {
        if let Some(Some(edit)) = self.edits.get(path) {
            return Some((edit.kind.clone(), edit.executable));
        }
        let below = format!("{}/", path.as_str());
        let written_below = self
            .edits
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .take_while(|(edited, _)| edited.as_str().starts_with(&below))
            .any(|(_, edit)| edit.is_some());
        if written_below {
            return Some((EntryKind::Directory, false));
        }
        if self.is_hidden(path) {
            return None;
        }
        let entry = self.base.entry(path)?;
        Some((entry.kind, entry.executable))
    }

    /// Whether the base's entry at `path` is hidden by an edit at or above it.
    fn is_hidden(&self, path: &TreePath) -> bool {
        let path = path.as_str();
        let slashes = path.match_indices('/').map(|(at, _)| at);
        slashes
            .chain([path.len()])
            .filter_map(|end| path.get(..end))
            .any(|above| self.edits.contains_key(above))
    }

    /// Whether `path` is not among the entries for the sole reason that the base did not enter
    /// its directory. A directory that went with its last file is among the base's.
    fn is_left_as_it_was(&self, path: &TreePath) -> bool {
        !self.is_hidden(path) && find(self.base.entries(), path).is_none()
    }

    fn merged(&self) -> Vec<Entry> {
        if self.edits.is_empty() {
            return self.base.entries().to_vec();
        }
        let mut merged: BTreeMap<TreePath, Entry> = BTreeMap::new();
        for entry in self.base.entries() {
            if !self.is_hidden(&entry.path) {
                merged.insert(entry.path.clone(), entry.clone());
            }
        }
        for (path, edit) in &self.edits {
            let Some(edit) = edit else { continue };
            merged.insert(path.clone(), edit.described(path));
            for above in directories_above(path) {
                let directory = Entry {
                    path: above.clone(),
                    kind: EntryKind::Directory,
                    size: 0,
                    executable: false,
                    ignored: false,
                };
                // A directory that git ignores is entered as soon as it holds an edit.
                merged
                    .entry(above)
                    .and_modify(|entry| entry.ignored = false)
                    .or_insert(directory);
            }
        }
        for (path, edit) in &self.edits {
            if edit.is_none() {
                remove_empty_above(&mut merged, path);
            }
        }
        merged.into_values().collect()
    }
}

impl Edit {
    fn described(&self, path: &TreePath) -> Entry {
        Entry {
            path: path.clone(),
            kind: self.kind.clone(),
            size: self.bytes.len() as u64,
            executable: self.executable,
            ignored: false,
        }
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edited: Vec<&TreePath> = self.edits.keys().collect();
        formatter
            .debug_struct("Overlay")
            .field("edited", &edited)
            .finish_non_exhaustive()
    }
}

impl Tree for Overlay {
    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| self.merged())
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, ReadError> {
        let path = links::resolve(path, |path| self.entry(path).map(|entry| entry.kind))?;
        match (self.edits.get(&path), self.stands(&path)) {
            (_, None) => Err(ReadError::Missing),
            (Some(Some(edit)), Some((EntryKind::File, _))) => Ok(Arc::clone(&edit.bytes)),
            (_, Some((EntryKind::File, _))) => self.base.read(&path),
            _ => Err(ReadError::NotAFile),
        }
    }

    fn list(&self, directory: &TreePath) -> Vec<Entry> {
        let mut listed: BTreeMap<TreePath, Entry> = BTreeMap::new();
        if !self.is_hidden(directory) {
            let below = self.base.list(directory).into_iter();
            listed.extend(
                below
                    .filter(|entry| self.is_left_as_it_was(&entry.path))
                    .map(|entry| (entry.path.clone(), entry)),
            );
        }
        let edited = super::children(self.entries(), directory).into_iter();
        listed.extend(edited.map(|entry| (entry.path.clone(), entry)));
        listed.into_values().collect()
    }

    fn entry(&self, path: &TreePath) -> Option<Entry> {
        if let Some(entry) = find(self.entries(), path) {
            return Some(entry.clone());
        }
        self.is_left_as_it_was(path)
            .then(|| self.base.entry(path))
            .flatten()
    }

    fn problems(&self) -> &[TreeProblem] {
        self.base.problems()
    }

    fn history(&self, commits: usize) -> Vec<Vec<TreePath>> {
        self.base.history(commits)
    }
}

fn is_below(path: &TreePath, directory: &TreePath) -> bool {
    path.relative_to(directory).is_some()
}

fn directories_above(path: &TreePath) -> impl Iterator<Item = TreePath> {
    std::iter::successors(path.parent(), TreePath::parent).filter(|above| !above.is_root())
}

fn remove_empty_above(entries: &mut BTreeMap<TreePath, Entry>, path: &TreePath) {
    for above in directories_above(path) {
        let below = format!("{}/", above.as_str());
        let next = entries
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .next();
        let is_empty = !next.is_some_and(|(path, _)| path.as_str().starts_with(&below));
        // What an ignored directory holds is not among the entries.
        let is_entered = |entry: &Entry| entry.kind == EntryKind::Directory && !entry.ignored;
        if !is_empty || !entries.get(&above).is_none_or(is_entered) {
            return;
        }
        entries.remove(&above);
    }
}
