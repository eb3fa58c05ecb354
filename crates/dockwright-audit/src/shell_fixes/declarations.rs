//! A declaration and the output of a command that it takes, one after the other.

use dockwright_shellcheck::{Comment, Replacement};
use dockwright_syntax::shell::Assignment;

use super::source::{Found, Role, Source};
use crate::words::identifiers_at;

/// `local x=$(command)` as `local x` and `x=$(command)`; `export` comes behind the value. What is between
/// them stands as it is.
pub(super) fn apart(comment: &Comment, source: &Source<'_>) -> Option<Vec<Replacement>> {
    let found = source.command_at(comment.start)?;
    let command = found.command;
    let declared = command.declarations.as_slice();
    let is_plain = |it: &Assignment| {
        let has_value = it.value.as_ref().is_some_and(|it| !it.span.is_empty());
        has_value && it.elements.is_empty() && !it.append
    };
    let is_alone = found.statement.redirections.is_empty()
        && command.assignments.is_empty()
        && !found.statement.background
        && !found.statement.negated;
    if !is_alone || !declared.iter().all(is_plain) {
        return None;
    }
    let separator = separator(found, source)?;
    let start = command.span.start as usize;
    let first = declared.first()?.span.start as usize;
    let head = source.between(start, first)?;
    let mut options = head.split_whitespace();
    let program = options.next()?;
    let names: Vec<&str> = declared.iter().map(|it| it.name.value.as_str()).collect();
    let names = names.join(" ");
    // Only names and values, nothing that has none.
    if command.words.len() != 1 + options.clone().count() + declared.len() {
        return None;
    }
    let insert = |at, text| Replacement {
        start: at,
        end: at,
        text,
    };
    match program {
        "local" | "declare" | "typeset" => {
            let is_harmless = |option: &str| {
                let letters = option.strip_prefix('-');
                letters.is_some_and(|it| it.chars().all(|letter| "gilux".contains(letter)))
            };
            let reads_itself = declared.iter().any(|it| {
                let value = it.value.as_ref();
                value.is_some_and(|value| reads(value.span.of(source.text), declared))
            });
            let text = format!("{names}{separator}");
            (options.all(is_harmless) && !reads_itself).then(|| vec![insert(first, text)])
        }
        "export" | "readonly" if options.next().is_none() => {
            let end = declared.last()?.span.end as usize;
            let text = format!("{separator}{program} {names}");
            let head = Replacement {
                start,
                end: first,
                text: String::new(),
            };
            Some(vec![head, insert(end, text)])
        }
        _ => None,
    }
}

/// What may stand between two commands in the place of one.
fn separator(found: &Found<'_>, source: &Source<'_>) -> Option<String> {
    match found.role {
        Role::Chained { only_and: true, .. } => Some(" && ".to_owned()),
        Role::Listed if source.is_file => {
            let start = found.statement.span.start as usize;
            let before = source.text.get(..start)?;
            let indentation = before.rsplit('\n').next()?;
            let line = source.text.get(found.statement.span.end as usize..)?;
            let rest = line.lines().next().unwrap_or_default().trim_start();
            let is_line =
                indentation.trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
            let separator = if is_line {
                format!("\n{indentation}")
            } else {
                "; ".to_owned()
            };
            Some(separator)
        }
        Role::Listed => Some("; ".to_owned()),
        Role::Chained { .. } | Role::Condition | Role::Piped => None,
    }
}

/// Whether a value may read one of the variables.
fn reads(value: &str, declared: &[Assignment]) -> bool {
    let is_arithmetic = value.contains("((");
    let mut names = identifiers_at(value).filter(|(at, _)| {
        let before = value.get(..*at).unwrap_or_default();
        is_arithmetic || before.ends_with(['$', '{', '!', '#'])
    });
    names.any(|(_, name)| declared.iter().any(|it| it.name.value == name))
}
