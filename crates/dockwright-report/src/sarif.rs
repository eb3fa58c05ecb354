//! Findings as SARIF 2.1.0, as GitHub code scanning takes them.
//!
//! The format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. What GitHub
//! asks for beyond it: <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>
//! (it refuses files with more than 25,000 results).

use std::collections::{BTreeMap, HashMap};

use dockwright_audit::{Confidence, Finding, Fix, Metadata, Safety, Severity};
use dockwright_environment::Documents;
use serde::Serialize;

use crate::escape::{sarif_message, uri_path};
use crate::fingerprint::Fingerprints;
use crate::json::pretty;
use crate::place::{Place, exact, floor_boundary, resolve};
use crate::{FindingsView, rule_page};

/// What SARIF may carry besides findings.
#[derive(Clone, Debug, Default)]
pub struct SarifOptions {
    /// What the address of a rule's page begins with; the rule's name follows.
    pub rule_pages: Option<String>,
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text<'static>,
    full_description: Text<'static>,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 2],
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: ResultMessage,
    locations: [SarifLocation<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation<'a>>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix<'a>>,
    properties: ResultProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix<'a> {
    description: Text<'a>,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: InsertedContent,
}

#[derive(Serialize)]
struct InsertedContent {
    text: String,
}

#[derive(Serialize)]
struct ResultMessage {
    text: String,
}

#[derive(Serialize)]
struct ResultProperties {
    confidence: Confidence,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

/// The findings as one SARIF log with one run.
pub fn sarif(view: &FindingsView, options: &SarifOptions) -> String {
    let rules: BTreeMap<&str, &'static Metadata> = view
        .findings
        .iter()
        .map(|finding| (finding.rule.name, finding.rule))
        .collect();
    let indices: HashMap<&str, usize> = rules
        .keys()
        .enumerate()
        .map(|(index, name)| (*name, index))
        .collect();
    let mut fingerprints = Fingerprints::default();
    let results = view
        .findings
        .iter()
        .map(|finding| SarifResult {
            rule_id: finding.rule.name,
            rule_index: indices.get(finding.rule.name).copied().unwrap_or_default(),
            level: level(finding.severity),
            message: ResultMessage {
                text: message(finding),
            },
            locations: [SarifLocation {
                id: None,
                physical_location: physical(&resolve(view.documents, finding.location)),
                message: Some(finding.label.as_str())
                    .filter(|label| !label.is_empty())
                    .map(|text| Text { text }),
            }],
            related_locations: finding
                .related
                .iter()
                .zip(1..)
                .map(|(related, id)| SarifLocation {
                    id: Some(id),
                    physical_location: physical(&resolve(view.documents, related.location)),
                    message: Some(Text {
                        text: &related.label,
                    }),
                })
                .collect(),
            partial_fingerprints: BTreeMap::from([(
                "dockwright/v1",
                fingerprints.next(view.documents, finding),
            )]),
            fixes: finding
                .fix
                .iter()
                .filter_map(|it| fix(view.documents, it))
                .collect(),
            properties: ResultProperties {
                confidence: finding.confidence,
            },
        })
        .collect();
    pretty(&Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Dockwright",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules
                        .into_values()
                        .map(|metadata| rule(metadata, options))
                        .collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    })
}

fn rule(metadata: &'static Metadata, options: &SarifOptions) -> Rule {
    Rule {
        id: metadata.name,
        name: metadata.name,
        short_description: Text {
            text: metadata.summary(),
        },
        full_description: Text {
            text: introduction(metadata),
        },
        help: Help {
            text: metadata.documentation.trim(),
            markdown: metadata.documentation.trim(),
        },
        help_uri: rule_page(options.rule_pages.as_deref(), metadata.name),
        default_configuration: Configuration {
            level: level(metadata.severity),
        },
        properties: RuleProperties {
            tags: ["docker", metadata.family.as_str()],
            problem_severity: match metadata.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
        },
    }
}

/// What stands before the first section of the rule's page, as far as GitHub shows it.
fn introduction(metadata: &Metadata) -> &'static str {
    const SHOWN: usize = 1024;
    let page = metadata.documentation.trim();
    let end = page.find("\n#").unwrap_or(page.len());
    page.get(..floor_boundary(page, end.min(SHOWN)))
        .unwrap_or_default()
        .trim()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The message with the advice: GitHub shows no other text beside the code.
fn message(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => sarif_message(&format!("{}\nHelp: {help}", finding.message)),
        None => sarif_message(&finding.message),
    }
}

/// A fix that a program may apply. The format has no way to make a file.
fn fix<'a>(documents: &Documents, fix: &'a Fix) -> Option<SarifFix<'a>> {
    let is_whole = fix.safety < Safety::Display && fix.files.is_empty();
    let edits = fix.outermost(documents).filter(|_| is_whole)?;
    let mut files: BTreeMap<String, Vec<Replacement>> = BTreeMap::new();
    for edit in edits {
        let place = exact(documents, edit.location);
        files
            .entry(uri_path(&place.path))
            .or_default()
            .push(Replacement {
                deleted_region: region(&place),
                inserted_content: InsertedContent { text: edit.text },
            });
    }
    let changes = files.into_iter().map(|(uri, replacements)| ArtifactChange {
        artifact_location: ArtifactLocation { uri },
        replacements,
    });
    Some(SarifFix {
        description: Text { text: &fix.title },
        artifact_changes: changes.collect(),
    })
}

fn physical(place: &Place) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: uri_path(&place.path),
        },
        region: region(place),
    }
}

