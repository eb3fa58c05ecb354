//! The way from a scalar's value back to its source.

use crate::{Span, Text};

use super::tree::ScalarStyle;

/// Connects the decoded `value` of a scalar with the bytes under `span`.
pub(super) fn trace(source: &str, span: Span, style: ScalarStyle, value: String) -> Text {
    let written = span.of(source);
    let quote = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
        _ => 0,
    };
    let inner = written
        .get(quote..written.len().saturating_sub(quote))
        .unwrap_or_default();
    let start = span.start as usize + quote;
    if inner == value {
        let pieces = [(0, start)];
        return Text::traced(value, span, pieces);
    }
    let pieces = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => block(inner, &value),
        _ => flow(inner, &value, style),
    };
    let pieces = pieces.into_iter().map(|(at, from)| (at, start + from));
    Text::traced(value, span, pieces)
}

/// Pieces of a block scalar: the content lines of `written`, without indentation, found one after
/// the other in `value`.
fn block(written: &str, value: &str) -> Vec<(usize, usize)> {
    let Some(header) = written.find('\n') else {
        return vec![(0, 0)];
    };
    let content = written.get(header + 1..).unwrap_or_default();
    let indentation = indentation(content, value);
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut from = header + 1;
    for line in content.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        if let Some(text) = text.get(indentation..).filter(|text| !text.is_empty()) {
            let rest = value.get(at..).unwrap_or_default();
            // Between two lines stands what folding made of the breaks: one space or newlines.
            let skipped = if rest.starts_with(text) {
                0
            } else if rest
                .strip_prefix(' ')
                .is_some_and(|rest| rest.starts_with(text))
            {
                1
            } else {
                rest.len() - rest.trim_start_matches('\n').len()
            };
            let rest = rest.get(skipped..).unwrap_or_default();
            if !rest.starts_with(text) {
                break;
            }
            at += skipped;
            pieces.push((at, from + indentation));
            at += text.len();
        }
        from += line.len();
    }
    if pieces.first().is_none_or(|(first, _)| *first > 0) {
        pieces.insert(0, (0, header + 1));
    }
    pieces
}

/// How many bytes of indentation the first line with text has lost.
fn indentation(content: &str, value: &str) -> usize {
    let first = value.split('\n').find(|line| !line.trim().is_empty());
    let line = content.lines().find(|line| !line.trim().is_empty());
    let (Some(first), Some(line)) = (first, line) else {
        return 0;
    };
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    spaces(line).saturating_sub(spaces(first))
}

/// Pieces of a plain or quoted scalar with escapes or more than one line.
fn flow(written: &str, value: &str, style: ScalarStyle) -> Vec<(usize, usize)> {
    let mut pieces = vec![(0, 0)];
    let mut at = 0;
    let mut from = 0;
    // A run of bytes that stand as they are needs only one piece, begun where they fell in step.
    let mut in_step = true;
    while let (Some(rest), Some(left)) = (written.get(from..), value.get(at..)) {
        let (Some(next), Some(read)) = (rest.chars().next(), left.chars().next()) else {
            break;
        };
        let (taken, made) = if let Some(blanks) = blanks(rest) {
            let made = match blanks.newlines {
                0 => blanks.bytes,
                newlines => (newlines - 1).max(1),
            };
            (blanks.bytes, made.min(left.len()))
        } else if style == ScalarStyle::DoubleQuoted && next == '\\' {
            let (taken, escaped_break) = escape(rest);
            (taken, if escaped_break { 0 } else { read.len_utf8() })
        } else if style == ScalarStyle::SingleQuoted && rest.starts_with("''") {
            (2, 1)
        } else {
            (next.len_utf8(), read.len_utf8())
        };
        if !in_step {
            pieces.push((at, from));
        }
        in_step = taken == made;
        from += taken;
        at += made;
    }
    pieces
}

struct Blanks {
    bytes: usize,
    newlines: usize,
}

/// The blanks and line breaks at the start of `rest`. Those with a break are folded.
fn blanks(rest: &str) -> Option<Blanks> {
    let tail = rest.trim_start_matches([' ', '\t', '\r', '\n']);
    let bytes = rest.len() - tail.len();
    let newlines = rest.get(..bytes)?.matches('\n').count();
    (bytes > 0).then_some(Blanks { bytes, newlines })
}

/// The length of an escape sequence, and whether it is an escaped line break, which makes nothing.
fn escape(rest: &str) -> (usize, bool) {
    match rest.chars().nth(1) {
        Some('x') => (4, false),
        Some('u') => (6, false),
        Some('U') => (10, false),
        Some('\n' | '\r') => {
            let tail = rest.get(1..).unwrap_or_default();
            let tail = tail.trim_start_matches([' ', '\t', '\r', '\n']);
            (rest.len() - tail.len(), true)
        }
        Some(other) => (1 + other.len_utf8(), false),
        None => (1, false),
    }
}
