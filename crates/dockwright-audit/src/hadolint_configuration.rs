//! Reading `.hadolint.yaml`.
//!
//! Source: hadolint's documentation of its configuration. Keys that are not known here are left
//! alone, as are `format`, `no-color` and the like, which say how hadolint prints.

use dockwright_settings::{FailureThreshold, HadolintSettings, LabelFormat, Level, Severity};
use dockwright_syntax::Problem;
use dockwright_syntax::yaml::{self, Node, ScalarType};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::configurations::texts;

/// What a configuration says, and what of it cannot be used.
pub(crate) fn parse(text: &str) -> (HadolintSettings, Vec<Problem>) {
    let tree = yaml::parse(text);
    let mut reader = Reader {
        settings: HadolintSettings::default(),
        problems: tree.problems.clone(),
    };
    if let Some(root) = tree.root().filter(|root| !root.is_null()) {
        reader.read(root);
    }
    (reader.settings, reader.problems)
}

struct Reader {
    settings: HadolintSettings,
    problems: Vec<Problem>,
}

impl Reader {
    fn read(&mut self, root: Node<'_>) {
        if !root.is_mapping() {
            self.refuse(root, "the configuration has to be a mapping of keys");
            return;
        }
        for (key, value) in root.entries() {
            let value = value.resolved();
            match key.text().unwrap_or_default() {
                "ignored" => self.levels(value, Level::Off),
                "override" => self.overrides(value),
                "trustedRegistries" => {
                    let registries = self.texts(value);
                    self.settings.dockerfile.trusted_registries = registries;
                }
                "label-schema" => self.label_schema(value),
                "strict-labels" => self.settings.dockerfile.strict_labels = self.truth(value),
                "disable-ignore-pragma" => {
                    self.settings.disable_ignore_pragma = self.truth(value);
                }
                "failure-threshold" => {
                    let threshold = self.threshold(value);
                    // `no-fail` goes before it.
                    if self.settings.failure != Some(FailureThreshold::Never) {
                        self.settings.failure = threshold;
                    }
                }
                "no-fail" if self.truth(value) => {
                    self.settings.failure = Some(FailureThreshold::Never);
                }
                _ => {}
            }
        }
    }

    fn refuse(&mut self, node: Node<'_>, message: &str) {
        self.problems.push(Problem::new(node.span(), message));
    }

    fn truth(&mut self, node: Node<'_>) -> bool {
        match node.scalar_type() {
            Some(ScalarType::Bool(truth)) => truth,
            Some(ScalarType::Null) => false,
            _ => {
                self.refuse(node, "this has to be true or false");
                false
            }
        }
    }

    /// A list of texts, or a single one; none where nothing is written.
    fn texts(&mut self, node: Node<'_>) -> Vec<String> {
        if node.is_null() {
            return Vec::new();
        }
        if let Some(text) = node.text() {
            return vec![text.to_owned()];
        }
        texts(node, &mut self.problems)
    }

    fn levels(&mut self, node: Node<'_>, level: Level) {
        for code in self.texts(node) {
            // What is ignored stays ignored, wherever it stands.
            let levels = &mut self.settings.levels;
            if level == Level::Off || levels.get(&code) != Some(&Level::Off) {
                levels.insert(code, level);
            }
        }
    }

    fn overrides(&mut self, node: Node<'_>) {
        if !node.is_mapping() && !node.is_null() {
            self.refuse(node, "this has to be a mapping of levels to lists of codes");
        }
        for (key, codes) in node.entries() {
            let level = match key.text().unwrap_or_default() {
                "error" => Level::Error,
                "warning" => Level::Warning,
                "info" | "style" => Level::Info,
                _ => {
                    self.refuse(key, "the levels are error, warning, info and style");
                    continue;
                }
            };
            self.levels(codes.resolved(), level);
        }
    }

    fn label_schema(&mut self, node: Node<'_>) {
        if !node.is_mapping() && !node.is_null() {
            self.refuse(node, "this has to be a mapping of labels to formats");
        }
        for (key, value) in node.entries() {
            let (Some(label), Some(format)) = (key.text(), value.resolved().text()) else {
                self.refuse(value, "the format of a label has to be a text");
                continue;
            };
            let name: StrDeserializer<'_, Error> = format.into_deserializer();
            match LabelFormat::deserialize(name) {
                Ok(format) => {
                    let schema = &mut self.settings.dockerfile.label_schema;
                    schema.insert(label.to_owned(), format);
                }
                Err(_) => self.refuse(
                    value,
                    "the formats are text, url, rfc3339, semver, spdx, hash and email",
                ),
            }
        }
    }

    fn threshold(&mut self, node: Node<'_>) -> Option<FailureThreshold> {
        match node.text().unwrap_or_default() {
            "error" => Some(FailureThreshold::From(Severity::Error)),
            "warning" => Some(FailureThreshold::From(Severity::Warning)),
            // hadolint takes `none` for its lowest level.
            "info" | "style" | "ignore" | "none" => Some(FailureThreshold::From(Severity::Info)),
            _ => {
                self.refuse(
                    node,
                    "the thresholds are error, warning, info, style, ignore and none",
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_as_it_is() {
        let (settings, problems) = parse(
            "\
failure-threshold: warning
format: json
ignored: [DL3008, SC1010]
label-schema: {version: semver, author: text}
override:
  error: [DL3002]
  style:
    - DL3015
    - DL3008
strict-labels: true
trustedRegistries: docker.io
",
        );
        assert_eq!(problems, []);
        let levels: Vec<String> = settings
            .levels
            .iter()
            .map(|(code, level)| format!("{code} {level:?}"))
            .collect();
        assert_eq!(
            levels,
            ["DL3002 Error", "DL3008 Off", "DL3015 Info", "SC1010 Off"]
        );
        assert_eq!(settings.dockerfile.trusted_registries, ["docker.io"]);
        assert!(settings.dockerfile.strict_labels);
        assert_eq!(
            settings.dockerfile.label_schema.get("version"),
            Some(&LabelFormat::Semver)
        );
        assert_eq!(
            settings.failure,
            Some(FailureThreshold::From(Severity::Warning))
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_and_the_rest_holds() {
        let text = "ignored: [DL3008]\nno-fail: perhaps\noverride:\n  fatal: [DL3002]\nlabel-schema:\n  a: colour\n";
        let (settings, problems) = parse(text);
        assert_eq!(settings.levels.get("DL3008"), Some(&Level::Off));
        let problems: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.span.of(text), problem.message))
            .collect();
        assert_eq!(
            problems,
            [
                "perhaps: this has to be true or false",
                "fatal: the levels are error, warning, info and style",
                "colour: the formats are text, url, rfc3339, semver, spdx, hash and email",
            ]
        );
    }

    #[test]
    fn nothing_is_a_configuration_too() {
        assert_eq!(parse(""), (HadolintSettings::default(), Vec::new()));
        assert_eq!(parse("# nothing yet\n").1, []);
        assert!(!parse("- DL3008\n").1.is_empty());
    }
}
