//! Which comments of the shell checker a program can act on.

use std::sync::LazyLock;

use dockwright_shellcheck::{Comment, Replacement};
use serde::Deserialize;

use crate::Safety;

/// What is done about a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedy {
    code: u32,
    safety: Certainty,
    /// What is done, as a command.
    pub(crate) title: String,
    /// Why it is that sure.
    pub(crate) why: String,
    #[serde(default)]
    splits: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Certainty {
    Safe,
    Unsafe,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    lists: Vec<String>,
    single: Vec<String>,
    fix: Vec<Remedy>,
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../data/shell-fixes.toml")).ok());

impl Remedy {
    /// How sure it is.
    pub(crate) fn safety(&self) -> Safety {
        match self.safety {
            Certainty::Safe => Safety::Safe,
            Certainty::Unsafe => Safety::Unsafe,
        }
    }
}

/// What is to be done about a comment on `script`.
pub(crate) fn of(comment: &Comment, script: &str) -> Option<&'static Remedy> {
    let table = TABLE.as_ref()?;
    let remedy = table.fix.iter().find(|it| it.code == comment.code)?;
    let replacement = comment.replacement.as_ref()?;
    let (before, behind) = (
        script.get(..replacement.start)?,
        script.get(replacement.end..)?,
    );
    let adds_quotes = replacement.text.starts_with('"');
    if adds_quotes && is_in_backquotes(before) {
        // What a quote means in there depends on what is around.
        return None;
    }
    if remedy.splits {
        let old = script.get(replacement.start..replacement.end)?;
        if old.starts_with("$(") || old.starts_with('`') {
            let command = old.trim_start_matches(['$', '(', '`', ' ']);
            let is_single = |program: &String| {
                let rest = command.strip_prefix(program.as_str());
                rest.is_some_and(|it| it.starts_with([' ', ')', '`']) && !it.contains('|'))
            };
            return table.single.iter().any(is_single).then_some(remedy);
        }
        if is_whole_word(before, behind) && is_list(table, old, script) {
            return None;
        }
    }
    Some(remedy)
}

/// A replacement that puts a part of a word in quotes, with the quotes beside it as one pair: `"a "$b` becomes
/// `"a $b"`, and not `"a ""$b"`.
pub(crate) fn joined(replacement: &Replacement, script: &str) -> Option<Replacement> {
    let Replacement { start, end, .. } = *replacement;
    let old = script.get(start..end)?;
    let before = script.get(..start)?;
    let follows = before.ends_with('"') && !before.ends_with("\\\"");
    let precedes = script.get(end..)?.starts_with('"');
    if replacement.text != format!("\"{old}\"") || !(follows || precedes) {
        return Some(replacement.clone());
    }
    let name = old
        .strip_prefix('$')
        .filter(|name| name.bytes().all(is_letter));
    let text = match name {
        // What comes behind it may be letters.
        Some(name) if precedes => format!("${{{name}}}"),
        _ => old.to_owned(),
    };
    let open = if follows { "" } else { "\"" };
    let close = if precedes { "" } else { "\"" };
    Some(Replacement {
        start: start - usize::from(follows),
        end: end + usize::from(precedes),
        text: format!("{open}{text}{close}"),
    })
}

fn is_in_backquotes(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.matches('`').count() % 2 == 1
}

/// Whether a part of a script is a word of its own, which is gone where it is empty.
fn is_whole_word(before: &str, behind: &str) -> bool {
    let is_end = |letter: char| letter.is_whitespace() || ";|&()".contains(letter);
    before.chars().next_back().is_none_or(is_end) && behind.chars().next().is_none_or(is_end)
}

/// Whether an expansion may be meant to be several words, or none: by its name, or by a value that the
/// script gives it.
fn is_list(table: &Table, expansion: &str, script: &str) -> bool {
    let inside = expansion.trim_start_matches(['$', '{']);
    let length = inside.bytes().take_while(|byte| is_letter(*byte)).count();
    let (name, rest) = inside.split_at(length);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return has_alternative(rest);
    }
    let lower = name.to_ascii_lowercase();
    has_alternative(rest)
        || table.lists.iter().any(|end| lower.ends_with(end.as_str()))
        || values(script, name).any(is_several)
}

