//! Text that a reader has put together from several pieces of its source.

use crate::Span;

/// A piece of text as its consumer sees it, with the way back to the source.
///
/// A Dockerfile joins continued lines and drops comments between them; a YAML block scalar drops
/// indentation. The consumer's text is then no longer one slice of the source, but every byte of
/// it still comes from one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text as its consumer sees it.
    pub value: String,
    /// Where it stands in the source, from its first byte to its last.
    pub span: Span,
    /// Runs of bytes: (offset in `value`, offset in the source), both ascending.
    pieces: Vec<(u32, u32)>,
}

impl Text {
    /// Text that stands in the source as it is.
    pub fn verbatim(value: impl Into<String>, span: Span) -> Self {
        Self {
            value: value.into(),
            span,
            pieces: vec![(0, span.start)],
        }
    }

    /// Text joined from `pieces` of `source`, in order.
    pub fn joined(source: &str, spans: impl IntoIterator<Item = Span>) -> Self {
        let mut text = Self::default();
        for span in spans {
            text.push(span.of(source), span);
        }
        text
    }

    /// Text that its reader has decoded: `value` under `span`, and for each run of its bytes the
    /// offset in `value` and the offset in the source, both ascending.
    pub fn traced(
        value: impl Into<String>,
        span: Span,
        pieces: impl IntoIterator<Item = (usize, usize)>,
    ) -> Self {
        let offset = |at| Span::at(at).start;
        Self {
            value: value.into(),
            span,
            pieces: pieces
                .into_iter()
                .map(|(value, source)| (offset(value), offset(source)))
                .collect(),
        }
    }

    /// Adds text that stands at `span` of the source, or that an escape at its start stands for.
    pub(crate) fn push(&mut self, value: &str, span: Span) {
        if self.pieces.is_empty() {
            self.span = span;
        }
        self.span = self.span.to(span);
        self.pieces
            .push((Span::at(self.value.len()).start, span.start));
        self.value.push_str(value);
    }

    /// The place in the source of the byte at `offset` of `value`.
    pub fn source_offset(&self, offset: usize) -> u32 {
        let offset = Span::at(offset).start;
        let piece = self.pieces.partition_point(|(start, _)| *start <= offset);
        match piece
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
        {
            Some((start, source)) => source + (offset - start),
            None => self.span.start,
        }
    }

    /// The place in the source of the bytes `span` of `value`.
    pub fn source_span(&self, span: Span) -> Span {
        let start = self.source_offset(span.start as usize);
        if span.is_empty() {
            return Span { start, end: start };
        }
        // The end belongs to the piece of the last byte, not to the one that follows it.
        let end = self.source_offset(span.end as usize - 1) + 1;
        Span { start, end }
    }

    /// Adds `other` at the end; it should stand further on in the source.
    pub fn append(&mut self, other: &Self) {
        if self.pieces.is_empty() {
            self.clone_from(other);
            return;
        }
        let shift = Span::at(self.value.len()).start;
        let moved = other.pieces.iter();
        self.pieces
            .extend(moved.map(|(start, source)| (start + shift, *source)));
        self.value.push_str(&other.value);
        self.span = self.span.to(other.span);
    }

    /// The parts of this text under `spans` of `value`, in order, as one text.
    #[must_use]
    pub fn select(&self, spans: impl IntoIterator<Item = Span>) -> Self {
        let mut text = Self::default();
        for span in spans {
            text.append(&self.slice(span));
        }
        text
    }

    /// The part of this text under `span` of `value`.
    #[must_use]
    pub fn slice(&self, span: Span) -> Self {
        let first = self
            .pieces
            .partition_point(|(start, _)| *start <= span.start);
        let mut pieces = vec![(0, self.source_offset(span.start as usize))];
        let later = self.pieces.get(first..).unwrap_or_default();
        pieces.extend(
            later
                .iter()
                .take_while(|(start, _)| *start < span.end)
                .map(|(start, source)| (start - span.start, *source)),
        );
        Self {
            value: span.of(&self.value).to_owned(),
            span: self.source_span(span),
            pieces,
        }
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_joined_text_knows_its_place() {
        let source = "RUN a \\\n  # why\n  b c";
        let text = Text::joined(source, [Span::new(4, 6), Span::new(16, 21)]);
        assert_eq!(text.value, "a   b c");
        let b = text.value.find('b').unwrap();
        assert_eq!(text.source_span(Span::new(b, b + 3)).of(source), "b c");
        let part = text.slice(Span::new(b, b + 1));
        assert_eq!((part.value.as_str(), part.span.of(source)), ("b", "b"));
    }

    #[test]
    fn parts_of_a_text_can_be_left_out() {
        let source = "a\"b c\"d";
        let text = Text::verbatim(source, Span::new(0, source.len()));
        let plain = text.select([Span::new(0, 1), Span::new(2, 5), Span::new(6, 7)]);
        assert_eq!(plain.value, "ab cd");
        assert_eq!(plain.span.of(source), source);
        assert_eq!(plain.source_offset(4), 6);
        assert_eq!(plain.source_span(Span::new(1, 4)).of(source), "b c");
    }
}
