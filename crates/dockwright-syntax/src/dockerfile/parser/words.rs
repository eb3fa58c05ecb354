//! Cuts arguments into words.

use std::ops::Range;

use crate::{Span, Text};

/// Whether `ch` parts words that are not quoted: a blank, but not every Unicode one.
pub(super) fn is_blank(ch: char) -> bool {
    matches!(ch, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// Where the rest of `value` behind `from` begins and ends without white space around it.
pub(super) fn trimmed(value: &str, from: usize) -> Range<usize> {
    let rest = value.get(from..).unwrap_or_default();
    let start = value.len() - rest.trim_start().len();
    start..start + rest.trim().len()
}

/// The part of `text` behind `from` without white space around it.
pub(super) fn trim(text: &Text, from: usize) -> Text {
    let Range { start, end } = trimmed(&text.value, from);
    text.slice(Span::new(start, end))
}

/// The part of `text` from `start` to its end.
pub(super) fn tail(text: &Text, start: usize) -> Text {
    text.slice(Span::new(start, text.value.len()))
}

/// Cuts at the first `=`; without one there is no value.
pub(super) fn split_equals(text: &Text) -> (Text, Option<Text>) {
    match text.value.find('=') {
        Some(at) => (text.slice(Span::new(0, at)), Some(tail(text, at + 1))),
        None => (text.clone(), None),
    }
}

/// Words between blanks; quotes have no meaning.
pub(super) fn fields(text: &Text) -> Vec<Text> {
    let mut fields = Vec::new();
    let mut at = 0;
    for field in text.value.split(is_blank) {
        if !field.is_empty() {
            fields.push(text.slice(Span::new(at, at + field.len())));
        }
        at += field.len() + 1;
    }
    fields
}

/// Words between white space; quotes and escapes keep it in a word, and stay.
///
/// An escape character at the very end is dropped.
pub(super) fn quoted(text: &Text, escape: char) -> Vec<Text> {
    let mut words = Vec::new();
    let mut chars = text.value.char_indices();
    let mut start = None;
    let mut end = text.value.len();
    let mut quote = None;
    while let Some((at, ch)) = chars.next() {
        if quote.is_none() && ch.is_whitespace() {
            if let Some(start) = start.take() {
                words.push(text.slice(Span::new(start, at)));
            }
            continue;
        }
        start.get_or_insert(at);
        if ch == escape && quote != Some('\'') {
            if chars.next().is_none() {
                end = at;
            }
        } else if quote == Some(ch) {
            quote = None;
        } else if quote.is_none() && matches!(ch, '\'' | '"') {
            quote = Some(ch);
        }
    }
    if let Some(start) = start.filter(|start| *start < end) {
        words.push(text.slice(Span::new(start, end)));
    }
    words
}

/// A boolean as Go reads it.
pub(in crate::dockerfile) fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The fields of one line of comma-separated values; `None` if the quotes in it do not fit.
pub(super) fn comma_separated(text: &Text) -> Option<Vec<Text>> {
    let value = text.value.as_str();
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let rest = value.get(at..)?;
        let length = if rest.starts_with('"') {
            let (field, length) = quoted_field(text, at, rest)?;
            fields.push(field);
            length
        } else {
            let length = rest.find(',').unwrap_or(rest.len());
            if rest.get(..length)?.contains('"') {
                return None;
            }
            fields.push(text.slice(Span::new(at, at + length)));
            length
        };
        at += length;
        match value.get(at..)?.chars().next() {
            None => return Some(fields),
            Some(',') => at += 1,
            Some(_) => return None,
        }
    }
}

/// A field in double quotes at `at`, where `rest` begins, and its length with the quotes.
fn quoted_field(text: &Text, at: usize, rest: &str) -> Option<(Text, usize)> {
    let mut pieces = Vec::new();
    let mut start = 1;
    loop {
        let close = start + rest.get(start..)?.find('"')?;
        // A doubled quote stands for one.
        let doubled = rest.get(close + 1..)?.starts_with('"');
        pieces.push(Span::new(at + start, at + close + usize::from(doubled)));
        if !doubled {
            return Some((text.select(pieces), close + 1));
        }
        start = close + 2;
    }
}
