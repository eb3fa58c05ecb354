//! What git ignores: `.gitignore` files on the way down, `.git/info/exclude`, and what is tracked
//! all the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git_index;

/// The largest file of patterns that is read, in bytes.
const MAX_PATTERNS: u64 = 1 << 20;

/// The largest index that is read, in bytes: several million files.
const MAX_INDEX: u64 = 1 << 29;

/// The largest file that is read to find git's directory, in bytes.
const MAX_POINTER: u64 = 1 << 16;

/// The ignore rules that hold in one directory: its own file and those of the directories above.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    above: Rules,
    patterns: Gitignore,
}

impl Rules {
    /// The rules that hold where `root` is entered, from the repository that holds it.
    pub(super) fn above(repository: Option<&Repository>, root: &Path) -> Self {
        let Some(repository) = repository else {
            return Self::default();
        };
        let mut rules = Self::default().with(
            &repository.work_tree,
            &repository.common.join("info/exclude"),
        );
        let mut directory = repository.work_tree.clone();
        let below = root.strip_prefix(&repository.work_tree);
        for part in below.into_iter().flat_map(Path::components) {
            rules = rules.with(&directory, &directory.join(".gitignore"));
            directory.push(part);
        }
        rules
    }

    /// These rules and the ones of the ignore file in `directory`.
    pub(super) fn with(&self, directory: &Path, file: &Path) -> Self {
        // An ignore file that is a link is not followed: git does not either.
        if !file
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_PATTERNS)
        {
            return self.clone();
        }
        let mut builder = GitignoreBuilder::new(directory);
        // A line that cannot be read is left out, the others hold; so does git.
        drop(builder.add(file));
        match builder.build() {
            Ok(patterns) if !patterns.is_empty() => Self(Some(Arc::new(Level {
                above: self.clone(),
                patterns,
            }))),
            _ => self.clone(),
        }
    }

    /// Whether these rules ignore `path`; the deepest file that speaks of it decides.
    pub(super) fn ignore(&self, path: &Path, is_directory: bool) -> bool {
        let mut level = self.0.as_deref();
        while let Some(Level { above, patterns }) = level {
            let matched = patterns.matched(path, is_directory);
            if !matched.is_none() {
                return matched.is_ignore();
            }
            level = above.0.as_deref();
        }
        false
    }
}

/// The git repository that holds a directory.
#[derive(Debug)]
pub(super) struct Repository {
    /// The top of the working tree.
    pub(super) work_tree: PathBuf,
    /// What belongs to this working tree alone, such as the index.
    git: PathBuf,
    /// What all working trees of the repository share.
    common: PathBuf,
}

impl Repository {
    /// The repository whose working tree holds `directory` (absolute).
    pub(super) fn find(directory: &Path) -> Option<Self> {
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

    /// The tracked files below `root`, as sorted paths relative to it.
    pub(super) fn tracked(&self, root: &Path) -> Vec<String> {
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
