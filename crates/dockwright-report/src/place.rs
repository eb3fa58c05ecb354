//! From a [`Location`] to what people and machines call a place: path, line, column.

use dockwright_environment::{Document, Documents, Location};
use dockwright_syntax::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// A range of text in a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename = "Location")]
pub struct Place {
    /// The file, relative to the root, parts separated by `/`.
    pub path: String,
    /// Where the text begins.
    pub start: Position,
    /// Where it ends; exclusive.
    pub end: Position,
}

/// A point between two characters of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// Line, from one.
    pub line: usize,
    /// Column, from one, in Unicode scalar values.
    pub column: usize,
    /// Byte offset, from zero.
    pub byte: usize,
}

impl Place {
    /// The place as people write it: `path:line:column`.
    pub fn short(&self) -> String {
        format!("{}:{}:{}", self.path, self.start.line, self.start.column)
    }
}

/// The place in a file of its own; text of an embedded document is shown in its host.
pub fn resolve(documents: &Documents, location: Location) -> Place {
    let location = trimmed(documents, location);
    let document = documents.get(location.document);
    Place {
        path: document.path.to_string(),
        start: position(document, location.span.start),
        end: position(document, location.span.end),
    }
}

/// The bytes at a location of a file of its own, line endings too.
pub(crate) fn exact(documents: &Documents, location: Location) -> Place {
    let document = documents.get(location.document);
    Place {
        path: document.path.to_string(),
        start: position(document, location.span.start),
        end: position(document, location.span.end),
    }
}

/// The location in a file of its own, inside its text, on character boundaries, and without the
/// line ending behind its last line: a reader who is sent to line 3 shall not be sent to line 4.
pub(crate) fn trimmed(documents: &Documents, location: Location) -> Location {
    let Location { document, span } = documents.outermost(location);
    let text: &str = &documents.get(document).text;
    let start = floor_boundary(text, span.start as usize);
    let end = floor_boundary(text, span.end as usize).max(start);
    let covered = text.get(start..end).unwrap_or_default();
    let kept = covered.trim_end_matches(['\n', '\r']).len();
    // Line endings alone are a place too: that of the first of them.
    Location::new(document, Span::new(start, start + kept))
}

/// The last character boundary of `text` at or before `offset`.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    // A character has at most four bytes.
    (0..4)
        .filter_map(|back| offset.checked_sub(back))
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}

fn position(document: &Document, byte: u32) -> Position {
    let place = document.line_column(byte);
    Position {
        line: place.line,
        column: place.column,
        byte: byte as usize,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dockwright_environment::TreePath;
    use dockwright_syntax::Text;

    use super::*;

    #[test]
    fn a_place_in_an_embedded_document_is_shown_in_its_host() {
        let host = "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM é\n        RUN x\n";
        let mut documents = Documents::default();
        let file = documents.add(TreePath::new("compose.yml").unwrap(), Arc::from(host));
        let from = host.find("FROM").unwrap();
        let run = host.find("RUN").unwrap();
        let text = Text::joined(
            host,
            [
                Span::new(from, from + "FROM é\n".len()),
                Span::new(run, run + 6),
            ],
        );
        let inner = documents.embed(file, text);
        let place = resolve(
            &documents,
            Location::new(inner, Span::new(0, "FROM é\n".len())),
        );
        assert_eq!(place.short(), "compose.yml:5:9");
        assert_eq!((place.end.line, place.end.column), (5, 15));
    }

    #[test]
    fn a_location_that_does_not_fit_is_moved_into_the_text() {
        let mut documents = Documents::default();
        let file = documents.add(TreePath::new("a").unwrap(), Arc::from("é\n"));
        for (start, end) in [(0, 99), (1, 1), (50, 99), (2, 3)] {
            let place = resolve(&documents, Location::new(file, Span::new(start, end)));
            assert!(place.start.byte <= place.end.byte && place.end.byte <= 3);
            assert!(place.start.line <= place.end.line);
        }
    }
}
