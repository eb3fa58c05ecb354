//! `--name=value` options: cutting them off the arguments, and checking them.

use super::problems::Problems;
use super::suggest;
use super::words::split_equals;
use crate::dockerfile::Flag;
use crate::dockerfile::excerpt::excerpt;
use crate::{Span, Spanned, Text};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing, or `true` or `false`.
    Boolean,
    /// A value, once.
    Value,
    /// A value, any number of times.
    Values,
}

/// The flags that an instruction knows.
pub(super) type Table = &'static [(&'static str, Takes)];

pub(super) const NONE: Table = &[];

pub(super) const FROM: Table = &[("platform", Takes::Value)];

pub(super) const RUN: Table = &[
    ("device", Takes::Values),
    ("mount", Takes::Values),
    ("network", Takes::Value),
    ("security", Takes::Value),
];

pub(super) const COPY: Table = &[
    ("chmod", Takes::Value),
    ("chown", Takes::Value),
    ("exclude", Takes::Values),
    ("from", Takes::Value),
    ("link", Takes::Boolean),
    ("parents", Takes::Boolean),
];

pub(super) const ADD: Table = &[
    ("checksum", Takes::Value),
    ("chmod", Takes::Value),
    ("chown", Takes::Value),
    ("exclude", Takes::Values),
    ("keep-git-dir", Takes::Boolean),
    ("link", Takes::Boolean),
    ("unpack", Takes::Boolean),
];

pub(super) const HEALTHCHECK: Table = &[
    ("interval", Takes::Value),
    ("retries", Takes::Value),
    ("start-interval", Takes::Value),
    ("start-period", Takes::Value),
    ("timeout", Takes::Value),
];

/// Cuts the flags off `text` from `at` on; gives them and where the arguments begin.
///
/// Quotes and escape characters are removed. `--` alone ends the flags.
pub(super) fn split(text: &Text, mut at: usize, escape: char) -> (Vec<Flag>, usize) {
    let value = text.value.as_str();
    let mut flags = Vec::new();
    loop {
        let rest = value.get(at..).unwrap_or_default();
        let start = value.len() - rest.trim_start().len();
        if !rest.trim_start().starts_with("--") {
            return (flags, start);
        }
        let (end, kept) = word(value, start, escape);
        let word = text.select(kept);
        at = end;
        if word.value == "--" {
            return (flags, at);
        }
        flags.push(flag(&word, text.source_span(Span::new(start, end))));
    }
}

/// The word that begins at `start`: where it ends, and the parts of it that are not quotes and
/// escape characters.
fn word(value: &str, start: usize, escape: char) -> (usize, Vec<Span>) {
    let mut kept = Vec::new();
    let mut from = start;
    let mut keep_until = |at: usize, next: usize| {
        if from < at {
            kept.push(Span::new(from, at));
        }
        from = next;
    };
    let mut quote = None;
    let mut chars = value.get(start..).unwrap_or_default().char_indices();
    while let Some((at, ch)) = chars.next() {
        let at = start + at;
        let next = at + ch.len_utf8();
        if quote.is_none() && ch.is_whitespace() {
            keep_until(at, at);
            return (at, kept);
        } else if quote == Some(ch) {
            keep_until(at, next);
            quote = None;
        } else if quote.is_none() && matches!(ch, '\'' | '"') {
            keep_until(at, next);
            quote = Some(ch);
        } else if ch == escape {
            keep_until(at, next);
            chars.next();
        }
    }
    keep_until(value.len(), value.len());
    (value.len(), kept)
}

fn flag(word: &Text, span: Span) -> Flag {
    let (name, value) = split_equals(word);
    let name = super::words::tail(&name, 2);
    Flag {
        span,
        name: Spanned::new(name.value.to_lowercase(), name.span),
        value,
    }
}

/// Checks `flags` of `keyword` against the flags it knows.
pub(super) fn check(
    flags: &[Flag],
    table: Table,
    keyword: &str,
    source: &str,
    problems: &mut Problems,
) {
    let mut seen = vec![false; table.len()];
    for flag in flags {
        if problems.is_full() {
            return;
        }
        let name = &flag.name.value;
        // The case of a flag counts, unlike that of a keyword.
        let written = flag.name.span.of(source);
        let is_lower = !written.contains(char::is_uppercase);
        let found = table
            .iter()
            .zip(&mut seen)
            .find(|((known, _), _)| known == name);
        let Some(((_, takes), seen)) = found.filter(|_| is_lower) else {
            problems.refuse_with_help(
                flag.span,
                format!("{keyword} has no flag `--{}`", excerpt(written)),
                known_flags(name, table, keyword),
            );
            continue;
        };
        if std::mem::replace(seen, true) && *takes != Takes::Values {
            problems.refuse(flag.span, format!("the flag `--{name}` is given twice"));
            continue;
        }
        let value = flag.value.as_ref().map(|value| value.value.to_lowercase());
        match (takes, value.as_deref()) {
            (Takes::Boolean, Some("")) | (Takes::Value | Takes::Values, None) => {
                problems.refuse(flag.span, format!("the flag `--{name}` needs a value"));
            }
            (Takes::Boolean, Some(value)) if !matches!(value, "true" | "false") => {
                problems.refuse(
                    flag.span,
                    format!(
                        "the flag `--{name}` is true or false, not `{}`",
                        excerpt(value)
                    ),
                );
            }
            _ => {}
        }
    }
}

fn known_flags(name: &str, table: Table, keyword: &str) -> String {
    if table.is_empty() {
        return format!("{keyword} takes no flags");
    }
    if let Some(known) = suggest::closest(name, table.iter().map(|(known, _)| *known)) {
        return format!("did you mean --{known}?");
    }
    let names: Vec<String> = table.iter().map(|(name, _)| format!("--{name}")).collect();
    format!("{keyword} takes {}", names.join(", "))
}
