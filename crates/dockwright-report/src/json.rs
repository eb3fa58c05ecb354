//! Findings as JSON with a version and a schema.

use dockwright_audit::fix::FileFix;
use dockwright_audit::{Finding, Fix, Related, Severity};
use dockwright_environment::Documents;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use crate::FindingsView;
use crate::place::{Place, exact, resolve};

/// The version of the format. It grows when a field is removed or changes its meaning; new fields
/// may come at any time.
pub const VERSION: u32 = 1;

/// The findings of an audit.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Findings")]
struct Report<'a> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// What was found.
    findings: Vec<Record<'a>>,
    /// How much was found.
    summary: Summary,
}

/// One thing a rule has found.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Finding")]
struct Record<'a> {
    /// The name of the rule.
    rule: &'a str,
    /// What other tools call it.
    codes: &'a [&'a str],
    /// What the rule is about.
    family: &'a str,
    /// How bad it is.
    #[schemars(extend("enum" = ["info", "warning", "error"]))]
    severity: &'a str,
    /// How sure it is.
    #[schemars(extend("enum" = ["low", "medium", "high"]))]
    confidence: &'a str,
    /// What is wrong, in one sentence.
    message: &'a str,
    /// The text it is about.
    location: Place,
    /// What to read beside that text; may be empty.
    label: &'a str,
    /// Other places that take part.
    related: Vec<RelatedRecord<'a>>,
    /// What to do about it.
    help: Option<&'a str>,
    /// How a program can repair it; missing where none can.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRecord<'a>>,
}

/// A repair: all of it is made, or none.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Fix")]
struct FixRecord<'a> {
    /// What it does.
    title: &'a str,
    /// How sure it is; what is for display only is not complete.
    #[schemars(extend("enum" = ["safe", "unsafe", "display"]))]
    safety: &'a str,
    /// Why.
    why: &'a str,
    /// New text in files.
    edits: Vec<EditRecord>,
    /// New files.
    creates: Vec<NewFile<'a>>,
    /// Files that get another path, with all that names them; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    moves: Vec<MovedFile<'a>>,
}

/// New text at a place.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Edit")]
struct EditRecord {
    /// What is replaced; empty where text is put in.
    location: Place,
    /// The new text.
    text: String,
}

/// A file that a repair makes.
#[derive(Serialize, JsonSchema)]
struct NewFile<'a> {
    /// The file, relative to the root.
    path: &'a str,
    /// What is in it.
    text: &'a str,
}

/// A file that a repair moves.
#[derive(Serialize, JsonSchema)]
struct MovedFile<'a> {
    /// The file, relative to the root.
    from: &'a str,
    /// Its new path, relative to the root.
    to: &'a str,
}

/// Another place that takes part in a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Related")]
struct RelatedRecord<'a> {
    /// What it has to do with the finding.
    label: &'a str,
    /// The place.
    location: Place,
}

/// How much was found.
#[derive(Serialize, JsonSchema)]
struct Summary {
    /// Findings of severity `error`.
    errors: usize,
    /// Findings of severity `warning`.
    warnings: usize,
    /// Findings of severity `info`.
    infos: usize,
    /// Files that were read.
    files_read: usize,
    /// Findings that are left out because they are not sure enough.
    hidden: usize,
    /// Findings that are left out because a comment in the files says so.
    suppressed: usize,
    /// Findings that are left out because the revision of `--since` has them; missing without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    older: Option<usize>,
}

/// The findings as one JSON document.
pub fn json(view: &FindingsView) -> String {
    let report = Report {
        version: VERSION,
        findings: view
            .findings
            .iter()
            .map(|finding| record(view.documents, finding))
            .collect(),
        summary: Summary {
            errors: view.count(Severity::Error),
            warnings: view.count(Severity::Warning),
            infos: view.count(Severity::Info),
            files_read: view.files_read,
            hidden: view.hidden,
            suppressed: view.suppressed,
            older: view.older,
        },
    };
    pretty(&report)
}

