//! What git ignores: `.gitignore` files on the way down and `.git/info/exclude`.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::repository::Repository;

/// The largest file of patterns that is read, in bytes.
const MAX_PATTERNS: u64 = 1 << 20;

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
