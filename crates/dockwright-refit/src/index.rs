//! Renames in git's index, as `git mv` stages them: the files' new contents are not staged.

use std::collections::BTreeMap;
use std::path::Path;

use dockwright_environment::TreePath;
use dockwright_environment::git::{self, GitError};
use dockwright_environment::repository::Repository;

use crate::{Change, ChangeSet, Refusal, Undone};

/// A file in the index or a commit: its mode and the hash of its content.
type Entry = (String, String);

/// Stages the renames of a change set that has been written below `root`. Nothing happens outside git,
/// nor to files that git does not know.
pub fn stage_renames(changes: &ChangeSet, root: &Path) -> Result<(), Refusal> {
    let Some(place) = Place::find(root) else {
        return Ok(());
    };
    let renames = changes.iter().filter_map(|(to, change)| match change {
        Change::Rename { from, .. } if from != to => Some((place.shown(from), place.shown(to))),
        _ => None,
    });
    let renames: Vec<(String, String)> = renames.collect();
    let known = place
        .index(renames.iter().map(|(from, _)| from))
        .map_err(|error| refused(&error))?;
    let mut lines = Vec::new();
    for (from, to) in &renames {
        if let Some(entry) = known.get(from) {
            lines.push(line(None, from));
            lines.push(line(Some(entry), to));
        }
    }
    place.update(&lines).map_err(|error| refused(&error))
}

/// Takes back in the index what [`stage_renames`] did, for files that have been taken back: a path that
/// is gone again leaves the index when its content is that of a file that is there again, and the last
/// commit has it. What else is staged stays.
pub fn unstage_renames(undone: &[Undone], root: &Path) -> Result<(), Refusal> {
    let Some(place) = Place::find(root) else {
        return Ok(());
    };
    let (mut restored, mut removed) = (Vec::new(), Vec::new());
    for one in undone {
        match one {
            Undone::Restored(path) => restored.extend(place.told(path)),
            Undone::Removed(path) => removed.extend(place.told(path)),
        }
    }
    let known = place
        .index(restored.iter().chain(&removed))
        .map_err(|error| refused(&error))?;
    restored.retain(|path| !known.contains_key(path));
    removed.retain(|path| known.contains_key(path));
    if restored.is_empty() || removed.is_empty() {
        return Ok(());
    }
    let committed = place.commit(&restored).map_err(|error| refused(&error))?;
    let mut lines = Vec::new();
    for path in &removed {
        let Some(entry) = known.get(path) else {
            continue;
        };
        let at = restored
            .iter()
            .position(|old| committed.get(old) == Some(entry));
        if let Some(at) = at {
            let old = restored.swap_remove(at);
            lines.push(line(None, path));
            lines.push(line(Some(entry), &old));
        }
    }
    place.update(&lines).map_err(|error| refused(&error))
}

/// A repository, and where in it the tree is.
struct Place {
    repository: Repository,
    prefix: TreePath,
}

impl Place {
    fn find(root: &Path) -> Option<Self> {
        let root = root.canonicalize().ok()?;
        let repository = Repository::find(&root)?;
        let prefix = root.strip_prefix(&repository.work_tree).ok()?;
        let prefix = TreePath::new(&prefix.to_string_lossy().replace('\\', "/"))?;
        Some(Self { repository, prefix })
    }

    /// A path of the tree as git knows it.
    fn shown(&self, path: &TreePath) -> String {
        self.prefix
            .join(path.as_str())
            .map_or_else(|| path.to_string(), |it| it.to_string())
    }

    /// A path that the transaction tells, which is seen from the root.
    fn told(&self, path: &str) -> Option<String> {
        Some(self.prefix.join(path)?.to_string())
    }

    fn index<'a>(
        &self,
        paths: impl Iterator<Item = &'a String>,
    ) -> Result<BTreeMap<String, Entry>, GitError> {
        let mut arguments = vec!["--literal-pathspecs", "ls-files", "--stage", "-z", "--"];
        let paths: Vec<&String> = paths.collect();
        arguments.extend(paths.iter().map(|path| path.as_str()));
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(entries(
            &git::run(&self.repository.work_tree, &arguments)?,
            1,
        ))
    }

    fn commit(&self, paths: &[String]) -> Result<BTreeMap<String, Entry>, GitError> {
        let mut arguments = vec![
            "--literal-pathspecs",
            "ls-tree",
            "-z",
            "--full-tree",
            "HEAD",
            "--",
        ];
        arguments.extend(paths.iter().map(String::as_str));
        Ok(entries(
            &git::run(&self.repository.work_tree, &arguments)?,
            2,
        ))
    }

    fn update(&self, lines: &[String]) -> Result<(), GitError> {
        if lines.is_empty() {
            return Ok(());
        }
        let arguments = ["update-index", "-z", "--index-info"];
        git::run_with_input(
            &self.repository.work_tree,
            &arguments,
            lines.concat().as_bytes(),
        )?;
        Ok(())
    }
}

/// Reads `MODE … HASH …<tab>PATH`; `hash` says which of the words the hash is.
fn entries(listed: &[u8], hash: usize) -> BTreeMap<String, Entry> {
    let listed = String::from_utf8_lossy(listed);
    let entries = listed.split_terminator('\0').filter_map(|record| {
        let (words, path) = record.split_once('\t')?;
        let words: Vec<&str> = words.split(' ').collect();
        let entry = ((*words.first()?).to_owned(), (*words.get(hash)?).to_owned());
        Some((path.to_owned(), entry))
    });
    entries.collect()
}

/// A line for `git update-index --index-info`; without an entry the path leaves the index.
fn line(entry: Option<&Entry>, path: &str) -> String {
    match entry {
        Some((mode, hash)) => format!("{mode} {hash} 0\t{path}\0"),
        None => format!("0 {:040} 0\t{path}\0", 0),
    }
}

fn refused(error: &GitError) -> Refusal {
    Refusal::new(
        format!("the files are written, but the renames are not staged: {error}"),
        "stage them with `git add --all`",
    )
}
