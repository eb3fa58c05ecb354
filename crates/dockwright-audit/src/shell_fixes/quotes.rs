//! Variables and command substitutions in double quotes, where no word is meant to be split.

use dockwright_shellcheck::{Comment, Replacement};
use dockwright_syntax::shell::{self, AndOrOperator, Command, Dialect, Statement};

use super::Table;
use super::source::{Role, Source};

/// What the checker would write; where it would put a word in quotes that is split, only if that is not
/// meant.
pub(super) fn replacement(
    comment: &Comment,
    source: &Source<'_>,
    table: &Table,
    splits: bool,
) -> Option<Replacement> {
    let replacement = comment.replacement.as_ref()?;
    let script = source.text;
    let adds_quotes = replacement.text.starts_with('"');
    if adds_quotes && is_in_backquotes(script.get(..replacement.start)?) {
        // What a quote means in there depends on what is around.
        return None;
    }
    let is_meant = || is_meant_to_be_split(replacement, source, table);
    if splits && is_meant()? {
        return None;
    }
    joined(replacement, script)
}

fn is_meant_to_be_split(
    replacement: &Replacement,
    source: &Source<'_>,
    table: &Table,
) -> Option<bool> {
    let Replacement { start, end, .. } = *replacement;
    let old = source.between(start, end)?;
    if !is_whole_word(source.text, start, end) || takes_one_word(start, source, table) {
        return Some(false);
    }
    if is_only_element(start, source) {
        let array = old
            .strip_suffix("[@]}")
            .and_then(|it| it.strip_prefix("${"));
        let is_array = |name| source.text.contains(&format!("{name}=("));
        return Some(!array.is_some_and(is_array));
    }
    let inside = old
        .strip_prefix("$(")
        .and_then(|inside| inside.strip_suffix(')'))
        .or_else(|| old.strip_prefix('`')?.strip_suffix('`'));
    Some(match inside {
        Some(command) => !prints_one_word(command, table),
        None => is_list(table, old, source.text),
    })
}

/// Whether what stands at a byte is an operand of a test, what an `echo` alone prints, or behind a word that
/// takes one.
fn takes_one_word(at: usize, source: &Source<'_>, table: &Table) -> bool {
    let before = source.text.get(..at).unwrap_or_default().trim_end();
    let is_behind = |word: &String| {
        let before = before.strip_suffix(word.as_str());
        before.is_some_and(|it| it.is_empty() || it.ends_with([' ', '\t', '\n', ';', '&']))
    };
    let Some(found) = source.command_at(at) else {
        return false;
    };
    let words = found.command.words.as_slice();
    let program = words.first().and_then(|word| word.literal.as_deref());
    match program {
        Some("[" | "test") => true,
        Some("echo") if words.len() == 2 => {
            found.role == Role::Listed && !found.context.substitution
        }
        _ => table.takers.iter().any(is_behind),
    }
}

/// Whether it is all that an array is made of: `a=($b)`.
fn is_only_element(at: usize, source: &Source<'_>) -> bool {
    let before = source.text.get(..at).unwrap_or_default().trim_end();
    let rest = source.text.get(at..).unwrap_or_default();
    let rest = rest
        .split_once(['}', ' ', ')'])
        .map_or("", |(word, _)| rest.get(word.len()..).unwrap_or_default());
    let ends = rest.trim_start_matches('}').trim_start().starts_with(')');
    before.ends_with("=(") && !before.ends_with("+=(") && ends
}

/// Whether a command prints one word, as far as its name says.
fn prints_one_word(command: &str, table: &Table) -> bool {
    let script = shell::parse(command, Dialect::Bash);
    let [statement] = script.statements.as_slice() else {
        return false;
    };
    let text = |statement: &Statement| match &statement.command {
        Command::Simple(_) => Some(statement.span.of(command)),
        _ => None,
    };
    match &statement.command {
        Command::Simple(_) => is_single(text(statement).unwrap_or_default(), table),
        Command::AndOr(chain) => {
            let mut rest = chain.rest.iter();
            let parts = text(&chain.first).into_iter();
            let others = chain
                .rest
                .iter()
                .filter_map(|(_, statement)| text(statement));
            let mut parts = parts.chain(others);
            rest.all(|(operator, _)| operator.value == AndOrOperator::Or)
                && parts.all(|part| is_single(part, table))
        }
        Command::Pipeline(parts) => {
            let parts: Option<Vec<&str>> = parts.iter().map(text).collect();
            let Some([first, filters @ ..]) = parts.as_deref() else {
                return false;
            };
            let is_filter = |it: &&str| {
                table
                    .filters
                    .iter()
                    .any(|known| starts_with_word(it, known))
            };
            let last = filters.last();
            last.is_some_and(|last| is_single(last, table))
                || (is_single(first, table) && filters.iter().all(is_filter))
        }
        _ => false,
    }
}

