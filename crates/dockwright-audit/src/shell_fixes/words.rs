//! Single words: braces, quotes, names.

use dockwright_shellcheck::{Comment, Replacement};

use super::source::Source;
use super::{quotes, replacing};
use crate::words;

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
    let program = found.command.words.first()?;
    if program.literal.as_deref() == Some("eval") {
        // It reads the word once more.
        return None;
    }
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
    let before = source.between(start, comment.start + 1)?;
    let open = start + before.rfind('{')?;
    let pair = source.between(open, end)?;
    let pair = pair.get(..=pair.find('}')?)?;
    let inside = pair.trim_start_matches('{').trim_end_matches('}');
    let is_name = !inside.is_empty() && inside.bytes().all(quotes::is_letter);
    if is_name && comment.start < open + pair.len() && !before.ends_with("${") {
        return Some(Replacement {
            start: open,
            end: open + pair.len(),
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
    // The comment is on `for`.
    let start = comment.start + "for ".len();
    source.text.get(comment.start..)?.strip_prefix("for ")?;
    let rest = source.text.get(start..)?;
    let length = rest.bytes().take_while(|it| quotes::is_letter(*it)).count();
    (length > 0).then(|| Replacement {
        start,
        end: start + length,
        text: "_".to_owned(),
    })
}

/// A trap in single quotes, where its variables still have their values when it goes off.
pub(super) fn trap(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let replacement = comment.replacement.clone()?;
    let old = source.between(replacement.start, replacement.end)?;
    let names = words::identifiers(old);
    let mut expansions = old.split('$').skip(1);
    let is_named = |rest: &str| {
        let name = rest.trim_start_matches('{');
        name.starts_with(|first: char| first.is_ascii_alphabetic() || "_(".contains(first))
    };
    let mut names = names.filter(|name| source.is_fleeting(name));
    (expansions.all(is_named) && names.next().is_none()).then_some(replacement)
}

/// `find | xargs` with names apart by NUL bytes, where `-print0` at the end is about all that is found.
pub(super) fn names(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let replacement = comment.replacement.clone()?;
    let old = source.between(replacement.start, replacement.end)?;
    let start = comment.start.min(replacement.start);
    let text = source.between(start, replacement.end)?;
    let chooses = |word: &str| {
        word.starts_with("-print")
            || matches!(word, "-o" | "-or" | "," | "-prune" | "-exec" | "-ls")
    };
    let is_find = text.trim_start().starts_with("find ");
    let mut words = text.split_whitespace().chain(old.split_whitespace());
    (is_find && !words.any(chooses)).then_some(replacement)
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
