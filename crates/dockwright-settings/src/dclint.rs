//! What a configuration of Docker Compose Linter (dclint) says, as plain data.

use std::collections::BTreeMap;

use crate::Level;

/// Where dclint looks for its configuration in a directory, the first one first, without what is
/// written in JavaScript or TypeScript. Source: the documentation of dclint and of cosmiconfig.
pub const DCLINT_FILE_NAMES: [&str; 9] = [
    "package.json",
    ".dclintrc",
    ".dclintrc.json",
    ".dclintrc.yaml",
    ".dclintrc.yml",
    ".config/dclintrc",
    ".config/dclintrc.json",
    ".config/dclintrc.yaml",
    ".config/dclintrc.yml",
];

/// What a `.dclintrc` says of the Compose files that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DclintSettings {
    /// `rules`: name → level; 0 is off.
    pub levels: BTreeMap<String, Level>,
    /// `exclude`: files with one of these in their paths are not looked at.
    pub exclude: Vec<String>,
    /// The options of the rules.
    pub compose: ComposeSettings,
}

/// What Compose files are held to. Absent is what a rule does by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposeSettings {
    /// `checkPullPolicy` is false: a `pull_policy` does not tell what to do of image and build.
    pub ignores_pull_policy: bool,
    /// `quoteType`: how ports are quoted.
    pub port_quotes: Option<Quotes>,
    /// `portsSections`: the keys of services whose ports are looked at.
    pub port_keys: Option<Vec<String>>,
    /// `prohibitedTags`: the tags that an image may not have.
    pub moving_tags: Option<Vec<String>>,
    /// `groups` and `groupOrder`: the order of the keys of a service.
    pub service_keys: Option<KeyOrder>,
    /// `customOrder`: the order of the keys of a file, extensions being `x-properties`.
    pub top_level_keys: Option<Vec<String>>,
}

/// How a text is quoted in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// `'text'`
    Single,
    /// `"text"`
    Double,
}

/// In which order keys stand. Others come last, by the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOrder {
    /// The keys in order.
    pub keys: Vec<String>,
    /// Keys that may stand anywhere.
    pub free: Vec<String>,
}
