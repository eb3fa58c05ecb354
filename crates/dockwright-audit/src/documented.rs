//! Environment variables that documents describe.

use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::{DocumentId, Environment, Location};
use dockwright_syntax::Span;

use crate::words;

/// A variable that a document describes.
#[derive(Clone, Debug)]
pub(crate) struct Documented {
    /// Its name.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) location: Location,
    /// The number of the table in its document; absent outside of tables.
    pub(crate) table: Option<usize>,
}

/// The variables in the first column of Markdown tables, in examples of environment files, and in
/// the help texts of scripts.
pub(crate) fn variables(environment: &Environment) -> Vec<Documented> {
    let mut found = Vec::new();
    for text in &environment.texts {
        let document = environment.documents.get(text.document);
        match text.kind {
            DocumentKind::Markdown => in_tables(text.document, &document.text, &mut found),
            DocumentKind::Dotenv if is_example(document.path.file_name()) => {
                in_example(text.document, &document.text, &mut found);
            }
            _ => {}
        }
    }
    for script in &environment.scripts {
        let document = environment.documents.get(script.document);
        in_help(script.document, &document.text, &mut found);
    }
    found
}

fn is_example(name: &str) -> bool {
    ["example", "sample", "template", "dist", "default"]
        .iter()
        .any(|word| name.contains(word))
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn in_tables(document: DocumentId, text: &str, found: &mut Vec<Documented>) {
    let mut table = 0;
    let mut in_table = false;
    for (start, line) in lines(text) {
        let row = line.trim_start();
        if !row.starts_with('|') {
            table += usize::from(in_table);
            in_table = false;
            continue;
        }
        in_table = true;
        let offset = start + line.len() - row.len() + 1;
        let cell = row
            .get(1..)
            .and_then(|rest| rest.split('|').next())
            .unwrap_or_default();
        for (at, name) in words::identifiers_at(cell).filter(|(_, word)| is_name(word)) {
            let at = offset + at;
            found.push(Documented {
                name: name.to_owned(),
                location: Location::new(document, Span::new(at, at + name.len())),
                table: Some(table),
            });
        }
    }
}

fn in_example(document: DocumentId, text: &str, found: &mut Vec<Documented>) {
    for (start, line) in lines(text) {
        let own = line.trim_start().trim_start_matches("export ");
        let Some((name, _)) = own.split_once('=') else {
            continue;
        };
        if is_name(name) {
            let at = start + line.len() - own.len();
            found.push(Documented {
                name: name.to_owned(),
                location: Location::new(document, Span::new(at, at + name.len())),
                table: None,
            });
        }
    }
}

/// Lines as in `  NAME   what it does`.
fn in_help(document: DocumentId, text: &str, found: &mut Vec<Documented>) {
    for (start, line) in lines(text) {
        let own = line.trim_start();
        let indent = line.len() - own.len();
        let Some(name) = own
            .split([' ', '\t'])
            .next()
            .filter(|name| indent > 0 && is_name(name))
        else {
            continue;
        };
        let rest = own.get(name.len()..).unwrap_or_default();
        if rest.starts_with("  ") && !rest.trim().is_empty() {
            let at = start + indent;
            found.push(Documented {
                name: name.to_owned(),
                location: Location::new(document, Span::new(at, at + name.len())),
                table: None,
            });
        }
    }
}

/// One capital word says too little.
fn is_name(word: &str) -> bool {
    word.contains('_') && words::is_variable_name(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_first_cells_examples_and_help_texts() {
        let names = |found: Vec<Documented>, text: &str| -> Vec<String> {
            found
                .iter()
                .map(|one| format!("{} {:?}", one.location.span.of(text), one.table))
                .collect()
        };
        let table =
            "| variable | use |\n|---|---|\n| `A_B`, `C_D` | not `E_F` |\n\ntext\n\n| G_H | |\n";
        let mut found = Vec::new();
        in_tables(DocumentId(0), table, &mut found);
        assert_eq!(
            names(found, table),
            ["A_B Some(0)", "C_D Some(0)", "G_H Some(1)"]
        );

        let example = "# a\nexport A_B=\nC_D=1\n";
        let mut found = Vec::new();
        in_example(DocumentId(0), example, &mut found);
        assert_eq!(names(found, example), ["A_B None", "C_D None"]);

        let help = "cat <<EOF\nUsage:\n  A_B   what it does\n  C_D=1\nEOF\n";
        let mut found = Vec::new();
        in_help(DocumentId(0), help, &mut found);
        assert_eq!(names(found, help), ["A_B None"]);
    }
}
