//! The comments of Docker Compose Linter (dclint).
//!
//! `# dclint disable-file`, or `# dclint disable` and names of rules apart by blanks, as the first line
//! covers the file. `# dclint disable-line` and names covers its own line, or the next one when it
//! stands alone. Without names all of dclint's rules are meant, and no others.

use dockwright_syntax::Span;

use super::Suppression;

/// dclint's rules. Source: the documentation of Docker Compose Linter 3.
const RULES: [&str; 15] = [
    "no-build-and-image",
    "no-duplicate-container-names",
    "no-duplicate-exported-ports",
    "no-quotes-in-volumes",
    "no-unbound-port-interfaces",
    "no-version-field",
    "require-project-name-field",
    "require-quotes-in-ports",
    "service-container-name-regex",
    "service-dependencies-alphabetical-order",
    "service-image-require-explicit-tag",
    "service-keys-order",
    "service-ports-alphabetical-order",
    "services-alphabetical-order",
    "top-level-properties-order",
];

/// The suppressions of a text.
pub(super) fn in_text(text: &str) -> Vec<Suppression> {
    if !text.contains("dclint") {
        return Vec::new();
    }
    let lines: Vec<(usize, &str)> = lines(text).collect();
    let mut suppressions = Vec::new();
    let mut meaningful = lines.iter().map(|(_, line)| line.trim());
    let first = meaningful.find(|line| !line.is_empty() && *line != "---");
    if let Some(rules) = first.and_then(whole_file) {
        suppressions.push(Suppression {
            checks: false,
            pragma: false,
            rules,
            covers: None,
        });
    }
    for (index, (start, line)) in lines.iter().enumerate() {
        let Some(rules) = directive(line, "disable-line") else {
            continue;
        };
        let is_alone = line.trim_start().starts_with('#');
        let covers = if is_alone {
            lines.get(index + 1..).map(below)
        } else {
            lines.get(index..).map(below)
        };
        suppressions.push(Suppression {
            checks: false,
            pragma: false,
            rules,
            covers: Some(covers.unwrap_or(Span::at(*start))),
        });
    }
    suppressions
}

/// Each line with the offset it begins at.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = offset;
        offset += line.len();
        (start, line)
    })
}

/// The rules that a first line switches off in the whole file.
fn whole_file(line: &str) -> Option<Vec<String>> {
    directive(line, "disable-file").or_else(|| directive(line, "disable"))
}

/// The rules behind a directive in a comment.
fn directive(line: &str, name: &str) -> Option<Vec<String>> {
    let mut comments = line
        .match_indices('#')
        .filter_map(|(at, _)| line.get(at + 1..));
    let rest = comments.find_map(|comment| {
        let rest = comment.trim_start().strip_prefix("dclint")?;
        let rest = rest
            .strip_prefix(char::is_whitespace)?
            .trim_start()
            .strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
    })?;
    let names: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
    Some(if names.is_empty() {
        RULES.iter().map(|rule| (*rule).to_owned()).collect()
    } else {
        names
    })
}

/// The first of some lines, with the list or mapping below it when it ends in a key: dclint tells of what
/// stands there at the key.
fn below(lines: &[(usize, &str)]) -> Span {
    let Some(((start, first), rest)) = lines.split_first() else {
        return Span::default();
    };
    let mut end = start + first.len();
    let code = first.split(" #").next().unwrap_or_default().trim_end();
    if code.ends_with(':') {
        let indentation = |line: &str| line.len() - line.trim_start().len();
        let own = indentation(first);
        let is_below = |line: &str| {
            let deeper = indentation(line) > own;
            let item = indentation(line) == own && line.trim_start().starts_with("- ");
            line.trim().is_empty() || deeper || item
        };
        for (at, line) in rest.iter().take_while(|(_, line)| is_below(line)) {
            end = at + line.len();
        }
    }
    Span::new(*start, end)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn ports(text: &str) -> String {
        audit("unquoted-port", &format!("-- compose.yaml --\n{text}"))
    }

    #[test]
    fn a_line_or_what_stands_below_its_key() {
        insta::assert_snapshot!(ports("\
services:
  a:
    image: a
    ports: # dclint disable-line require-quotes-in-ports
      - 80:80
      - 81:81
  b:
    image: b
    ports:
      - 90:90 # dclint disable-line
      # dclint disable-line no-version-field require-quotes-in-ports
      - 91:91
      # dclint disable-line no-version-field
      - 92:92
      - 93:93
"), @r#"
        info (low) compose.yaml:14:9 the port `92:92` has no quotes
          help: put it in quotes
        info (low) compose.yaml:15:9 the port `93:93` has no quotes
          help: put it in quotes
        "#);
    }

    #[test]
    fn the_first_line_covers_the_file() {
        let services = "services:\n  a: {image: a, ports: [80]}\n";
        for first in [
            "# dclint disable-file",
            "\n---\n# dclint disable",
            "# dclint disable no-version-field require-quotes-in-ports",
        ] {
            assert_eq!(ports(&format!("{first}\n{services}")), "", "{first}");
        }
        for first in [
            "# dclint disable no-version-field",
            "# Web\n# dclint disable",
            "# dclint disabled",
        ] {
            assert!(
                !ports(&format!("{first}\n{services}")).is_empty(),
                "{first}"
            );
        }
    }

    #[test]
    fn without_names_only_the_rules_of_dclint_are_meant() {
        let files =
            "-- compose.yaml --\n# dclint disable\nservices:\n  a: {image: a, privileged: true}\n";
        assert!(!audit("privileged-service", files).is_empty());
    }
}
