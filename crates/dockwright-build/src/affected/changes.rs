//! The files that changed since a revision.

use std::path::Path;

use dockwright_environment::TreePath;
use dockwright_environment::git::{self, GitError};

/// The files of a working tree that are not as they were at a revision: changed in content or mode,
/// added or removed, committed or not. What git ignores is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sorted. A submodule is one path.
    paths: Vec<TreePath>,
}

impl Changes {
    /// Asks git what changed below the directory `root` since a revision.
    pub fn since(root: &Path, revision: &str) -> Result<Self, GitError> {
        let find = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let named = format!("{revision}^{{tree}}");
        let found = git::run(root, &[&find[..], &[&named]].concat());
        let tree = found.map_err(|error| match error {
            GitError::Failed { reason } if reason.is_empty() => GitError::UnknownRevision {
                revision: revision.to_owned(),
            },
            error => error,
        })?;
        let tree = String::from_utf8_lossy(&tree).trim_end().to_owned();
        // Looking into a submodule would run a git there, with a configuration of its own.
        let known = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--relative",
            "--ignore-submodules=dirty",
            &tree,
            "--",
        ];
        let unknown = ["ls-files", "-z", "--others", "--exclude-standard"];
        let mut listed = git::run_on_files(root, &known)?;
        listed.extend(git::run(root, &unknown)?);
        Ok(listed
            .split(|byte| *byte == 0)
            .filter_map(|path| TreePath::new(&String::from_utf8_lossy(path)))
            .filter(|path| !path.is_root())
            .collect())
    }

    /// Every changed file, sorted.
    pub fn paths(&self) -> &[TreePath] {
        &self.paths
    }

    /// Whether this very file changed.
    pub fn contains(&self, file: &TreePath) -> bool {
        self.paths.binary_search(file).is_ok()
    }

    /// The first changed file that `path` is or has in it, or the changed submodule that it is in.
    pub fn first_in(&self, path: &TreePath) -> Option<&TreePath> {
        let find = |path: TreePath| {
            let at = self.paths.binary_search(&path).ok()?;
            self.paths.get(at)
        };
        let mut upwards = std::iter::successors(Some(path.clone()), TreePath::parent);
        upwards.find_map(find).or_else(|| self.below(path).first())
    }

    /// The changed files in a directory, at any depth.
    pub fn below(&self, directory: &TreePath) -> &[TreePath] {
        if directory.is_root() {
            return &self.paths;
        }
        let prefix = format!("{directory}/");
        let start = self
            .paths
            .partition_point(|path| path.as_str() < prefix.as_str());
        let rest = self.paths.get(start..).unwrap_or_default();
        let count = rest.partition_point(|path| path.as_str().starts_with(&prefix));
        rest.get(..count).unwrap_or_default()
    }
}

impl FromIterator<TreePath> for Changes {
    fn from_iter<I: IntoIterator<Item = TreePath>>(paths: I) -> Self {
        let mut paths: Vec<TreePath> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        Self { paths }
    }
}
