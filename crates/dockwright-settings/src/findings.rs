//! How bad and how sure findings are, and what is done with them.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but will hurt.
    Warning,
    /// Cannot work, or leaks.
    Error,
}

impl Severity {
    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint: something relevant could not be resolved. Hidden unless asked for.
    Low,
    /// Very likely, by a convention that a repository may break on purpose.
    Medium,
    /// Follows from the files.
    High,
}

impl Confidence {
    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
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
