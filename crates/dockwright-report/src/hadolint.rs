//! Findings as hadolint prints them in JSON, so that what reads its output reads ours.
//!
//! Source: the output of `hadolint --format json` 2.15.

use dockwright_audit::{Finding, Severity};
use serde::Serialize;

use crate::FindingsView;
use crate::place::resolve;

#[derive(Serialize)]
struct Failure<'a> {
    line: usize,
    code: &'static str,
    message: &'a str,
    column: usize,
    file: String,
    level: &'static str,
}

/// One object per finding, on one line as hadolint has it.
pub fn hadolint(view: &FindingsView) -> String {
    let failures = view.findings.iter().map(|finding| {
        let place = resolve(view.documents, finding.location);
        Failure {
            line: place.start.line,
            code: code(finding),
            message: &finding.message,
            column: place.start.column,
            file: place.path,
            level: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            },
        }
    });
    let failures: Vec<Failure<'_>> = failures.collect();
    let json = serde_json::to_string(&failures);
    // Strings and numbers cannot fail.
    format!("{}\n", json.unwrap_or_default())
}

/// What hadolint calls it, or else our own name.
fn code(finding: &Finding) -> &'static str {
    let mut codes = finding.known_codes().iter();
    // A rule with a code for each of many causes says which one it means.
    let is_one = !finding.codes.is_empty() || finding.rule.aliases.len() < 5;
    let code = codes.find(|code| code.starts_with("DL") || code.starts_with("SC"));
    code.filter(|_| is_one)
        .copied()
        .unwrap_or(finding.rule.name)
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn a_finding_has_the_keys_of_hadolint() {
        let mut audit = Audit::new();
        audit.findings[0].codes = &["InvalidName", "DL3006"];
        insta::assert_snapshot!(hadolint(&audit.view()), @r#"
        [{"line":1,"code":"DL3006","message":"nothing builds `demo-base:1.0`","column":6,"file":"app/Dockerfile","level":"error"},{"line":3,"code":"tag-skew","message":"`demo-base` is built as `latest` but used as `1.0`","column":5,"file":"compose.yml","level":"warning"},{"line":1,"code":"unparseable-file","message":"the file is not UTF-8","column":1,"file":"docker-bake.hcl","level":"error"}]
        "#);
    }

    #[test]
    fn it_is_json_whatever_the_files_are_called() {
        let audit = hostile();
        let output = hadolint(&audit.view());
        let failures: Vec<serde_json::Value> = serde_json::from_str(&output).unwrap();
        assert_eq!(failures.len(), audit.findings.len());
    }
}