/// `${x:+-v}`, `${x-}`: there are several words, or none, in some cases.
fn has_alternative(rest: &str) -> bool {
    let operator = rest.trim_start_matches(':');
    let alternative = operator
        .strip_prefix(['-', '='])
        .map(|it| it.trim_end_matches('}'));
    operator.starts_with('+') || alternative.is_some_and(is_words)
}

fn is_words(value: &str) -> bool {
    value.is_empty() || value.starts_with('-') || value.contains(char::is_whitespace)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands behind `name=` or `name+` in a script.
fn values<'a>(script: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    script.match_indices(name).filter_map(move |(at, _)| {
        let before = at.checked_sub(1).and_then(|it| script.as_bytes().get(it));
        let rest = script.get(at + name.len()..)?;
        let is_name = before.is_none_or(|byte| !is_letter(*byte) && *byte != b'$' && *byte != b'{');
        let value = if rest.starts_with('+') {
            Some(rest)
        } else {
            rest.strip_prefix('=')
        };
        value.filter(|_| is_name)
    })
}

/// What `${x:-…}` is where nothing else is known.
fn alternative(value: &str) -> Option<&str> {
    let inside = value.trim_start_matches('"').strip_prefix("${")?;
    let (inside, _) = inside.lines().next()?.split_once('}')?;
    let (_, alternative) = inside.split_once('-')?;
    Some(alternative.trim_matches(['"', '\'']))
}

/// Whether an assigned value is several words, or none.
fn is_several(value: &str) -> bool {
    if value.starts_with('+') || alternative(value).is_some_and(is_words) {
        return true;
    }
    let quote = value.chars().next().filter(|first| "\"'".contains(*first));
    let inside = match quote {
        Some(quote) => value.get(1..).and_then(|it| it.split(quote).next()),
        None if value.starts_with("$(") || value.starts_with('`') => return false,
        None => value.split([' ', '\t', '\n', ';', '&', ')']).next(),
    };
    let inside = inside.unwrap_or_default();
    // A command substitution has blanks of its own.
    let is_command = inside.contains("$(") || inside.contains('`');
    !is_command && is_words(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let table = TABLE.as_ref().unwrap();
        assert!(table.fix.iter().all(|it| !it.why.is_empty()));
    }

    #[test]
    fn quotes_that_meet_are_joined() {
        let joined = |script: &str| {
            let start = script.find('$').unwrap();
            let end = start + "$b".len();
            let text = "\"$b\"".to_owned();
            let it = joined(&Replacement { start, end, text }, script).unwrap();
            format!("{}{}{}", &script[..it.start], it.text, &script[it.end..])
        };
        assert_eq!(joined("a/$b"), "a/\"$b\"");
        assert_eq!(joined("\"a \"$b/"), "\"a $b\"/");
        assert_eq!(joined("\"a \"$b\"c\""), "\"a ${b}c\"");
        assert_eq!(joined("$b\"c\""), "\"${b}c\"");
        assert_eq!(joined("\\\"$b"), "\\\"\"$b\"");
    }

    #[test]
    fn what_seems_meant_to_be_split_is_a_list() {
        let table = TABLE.as_ref().unwrap();
        let list = |expansion: &str, script: &str| is_list(table, expansion, script);
        assert!(list("$CURL_OPTS", ""));
        assert!(list("${1:+-v}", ""));
        assert!(list("${mode:-}", ""));
        assert!(list("$mode", "\nmode=\"-a -b\"\n"));
        assert!(list("$mode", " mode=\"\"; [ x ] && mode=-v"));
        assert!(list("$mode", "local mode=${1:-}"));
        assert!(list("$mode", "mode=${MODE:-\"-preset fast\"}"));
        assert!(!list("$mode", "mode=\"${MODE:-fast}\""));
        assert!(!list("$mode", "\nmode=fast\nother_mode='a b'\n"));
        assert!(!list("$mode", "\nmode=\"$(stat -c %a /x)\"\n"));
        assert!(!list("$1", ""));
    }
}
