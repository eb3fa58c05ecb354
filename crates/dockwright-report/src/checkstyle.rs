//! Findings as a Checkstyle report.
//!
//! Source: the output of Checkstyle's XML listener, and what readers of it take.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dockwright_audit::Finding;

use crate::escape::xml_attribute;
use crate::place::resolve;
use crate::{FindingsView, details};

/// An element per file, and an error in it per finding.
pub fn checkstyle(view: &FindingsView) -> String {
    let mut files: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in view.findings {
        let place = resolve(view.documents, finding.location);
        files.entry(place.path).or_default().push(finding);
    }
    let mut out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n".to_owned();
    // Writing to a string cannot fail.
    for (path, findings) in files {
        let _ = writeln!(out, "  <file name=\"{}\">", xml_attribute(&path));
        for finding in findings {
            let place = resolve(view.documents, finding.location).start;
            let _ = writeln!(
                out,
                "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"dockwright.{}\"/>",
                place.line,
                place.column,
                finding.severity.as_str(),
                xml_attribute(&details(view, finding)),
                finding.rule.name,
            );
        }
        out.push_str("  </file>\n");
    }
    out.push_str("</checkstyle>\n");
    out
}

#[cfg(test)]
mod tests {
    use crate::sample::{Audit, hostile};

    use super::*;

    #[test]
    fn findings_are_grouped_by_file() {
        insta::assert_snapshot!(checkstyle(&Audit::new().view()), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <checkstyle version="4.3">
          <file name="app/Dockerfile">
            <error line="1" column="6" severity="error" message="nothing builds `demo-base:1.0`&#10;compose.yml:3:12: `demo-base` is built under this tag&#10;app/Dockerfile:2:1: needs the base&#39;s `make`&#10;help: name the tag that is built: `demo-base:latest`" source="dockwright.unbuilt-image"/>
          </file>
          <file name="compose.yml">
            <error line="3" column="5" severity="warning" message="`demo-base` is built as `latest` but used as `1.0`" source="dockwright.tag-skew"/>
          </file>
          <file name="docker-bake.hcl">
            <error line="1" column="1" severity="error" message="the file is not UTF-8" source="dockwright.unparseable-file"/>
          </file>
        </checkstyle>
        "#);
    }

    #[test]
    fn no_text_breaks_out_of_its_attribute() {
        let audit = hostile();
        let output = checkstyle(&audit.view());
        let errors = output
            .lines()
            .filter(|line| line.starts_with("    <error "));
        assert_eq!(errors.count(), audit.findings.len());
        assert!(
            output
                .lines()
                .all(|line| line.matches('"').count() % 2 == 0)
        );
    }
}
