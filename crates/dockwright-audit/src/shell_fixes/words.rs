//! Single words: braces, quotes, names.

use dockwright_shellcheck::{Comment, Replacement};

use super::source::Source;
use super::{quotes, replacing};

/// The names of signals by their numbers, on Linux; source: signal(7). 0 is none: the end of the shell.
const SIGNALS: [(&str, &str); 11] = [
    ("0", "EXIT"),
    ("1", "HUP"),
    ("2", "INT"),
    ("3", "QUIT"),
    ("6", "ABRT"),
    ("8", "FPE"),
    ("10", "USR1"),
    ("12", "USR2"),
    ("13", "PIPE"),
    ("14", "ALRM"),
    ("15", "TERM"),
];

/// A word with a brace that stands for itself, or the braces of it, in quotes.
pub(super) fn braces(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let fallback = || comment.replacement.clone();
    let found = source.command_at(comment.start)?;
    let mut all = found.command.words.iter();
    let around =
        |start: u32, end: u32| (start as usize) <= comment.start && comment.start < end as usize;
    let Some(word) = all.find(|word| around(word.span.start, word.span.end)) else {
        return fallback();
    };
    let (start, end) = (word.span.start as usize, word.span.end as usize);
    let text = source.between(start, end)?;
    let quoted = text.strip_prefix("{'").and_then(|it| it.strip_suffix("'}"));
    if let Some(inside) = quoted.filter(|inside| !inside.contains('\'')) {
        let text = format!("'{{{inside}}}'");
        return Some(Replacement { start, end, text });
    }
    let is_plain = !text.contains(['"', '\'', '\\', '$', '`', '*', '?', '[', '~', '=']);
    if word.literal.is_some() && is_plain {
        let text = format!("\"{text}\"");
        return Some(Replacement { start, end, text });
    }
    let behind = source.between(comment.start, end)?;
    let length = behind.find('}').map(|at| at + 1);
    let pair = length.and_then(|length| behind.get(..length));
    let is_name = |pair: &&str| {
        let inside = pair.strip_prefix('{').map(|it| it.trim_end_matches('}'));
        inside.is_some_and(|it| !it.is_empty() && it.bytes().all(quotes::is_letter))
    };
    if let Some(pair) = pair.filter(is_name) {
        return Some(Replacement {
            start: comment.start,
            end: comment.start + pair.len(),
            text: format!("\"{pair}\""),
        });
    }
    if text.contains('\\') {
        fallback()
    } else {
        None
    }
}

/// `"a"$b"c"`, of which the middle is outside the quotes, as `"a${b}c"`.
pub(super) fn unnested(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let text = source.text;
    // The place may be the quote that closes, or what is behind it.
    let start = if text.get(comment.start..)?.starts_with('"') {
        comment.start + 1
    } else {
        comment.start
    };
    let rest = text.get(start..)?;
    let name = rest.strip_prefix('$')?;
    let (name, length) = match name.strip_prefix('{') {
        Some(name) => {
            let end = name.find('}')?;
            (name.get(..end)?, end + 3)
        }
        None => {
            let end = name.bytes().take_while(|it| quotes::is_letter(*it)).count();
            (name.get(..end)?, end + 1)
        }
    };
    let closes = text.get(..start)?.ends_with('"') && !text.get(..start)?.ends_with("\\\"");
    let opens = rest.get(length..)?.starts_with('"');
    let is_name = !name.is_empty() && name.bytes().all(quotes::is_letter);
    (closes && opens && is_name).then(|| Replacement {
        start: start - 1,
        end: start + length + 1,
        text: format!("${{{name}}}"),
    })
}

/// `trap … 1 15` as `trap … HUP TERM`.
pub(super) fn signals(comment: &Comment, source: &Source<'_>) -> Option<Vec<Replacement>> {
    let found = source.command_at(comment.start)?;
    let [program, _, signals @ ..] = found.command.words.as_slice() else {
        return None;
    };
    let named = |word: &dockwright_syntax::shell::Word| {
        let number = word.span.of(source.text);
        let (_, name) = SIGNALS.iter().find(|(known, _)| *known == number)?;
        Some(Replacement {
            start: word.span.start as usize,
            end: word.span.end as usize,
            text: (*name).to_owned(),
        })
    };
    let is_number = |word: &&dockwright_syntax::shell::Word| {
        let text = word.span.of(source.text);
        text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let numbers = signals.iter().filter(is_number);
    let named: Option<Vec<Replacement>> = numbers.map(named).collect();
    named.filter(|_| program.span.of(source.text) == "trap")
}

/// `: ${x=y}` as `: "${x=y}"`.
pub(super) fn default(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let old = source.between(comment.start, comment.end)?;
    let is_plain = old.starts_with("${") && !old.contains(['"', '\'', '\\', '~', '`']);
    is_plain.then(|| replacing(comment, format!("\"{old}\"")))
}

/// The variable of a loop that nobody reads as `_`.
pub(super) fn unread(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let is_loop = source.is_loop_variable(comment.start);
    is_loop.then(|| replacing(comment, "_".to_owned()))
}

/// `source dir/file` as `. dir/file`. Without a directory, only `source` looks beside.
pub(super) fn dot(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let found = source.command_at(comment.start)?;
    let [program, file, ..] = found.command.words.as_slice() else {
        return None;
    };
    let is_source = program.span.of(source.text) == "source";
    let has_directory = file.span.of(source.text).contains('/');
    (is_source && has_directory).then(|| Replacement {
        start: program.span.start as usize,
        end: program.span.end as usize,
        text: ".".to_owned(),
    })
}
