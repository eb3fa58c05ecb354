//! What a configuration of hadolint says, as plain data.

use std::collections::BTreeMap;

use crate::{DockerfileSettings, Level, Severity};

/// The names of hadolint's configuration, the first one first.
pub const HADOLINT_FILE_NAMES: [&str; 2] = [".hadolint.yaml", ".hadolint.yml"];

/// What a `.hadolint.yaml` says of the Dockerfiles that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HadolintSettings {
    /// `ignored` and `override`: code → level; what is ignored is off.
    pub levels: BTreeMap<String, Level>,
    /// `trustedRegistries`, `label-schema` and `strict-labels`.
    pub dockerfile: DockerfileSettings,
    /// `disable-ignore-pragma`: comments do not silence anything.
    pub disable_ignore_pragma: bool,
    /// `failure-threshold` and `no-fail`: from when a finding makes the exit code 1.
    pub failure: Option<FailureThreshold>,
}

/// From when a finding makes the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureThreshold {
    /// From a severity.
    From(Severity),
    /// Never.
    Never,
}

impl FailureThreshold {
    /// Whether a finding of this severity makes the exit code 1.
    pub fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Self::From(least) => severity >= least,
            Self::Never => false,
        }
    }
}
