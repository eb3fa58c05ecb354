//! From the parser's tree to ours.
//!
//! The parser's types end here: another parser needs another version of this folder and nothing else.

mod arithmetic;
mod commands;
mod compounds;
mod statements;
mod variables;
mod words;

use shuck_ast as ast;

use super::tree::{Literal, Part, Word};
use crate::{Span, Spanned, Text};

/// Turns the parser's tree of `source` into ours.
pub(super) struct Lowering<'a> {
    /// The text that was parsed.
    pub(super) source: &'a str,
    /// Where `source` begins in the whole text.
    pub(super) base: usize,
    /// The whole text, where it was put together from pieces.
    pub(super) text: Option<&'a Text>,
    /// Comments met so far.
    pub(super) comments: Vec<Span>,
}

impl Lowering<'_> {
    pub(super) fn span(&self, span: ast::Span) -> Span {
        self.place(span.start.offset(), span.end.offset())
    }

    /// The place of a range of `source`.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        let limit = self.source.len();
        let start = start.min(limit);
        let span = Span::new(self.base + start, self.base + end.clamp(start, limit));
        self.text.map_or(span, |text| text.source_span(span))
    }

    fn note_comments(&mut self, comments: &[ast::Comment]) {
        for comment in comments {
            let start: usize = comment.range.start().into();
            let end: usize = comment.range.end().into();
            self.comments.push(self.place(start, end));
        }
    }

    fn name(&self, name: &ast::Name, span: ast::Span) -> Spanned<String> {
        Spanned::new(name.as_str().to_owned(), self.span(span))
    }

    pub(super) fn literal(&self, value: String, span: ast::Span, quoted: bool) -> Part {
        Part::Literal(Literal {
            span: self.span(span),
            value,
            quoted,
        })
    }

    /// A word without quotes and expansions.
    pub(super) fn bare_word(&self, start: usize, end: usize) -> Word {
        let value = self.source.get(start..end).unwrap_or_default().to_owned();
        let span = self.place(start, end);
        Word {
            span,
            literal: Some(value.clone()),
            parts: vec![Part::Literal(Literal {
                span,
                value,
                quoted: false,
            })],
            glob: false,
        }
    }

    fn slice(&self, span: ast::Span) -> &str {
        let range = span.start.offset()..span.end.offset();
        self.source.get(range).unwrap_or_default()
    }
}
