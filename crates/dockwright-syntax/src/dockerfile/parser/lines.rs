//! Physical lines, and logical ones: joined over continuations, without comments.

use crate::{Span, Text};

/// The longest line that `BuildKit` reads, in bytes without the line feed.
pub(super) const MAX_LINE: usize = 65_535;

/// One line of the file.
#[derive(Clone, Copy)]
pub(super) struct Line<'s> {
    /// Without the line ending.
    pub(super) content: &'s str,
    /// The span of `content`.
    pub(super) span: Span,
    /// Where the next line begins.
    pub(super) next: usize,
}

/// An instruction as one text.
pub(super) struct Logical {
    /// The joined lines, without what continues them.
    pub(super) text: Text,
    /// From the beginning of the first line's text to the end of the last line's.
    pub(super) span: Span,
}

/// Reads lines from a position on.
pub(super) struct Lines<'s> {
    pub(super) source: &'s str,
    /// Every comment passed so far, without indentation and line ending.
    pub(super) comments: Vec<Span>,
    /// The first line that `BuildKit` could not read.
    pub(super) too_long: Option<Span>,
    escape: char,
    at: usize,
}

impl<'s> Lines<'s> {
    pub(super) fn new(source: &'s str, escape: char, at: usize) -> Self {
        Self {
            source,
            comments: Vec::new(),
            too_long: None,
            escape,
            at,
        }
    }

    /// Where the next line begins.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next line of the file, whatever it is.
    pub(super) fn next_physical(&mut self) -> Option<Line<'s>> {
        let line = line_at(self.source, self.at)?;
        let length = line.next - self.at;
        self.at = line.next;
        if length > MAX_LINE && self.too_long.is_none() {
            let feed = usize::from(
                self.source
                    .get(..line.next)
                    .is_some_and(|s| s.ends_with('\n')),
            );
            self.too_long = (length - feed > MAX_LINE).then_some(line.span);
        }
        Some(line)
    }

    /// The next instruction; blank lines and comments before and inside it are skipped.
    pub(super) fn next_logical(&mut self) -> Option<Logical> {
        let (first, mut continued, end) = self.first_piece()?;
        let mut span = Span { end, ..first };
        if !continued {
            let text = Text::verbatim(first.of(self.source), first);
            return Some(Logical { text, span });
        }
        let mut pieces = vec![first];
        while continued {
            let Some(line) = self.next_physical() else {
                break;
            };
            if self.is_comment(&line) || line.content.trim_start().is_empty() {
                continue;
            }
            let (piece, more) = self.cut_continuation(line.content);
            let start = line.span.start as usize;
            pieces.push(Span::new(start, start + piece.len()));
            span.end = line.span.end;
            continued = more;
        }
        // A line that holds the escape character alone adds nothing.
        let text = Text::joined(
            self.source,
            pieces.into_iter().filter(|span| !span.is_empty()),
        );
        let text = if text.value.is_empty() {
            Text::verbatim("", Span::at(first.start as usize))
        } else {
            text
        };
        Some(Logical { text, span })
    }

    /// The first line of an instruction, whether it goes on, and where the line ends.
    fn first_piece(&mut self) -> Option<(Span, bool, u32)> {
        loop {
            let line = self.next_physical()?;
            if self.is_comment(&line) {
                continue;
            }
            let content = line.content.trim_start();
            let start = line.span.end as usize - content.len();
            let (piece, continued) = self.cut_continuation(content);
            if continued || !piece.is_empty() {
                let piece = Span::new(start, start + piece.len());
                return Some((piece, continued, line.span.end));
            }
        }
    }

    /// Takes the escape character off the end. Doubled, it does not continue the line.
    fn cut_continuation<'l>(&self, line: &'l str) -> (&'l str, bool) {
        match line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(before) if !before.ends_with(self.escape) => (before, true),
            _ => (line, false),
        }
    }

    fn is_comment(&mut self, line: &Line<'_>) -> bool {
        let content = line.content.trim_start();
        let is_comment = content.starts_with('#');
        if is_comment {
            let end = line.span.end as usize;
            self.comments.push(Span::new(end - content.len(), end));
        }
        is_comment
    }
}

/// The line that begins at `at`.
pub(super) fn line_at(source: &str, at: usize) -> Option<Line<'_>> {
    let rest = source.get(at..).filter(|rest| !rest.is_empty())?;
    let length = rest.find('\n').map_or(rest.len(), |feed| feed + 1);
    let content = rest.get(..length)?.trim_end_matches(['\r', '\n']);
    Some(Line {
        content,
        span: Span::new(at, at + content.len()),
        next: at + length,
    })
}
