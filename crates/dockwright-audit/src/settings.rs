//! Policy: what `dockwright.toml` says.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::finding::{Confidence, Severity};
use crate::registry;

/// The name of the configuration file, at the root of the tree.
pub const FILE_NAME: &str = "dockwright.toml";

/// What `dockwright.toml` says. Everything has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What to read and what to report.
    pub audit: AuditSettings,
    /// What a build context may hold.
    pub context: ContextSettings,
    /// Rule name or alias → level.
    pub rules: BTreeMap<String, Level>,
}

/// The `[audit]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuditSettings {
    /// Patterns, as in a `.gitignore`, of paths that are not read.
    pub exclude: Vec<String>,
    /// The severity from which findings make the exit code 1.
    pub fail_on: Severity,
    /// The confidence from which findings are shown.
    pub confidence: Confidence,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            fail_on: Severity::Warning,
            confidence: Confidence::Medium,
        }
    }
}

/// The `[context]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContextSettings {
    /// The size in megabytes (10⁶ bytes) from which a build context is too large.
    pub max_megabytes: u64,
    /// The number of files from which a build context is too large.
    pub max_files: u64,
}

impl Default for ContextSettings {
    fn default() -> Self {
        Self {
            max_megabytes: 100,
            max_files: 10_000,
        }
    }
}

/// What is done with the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// They are not reported.
    Off,
    /// They are reported as information.
    Info,
    /// They are reported as warnings.
    Warning,
    /// They are reported as errors.
    Error,
}

impl Level {
    /// The severity that replaces a finding's own; `None` when it is not reported.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
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
        let settings: Self = toml::from_str(text).map_err(|error| SettingsError {
            message: format!("{FILE_NAME}: {}", error.to_string().trim_end()),
            hint: "the keys there are: [audit] exclude, fail-on, confidence; [context] max-megabytes, max-files; [rules] RULE = \"off\" | \"info\" | \"warning\" | \"error\"".to_owned(),
        })?;
        for name in settings.rules.keys() {
            if registry::find(name).is_none() {
                return Err(SettingsError {
                    message: format!("{FILE_NAME}: there is no rule called `{name}`"),
                    hint: format!("the nearest are: {}", registry::nearest(name).join(", ")),
                });
            }
        }
        Ok(settings)
    }

    /// The level a rule was given.
    pub(crate) fn level(&self, rule: &crate::Metadata) -> Option<Level> {
        let given = self.rules.iter().find(|(name, _)| rule.answers_to(name));
        given.map(|(_, level)| *level)
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

        let error = Settings::parse("[rules]\nunbuild-image = \"off\"\n").unwrap_err();
        assert_eq!(
            error.message,
            "dockwright.toml: there is no rule called `unbuild-image`"
        );
        assert!(
            error.hint.starts_with("the nearest are: unbuilt-image"),
            "{}",
            error.hint
        );

        assert!(Settings::parse("[audti]\n").is_err());
    }
}
