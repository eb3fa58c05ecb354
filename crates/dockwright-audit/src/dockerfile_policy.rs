//! The policy that applies to each Dockerfile: `dockwright.toml`, and the `.hadolint.yaml` that
//! stands nearest above it.

use std::collections::HashMap;

use dockwright_environment::definition::DockerfileId;
use dockwright_environment::tree::ReadError;
use dockwright_environment::{DocumentId, Environment, Location, TreePath};
use dockwright_settings::{DockerfileSettings, HADOLINT_FILE_NAMES, HadolintSettings, Settings};
use dockwright_syntax::{Problem, Span};

use crate::finding::Finding;
use crate::{hadolint_configuration, levels};

/// What each Dockerfile is held to.
pub(crate) struct DockerfilePolicies {
    /// Without a configuration of hadolint.
    own: DockerfileSettings,
    configurations: Vec<Configuration>,
    /// The configuration that applies to a Dockerfile, by document.
    by_document: HashMap<DocumentId, usize>,
    documents: HashMap<DockerfileId, DocumentId>,
}

/// A configuration of hadolint.
pub(crate) struct Configuration {
    path: TreePath,
    hadolint: HadolintSettings,
    /// With what `dockwright.toml` says, which goes before it.
    merged: DockerfileSettings,
    /// What of it cannot be used.
    pub(crate) problems: Vec<(Location, Problem)>,
}

impl Configuration {
    /// Its path from the root of the tree.
    pub(crate) fn path(&self) -> &TreePath {
        &self.path
    }
}

impl DockerfilePolicies {
    /// Finds out what applies to each Dockerfile of an environment.
    pub(crate) fn of(environment: &Environment, settings: &Settings) -> Self {
        let mut policies = Self {
            own: settings.dockerfile.clone(),
            configurations: Vec::new(),
            by_document: HashMap::new(),
            documents: HashMap::new(),
        };
        let mut known: HashMap<TreePath, Option<usize>> = HashMap::new();
        for dockerfile in &environment.dockerfiles {
            let document = environment.documents.get(dockerfile.document);
            policies.documents.insert(dockerfile.id, document.id);
            let Some(directory) = document.path.parent() else {
                continue;
            };
            let found = known.get(&directory).copied().unwrap_or_else(|| {
                let place = Location::new(document.id, Span::at(0));
                let found = policies.find(environment, &directory, place);
                known.insert(directory, found);
                found
            });
            if let Some(found) = found {
                policies.by_document.insert(document.id, found);
            }
        }
        policies
    }

    /// The nearest configuration in a directory or above it; `place` is where a problem of a
    /// configuration is told that is no document itself.
    fn find(
        &mut self,
        environment: &Environment,
        directory: &TreePath,
        place: Location,
    ) -> Option<usize> {
        let mut directory = Some(directory.clone());
        while let Some(here) = directory {
            for name in HADOLINT_FILE_NAMES {
                let path = here.join(name)?;
                let mut known = self.configurations.iter();
                if let Some(known) = known.position(|known| known.path == path) {
                    return Some(known);
                }
                match environment.tree.read(&path) {
                    Err(ReadError::Missing) => {}
                    read => {
                        let text = read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                        let text = text.map_err(|error| error.to_string());
                        let text = text.as_deref().map_err(String::as_str);
                        self.add(environment, path, text, place);
                        return Some(self.configurations.len() - 1);
                    }
                }
            }
            directory = here.parent();
        }
        None
    }

    fn add(
        &mut self,
        environment: &Environment,
        path: TreePath,
        text: Result<&str, &str>,
        place: Location,
    ) {
        let (hadolint, mut problems) = match text {
            Ok(text) => hadolint_configuration::parse(text),
            Err(error) => {
                let problem = Problem::new(place.span, format!("it cannot be read: {error}"));
                (HadolintSettings::default(), vec![problem])
            }
        };
        let document = environment.documents.by_path(&path);
        if let (None, Ok(text)) = (document, text) {
            // The place of the finding is another file.
            for problem in &mut problems {
                let before = text.get(..problem.span.range().start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                problem.message = format!("line {line}: {}", problem.message);
            }
        }
        let problems = problems.into_iter().map(|problem| match document {
            Some(document) => (Location::new(document.id, problem.span), problem),
            None => (place, problem),
        });
        self.configurations.push(Configuration {
            merged: merged(&self.own, &hadolint.dockerfile),
            problems: problems.collect(),
            path,
            hadolint,
        });
    }

    /// What applies to a Dockerfile.
    pub(crate) fn get(&self, dockerfile: DockerfileId) -> &DockerfileSettings {
        let document = self.documents.get(&dockerfile);
        let configuration = document.and_then(|document| self.configuration(*document));
        configuration.map_or(&self.own, |configuration| &configuration.merged)
    }

    /// The configurations of hadolint that apply to some Dockerfile.
    pub(crate) fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// What hadolint's configuration says of the Dockerfile that a finding is in.
    pub(crate) fn hadolint(&self, finding: &Finding) -> Option<&HadolintSettings> {
        let configuration = self.configuration(finding.location.document)?;
        Some(&configuration.hadolint)
    }

    /// Gives a finding the level that it was given; false when it is not wanted.
    pub(crate) fn apply(&self, settings: &Settings, finding: &mut Finding) -> bool {
        let hadolint = self.hadolint(finding);
        let is_wanted = levels::apply(settings, hadolint, finding);
        let failure = hadolint.and_then(|hadolint| hadolint.failure);
        if let Some(failure) = failure.filter(|_| !finding.known_codes().is_empty()) {
            finding.fails = Some(failure.is_reached_by(finding.severity));
        }
        is_wanted
    }

    fn configuration(&self, document: DocumentId) -> Option<&Configuration> {
        self.configurations.get(*self.by_document.get(&document)?)
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
