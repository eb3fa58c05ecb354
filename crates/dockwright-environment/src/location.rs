//! Where something stands in the environment.

use dockwright_syntax::Span;

/// The number of a document in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u32);

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The document.
    pub document: DocumentId,
    /// The bytes in its text.
    pub span: Span,
}

impl Location {
    /// A place in a document.
    pub fn new(document: DocumentId, span: Span) -> Self {
        Self { document, span }
    }
}
