//! Findings as a `JUnit` report, which CI systems show as tests.
//!
//! Source: the XML of Ant's `JUnit` task, as Jenkins and GitLab read it.

use std::fmt::Write as _;

use dockwright_audit::{Finding, Severity};

use crate::escape::{xml, xml_attribute};
use crate::place::resolve;
use crate::{FindingsView, details};

/// A test case per finding: errors and warnings have failed, information has passed. Without any
/// finding there is one test that has passed, since readers refuse a report without tests.
pub fn junit(view: &FindingsView) -> String {
    let failures = view
        .findings
        .iter()
        .filter(|finding| fails(finding))
        .count();
    let tests = view.findings.len().max(1);
    let counts =
        format!("name=\"dockwright\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite {counts}>\n"
    );
    if view.findings.is_empty() {
        out.push_str("    <testcase classname=\"dockwright\" name=\"audit\"/>\n");
    }
    // Writing to a string cannot fail.
    for finding in view.findings {
        let place = resolve(view.documents, finding.location);
        let path = xml_attribute(&place.path);
        let _ = writeln!(
            out,
            "    <testcase classname=\"{path}\" name=\"{}: {}\" file=\"{path}\" line=\"{}\">",
            xml_attribute(&place.short()),
            finding.rule.name,
            place.start.line,
        );
        let text = xml(&details(view, finding));
        let _ = if fails(finding) {
            let (kind, message) = (finding.severity.as_str(), xml_attribute(&finding.message));
            writeln!(
                out,
                "      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>"
            )
        } else {
            writeln!(out, "      <system-out>{text}</system-out>")
        };
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn fails(finding: &Finding) -> bool {
    finding.severity != Severity::Info
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn each_finding_is_a_test() {
        let mut audit = Audit::new();
        audit.findings[1].severity = Severity::Info;
        insta::assert_snapshot!(junit(&audit.view()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="dockwright" tests="3" failures="2" errors="0">
          <testsuite name="dockwright" tests="3" failures="2" errors="0">
            <testcase classname="app/Dockerfile" name="app/Dockerfile:1:6: unbuilt-image" file="app/Dockerfile" line="1">
              <failure type="error" message="nothing builds `demo-base:1.0`">nothing builds `demo-base:1.0`
        compose.yml:3:12: `demo-base` is built under this tag
        app/Dockerfile:2:1: needs the base&#39;s `make`
        help: name the tag that is built: `demo-base:latest`</failure>
            </testcase>
            <testcase classname="compose.yml" name="compose.yml:3:5: tag-skew" file="compose.yml" line="3">
              <system-out>`demo-base` is built as `latest` but used as `1.0`</system-out>
            </testcase>
            <testcase classname="docker-bake.hcl" name="docker-bake.hcl:1:1: unparseable-file" file="docker-bake.hcl" line="1">
              <failure type="error" message="the file is not UTF-8">the file is not UTF-8</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn nothing_found_is_a_test_that_has_passed() {
        let mut audit = Audit::new();
        audit.findings.clear();
        let output = junit(&audit.view());
        assert!(output.contains("tests=\"1\" failures=\"0\""), "{output}");
    }

    #[test]
    fn no_text_breaks_out_of_its_element() {
        let audit = hostile();
        let output = junit(&audit.view());
        assert_eq!(output.matches("<testcase ").count(), audit.findings.len());
        assert_eq!(output.matches("</testcase>").count(), audit.findings.len());
    }
}