fn is_single(command: &str, table: &Table) -> bool {
    let is_known = table.single.iter().any(|it| starts_with_word(command, it));
    let mut words = command.split_whitespace();
    let file = words.next().filter(|program| *program == "cat");
    let file = file
        .and_then(|_| words.next())
        .filter(|_| words.next().is_none());
    let name = file.and_then(|path| path.rsplit('/').next());
    let is_one = |name: &str| {
        let name = name.to_ascii_lowercase();
        table.files.iter().any(|part| name.contains(part.as_str()))
    };
    is_known || name.is_some_and(is_one)
}

/// Whether a command begins with these words. A word that ends in `=` may go on.
pub(super) fn starts_with_word(command: &str, words: &str) -> bool {
    let rest = command.strip_prefix(words);
    let goes_on = words.ends_with('=');
    rest.is_some_and(|rest| goes_on || rest.is_empty() || rest.starts_with([' ', '\t', '\n']))
}

/// A replacement that puts a part of a word in quotes, with the quotes beside it as one pair: `"a "$b` becomes
/// `"a $b"`, and not `"a ""$b"`.
fn joined(replacement: &Replacement, script: &str) -> Option<Replacement> {
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

pub(super) fn is_in_backquotes(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.matches('`').count() % 2 == 1
}

/// Whether a part of a script is a word of its own, which is gone where it is empty.
pub(super) fn is_whole_word(script: &str, start: usize, end: usize) -> bool {
    let is_end = |letter: char| letter.is_whitespace() || ";|&()`".contains(letter);
    let before = script.get(..start).unwrap_or_default();
    let behind = script.get(end..).unwrap_or_default();
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

/// `${x:+-v}`, `${x-}`, `${x//,/ }`: there are several words, or none, in some cases.
fn has_alternative(rest: &str) -> bool {
    let operator = rest.trim_start_matches(':');
    if operator.starts_with('/') && operator.contains(' ') {
        return true;
    }
    let alternative = operator
        .strip_prefix(['-', '='])
        .map(|it| it.trim_end_matches('}'));
    operator.starts_with('+') || alternative.is_some_and(is_words)
}

fn is_words(value: &str) -> bool {
    value.is_empty() || value.starts_with('-') || value.contains(char::is_whitespace)
}

pub(super) fn is_letter(byte: u8) -> bool {
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

/// `${a[@]}`, `${a[*]}`
fn is_all_of_array(value: &str) -> bool {
    let name = value
        .strip_prefix("${")
        .map(|it| it.trim_start_matches(|it| it != '['));
    name.is_some_and(|index| index.starts_with("[@]}") || index.starts_with("[*]}"))
}

/// Whether an assigned value is several words, or none.
fn is_several(value: &str) -> bool {
    let text = value.trim_start_matches('"');
    let is_array = text.starts_with("$@") || text.starts_with("$*") || is_all_of_array(text);
    if value.starts_with('+') || is_array || alternative(value).is_some_and(is_words) {
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
        let table = super::super::TABLE.as_ref().unwrap();
        let list = |expansion: &str, script: &str| is_list(table, expansion, script);
        assert!(list("$CURL_OPTS", ""));
        assert!(list("${1:+-v}", ""));
        assert!(list("${mode:-}", ""));
        assert!(list("${mode//,/ }", ""));
        assert!(list("$mode", "\nmode=\"-a -b\"\n"));
        assert!(list("$mode", " mode=\"\"; [ x ] && mode=-v"));
        assert!(list("$mode", "local mode=${1:-}"));
        assert!(list("$mode", "mode=$*"));
        assert!(list("$mode", "mode=\"${modes[@]}\""));
        assert!(list("$mode", "mode=${MODE:-\"-preset fast\"}"));
        assert!(!list("$mode", "mode=\"${MODE:-fast}\""));
        assert!(!list("$mode", "\nmode=fast\nother_mode='a b'\n"));
        assert!(!list("$mode", "\nmode=\"$(stat -c %a /x)\"\n"));
        assert!(!list("$1", ""));
    }

    #[test]
    fn the_name_of_a_command_says_whether_it_prints_one_word() {
        let table = super::super::TABLE.as_ref().unwrap();
        let one = |command: &str| prints_one_word(command, table);
        assert!(one("date +%s"));
        assert!(one("nproc || getconf _NPROCESSORS_ONLN"));
        assert!(one("openssl rand -base64 32 | tr -dc a-z"));
        assert!(one("find / -name x | head -n 1"));
        assert!(one("cat /run/shop.pid"));
        assert!(one("docker ps -qf name=shop"));
        assert!(!one("docker ps -q"));
        assert!(!one("date | xargs -n 1"));
        assert!(!one("git rev-parse --abbrev-ref HEAD | sed 's,/, ,'"));
        assert!(!one("cat /packages.txt"));
        assert!(!one("if a; then date; fi"));
    }
}
