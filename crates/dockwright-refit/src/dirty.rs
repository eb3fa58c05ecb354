//! What a change could lose: work that is in no commit.

use std::collections::BTreeSet;
use std::path::Path;

use dockwright_environment::TreePath;
use dockwright_environment::git::{self, GitError};
use dockwright_environment::repository::Repository;

use crate::outcome::outcomes;
use crate::{ChangeSet, Refusal};

/// The files below `root` that are not as their last commit has them, staged or not, and those
/// that git does not know and the change set would change; sorted. None outside git. Refused when
/// git cannot say.
pub fn dirty(changes: &ChangeSet, root: &Path) -> Result<Vec<TreePath>, Refusal> {
    let unknown = |error: &dyn std::fmt::Display| {
        Refusal::new(
            format!("it is not known whether all changes are committed: {error}"),
            "see that `git status` works here, or give `--allow-dirty`",
        )
    };
    let root = root.canonicalize().map_err(|error| unknown(&error))?;
    let Some(repository) = Repository::find(&root) else {
        return Ok(Vec::new());
    };
    // Looking into a submodule would run a git there, with a configuration of its own.
    let status = [
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=no",
        "--ignore-submodules=dirty",
        "--",
        ".",
    ];
    let listed = match git::run_on_files(&root, &status) {
        Ok(listed) => listed,
        Err(GitError::NotARepository { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(unknown(&error)),
    };
    let top = root.strip_prefix(&repository.work_tree).ok();
    let top = top.and_then(|top| TreePath::new(&top.to_string_lossy().replace('\\', "/")));
    let top = top.unwrap_or_else(TreePath::root);
    let listed = listed.split(|byte| *byte == 0).filter_map(|record| {
        // Two letters and a blank, then the path from the top of the working tree.
        let path = String::from_utf8_lossy(record.get(3..)?).into_owned();
        TreePath::new(TreePath::new(&path)?.relative_to(&top)?)
    });
    let mut dirty: BTreeSet<TreePath> = listed.collect();
    let tracked = repository.tracked(&root);
    let is_tracked = |path: &TreePath| {
        let found = tracked.binary_search_by(|tracked| tracked.as_str().cmp(path.as_str()));
        found.is_ok()
    };
    let outcomes = outcomes(changes)?.into_iter();
    let lost = outcomes.filter(|(path, outcome)| outcome.before.is_some() && !is_tracked(path));
    dirty.extend(lost.map(|(path, _)| path.clone()));
    Ok(dirty.into_iter().collect())
}
