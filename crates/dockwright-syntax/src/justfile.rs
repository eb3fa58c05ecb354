//! Justfiles: settings, variables and recipes.
//!
//! `{{name}}` is written as `${name}`, every other interpolation as `${_}`. Source: just manual.

use crate::shell::Dialect;
use crate::substitute::{Purpose, as_name, between};
use crate::{Span, Text};

/// A justfile.
#[derive(Clone, Debug, Default)]
pub struct Justfile {
    /// Where its recipes run, relative to the justfile.
    pub directory: Option<String>,
    /// Variables whose values are plain strings.
    pub variables: Vec<(String, String)>,
    /// The recipes.
    pub recipes: Vec<Recipe>,
}

/// A recipe.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// Its lines, each for a shell of its own.
    pub lines: Vec<Text>,
    /// The whole as one script, where its first line names a shell.
    pub script: Option<(Dialect, Text)>,
    /// Whether it runs where it is called from, by `[no-cd]`.
    pub no_cd: bool,
}

/// Reads a justfile.
pub fn parse(source: &str) -> Justfile {
    let mut file = Justfile::default();
    let mut at = 0;
    let mut body: Vec<Span> = Vec::new();
    let mut open = false;
    let mut no_cd = false;
    for line in source.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim_end_matches(['\n', '\r']);
        let span = Span::new(start, start + text.len());
        if open && (text.starts_with([' ', '\t']) || text.trim().is_empty()) {
            body.push(span);
            continue;
        }
        if open {
            finish(source, &mut file, &mut body);
        }
        open = false;
        if let Some(attribute) = text.strip_prefix('[') {
            no_cd |= attribute.contains("no-cd");
        } else if let Some((name, value)) = assignment(text) {
            if name == "set working-directory" {
                file.directory = Some(value);
            } else {
                file.variables.push((name, value));
            }
        } else if is_recipe(text) {
            open = true;
            file.recipes.push(Recipe {
                no_cd: std::mem::take(&mut no_cd),
                ..Recipe::default()
            });
        }
    }
    if open {
        finish(source, &mut file, &mut body);
    }
    file
}

/// `name := "value"`
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(":=")?;
    let name = name.trim().trim_start_matches("export ").trim();
    let value = value.trim();
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then(|| (name.to_owned(), inner.to_owned()))
}

/// `name parameters: dependencies`
fn is_recipe(line: &str) -> bool {
    let starts = |first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '@');
    line.starts_with(starts)
        && line.contains(':')
        && !line.contains(":=")
        && !line.starts_with("set ")
        && !line.starts_with("alias ")
}

fn finish(source: &str, file: &mut Justfile, body: &mut Vec<Span>) {
    let lines = std::mem::take(body);
    let first = lines.iter().find(|span| !span.of(source).trim().is_empty());
    let indent = first.map_or(0, |span| {
        let text = span.of(source);
        text.len() - text.trim_start().len()
    });
    let cut: Vec<Span> = lines
        .iter()
        .map(|span| {
            let text = span.of(source);
            let own = text.len() - text.trim_start().len();
            Span::new(span.start as usize + own.min(indent), span.end as usize)
        })
        .collect();
    let Some(recipe) = file.recipes.last_mut() else {
        return;
    };
    let shebang = first
        .map(|span| span.of(source).trim_start())
        .filter(|it| it.starts_with("#!"));
    if let Some(shebang) = shebang {
        if let Some(dialect) = Dialect::from_shebang(shebang) {
            recipe.script = Some((dialect, rewrite(&joined(source, &cut))));
        }
        return;
    }
    let mut pending: Vec<Span> = Vec::new();
    for span in cut {
        let text = span.of(source);
        match text.strip_suffix('\\') {
            Some(text) => pending.push(Span::new(
                span.start as usize,
                span.start as usize + text.len(),
            )),
            None => {
                pending.push(span);
                let line = Text::joined(source, std::mem::take(&mut pending));
                let own = line.value.trim_start_matches(['@', '-']);
                let line = line.slice(Span::new(line.value.len() - own.len(), line.value.len()));
                if !line.value.trim().is_empty() && !line.value.starts_with('#') {
                    recipe.lines.push(rewrite(&line));
                }
            }
        }
    }
}

fn joined(source: &str, lines: &[Span]) -> Text {
    let mut text = Text::default();
    for span in lines {
        text.append(&Text::verbatim(span.of(source), *span));
        text.append(&Text::verbatim("\n", Span::at(span.end as usize)));
    }
    text
}

fn rewrite(text: &Text) -> Text {
    between(text, Purpose::Command, ("{{", "}}"), as_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn recipes_have_lines_or_a_script() {
        let file = parse(
            "\
set working-directory := \"docker\"
image := 'app'
tag := `git describe`

# builds
build tag=\"x\": lint
    @docker build \\
      -t {{image}}:{{tag}} .
    -docker push {{ image + \"x\" }}

[no-cd]
script:
    #!/usr/bin/env bash
    cd web
    docker build .
",
        );
        assert_eq!(file.directory.as_deref(), Some("docker"));
        assert_eq!(file.variables, [("image".to_owned(), "app".to_owned())]);
        let lines: Vec<&str> = file.recipes[0]
            .lines
            .iter()
            .map(|it| it.value.as_str())
            .collect();
        assert_eq!(
            lines,
            ["docker build   -t ${image}:${tag} .", "docker push ${_}"]
        );
        let (_, script) = file.recipes[1].script.as_ref().unwrap();
        assert!(script.value.contains("cd web\ndocker build ."));
        assert!(file.recipes[1].no_cd);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z:={}\\\\@#!\n\té ]{0,60}") {
            parse(&text);
        }
    }
}
