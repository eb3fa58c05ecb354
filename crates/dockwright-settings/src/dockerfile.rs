//! `[dockerfile]`: what Dockerfiles are held to.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The `[dockerfile]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DockerfileSettings {
    /// Registries that images may come from, a `*` standing for any text; any when there is none.
    pub trusted_registries: Vec<String>,
    /// What the values of labels look like.
    pub label_schema: BTreeMap<String, LabelFormat>,
    /// Whether only labels of the schema are allowed.
    pub strict_labels: bool,
}

/// What the value of a label looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelFormat {
    /// Anything.
    #[serde(alias = "raw", alias = "rawtext", alias = "")]
    Text,
    /// A URL.
    Url,
    /// A date and time of RFC 3339.
    #[serde(alias = "rfc-3339")]
    Rfc3339,
    /// A version of Semantic Versioning.
    #[serde(alias = "semantic-version")]
    Semver,
    /// A licence expression of SPDX.
    #[serde(alias = "license")]
    Spdx,
    /// The name of a git revision: 40 or 7 hexadecimal digits.
    #[serde(alias = "git-hash")]
    Hash,
    /// An address of electronic mail.
    Email,
}
