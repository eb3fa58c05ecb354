//! What git would ignore, for paths that need not exist.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::TreePath;
use crate::tree::{EntryKind, Tree};

/// Bytes of one `.gitignore` that are read.
const MAX_BYTES: u64 = 1 << 20;

/// The `.gitignore` files of a tree, the deepest last.
#[derive(Debug)]
pub(crate) struct GitIgnored(Vec<(TreePath, Gitignore)>);

impl GitIgnored {
    pub(crate) fn read(tree: &dyn Tree) -> Self {
        let files = tree.entries().iter().filter(|entry| {
            entry.path.file_name() == ".gitignore"
                && entry.kind == EntryKind::File
                && entry.size <= MAX_BYTES
        });
        let mut levels: Vec<(TreePath, Gitignore)> = files
            .filter_map(|entry| {
                let bytes = tree.read(&entry.path).ok()?;
                let mut builder = GitignoreBuilder::new("");
                for line in String::from_utf8_lossy(&bytes).lines() {
                    // A line that cannot be read is left out, the others hold; so does git.
                    drop(builder.add_line(None, line));
                }
                Some((entry.path.parent()?, builder.build().ok()?))
            })
            .collect();
        levels.sort_by_key(|(directory, _)| directory.parts().count());
        Self(levels)
    }

    /// The deepest file that speaks of the path, or of a directory above it, decides.
    pub(crate) fn ignores(&self, path: &TreePath, is_directory: bool) -> bool {
        let mut levels = self.0.iter().rev();
        let decided = levels.find_map(|(directory, patterns)| {
            let relative = path
                .relative_to(directory)
                .filter(|relative| !relative.is_empty())?;
            let matched = patterns.matched_path_or_any_parents(Path::new(relative), is_directory);
            (!matched.is_none()).then(|| matched.is_ignore())
        });
        decided.unwrap_or_default()
    }
}
