//! A path that names another file.

use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, TreePath};

/// Where the file at `missing` has gone: the only one of the repository with its name.
pub(crate) fn moved_to<'a>(
    environment: &'a Environment,
    missing: &TreePath,
) -> Option<&'a TreePath> {
    let entries = environment.tree.entries().iter();
    let mut same = entries.filter(|entry| {
        !entry.ignored
            && entry.kind == EntryKind::File
            && entry.path.file_name() == missing.file_name()
    });
    let first = same.next()?;
    same.next().is_none().then_some(&first.path)
}

/// `written`, which names `missing`, so that it names `found` from the same directory. `None` where it
/// is no plain relative path.
pub(crate) fn rename(written: &str, missing: &TreePath, found: &TreePath) -> Option<String> {
    let (prefix, plain) = match written.strip_prefix("./") {
        Some(plain) => ("./", plain),
        None => ("", written),
    };
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    if !plain.split('/').all(is_plain) || plain.contains(['$', '\\', '"', '\'', '{', '*']) {
        return None;
    }
    let directory = match missing.as_str().strip_suffix(plain)? {
        "" => TreePath::root(),
        directory => TreePath::new(directory.strip_suffix('/')?)?,
    };
    let renamed = found.seen_from(&directory);
    let prefix = if renamed.starts_with("..") {
        ""
    } else {
        prefix
    };
    Some(format!("{prefix}{renamed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_from_the_same_directory() {
        let path = |path| TreePath::new(path).unwrap();
        let rename = |written, missing, found| rename(written, &path(missing), &path(found));
        let renamed = |written, missing, found| rename(written, missing, found).unwrap_or_default();
        assert_eq!(
            renamed("./a/run.sh", "web/a/run.sh", "web/b/run.sh"),
            "./b/run.sh"
        );
        assert_eq!(renamed("a/run.sh", "web/a/run.sh", "run.sh"), "../run.sh");
        assert_eq!(renamed("run.sh", "run.sh", "tools/run.sh"), "tools/run.sh");
        assert_eq!(rename("../run.sh", "run.sh", "tools/run.sh"), None);
        assert_eq!(rename("$A/run.sh", "a/run.sh", "tools/run.sh"), None);
    }
}
