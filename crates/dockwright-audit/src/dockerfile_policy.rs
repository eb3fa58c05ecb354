//! The policy that applies to each Dockerfile: `dockwright.toml`, and the `.hadolint.yaml` that
//! stands nearest above it.

use std::collections::HashMap;

use dockwright_environment::definition::DockerfileId;
use dockwright_environment::{DocumentId, Environment};
use dockwright_settings::{
    DockerfileSettings, HADOLINT_FILE_NAMES, HadolintSettings, Level, Settings,
};

use crate::configurations::Configurations;
use crate::finding::{Finding, Severity};
use crate::hadolint_configuration;

/// What each Dockerfile is held to.
pub(crate) struct DockerfilePolicies {
    /// Without a configuration of hadolint.
    own: DockerfileSettings,
    pub(crate) configurations: Configurations<Policy>,
    documents: HashMap<DockerfileId, DocumentId>,
}

/// A configuration of hadolint.
pub(crate) struct Policy {
    hadolint: HadolintSettings,
    /// With what `dockwright.toml` says, which goes before it.
    merged: DockerfileSettings,
}

impl DockerfilePolicies {
    /// Finds out what applies to each Dockerfile of an environment.
    pub(crate) fn of(environment: &Environment, settings: &Settings) -> Self {
        let own = settings.dockerfile.clone();
        let dockerfiles = environment.dockerfiles.iter();
        let documents = dockerfiles.map(|dockerfile| (dockerfile.id, dockerfile.document));
        let documents: HashMap<DockerfileId, DocumentId> = documents.collect();
        let dockerfiles = environment.dockerfiles.iter();
        let configurations = Configurations::find(
            environment,
            dockerfiles.map(|dockerfile| dockerfile.document),
            &HADOLINT_FILE_NAMES,
            |_, text| {
                let (hadolint, problems) = hadolint_configuration::parse(text);
                let merged = merged(&own, &hadolint.dockerfile);
                Some((Policy { hadolint, merged }, problems))
            },
        );
        Self {
            own,
            configurations,
            documents,
        }
    }

    /// What applies to a Dockerfile.
    pub(crate) fn get(&self, dockerfile: DockerfileId) -> &DockerfileSettings {
        let document = self.documents.get(&dockerfile);
        let configuration = document.and_then(|document| self.configurations.get(*document));
        configuration.map_or(&self.own, |configuration| &configuration.says.merged)
    }

    /// What hadolint's configuration says of the Dockerfile that a finding is in.
    pub(crate) fn hadolint(&self, finding: &Finding) -> Option<&HadolintSettings> {
        let configuration = self.configurations.get(finding.location.document)?;
        Some(&configuration.says.hadolint)
    }

    /// The level that hadolint's configuration gives to a finding.
    pub(crate) fn level(&self, finding: &Finding) -> Option<Level> {
        let mut given = self.hadolint(finding)?.levels.iter();
        let (_, level) = given.find(|(code, _)| finding.has_code(code))?;
        Some(*level)
    }

    /// Whether a finding of some severity makes the exit code 1, where hadolint's configuration says that.
    pub(crate) fn fails(&self, finding: &Finding, severity: Severity) -> Option<bool> {
        let failure = self.hadolint(finding)?.failure?;
        (!finding.known_codes().is_empty()).then(|| failure.is_reached_by(severity))
    }
}

/// What both say; `dockwright.toml` goes before hadolint's configuration.
fn merged(own: &DockerfileSettings, hadolint: &DockerfileSettings) -> DockerfileSettings {
    let mut label_schema = hadolint.label_schema.clone();
    label_schema.extend(own.label_schema.clone());
    let trusted = if own.trusted_registries.is_empty() {
        hadolint
    } else {
        own
    };
    DockerfileSettings {
        trusted_registries: trusted.trusted_registries.clone(),
        label_schema,
        strict_labels: own.strict_labels || hadolint.strict_labels,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const DOCKERFILES: &str =
        "-- a/Dockerfile --\nFROM debian\n-- b/c/Dockerfile --\nFROM debian\n";

    fn check(more: &str) -> String {
        audit("unversioned-base", &format!("{DOCKERFILES}{more}"))
    }

    #[test]
    fn the_nearest_configuration_above_a_dockerfile_applies() {
        insta::assert_snapshot!(check("\
-- .hadolint.yaml --
ignored: [DL3006]
-- b/.hadolint.yml --
override:
  error: [DL3006]
"), @"
        error (medium) b/c/Dockerfile:1:6 the base image `debian` has no tag
          help: name the version that the image is built and tried with
        ");
    }

    #[test]
    fn what_dockwright_toml_says_goes_before_it() {
        let hadolint = "-- .hadolint.yaml --\nignored: [DL3006]\n";
        assert_eq!(check(hadolint), "");
        let own = "-- dockwright.toml --\n[rules]\nDL3006 = \"info\"\n";
        assert!(check(&format!("{hadolint}{own}")).starts_with("info (medium) a/Dockerfile:1:6"));
    }

    #[test]
    fn an_override_of_what_only_nags_shows_it() {
        let files = "-- Dockerfile --\nFROM nginx:1.29\n-- .hadolint.yaml --\noverride:\n  warning: [DL3057]\n";
        assert!(audit("missing-healthcheck", files).starts_with("warning (medium) Dockerfile:1:6"));
    }

    #[test]
    fn comments_can_be_switched_off() {
        let files = "-- Dockerfile --\n# hadolint ignore=DL3006\nFROM debian\n-- .hadolint.yaml --\ndisable-ignore-pragma: ";
        assert_eq!(audit("unversioned-base", &format!("{files}false\n")), "");
        assert!(audit("unversioned-base", &format!("{files}true\n")).starts_with("warning"));
    }

    #[test]
    fn registries_and_labels_are_taken_over() {
        let files = "-- Dockerfile --\nFROM example.com/a:1\nLABEL version=1\n-- .hadolint.yaml --\ntrustedRegistries: [docker.io]\nlabel-schema: {version: semver}\n";
        assert!(audit("untrusted-registry", files).starts_with("error Dockerfile:1:6"));
        assert!(audit("label-mismatch", files).starts_with("warning Dockerfile:2:7"));
    }

    #[test]
    fn a_configuration_that_cannot_be_read_is_told_once() {
        insta::assert_snapshot!(audit("unparseable-file", &format!("{DOCKERFILES}-- .hadolint.yaml --\nignored: [DL3006\n")), @"error a/Dockerfile:1:1 `.hadolint.yaml` is refused by hadolint: line 1: unclosed bracket '['");
    }
}
