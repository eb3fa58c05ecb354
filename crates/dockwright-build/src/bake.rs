//! A bake file as buildx reads it in JSON.
//!
//! Source of facts: the bake file reference of buildx.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Destination;

/// What is handed to `docker buildx bake`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BakeFile {
    /// The groups by name.
    #[serde(rename = "group", skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, BakeGroup>,
    /// The targets by name.
    #[serde(rename = "target")]
    pub targets: BTreeMap<String, BakeTarget>,
}

impl BakeFile {
    /// The file as JSON. In JSON too bake takes `${` and `%{` in texts for the begin of a template:
    /// they are escaped.
    pub fn to_json(&self) -> Value {
        escaped(serde_json::to_value(self).unwrap_or_default())
    }
}

fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(escaped_text(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(escaped).collect()),
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let entries = entries.map(|(key, value)| (escaped_text(&key), escaped(value)));
            Value::Object(entries.collect::<Map<String, Value>>())
        }
        other => other,
    }
}

fn escaped_text(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A group of a [`BakeFile`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BakeGroup {
    /// Its targets and groups, by name.
    pub targets: Vec<String>,
}

impl BakeTarget {
    /// Whether the result is an image, and not files, a report or a cache.
    pub fn makes_image(&self) -> bool {
        let mut outputs = self.output.iter().map(|it| Destination::of_output(it));
        let leaves = |it| !matches!(it, Destination::Directory(_) | Destination::Cache);
        let is_build = self.call.as_deref().is_none_or(|call| call == "build");
        is_build && (self.output.is_empty() || outputs.any(leaves))
    }
}

/// A target of a [`BakeFile`]. The fields are those of the bake file reference; an empty one is
/// left out. Paths are relative to the root of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BakeTarget {
    /// The directory or address that the builder is given.
    pub context: String,
    /// The Dockerfile, relative to the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<String>,
    /// The text of a Dockerfile that is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dockerfile_inline: Option<String>,
    /// The stage that is built; the last one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Build arguments. One without a value keeps the default that the Dockerfile gives it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Option<String>>,
    /// Named contexts: `target:NAME`, `docker-image://REFERENCE`, a directory, an address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub contexts: BTreeMap<String, String>,
    /// The names that the image gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Labels of the image.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<String>,
    /// The platforms it is built for; empty for the builder's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Attestations, as `--attest` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attest: Vec<String>,
    /// Caches to read, as `--cache-from` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cache_from: Vec<String>,
    /// Caches to write, as `--cache-to` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cache_to: Vec<String>,
    /// Secrets, as `--secret` takes them: names and places, never the secrets themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<String>,
    /// Agents and keys, as `--ssh` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ssh: Vec<String>,
    /// Where the result goes, as `--output` takes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Whether bases are asked for anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<bool>,
    /// Whether no cache is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_cache: Option<bool>,
    /// Stages for which no cache is used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_cache_filter: Vec<String>,
    /// The network of `RUN` steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The size of `/dev/shm` in `RUN` steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm_size: Option<String>,
    /// Limits of `RUN` steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ulimits: Vec<String>,
    /// What is asked instead of a build, such as `check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Privileges that steps may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<String>,
    /// Hosts that steps know by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra_hosts: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_templates() {
        let mut target = BakeTarget {
            context: ".".to_owned(),
            dockerfile_inline: Some("FROM ${BASE}".to_owned()),
            ..BakeTarget::default()
        };
        target
            .args
            .insert("A".to_owned(), Some("100 %{x} $$".to_owned()));
        let file = BakeFile {
            targets: BTreeMap::from([("web".to_owned(), target)]),
            ..BakeFile::default()
        };
        insta::assert_snapshot!(file.to_json(), @r#"
        {"target":{"web":{"context":".","dockerfile-inline":"FROM $${BASE}","args":{"A":"100 %%{x} $$"}}}}
        "#);
    }
}
