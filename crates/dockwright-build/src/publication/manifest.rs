//! The version in a package's manifest.

use std::sync::OnceLock;

use dockwright_settings::SettingsError;
use dockwright_syntax::yaml;
use serde::Deserialize;

/// `data/manifests.toml`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    manifest: Vec<Manifest>,
}

/// A kind of manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    keys: Vec<String>,
}

fn manifests() -> &'static [Manifest] {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    let read = || toml::from_str(include_str!("../../data/manifests.toml")).ok();
    let table = TABLE.get_or_init(read).as_ref();
    table.map_or(&[], |table| table.manifest.as_slice())
}

/// The version in the text of the manifest at `path`.
pub(super) fn version(path: &str, text: &str) -> Result<String, SettingsError> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let manifest = manifests().iter().find(|it| it.name == name);
    let manifest = manifest.ok_or_else(|| {
        let known: Vec<&str> = manifests().iter().map(|it| it.name.as_str()).collect();
        SettingsError::new(
            format!("`{name}` is no manifest whose version can be read"),
            format!(
                "known are {}; or declare `version = {{ env = \"…\" }}` or `{{ file = \"…\" }}`",
                known.join(", ")
            ),
        )
    })?;
    let unreadable = |error: &dyn std::fmt::Display| {
        let error = error.to_string();
        SettingsError::new(
            format!("`{path}` cannot be read: {}", error.trim_end()),
            "mend the file, or name another source in `build.version`",
        )
    };
    let found = match name.rsplit('.').next() {
        Some("toml") => {
            let table: toml::Table = toml::from_str(text).map_err(|error| unreadable(&error))?;
            let find = |key: &String| in_toml(&table, key);
            manifest.keys.iter().find_map(find)
        }
        Some("json") => {
            let value: serde_json::Value =
                serde_json::from_str(text).map_err(|error| unreadable(&error))?;
            let find = |key: &String| in_json(&value, key);
            manifest.keys.iter().find_map(find)
        }
        _ => {
            let tree = yaml::parse(text);
            let find = |key: &String| tree.root()?.get(key)?.text().map(str::to_owned);
            manifest.keys.iter().find_map(find)
        }
    };
    found.ok_or_else(|| {
        SettingsError::new(
            format!("`{path}` has no version"),
            format!(
                "give it one as `{}`, or name another source in `build.version`",
                manifest.keys.join("` or `")
            ),
        )
    })
}

/// The text at a path of keys with dots between them.
fn in_toml(table: &toml::Table, key: &str) -> Option<String> {
    let (tables, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut tables = tables.split('.').filter(|key| !key.is_empty());
    let table = tables.try_fold(table, |table, key| table.get(key)?.as_table())?;
    table.get(last)?.as_str().map(str::to_owned)
}

fn in_json(value: &serde_json::Value, key: &str) -> Option<String> {
    let value = key
        .split('.')
        .try_fold(value, |value, key| value.get(key))?;
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> String {
        version(path, text).unwrap_or_else(|error| format!("{}\n{}", error.message, error.hint))
    }

    #[test]
    fn each_kind_of_manifest_has_its_place() {
        assert_eq!(
            found("a/Cargo.toml", "[package]\nversion = \"1.2.3\"\n"),
            "1.2.3"
        );
        let workspace =
            "[workspace.package]\nversion = \"1.2.3\"\n[package]\nversion.workspace = true\n";
        assert_eq!(found("Cargo.toml", workspace), "1.2.3");
        assert_eq!(
            found("pyproject.toml", "[project]\nversion = \"1.2\"\n"),
            "1.2"
        );
        assert_eq!(
            found("pyproject.toml", "[tool.poetry]\nversion = \"1.2\"\n"),
            "1.2"
        );
        assert_eq!(found("package.json", "{\"version\": \"0.1.0\"}"), "0.1.0");
        assert_eq!(found("composer.json", "{\"version\": \"0.1.0\"}"), "0.1.0");
        assert_eq!(
            found("Chart.yaml", "version: 0.9.0\nappVersion: 1.10\n"),
            "1.10"
        );
        assert_eq!(found("Chart.yaml", "version: 0.9.0\n"), "0.9.0");
    }

    #[test]
    fn a_manifest_without_a_version_says_where_it_belongs() {
        let errors = [
            found("Cargo.toml", "[package]\nversion.workspace = true\n"),
            found("package.json", "{"),
            found("web/pom.xml", "<project/>"),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        dockwright.toml: `Cargo.toml` has no version
        give it one as `package.version` or `workspace.package.version`, or name another source in `build.version`
        dockwright.toml: `package.json` cannot be read: EOF while parsing an object at line 1 column 1
        mend the file, or name another source in `build.version`
        dockwright.toml: `pom.xml` is no manifest whose version can be read
        known are Cargo.toml, pyproject.toml, package.json, composer.json, deno.json, Chart.yaml, pubspec.yaml; or declare `version = { env = "…" }` or `{ file = "…" }`
        "#);
    }

    #[test]
    fn the_table_is_read() {
        assert!(manifests().len() > 5);
    }
}
