//! `conflicting-variable-meaning`

use std::collections::{BTreeMap, HashSet};

use dockwright_environment::build::BindingKind;
use dockwright_environment::{Environment, Location, ScriptDocument, Value};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, script_variables, words};

rule! {
    /// There is a variable that is a path in one file and the content itself in another.
    ///
    /// ## What it does
    ///
    /// Tells from its use what an environment variable holds. It is a path where a script tests, reads
    /// or sources a file of that name (`[ -f "$A" ]`, `cat "$A"`), and where Compose or `ENV` sets it
    /// to an absolute path. It is content where a script writes it to a file of data or decodes it
    /// (`echo "$A" > key.json`, `base64 -d`), and where it is set to JSON or a PEM block. Reports a
    /// variable that is the one in one file and the other in another. A script that handles both is
    /// left alone.
    ///
    /// ## Why is this bad?
    ///
    /// With one `.env` for both, one of them fails in a way that is hard to understand: it looks for a
    /// file that is called like a token, or takes a path for the token.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   tests:
    ///     image: acme/tests
    ///     environment:
    ///       SHOP_TOKENS: /run/tokens.json
    /// ```
    /// ```sh entrypoint.sh
    /// echo "$SHOP_TOKENS" > /opt/tokens.json
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   tests:
    ///     image: acme/tests
    ///     environment:
    ///       SHOP_TOKENS_FILE: /run/tokens.json
    /// ```
    /// ```sh entrypoint.sh
    /// echo "$SHOP_TOKENS" > /opt/tokens.json
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: people and deployments set the variable, and which meaning it keeps is for somebody to
    /// decide. The custom is `NAME` for the content and `NAME_FILE` for the path.
    ///
    /// ## References
    ///
    /// - Docker documentation: secrets in Compose, `_FILE` variables of official images
    ConflictingVariableMeaning {
        name: "conflicting-variable-meaning",
        family: Arguments,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Path,
    Content,
}

/// Why it is taken to hold that.
#[derive(Debug)]
struct Evidence {
    meaning: Meaning,
    location: Location,
    why: &'static str,
}

impl Rule for ConflictingVariableMeaning {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut found: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
        for script in &environment.scripts {
            in_script(environment, script, &mut found);
        }
        in_values(environment, &mut found);
        for (name, evidence) in &found {
            let of = |meaning: Meaning| evidence.iter().filter(move |one| one.meaning == meaning);
            let Some(content) = of(Meaning::Content).next() else {
                continue;
            };
            let mut paths = of(Meaning::Path)
                .filter(|path| path.location.document != content.location.document)
                .peekable();
            if paths.peek().is_none() {
                continue;
            }
            let message = format!("`{name}` holds the content itself here and a path elsewhere");
            let mut finding = Finding::new(self.metadata(), content.location, message)
                .confidence(Confidence::Medium)
                .label(content.why);
            for other in paths.chain(of(Meaning::Content).skip(1)) {
                finding = finding.related(other.location, other.why);
            }
            findings.push(finding.help(format!(
                "keep `{name}` for the one, and call the path `{name}_FILE`"
            )));
        }
    }
}

fn in_script(
    environment: &Environment,
    script: &ScriptDocument,
    found: &mut BTreeMap<String, Vec<Evidence>>,
) {
    let text = &environment.documents.get(script.document).text;
    let tree = script.script(&environment.documents);
    let taken: HashSet<&str> = script_variables::taken(tree)
        .iter()
        .map(|one| one.name)
        .collect();
    let mut own: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
    for read in tree.variables_read() {
        let name = read.name.value.as_str();
        let Some(expansion) = read
            .expansion
            .filter(|_| taken.contains(name) && name.contains('_'))
        else {
            continue;
        };
        let before = text
            .get(..expansion.span.start as usize)
            .unwrap_or_default();
        let after = text.get(expansion.span.end as usize..).unwrap_or_default();
        if let Some((meaning, why)) = meaning(before, after) {
            own.entry(name).or_default().push(Evidence {
                meaning,
                location: Location::new(script.document, expansion.span),
                why,
            });
        }
    }
    for (name, evidence) in own {
        let has = |meaning: Meaning| evidence.iter().any(|one| one.meaning == meaning);
        if !(has(Meaning::Path) && has(Meaning::Content)) {
            found.entry(name.to_owned()).or_default().extend(evidence);
        }
    }
}

/// What the text around an expansion says of its value.
fn meaning(before: &str, after: &str) -> Option<(Meaning, &'static str)> {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let rest = after.split('\n').next().unwrap_or_default();
    let is_quoted = line.ends_with('"');
    let line = line.strip_suffix('"').unwrap_or(line);
    let rest = if is_quoted {
        rest.strip_prefix('"')?
    } else {
        rest
    };
    if !line.ends_with(char::is_whitespace) && !line.ends_with("<<<") && !line.ends_with('<') {
        return None;
    }
    if !(rest.is_empty() || rest.starts_with([' ', '\t', ';', ')', ']', '|', '&', '>'])) {
        return None;
    }
    let mut words =
        line.split(|letter: char| letter.is_whitespace() || letter == '(' || letter == '`');
    let last = words.rfind(|word| !word.is_empty()).unwrap_or_default();
    match last {
        "-f" | "-d" | "-e" | "-r" | "-s" => {
            return Some((Meaning::Path, "a file of this name is looked for"));
        }
        "cat" | "source" | "." | "<" => {
            return Some((Meaning::Path, "a file of this name is read"));
        }
        "<<<" => return Some((Meaning::Content, "it is read as text")),
        _ => {}
    }
    let command = line
        .rsplit(['(', ';', '&', '|', '{'])
        .next()
        .unwrap_or_default();
    let mut words = command.split_whitespace();
    let is_print = match words.next() {
        Some("echo") => words.all(|word| word.starts_with('-')),
        Some("printf") => words.all(|word| word.trim_matches(['\'', '"']).starts_with('%')),
        _ => false,
    };
    if !is_print {
        return None;
    }
    let rest = rest.trim_start();
    if let Some(target) = rest.strip_prefix('>') {
        let target = target
            .trim_start_matches('>')
            .split_whitespace()
            .next()
            .unwrap_or_default();
        let target = target.trim_matches(['"', '\'', ';', ')']);
        return is_data(target).then_some((Meaning::Content, "it is written to a file"));
    }
    let pipe = rest.strip_prefix('|')?.trim_start();
    [
        "base64 -d",
        "base64 --decode",
        "base64 -D",
        "jq",
        "openssl",
        "ssh-add",
        "gpg --import",
        "tee",
    ]
    .iter()
    .any(|program| pipe.starts_with(program))
    .then_some((Meaning::Content, "it is handed on as text"))
}

