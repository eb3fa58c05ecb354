//! `label-mismatch`

use dockwright_environment::Value;
use dockwright_environment::build::StageId;
use dockwright_settings::LabelFormat;
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::label_formats;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Severity, StageView};

rule! {
    /// There is a label that is missing, too much or not of its form.
    ///
    /// ## What it does
    ///
    /// Holds the labels of images to `label-schema` of `dockwright.toml` or of hadolint's configuration: each
    /// label that the schema lists has to be in every image that people get, its value has to be of the
    /// form that is given, and with `strict-labels` there may be no other. Values are resolved; one with a
    /// variable that nothing sets has any form. Labels of bases in this repository count.
    ///
    /// ## Why is this bad?
    ///
    /// Who owns an image, what it was built from and under which licence is read from its labels, by
    /// programs.
    ///
    /// ## Example
    ///
    /// ```toml dockwright.toml
    /// [dockerfile.label-schema]
    /// version = "semver"
    /// ```
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL version="v1"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```toml dockwright.toml
    /// [dockerfile.label-schema]
    /// version = "semver"
    /// ```
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL version="1.0.0"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the right value is not known.
    ///
    /// ## References
    ///
    /// - hadolint's documentation: linting labels
    LabelMismatch {
        name: "label-mismatch",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3049", "DL3050", "DL3051", "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3058"],
    }
}

/// A label that a stage sets.
struct Label {
    key: Value,
    value: Value,
    span: Span,
}

impl Rule for LabelMismatch {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let settings = cx.dockerfile_settings(stage.dockerfile);
        let schema = &settings.label_schema;
        if schema.is_empty() && !settings.strict_labels {
            return;
        }
        for label in labels(cx, stage.id) {
            let Some(key) = label.key.known() else {
                continue;
            };
            let at = stage.location(label.span);
            match schema.get(key) {
                None if settings.strict_labels => {
                    let message = format!("the label `{key}` is not in the schema");
                    findings.push(
                        Finding::new(self.metadata(), at, message)
                            .codes(&["DL3050"])
                            .severity(Severity::Info),
                    );
                }
                None => {}
                Some(format) => {
                    if let Some((codes, problem)) = problem(*format, &label.value) {
                        let message = format!("the label `{key}` {problem}");
                        findings.push(Finding::new(self.metadata(), at, message).codes(codes));
                    }
                }
            }
        }
        let Some(from) = stage.from().filter(|_| stage.is_target()) else {
            return;
        };
        let all: Vec<Label> = cx
            .environment
            .chain_stages(stage.id)
            .flat_map(|id| labels(cx, id))
            .collect();
        // A key that is not known may be any.
        if all.iter().any(|label| !label.key.is_known()) {
            return;
        }
        for key in schema.keys() {
            if all.iter().all(|label| label.key.text != *key) {
                let at = stage.location(from.span);
                let message = format!("the image has no label `{key}`");
                findings.push(
                    Finding::new(self.metadata(), at, message)
                        .codes(&["DL3049"])
                        .severity(Severity::Info),
                );
            }
        }
    }
}

/// The labels that the instructions of a stage set.
fn labels(cx: Context<'_>, id: StageId) -> Vec<Label> {
    let mut all = Vec::new();
    for (at, instruction) in cx.environment.stage_instructions(id) {
        let InstructionKind::Label(labels) = &instruction.kind else {
            continue;
        };
        for label in labels {
            let key = cx.environment.expand(id, at, &label.name);
            let value = label
                .value
                .as_ref()
                .map(|value| cx.environment.expand(id, at, value));
            let value = value.unwrap_or_else(|| Value::literal("", key.location));
            all.push(Label {
                key,
                value,
                span: label.span,
            });
        }
    }
    all
}

/// What is wrong with a value, and hadolint's code for that.
fn problem(format: LabelFormat, value: &Value) -> Option<(&'static [&'static str], &'static str)> {
    let value = value.known()?;
    let (is_right, codes, problem): (bool, &[&str], _) = match format {
        _ if value.is_empty() => (false, &["DL3051"], "is empty"),
        LabelFormat::Text => return None,
        LabelFormat::Url => (label_formats::is_url(value), &["DL3052"], "is no URL"),
        LabelFormat::Rfc3339 => (
            label_formats::is_time(value),
            &["DL3053"],
            "is no time of RFC 3339",
        ),
        LabelFormat::Spdx => (
            label_formats::is_licence(value),
            &["DL3054"],
            "is no licence expression of SPDX",
        ),
        LabelFormat::Hash => (
            label_formats::is_hash(value),
            &["DL3055"],
            "is no git revision of 7 or 40 digits",
        ),
        LabelFormat::Semver => (
            label_formats::is_version(value),
            &["DL3056"],
            "is no semantic version",
        ),
        LabelFormat::Email => (
            label_formats::is_email(value),
            &["DL3058"],
            "is no address of electronic mail",
        ),
    };
    (!is_right).then_some((codes, problem))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn labels_are_missing_too_much_or_wrong() {
        insta::assert_snapshot!(audit("label-mismatch", "\
-- dockwright.toml --
[dockerfile]
strict-labels = true
label-schema = { title = \"text\", licence = \"spdx\", url = \"url\", revision = \"hash\", created = \"rfc3339\" }
-- Dockerfile --
FROM debian:trixie AS base
LABEL title=\"\" licence=\"MIT OR Apache-2.0\"
FROM base
ARG REVISION
LABEL url=example.com revision=$REVISION other=1
"), @"
        warning Dockerfile:2:7 the label `title` is empty
        warning Dockerfile:5:7 the label `url` is no URL
        info Dockerfile:3:1 the image has no label `created`
        info Dockerfile:5:42 the label `other` is not in the schema
        ");
    }

    #[test]
    fn without_a_schema_any_label_will_do() {
        assert_eq!(
            audit(
                "label-mismatch",
                "-- Dockerfile --\nFROM debian:trixie\nLABEL a=\n"
            ),
            ""
        );
    }
}
