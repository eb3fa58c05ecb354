//! What an engine writes of the results: one object, with an entry for each target.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// Makes one file of those that single targets left, and removes them. A target that was not built
/// has left none. One that another needs is mentioned there too, but its own file knows more; it
/// comes first.
pub(crate) fn merge(files: &[(usize, PathBuf)], into: &Path) -> io::Result<()> {
    let mut merged = Map::new();
    for (_, file) in files {
        let Some(Value::Object(entries)) = read(file) else {
            continue;
        };
        for (name, entry) in entries {
            merged.entry(name).or_insert(entry);
        }
        fs::remove_file(file)?;
    }
    fs::write(into, serde_json::to_string_pretty(&Value::Object(merged))?)
}

/// What an engine has written, if anything.
pub(crate) fn read(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_targets_own_file_knows_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let write = |number: usize, text: &str| {
            let file = folder.path().join(format!("metadata.{number}"));
            fs::write(&file, text).unwrap();
            (number, file)
        };
        let files = [
            write(0, r#"{"base": {"containerimage.digest": "sha256:0"}}"#),
            write(
                1,
                r#"{"app": {"containerimage.digest": "sha256:1"}, "base": {}}"#,
            ),
            (2, folder.path().join("metadata.2")),
        ];
        let into = folder.path().join("metadata");
        merge(&files, &into).unwrap();
        let merged = read(&into).unwrap();
        let left = fs::read_dir(folder.path()).unwrap().count();
        insta::assert_snapshot!(format!("{merged}, {left} file"), @r#"{"base":{"containerimage.digest":"sha256:0"},"app":{"containerimage.digest":"sha256:1"}}, 1 file"#);
    }
}
