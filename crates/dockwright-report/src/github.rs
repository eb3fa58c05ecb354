//! Findings as workflow commands, which GitHub Actions shows beside the changed lines.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use dockwright_audit::Severity;

use crate::escape::{workflow_message, workflow_property};
use crate::place::resolve;
use crate::{FindingsView, details};

/// One command per finding, each on its line.
pub fn github(view: &FindingsView) -> String {
    let mut out = String::new();
    for finding in view.findings {
        let place = resolve(view.documents, finding.location);
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut properties = vec![
            format!("file={}", workflow_property(&place.path)),
            format!("line={}", place.start.line),
        ];
        // Columns are only understood within one line.
        if place.start.line == place.end.line {
            properties.push(format!("col={}", place.start.column));
        }
        properties.push(format!("endLine={}", place.end.line));
        if place.start.line == place.end.line {
            properties.push(format!("endColumn={}", place.end.column));
        }
        properties.push(format!("title={}", workflow_property(finding.rule.name)));

        let message = workflow_message(&details(view, finding));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "::{command} {}::{message}", properties.join(","));
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn each_finding_is_a_command() {
        insta::assert_snapshot!(github(&Audit::new().view()), @r#"
        ::error file=app/Dockerfile,line=1,col=6,endLine=1,endColumn=19,title=unbuilt-image::nothing builds `demo-base:1.0`%0Acompose.yml:3:12: `demo-base` is built under this tag%0Aapp/Dockerfile:2:1: needs the base's `make`%0Ahelp: name the tag that is built: `demo-base:latest`
        ::warning file=compose.yml,line=3,col=5,endLine=3,endColumn=28,title=tag-skew::`demo-base` is built as `latest` but used as `1.0`
        ::error file=docker-bake.hcl,line=1,col=1,endLine=1,endColumn=1,title=unparseable-file::the file is not UTF-8
        "#);
    }

    #[test]
    fn no_finding_starts_a_second_command() {
        let audit = hostile();
        let output = github(&audit.view());
        assert_eq!(output.lines().count(), audit.findings.len());
        let command = |line: &str| {
            line.starts_with("::error file=") && line.contains(",title=unbuilt-image::")
        };
        assert!(output.lines().all(command), "{output}");
    }
}
