//! The policy that applies to each Compose file: the configuration of Docker Compose Linter (dclint) that
//! stands nearest above it.

use dockwright_environment::{DocumentId, Environment};
use dockwright_settings::{ComposeSettings, DCLINT_FILE_NAMES, DclintSettings, Level};

use crate::configurations::Configurations;
use crate::dclint_configuration;
use crate::finding::Finding;

/// What each Compose file is held to.
pub(crate) struct ComposePolicies {
    /// Without a configuration of dclint.
    own: ComposeSettings,
    pub(crate) configurations: Configurations<DclintSettings>,
}

impl ComposePolicies {
    /// Finds out what applies to each Compose file of an environment.
    pub(crate) fn of(environment: &Environment) -> Self {
        let projects = environment.compose.iter();
        let documents = projects.flat_map(|project| &project.files).copied();
        Self {
            own: ComposeSettings::default(),
            configurations: Configurations::find(
                environment,
                documents,
                &DCLINT_FILE_NAMES,
                |path, text| dclint_configuration::parse(path.file_name(), text),
            ),
        }
    }

    /// What applies to a Compose file.
    pub(crate) fn get(&self, document: DocumentId) -> &ComposeSettings {
        let configuration = self.configurations.get(document);
        configuration.map_or(&self.own, |configuration| &configuration.says.compose)
    }

    /// The level that dclint's configuration gives to a finding.
    pub(crate) fn level(&self, environment: &Environment, finding: &Finding) -> Option<Level> {
        let configuration = self.configurations.get(finding.location.document)?;
        let codes = finding.known_codes();
        if codes.is_empty() {
            return None;
        }
        let path = &environment.documents.get(finding.location.document).path;
        let directory = dclint_configuration::directory(&configuration.path);
        let path = path.relative_to(&directory).unwrap_or(path.as_str());
        let mut excluded = configuration.says.exclude.iter();
        if excluded.any(|part| path.contains(part.as_str())) {
            return Some(Level::Off);
        }
        let mut levels = configuration.says.levels.iter();
        let (_, level) = levels.find(|(rule, _)| codes.contains(&rule.as_str()))?;
        Some(*level)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const COMPOSE: &str = "-- compose.yaml --\nversion: '3'\nservices:\n  a: {image: a, ports: [80]}\n-- tests/b/compose.yaml --\nversion: '3'\nservices:\n  b: {image: b, ports: [\"80\"]}\n";

    fn check(rule: &str, more: &str) -> String {
        audit(rule, &format!("{COMPOSE}{more}"))
    }

    #[test]
    fn the_nearest_configuration_above_a_compose_file_applies() {
        insta::assert_snapshot!(check("obsolete-version", "\
-- .dclintrc --
rules: {no-version-field: 0}
-- tests/.config/dclintrc.json --
{\"rules\": {\"no-version-field\": [2, {}]}}
"), @r#"
        error tests/b/compose.yaml:1:1 `version` means nothing to Compose
          help: leave it out
        "#);
    }

    #[test]
    fn what_dockwright_toml_says_goes_before_it() {
        let files = "-- .dclintrc.yml --\nrules: {no-version-field: 0}\n-- dockwright.toml --\n[rules]\nno-version-field = \"info\"\n";
        assert!(check("obsolete-version", files).starts_with("info compose.yaml:1:1"));
    }

    #[test]
    fn excluded_files_are_left_alone_by_the_rules_of_dclint() {
        let exclude = "-- package.json --\n{\"dclint\": {\"exclude\": [\"tests\"]}}\n";
        assert!(!check("obsolete-version", exclude).contains("tests/b"));
        let privileged =
            "-- tests/c/compose.yaml --\nservices:\n  c: {image: c, privileged: true}\n";
        let files = format!("{privileged}{exclude}");
        assert!(check("privileged-service", &files).contains("tests/c"));
    }

    #[test]
    fn a_configuration_that_dclint_refuses_is_told_once() {
        insta::assert_snapshot!(check("unparseable-file", "-- .dclintrc --\nrules:\n  no-version-field: warn\n"), @r#"
        error compose.yaml:1:1 `.dclintrc` is refused by dclint: line 2: the levels are 0 (off), 1 (warning) and 2 (error), or a list of one and the rule's options
        "#);
    }
}
