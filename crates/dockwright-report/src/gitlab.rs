//! Findings as a GitLab code quality report.
//!
//! The format: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use dockwright_audit::Severity;
use serde::Serialize;

use crate::fingerprint::Fingerprints;
use crate::json::pretty;
use crate::place::resolve;
use crate::{FindingsView, details};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// One issue per finding. A fingerprint stays the same when lines above it change.
pub fn gitlab(view: &FindingsView) -> String {
    let mut fingerprints = Fingerprints::default();
    let issues = view.findings.iter().map(|finding| {
        let place = resolve(view.documents, finding.location);
        Issue {
            description: details(view, finding),
            check_name: finding.rule.name,
            fingerprint: fingerprints.next(view.documents, finding),
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "info",
            },
            location: Location {
                path: place.path,
                lines: Lines {
                    begin: place.start.line,
                    end: place.end.line,
                },
            },
        }
    });
    pretty(&issues.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn each_finding_is_an_issue() {
        let audit = Audit::new();
        let output: serde_json::Value = serde_json::from_str(&gitlab(&audit.view())).unwrap();
        insta::assert_snapshot!(format!("{:#}", output[0]), @r#"
        {
          "description": "nothing builds `demo-base:1.0`\ncompose.yml:3:12: `demo-base` is built under this tag\napp/Dockerfile:2:1: needs the base's `make`\nhelp: name the tag that is built: `demo-base:latest`",
          "check_name": "unbuilt-image",
          "fingerprint": "ccf6ab3fc4ec6ed4:1",
          "severity": "critical",
          "location": {
            "path": "app/Dockerfile",
            "lines": {
              "begin": 1,
              "end": 1
            }
          }
        }
        "#);
    }

    #[test]
    fn no_two_issues_have_one_fingerprint() {
        let audit = hostile();
        let output = gitlab(&audit.view());
        let issues: Vec<serde_json::Value> = serde_json::from_str(&output).unwrap();
        let prints: BTreeSet<&str> = issues
            .iter()
            .filter_map(|issue| issue["fingerprint"].as_str())
            .collect();
        assert_eq!(prints.len(), audit.findings.len());
    }
}
