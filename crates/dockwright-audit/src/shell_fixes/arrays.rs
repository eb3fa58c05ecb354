//! Arrays: their elements, their first, all of them as one text, and the lines that a command prints.

use dockwright_shellcheck::{Comment, Replacement};
use dockwright_syntax::shell::{self, Command, Dialect};

use super::quotes::{is_whole_word, starts_with_word};
use super::source::{Role, Source};
use super::{Table, replacing};

/// `$*` and `${a[*]}` as what they are made of: `"$@"`, `"${a[@]}"`.
pub(super) fn elements(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let old = source.between(comment.start, comment.end)?;
    let new = match old.strip_suffix("[*]}") {
        Some(array) if array.starts_with("${") => format!("\"{array}[@]}}\""),
        None if old == "$*" => "\"$@\"".to_owned(),
        _ => return None,
    };
    is_whole_word(source.text, comment.start, comment.end).then(|| replacing(comment, new))
}

/// `$a` as the element that it is: `${a[0]}`.
pub(super) fn first(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    if !matches!(source.dialect, Dialect::Bash | Dialect::Ksh) {
        return None;
    }
    let name = source.between(comment.start, comment.end)?;
    let name = name.strip_prefix('$')?;
    let name = name
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or(name);
    let is_name = name.bytes().all(super::quotes::is_letter);
    is_name.then(|| replacing(comment, format!("${{{name}[0]}}")))
}

/// `$@` and `${a[@]}` inside other text as one text: `$*`, `${a[*]}`.
pub(super) fn joined(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let old = source.between(comment.start, comment.end)?;
    let mut all = old.match_indices("[@]}").chain(old.match_indices("$@"));
    let (at, _) = all.next().filter(|_| all.next().is_none())?;
    let start = comment.start + at + 1;
    Some(Replacement {
        start,
        end: start + 1,
        text: "*".to_owned(),
    })
}

/// `a=($(command))` as `mapfile -t a < <(command)`, where the command prints an element a line.
pub(super) fn lines(comment: &Comment, source: &Source<'_>, table: &Table) -> Option<Replacement> {
    let found = source.command_at(comment.start)?;
    let is_alone = found.role == Role::Listed
        && found.command.words.is_empty()
        && found.statement.redirections.is_empty()
        && !found.statement.background
        && !found.statement.negated;
    let [assignment] = found.command.assignments.as_slice() else {
        return None;
    };
    if source.dialect != Dialect::Bash || !is_alone || assignment.append {
        return None;
    }
    let substitution = source.between(comment.start, comment.end)?;
    let value = assignment.name.span.end as usize..assignment.span.end as usize;
    let value = source.text.get(value)?.strip_prefix("=(")?;
    let inside = substitution.strip_prefix("$(")?.strip_suffix(')')?;
    let is_all = value.strip_suffix(')')?.trim() == substitution;
    (is_all && prints_lines(inside, table)).then(|| Replacement {
        start: assignment.span.start as usize,
        end: assignment.span.end as usize,
        text: format!("mapfile -t {} < <({inside})", assignment.name.value),
    })
}

/// Whether the last command of a pipeline is one that prints an item a line.
fn prints_lines(pipeline: &str, table: &Table) -> bool {
    let script = shell::parse(pipeline, Dialect::Bash);
    let [statement] = script.statements.as_slice() else {
        return false;
    };
    let last = match &statement.command {
        Command::Pipeline(statements) => statements.last(),
        Command::Simple(_) => Some(statement),
        _ => None,
    };
    let Some(Command::Simple(command)) = last.map(|last| &last.command) else {
        return false;
    };
    let text = command.span.of(pipeline);
    script.problems.is_empty() && table.lines.iter().any(|it| starts_with_word(text, it))
}
