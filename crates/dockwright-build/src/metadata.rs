//! What an engine writes of the results: one object, with an entry for each target.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// Makes one file of those that single targets left, and removes them. A target that was not built
/// has left none.
pub(crate) fn merge(files: &[(usize, PathBuf)], into: &Path) -> io::Result<()> {
    let mut merged = Map::new();
    for (_, file) in files {
        let Some(Value::Object(entries)) = read(file) else {
            continue;
        };
        merged.extend(entries);
        fs::remove_file(file)?;
    }
    fs::write(into, serde_json::to_string_pretty(&Value::Object(merged))?)
}

/// What an engine has written, if anything.
pub(crate) fn read(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}
