//! `quoted-volume`

use dockwright_environment::Environment;
use dockwright_syntax::yaml::{Kind, Node, ScalarStyle, ScalarType};

use crate::compose_files::ComposeFile;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There are quotes around a volume that needs none.
    ///
    /// ## What it does
    ///
    /// Reports quoted entries of `volumes` that mean the same without their quotes.
    ///
    /// ## Why is this bad?
    ///
    /// It does no harm. Some people want one style.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     volumes:
    ///       - "./site:/usr/share/nginx/html"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     volumes:
    ///       - ./site:/usr/share/nginx/html
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Leaving the quotes out is safe: only those are reported without which the text is the same.
    ///
    /// ## References
    ///
    /// - YAML 1.2.2, "Plain style"
    QuotedVolume {
        name: "quoted-volume",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["no-quotes-in-volumes"],
    }
}

impl Rule for QuotedVolume {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        for (_, service) in file.services() {
            let Some(volumes) = service.get("volumes") else {
                continue;
            };
            let flow = matches!(volumes.data.kind, Kind::Sequence { flow: true, .. });
            for volume in volumes
                .items()
                .filter(|volume| has_idle_quotes(*volume, flow))
            {
                let text = volume.text().unwrap_or_default();
                let message = format!("the volume `{text}` needs no quotes");
                let finding = Finding::new(self.metadata(), file.at(volume.span()), message);
                findings.push(finding.confidence(Confidence::Low).fix(without_quotes(
                    cx.environment,
                    file,
                    volume,
                )));
            }
        }
    }
}

/// Takes the quotes away where what is between them is the text itself. JSON needs them.
fn without_quotes(environment: &Environment, file: &ComposeFile, volume: Node<'_>) -> Option<Fix> {
    let document = environment.documents.get(file.document);
    let text = volume.text()?;
    let written = volume.span().of(&document.text);
    let is_verbatim = written.get(1..written.len().checked_sub(1)?) == Some(text);
    if !is_verbatim || document.path.as_str().ends_with(".json") {
        return None;
    }
    let fix = Fix::safe(format!("write `{text}`"), "it means the same");
    Some(fix.replace(file.at(volume.span()), text))
}

/// Whether a scalar is quoted and would be the same text as a plain one.
fn has_idle_quotes(node: Node<'_>, flow: bool) -> bool {
    let Some(scalar) = node.scalar() else {
        return false;
    };
    let quoted = matches!(
        scalar.style,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted
    );
    let text = scalar.text.value.as_str();
    let is_text = ScalarType::of(ScalarStyle::Plain, text, None) == ScalarType::Text;
    let begins_well = !text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@`".contains(first));
    let is_plain = begins_well
        && text == text.trim()
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(char::is_control);
    quoted && is_text && is_plain && !(flow && text.contains([',', '[', ']', '{', '}']))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn quotes_that_do_nothing() {
        insta::assert_snapshot!(audit("quoted-volume", "\
-- compose.yaml --
services:
  web:
    image: nginx
    volumes: [data:/a, 'data:/b']
volumes:
  data:
"), @r#"info (low) compose.yaml:4:24 the volume `data:/b` needs no quotes"#);
    }

    #[test]
    fn the_text_between_them_stays() {
        insta::assert_snapshot!(fix("quoted-volume", "\
-- compose.yaml --
services:
  web:
    image: nginx
    volumes:
      - './site:/site:ro' # read only
      - \"logs:\\
        /logs\"
volumes:
  logs:
"), @r#"
        safe: write `./site:/site:ro`, for it means the same
        -- compose.yaml --
        -      - './site:/site:ro' # read only
        +      - ./site:/site:ro # read only
        "#);
    }

    #[test]
    fn quotes_that_are_needed() {
        for volumes in [
            "[\"${DATA:-./d}:/a\", \"a:/b:ro,z\"]",
            "\n      - \"a #b:/c\"\n      - '*a:/d'",
        ] {
            let files = format!(
                "-- compose.yaml --\nservices:\n  a:\n    image: a\n    volumes: {volumes}\n"
            );
            assert_eq!(audit("quoted-volume", &files), "", "{volumes}");
        }
    }
}