/// The JSON Schema of what [`json`] returns.
pub fn findings_schema() -> Value {
    schema_for!(Report).to_value()
}

/// JSON for people, with a line feed at its end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Plain structs with text keys and no maps of other keys cannot fail to serialise.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn record<'a>(documents: &Documents, finding: &'a Finding) -> Record<'a> {
    let related = |related: &'a Related| RelatedRecord {
        label: &related.label,
        location: resolve(documents, related.location),
    };
    Record {
        rule: finding.rule.name,
        codes: finding.known_codes(),
        family: finding.rule.family.as_str(),
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        message: &finding.message,
        location: resolve(documents, finding.location),
        label: &finding.label,
        related: finding.related.iter().map(related).collect(),
        help: finding.help.as_deref(),
        fix: finding.fix.as_ref().and_then(|it| fix(documents, it)),
    }
}

fn fix<'a>(documents: &Documents, fix: &'a Fix) -> Option<FixRecord<'a>> {
    let edits = fix.outermost(documents)?.into_iter();
    let edits = edits.map(|edit| EditRecord {
        location: exact(documents, edit.location),
        text: edit.text,
    });
    let (mut creates, mut moves) = (Vec::new(), Vec::new());
    for file in &fix.files {
        match file {
            FileFix::Create { path, text } => creates.push(NewFile {
                path: path.as_str(),
                text,
            }),
            FileFix::Move { from, to } => moves.push(MovedFile {
                from: from.as_str(),
                to: to.as_str(),
            }),
        }
    }
    Some(FixRecord {
        title: &fix.title,
        safety: fix.safety.as_str(),
        why: &fix.why,
        edits: edits.collect(),
        creates,
        moves,
    })
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn findings_have_places_and_a_summary() {
        let mut audit = Audit::new();
        audit.findings.truncate(1);
        insta::assert_snapshot!(json(&audit.view()), @r#"
        {
          "version": 1,
          "findings": [
            {
              "rule": "unbuilt-image",
              "codes": [],
              "family": "graph",
              "severity": "error",
              "confidence": "high",
              "message": "nothing builds `demo-base:1.0`",
              "location": {
                "path": "app/Dockerfile",
                "start": {
                  "line": 1,
                  "column": 6,
                  "byte": 5
                },
                "end": {
                  "line": 1,
                  "column": 19,
                  "byte": 18
                }
              },
              "label": "used as a base",
              "related": [
                {
                  "label": "`demo-base` is built under this tag",
                  "location": {
                    "path": "compose.yml",
                    "start": {
                      "line": 3,
                      "column": 12,
                      "byte": 29
                    },
                    "end": {
                      "line": 3,
                      "column": 28,
                      "byte": 45
                    }
                  }
                },
                {
                  "label": "needs the base's `make`",
                  "location": {
                    "path": "app/Dockerfile",
                    "start": {
                      "line": 2,
                      "column": 1,
                      "byte": 19
                    },
                    "end": {
                      "line": 2,
                      "column": 9,
                      "byte": 27
                    }
                  }
                }
              ],
              "help": "name the tag that is built: `demo-base:latest`"
            }
          ],
          "summary": {
            "errors": 1,
            "warnings": 0,
            "infos": 0,
            "files_read": 2,
            "hidden": 4,
            "suppressed": 1
          }
        }
        "#);
    }

    #[test]
    fn the_output_follows_its_schema() {
        let schema = findings_schema();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for audit in [Audit::new(), hostile()] {
            let mut output: Value = serde_json::from_str(&json(&audit.view())).unwrap();
            validator.validate(&output).unwrap();
            // The schema does say something: a finding without a severity of ours is refused.
            output["findings"][0]["severity"] = "fatal".into();
            assert!(!validator.is_valid(&output));
        }
    }
}
