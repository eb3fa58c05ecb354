//! The policy that applies to each Dockerfile.

use dockwright_environment::Environment;
use dockwright_environment::definition::DockerfileId;
use dockwright_settings::{DockerfileSettings, Settings};

/// What each Dockerfile is held to.
pub(crate) struct DockerfilePolicies {
    own: DockerfileSettings,
}

impl DockerfilePolicies {
    /// Finds out what applies to each Dockerfile of an environment.
    pub(crate) fn of(_environment: &Environment, settings: &Settings) -> Self {
        Self {
            own: settings.dockerfile.clone(),
        }
    }

    /// What applies to a Dockerfile.
    pub(crate) fn get(&self, _dockerfile: DockerfileId) -> &DockerfileSettings {
        &self.own
    }
}
