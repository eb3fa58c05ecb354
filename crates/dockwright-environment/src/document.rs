//! Files that were read.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use dockwright_syntax::{LineColumn, LineIndex, Problem, Span, Text};

use crate::{DocumentId, Location, TreePath};

/// One file, or a part of one that is a document of its own (a Dockerfile inside a Compose file).
#[derive(Debug)]
pub struct Document {
    /// Its number in the environment.
    pub id: DocumentId,
    /// Its path; for an embedded document, that of its host.
    pub path: TreePath,
    /// Its text; empty when it could not be read.
    pub text: Arc<str>,
    /// Where an embedded document stands in its host.
    pub embedded: Option<Embedded>,
    /// Why it could not be read or parsed, wholly or in part.
    pub problems: Vec<Problem>,
    lines: OnceLock<LineIndex>,
}

/// A document inside another.
#[derive(Debug)]
pub struct Embedded {
    /// The document around it.
    pub host: DocumentId,
    /// The embedded text with the way back into the host.
    pub text: Text,
}

impl Document {
    /// A document of its own.
    pub fn new(id: DocumentId, path: TreePath, text: Arc<str>) -> Self {
        Self {
            id,
            path,
            text,
            embedded: None,
            problems: Vec::new(),
            lines: OnceLock::new(),
        }
    }

    /// Where each of its lines begins.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of the byte at `offset`.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        self.lines().line_column(&self.text, offset)
    }
}

/// Every document of an environment, found by number.
#[derive(Debug, Default)]
pub struct Documents {
    all: Vec<Document>,
    /// Those that are no part of another.
    by_path: HashMap<TreePath, DocumentId>,
}

impl Documents {
    /// The document with this number; numbers are given out by this collection alone.
    pub fn get(&self, id: DocumentId) -> &Document {
        &self.all[id.0 as usize]
    }

    /// Every document, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.all.iter()
    }

    /// The document that was read from `path`.
    pub fn by_path(&self, path: &TreePath) -> Option<&Document> {
        self.by_path.get(path).map(|id| self.get(*id))
    }

    /// Adds a document and gives it its number.
    pub fn add(&mut self, path: TreePath, text: Arc<str>) -> DocumentId {
        let id = self.next_id();
        self.by_path.entry(path.clone()).or_insert(id);
        self.all.push(Document::new(id, path, text));
        id
    }

    /// Adds a document that stands inside `host`.
    pub fn embed(&mut self, host: DocumentId, text: Text) -> DocumentId {
        let path = self.get(host).path.clone();
        let id = self.next_id();
        let mut document = Document::new(id, path, Arc::from(text.value.as_str()));
        document.embedded = Some(Embedded { host, text });
        self.all.push(document);
        id
    }

    fn next_id(&self) -> DocumentId {
        DocumentId(Span::at(self.all.len()).start)
    }

    /// The document with this number, to be changed while the environment is made.
    pub fn get_mut(&mut self, id: DocumentId) -> &mut Document {
        &mut self.all[id.0 as usize]
    }

    /// The same place in a document of its own: a place in an embedded document becomes one in
    /// its host.
    pub fn outermost(&self, location: Location) -> Location {
        let mut location = location;
        while let Some(embedded) = &self.get(location.document).embedded {
            location = Location::new(embedded.host, embedded.text.source_span(location.span));
        }
        location
    }

    /// The text at a place.
    pub fn text(&self, location: Location) -> &str {
        location.span.of(&self.get(location.document).text)
    }
}
