//! The policy that applies to each finding: `dockwright.toml`, and before what a rule does by itself the
//! configuration of the linter that has read the file until now.

use dockwright_environment::Environment;
use dockwright_settings::Settings;

use crate::compose_policy::ComposePolicies;
use crate::dockerfile_policy::DockerfilePolicies;
use crate::finding::{Finding, Severity};
use crate::levels;

/// What each file is held to.
pub(crate) struct Policies {
    /// The Dockerfiles.
    pub(crate) dockerfiles: DockerfilePolicies,
    /// The Compose files.
    pub(crate) compose: ComposePolicies,
}

impl Policies {
    /// Finds out what applies to each file of an environment.
    pub(crate) fn of(environment: &Environment, settings: &Settings) -> Self {
        Self {
            dockerfiles: DockerfilePolicies::of(environment, settings),
            compose: ComposePolicies::of(environment),
        }
    }

    /// Gives a finding the level that it was given; false when it is not wanted.
    pub(crate) fn apply(
        &self,
        environment: &Environment,
        settings: &Settings,
        finding: &mut Finding,
    ) -> bool {
        let own = levels::level(settings, finding);
        let compose = || self.compose.level(environment, finding);
        let compose = own.is_none().then(compose).flatten();
        let other = self.dockerfiles.level(finding).or(compose);
        let is_wanted = levels::apply(own, other, finding);
        finding.fails = match compose {
            // The warnings of dclint do not.
            Some(_) => Some(finding.severity == Severity::Error),
            None => self.dockerfiles.fails(finding, finding.severity),
        };
        is_wanted
    }

    /// Whether comments of other linters are honoured where a finding is.
    pub(crate) fn honours_comments(&self, finding: &Finding) -> bool {
        let hadolint = self.dockerfiles.hadolint(finding);
        hadolint.is_none_or(|hadolint| !hadolint.disable_ignore_pragma)
    }
}
