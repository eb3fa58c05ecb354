//! `[build]`: what images are called, and what they say of themselves.

use serde::Deserialize;

/// The `[build]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BuildSettings {
    /// Where the version of the images comes from; absent for `git describe` where there are tags.
    pub version: Option<VersionSource>,
    /// The tags that every image gets beside those that are declared for it. `{version}` stands for
    /// the version; a tag with it is left out when there is none.
    pub tags: Vec<String>,
    /// Whether images get the labels `org.opencontainers.image.*`.
    pub labels: bool,
}

impl Default for BuildSettings {
    fn default() -> Self {
        Self {
            version: None,
            tags: vec!["{version}".to_owned(), "latest".to_owned()],
            labels: true,
        }
    }
}

/// Where the version of the images comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionSource {
    /// `git describe --tags --dirty`.
    Git,
    /// An environment variable, by its name.
    Env(String),
    /// The first line of a file, by its path from the root of the tree.
    File(String),
    /// The version that a package's manifest gives, such as `Cargo.toml` or `package.json`; by its
    /// path from the root of the tree.
    Manifest(String),
}
