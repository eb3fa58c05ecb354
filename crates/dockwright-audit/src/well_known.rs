//! Environment variables that programs read although no file of a repository names them.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    variables: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    names: Vec<String>,
    /// For people who read the table.
    #[allow(dead_code)]
    source: String,
}

/// Whether a variable belongs to the system, a language, a framework or a server.
pub(crate) fn is_well_known(name: &str) -> bool {
    static TABLE: LazyLock<Vec<Group>> = LazyLock::new(|| {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../data/well-known-variables.toml"));
        table.map(|table| table.variables).unwrap_or_default()
    });
    let name = name.to_ascii_uppercase();
    let matches = |pattern: &String| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    };
    TABLE.iter().any(|group| group.names.iter().any(matches))
}

#[cfg(test)]
mod tests {
    use super::is_well_known;

    #[test]
    fn names_are_matched_whole_or_by_their_start() {
        assert!(
            is_well_known("TZ") && is_well_known("POSTGRES_USER") && is_well_known("http_proxy")
        );
        assert!(!is_well_known("TZX") && !is_well_known("SHOP_USER"));
    }
}