fn region(place: &Place) -> Region {
    Region {
        start_line: place.start.line,
        start_column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
        byte_offset: place.start.byte,
        byte_length: place.end.byte - place.start.byte,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::sample::{Audit, hostile};

    use super::*;

    fn output(audit: &Audit) -> Value {
        let options = SarifOptions {
            rule_pages: Some("https://example.org/rules/".to_owned()),
        };
        serde_json::from_str(&sarif(&audit.view(), &options)).unwrap()
    }

    #[test]
    fn a_log_has_rules_and_results() {
        let log = output(&Audit::new());
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        insta::assert_snapshot!(pretty(&run["tool"]["driver"]["rules"][1]), @r#"
        {
          "id": "unbuilt-image",
          "name": "unbuilt-image",
          "shortDescription": {
            "text": "An image of this repository is used that nothing builds."
          },
          "fullDescription": {
            "text": "An image of this repository is used that nothing builds.\n\nThe name is one of ours, the tag is not."
          },
          "help": {
            "text": "An image of this repository is used that nothing builds.\n\nThe name is one of ours, the tag is not.\n\n## Why it is bad\n\nA clean checkout fails.",
            "markdown": "An image of this repository is used that nothing builds.\n\nThe name is one of ours, the tag is not.\n\n## Why it is bad\n\nA clean checkout fails."
          },
          "helpUri": "https://example.org/rules/unbuilt-image",
          "defaultConfiguration": {
            "level": "error"
          },
          "properties": {
            "tags": [
              "docker",
              "graph"
            ],
            "problem.severity": "error"
          }
        }
        "#);
        insta::assert_snapshot!(pretty(&run["results"][0]), @r#"
        {
          "ruleId": "unbuilt-image",
          "ruleIndex": 1,
          "level": "error",
          "message": {
            "text": "nothing builds `demo-base:1.0`\nHelp: name the tag that is built: `demo-base:latest`"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "app/Dockerfile"
                },
                "region": {
                  "startLine": 1,
                  "startColumn": 6,
                  "endLine": 1,
                  "endColumn": 19,
                  "byteOffset": 5,
                  "byteLength": 13
                }
              },
              "message": {
                "text": "used as a base"
              }
            }
          ],
          "relatedLocations": [
            {
              "id": 1,
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "compose.yml"
                },
                "region": {
                  "startLine": 3,
                  "startColumn": 12,
                  "endLine": 3,
                  "endColumn": 28,
                  "byteOffset": 29,
                  "byteLength": 16
                }
              },
              "message": {
                "text": "`demo-base` is built under this tag"
              }
            },
            {
              "id": 2,
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "app/Dockerfile"
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 1,
                  "endLine": 2,
                  "endColumn": 9,
                  "byteOffset": 19,
                  "byteLength": 8
                }
              },
              "message": {
                "text": "needs the base's `make`"
              }
            }
          ],
          "partialFingerprints": {
            "dockwright/v1": "ccf6ab3fc4ec6ed4:1"
          },
          "properties": {
            "confidence": "high"
          }
        }
        "#);
    }

    #[test]
    fn every_result_names_a_rule_and_a_region_inside_its_file() {
        for audit in [Audit::new(), hostile()] {
            let log = output(&audit);
            let run = &log["runs"][0];
            for result in run["results"].as_array().unwrap() {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(
                    run["tool"]["driver"]["rules"][index]["id"],
                    result["ruleId"]
                );
                let related = result["relatedLocations"].as_array();
                for location in
                    std::iter::once(&result["locations"][0]).chain(related.into_iter().flatten())
                {
                    assert_inside(&audit.documents, &location["physicalLocation"]);
                }
            }
        }
    }

    /// Reads the region's lines and columns as a SARIF consumer does, and finds the same bytes.
    fn assert_inside(documents: &Documents, location: &Value) {
        let uri = location["artifactLocation"]["uri"].as_str().unwrap();
        let document = documents
            .iter()
            .find(|document| document.embedded.is_none() && uri_path(document.path.as_str()) == uri)
            .unwrap();
        let region =
            |name: &str| usize::try_from(location["region"][name].as_u64().unwrap()).unwrap();
        let byte = |line: &str, column: &str| {
            let start: usize = document
                .text
                .split_inclusive('\n')
                .take(region(line) - 1)
                .map(str::len)
                .sum();
            let line = &document.text[start..];
            let before = line.chars().take(region(column) - 1);
            start + before.map(char::len_utf8).sum::<usize>()
        };
        let start = byte("startLine", "startColumn");
        let end = byte("endLine", "endColumn");
        assert!(end <= document.text.len());
        assert_eq!(start, region("byteOffset"));
        assert_eq!(end - start, region("byteLength"));
    }

    #[test]
    fn fingerprints_survive_edits_above_and_tell_equal_findings_apart() {
        let prints = |audit: &Audit| -> Vec<String> {
            let log = output(audit);
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            let print = |result: &Value| result["partialFingerprints"]["dockwright/v1"].clone();
            results
                .iter()
                .map(|result| print(result).as_str().unwrap().to_owned())
                .collect()
        };
        let before = prints(&Audit::new());
        assert_eq!(before, prints(&Audit::with_lines_above(3)));

        let mut twice = Audit::new();
        twice.findings.push(twice.findings[0].clone());
        let after = prints(&twice);
        assert_eq!(after[..before.len()], before);
        let (first, last) = (&after[0], &after[before.len()]);
        assert_eq!(first.strip_suffix(":1"), last.strip_suffix(":2"));
    }

    /// The official schema is not part of this repository: name a copy of it in `SARIF_SCHEMA`
    /// (`sarif-schema-2.1.0.json` as published by OASIS) to check against it.
    #[test]
    #[ignore = "needs the official schema in SARIF_SCHEMA"]
    fn the_output_follows_the_official_schema() {
        let path = std::env::var("SARIF_SCHEMA").unwrap();
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for audit in [Audit::new(), hostile()] {
            let log = output(&audit);
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
}
