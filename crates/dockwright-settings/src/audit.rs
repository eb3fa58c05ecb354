//! `[audit]` and `[context]`: what is read, and what is reported.

use std::path::PathBuf;

use serde::Deserialize;

use crate::{Confidence, Pins, Severity};

/// The `[audit]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuditSettings {
    /// Patterns, as in a `.gitignore`, of paths that are not read.
    pub exclude: Vec<String>,
    /// Patterns, likewise, of documents that tell what was: they may name what is gone.
    pub history: Vec<String>,
    /// The severity from which findings make the exit code 1.
    pub fail_on: Severity,
    /// The confidence from which findings are shown.
    pub confidence: Confidence,
    /// The `ShellCheck` program that shell code is checked with; absent for the built-in rules. Never read
    /// from the file: a repository does not choose programs to run.
    #[serde(skip)]
    pub shellcheck: Option<PathBuf>,
    /// What repairs may write where a version is missing. Never read from the file: it is true of one day.
    #[serde(skip)]
    pub pins: Pins,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            history: Vec::new(),
            fail_on: Severity::Warning,
            confidence: Confidence::Medium,
            shellcheck: None,
            pins: Pins::default(),
        }
    }
}

/// The `[context]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
