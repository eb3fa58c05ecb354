//! What is in a directory.

// The library's own tests use it too.
#![allow(unreachable_pub)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Everything below a directory but the record of writes: each path with its kind, mode and content.
pub fn snapshot(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

fn walk(root: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        if matches!(name, ".dockwright" | ".git") {
            continue;
        }
        let metadata = path.symlink_metadata().unwrap();
        let what = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            walk(root, &path, found);
            format!("directory {:o}", mode(&metadata))
        } else {
            let content = fs::read(&path).unwrap();
            format!(
                "{:o} {:?}",
                mode(&metadata),
                String::from_utf8_lossy(&content)
            )
        };
        found.insert(name.to_owned(), what);
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0
}
