//! Which files `docker buildx bake` reads when it is given none.

use crate::TreePath;

/// The names, in the order in which the files are merged. Every one that exists is read.
pub const DEFAULT_FILES: [&str; 8] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
];

/// Those of `candidates` that bake reads in `directory`, in the order in which it merges them.
pub fn default_files(directory: &TreePath, candidates: &[TreePath]) -> Vec<TreePath> {
    let paths = DEFAULT_FILES.iter().filter_map(|name| directory.join(name));
    paths.filter(|path| candidates.contains(path)).collect()
}
