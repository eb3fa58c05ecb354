//! Which files are sources.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    compiled: Vec<String>,
    interpreted: Vec<String>,
}

/// What a source file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceKind {
    /// The program that is made of it does not need it.
    Compiled,
    /// It is the program, or is read beside it.
    Interpreted,
}

/// What a file of this name is for, if it is a source.
pub(crate) fn kind(name: &str) -> Option<SourceKind> {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        toml::from_str(include_str!("../data/source-files.toml")).unwrap_or_default()
    });
    let (_, ending) = name.rsplit_once('.')?;
    let has = |list: &[String]| list.iter().any(|own| own == ending);
    if has(&TABLE.compiled) {
        Some(SourceKind::Compiled)
    } else if has(&TABLE.interpreted) {
        Some(SourceKind::Interpreted)
    } else {
        None
    }
}
