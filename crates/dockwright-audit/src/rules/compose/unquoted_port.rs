//! `unquoted-port`

use dockwright_settings::Quotes;
use dockwright_syntax::yaml::{Node, ScalarStyle, ScalarType};

use crate::compose_files::ComposeFile;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a port without quotes.
    ///
    /// ## What it does
    ///
    /// Reports entries of `ports` and `expose` that are written without quotes. Single and double ones are both fine.
    ///
    /// ## Why is this bad?
    ///
    /// Readers of YAML 1.1 take `22:22` for a number to the base of 60. Compose itself reads YAML 1.2 and does not.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports:
    ///       - 8080:80
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     ports:
    ///       - "8080:80"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Quotes around it are safe: Compose reads the same port.
    ///
    /// ## References
    ///
    /// - YAML 1.1, "Integer language-independent type": base 60
    UnquotedPort {
        name: "unquoted-port",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["require-quotes-in-ports"],
    }
}

impl Rule for UnquotedPort {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let settings = cx.compose_settings(file.document);
        let usual = || KEYS.map(str::to_owned).to_vec();
        let keys = settings.port_keys.clone().unwrap_or_else(usual);
        for (_, service) in file.services() {
            let lists = keys.iter().filter_map(|key| service.get(key));
            for port in lists.flat_map(Node::items).filter(|port| !port.is_null()) {
                let Some((scalar, wrong)) = port.scalar().and_then(|scalar| {
                    Some((scalar, wrong_quotes(scalar.style, settings.port_quotes)?))
                }) else {
                    continue;
                };
                let message = format!("the port `{}` has no {wrong}", scalar.text.value);
                let finding = Finding::new(self.metadata(), file.at(port.span()), message);
                let help = format!("put it in {wrong}");
                let fix = quoted(file, file.text(cx.environment), port, settings.port_quotes);
                findings.push(finding.confidence(Confidence::Low).help(help).fix(fix));
            }
        }
    }
}

/// The lists of ports of a service.
const KEYS: [&str; 2] = ["ports", "expose"];

/// The quotes that are missing, if any are.
fn wrong_quotes(style: ScalarStyle, wanted: Option<Quotes>) -> Option<&'static str> {
    match (style, wanted) {
        (ScalarStyle::SingleQuoted, Some(Quotes::Single) | None)
        | (ScalarStyle::DoubleQuoted, Some(Quotes::Double) | None) => None,
        (_, Some(Quotes::Single)) => Some("single quotes"),
        (_, Some(Quotes::Double)) => Some("double quotes"),
        (style, None) => (style == ScalarStyle::Plain).then_some("quotes"),
    }
}

/// Puts quotes around a port. A number that YAML writes otherwise is no text.
fn quoted(file: &ComposeFile, text: &str, port: Node<'_>, quotes: Option<Quotes>) -> Option<Fix> {
    let value = port.text()?;
    let is_text = port.scalar_type() == Some(ScalarType::Text);
    let is_decimal = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
    let is_plain = port.data.tag.is_none() && port.span().of(text) == value;
    if !is_plain || !(is_text || is_decimal) || value.contains(['"', '\'', '\\']) {
        return None;
    }
    let quote = match quotes {
        Some(Quotes::Single) => '\'',
        Some(Quotes::Double) | None => '"',
    };
    let new = format!("{quote}{value}{quote}");
    let fix = Fix::safe(format!("write `{new}`"), "Compose reads the same port");
    Some(fix.replace(file.at(port.span()), new))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn long_forms_and_quoted_ones_are_fine() {
        insta::assert_snapshot!(audit("unquoted-port", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports: [80, '81:81', \"82:82\", {target: 83}]
    expose:
      - 84
"), @r#"
        info (low) compose.yaml:4:13 the port `80` has no quotes
          help: put it in quotes
        info (low) compose.yaml:6:9 the port `84` has no quotes
          help: put it in quotes
        "#);
    }

    #[test]
    fn the_configuration_of_dclint_says_which_quotes() {
        insta::assert_snapshot!(audit("unquoted-port", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports: [80, '81:81', \"82:82\"]
    expose: [83]
-- .dclintrc --
rules:
  require-quotes-in-ports: [1, {quoteType: double, portsSections: [ports]}]
"), @r#"
        warning (medium) compose.yaml:4:13 the port `80` has no double quotes
          help: put it in double quotes
        warning (medium) compose.yaml:4:17 the port `81:81` has no double quotes
          help: put it in double quotes
        "#);
    }

    #[test]
    fn quotes_are_put_around_it() {
        insta::assert_snapshot!(fix("unquoted-port", "\
-- compose.yaml --
services:
  web:
    image: nginx
    ports: [80, 81:81]
    expose:
      - ${PORT:-83}
      - 84-85/udp  # voice
      - 0x50
"), @r#"
        safe: write `"80"`, for Compose reads the same port
        safe: write `"81:81"`, for Compose reads the same port
        safe: write `"${PORT:-83}"`, for Compose reads the same port
        safe: write `"84-85/udp"`, for Compose reads the same port
        -- compose.yaml --
        -    ports: [80, 81:81]
        +    ports: ["80", "81:81"]
        -      - ${PORT:-83}
        -      - 84-85/udp  # voice
        +      - "${PORT:-83}"
        +      - "84-85/udp"  # voice
        "#);
    }
}
