//! Policy: what `dockwright.toml` says, as plain data.

mod audit;
mod build;
mod dclint;
mod dockerfile;
mod findings;
mod hadolint;
mod pins;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub use audit::{AuditSettings, ContextSettings};
pub use build::{BuildSettings, VersionSource};
pub use dclint::{ComposeSettings, DCLINT_FILE_NAMES, DclintSettings, KeyOrder, Quotes};
pub use dockerfile::{DockerfileSettings, LabelFormat};
pub use findings::{Confidence, Level, Severity};
pub use hadolint::{FailureThreshold, HADOLINT_FILE_NAMES, HadolintSettings};
pub use pins::Pins;

/// The name of the configuration file, at the root of the tree.
pub const FILE_NAME: &str = "dockwright.toml";

/// The keys there are, for people.
const KEYS: &str = "the keys there are: [audit] exclude, history, fail-on, confidence; \
    [build] version = \"git\" | { env | file | manifest = \"…\" }, tags, labels; \
    [context] max-megabytes, max-files; \
    [dockerfile] trusted-registries, label-schema, strict-labels; \
    [rules] RULE = \"off\" | \"info\" | \"warning\" | \"error\"";

/// What `dockwright.toml` says. Everything has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What to read and what to report.
    pub audit: AuditSettings,
    /// What images are called.
    pub build: BuildSettings,
    /// What Dockerfiles are held to.
    pub dockerfile: DockerfileSettings,
    /// What a build context may hold.
    pub context: ContextSettings,
    /// Rule name or alias → level. Whether there is such a rule is not checked here.
    pub rules: BTreeMap<String, Level>,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl SettingsError {
    /// An error in the configuration file; `problem` is one clause without a full stop.
    pub fn new(problem: impl fmt::Display, hint: impl Into<String>) -> Self {
        Self {
            message: format!("{FILE_NAME}: {problem}"),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads a configuration file's text.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let refused =
            |error: toml::de::Error| SettingsError::new(error.to_string().trim_end(), KEYS);
        toml::from_str(text).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_checked_before_it_is_used() {
        let settings =
            Settings::parse("[rules]\nunbuilt-image = \"off\"\n[audit]\nfail-on = \"error\"\n");
        let settings = settings.unwrap();
        assert_eq!(settings.rules.get("unbuilt-image"), Some(&Level::Off));
        assert_eq!(settings.audit.fail_on, Severity::Error);

        assert!(Settings::parse("[audti]\n").is_err());
    }

    #[test]
    fn an_unknown_key_is_named_with_those_there_are() {
        let error = Settings::parse("[build]\ntags = []\nlable = true\n").unwrap_err();
        insta::assert_snapshot!(error, @"
        dockwright.toml: TOML parse error at line 3, column 1
          |
        3 | lable = true
          | ^^^^^
        unknown field `lable`, expected one of `version`, `tags`, `labels`
        ");
        let error = Settings::parse("[build]\nversion = { tag = \"v1\" }\n").unwrap_err();
        insta::assert_snapshot!(error, @r#"
        dockwright.toml: TOML parse error at line 2, column 13
          |
        2 | version = { tag = "v1" }
          |             ^^^
        unknown variant `tag`, expected one of `git`, `env`, `file`, `manifest`
        "#);
    }

    #[test]
    fn a_version_has_one_source() {
        let source = |text: &str| {
            let settings = Settings::parse(&format!("[build]\nversion = {text}\n"));
            settings.map(|settings| settings.build.version)
        };
        assert_eq!(source("\"git\"").unwrap(), Some(VersionSource::Git));
        assert_eq!(
            source("{ env = \"VERSION\" }").unwrap(),
            Some(VersionSource::Env("VERSION".to_owned()))
        );
        assert!(source("\"1.2.3\"").is_err());
        assert!(source("{ env = \"VERSION\", file = \"VERSION\" }").is_err());
    }
}
