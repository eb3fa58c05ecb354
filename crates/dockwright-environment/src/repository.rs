//! Where a git repository keeps what. `git` itself is not asked.

use std::path::{Path, PathBuf};

use crate::tree::git_index;

/// The largest index that is read, in bytes: several million files.
const MAX_INDEX: u64 = 1 << 29;

/// The largest file that is read to find git's directory, in bytes.
const MAX_POINTER: u64 = 1 << 16;

/// The git repository that holds a directory.
#[derive(Debug)]
pub struct Repository {
    /// The top of the working tree.
    pub work_tree: PathBuf,
    /// What belongs to this working tree alone, such as the index. It is `.git`, or what that names
    /// where it is a file, as in a linked working tree and a submodule.
    pub git: PathBuf,
    /// What all working trees of the repository share.
    pub common: PathBuf,
}

impl Repository {
    /// The repository whose working tree holds `directory`, which is absolute.
    pub fn find(directory: &Path) -> Option<Self> {
        directory.ancestors().find_map(|work_tree| {
            let git = git_directory(&work_tree.join(".git"))?;
            let common = match read(&git.join("commondir"), MAX_POINTER) {
                Some(common) => git.join(String::from_utf8_lossy(&common).trim_end()),
                None => git.clone(),
            };
            Some(Self {
                work_tree: work_tree.to_owned(),
                git,
                common,
            })
        })
    }

    /// The tracked files below `root`, as sorted paths relative to it; none when the index cannot
    /// be read.
    pub fn tracked(&self, root: &Path) -> Vec<String> {
        let Some(index) = read(&self.git.join("index"), MAX_INDEX) else {
            return Vec::new();
        };
        let Ok(prefix) = root.strip_prefix(&self.work_tree) else {
            return Vec::new();
        };
        let mut prefix = prefix.to_string_lossy().into_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let mut paths: Vec<String> = git_index::paths(&index)
            .into_iter()
            .filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        paths.sort_unstable();
        paths
    }
}

/// `.git` itself, or what it names when it is a file, as in a linked working tree.
fn git_directory(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return git.join("HEAD").is_file().then(|| git.to_owned());
    }
    let text = String::from_utf8(read(git, MAX_POINTER)?).ok()?;
    let named = text.strip_prefix("gitdir:")?.trim();
    Some(git.parent()?.join(named))
}

/// A regular file of at most `limit` bytes: a pipe or device could keep one waiting for ever.
fn read(file: &Path, limit: u64) -> Option<Vec<u8>> {
    let metadata = file.metadata().ok()?;
    let is_fit = metadata.is_file() && metadata.len() <= limit;
    is_fit.then(|| std::fs::read(file).ok()).flatten()
}