/// Whether a file holds data, by its name.
fn is_data(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        ".json",
        ".pem",
        ".key",
        ".crt",
        ".cer",
        ".yaml",
        ".yml",
        ".toml",
        ".conf",
        ".xml",
        ".txt",
        ".p12",
        ".env",
        "id_rsa",
        "id_ed25519",
    ];
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// What Compose files and `ENV` set.
fn in_values(environment: &Environment, found: &mut BTreeMap<String, Vec<Evidence>>) {
    let mut add = |name: &str, value: &Value| {
        let Some((meaning, why)) = value.known().and_then(of_value) else {
            return;
        };
        if words::is_variable_name(name) && name.contains('_') {
            let evidence = found.entry(name.to_owned()).or_default();
            if !evidence.iter().any(|one| one.location == value.location) {
                evidence.push(Evidence {
                    meaning,
                    location: value.location,
                    why,
                });
            }
        }
    };
    for service in environment
        .compose
        .iter()
        .flat_map(|project| &project.services)
    {
        for entry in &service.environment {
            if let Some(value) = &entry.value {
                add(&entry.name.text, value);
            }
        }
    }
    for dockerfile in &environment.dockerfiles {
        let stages = environment
            .first_build(dockerfile.id)
            .map(|build| build.stages.as_slice())
            .unwrap_or_default();
        for binding in stages.iter().flat_map(|stage| &stage.bindings) {
            if let (BindingKind::Environment, Some(value)) = (binding.kind, &binding.value) {
                add(&binding.name, value);
            }
        }
    }
}

fn of_value(text: &str) -> Option<(Meaning, &'static str)> {
    let text = text.trim();
    let is_plain = !text.contains(char::is_whitespace) && !text.contains(':');
    if text.starts_with('/') && text.len() > 1 && is_plain {
        return Some((Meaning::Path, "it is set to a path"));
    }
    let is_content =
        text.starts_with("{\"") || text.starts_with("[\"") || text.starts_with("-----BEGIN");
    is_content.then_some((Meaning::Content, "it is set to the content itself"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::audit;

    #[test]
    fn the_text_around_a_variable_tells_what_it_is() {
        let of = |line: &str| {
            let at = line.find("$A").unwrap();
            meaning(&line[..at], &line[at + 2..]).map(|(meaning, _)| meaning)
        };
        for line in [
            "[[ -n \"$B\" && -f \"$A\" ]]",
            "test -e $A",
            "x=$(cat \"$A\")",
            "while read l; do :; done < \"$A\"",
        ] {
            assert_eq!(of(line), Some(Meaning::Path), "{line}");
        }
        for line in [
            "echo \"$A\" > \"$DIR/key.json\"",
            "printf '%s' \"$A\" | base64 -d > k",
            "jq . <<< \"$A\"",
        ] {
            assert_eq!(of(line), Some(Meaning::Content), "{line}");
        }
        for line in [
            "echo \"$A\"",
            "echo \"file: $A\" > a.json",
            "echo $A > last",
            "cat \"$A/b\"",
            "cp \"$A\" b",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn a_script_that_handles_both_is_left_alone() {
        let files = "\
-- run.sh --
if [ -f \"$SHOP_KEY\" ]; then cp \"$SHOP_KEY\" k.pem; else echo \"$SHOP_KEY\" > k.pem; fi
-- compose.yaml --
services:
  a:
    image: acme/a
    environment: [SHOP_KEY=/run/key.pem]
";
        assert_eq!(audit("conflicting-variable-meaning", files), "");
    }

    #[test]
    fn scripts_of_different_images_disagree() {
        insta::assert_snapshot!(audit("conflicting-variable-meaning", "\
-- test.sh --
if [[ -n \"$SHOP_TOKENS\" && -f \"$SHOP_TOKENS\" ]]; then go test; fi
-- runner.sh --
if [[ -n \"$SHOP_TOKENS\" ]]; then
    echo \"$SHOP_TOKENS\" > \"$DIR/tokens.json\"
fi
-- compose.yaml --
services:
  a:
    image: acme/a
    environment:
      SHOP_TOKENS: ${SHOP_TOKENS:-/run/tokens.json}
  b:
    image: acme/b
    environment:
      SHOP_TOKENS: ${SHOP_TOKENS:-}
"), @r#"
        warning (medium) runner.sh:2:11 `SHOP_TOKENS` holds the content itself here and a path elsewhere
          ^ it is written to a file
          test.sh:1:32 a file of this name is looked for
          compose.yaml:5:20 it is set to a path
          help: keep `SHOP_TOKENS` for the one, and call the path `SHOP_TOKENS_FILE`
        "#);
    }
}
