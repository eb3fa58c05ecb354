//! Tests.

use dockwright_shellcheck::{Comment, Replacement};
use dockwright_syntax::shell::{AndOrOperator, Word};

use super::replacing;
use super::source::{Role, Source};

/// Operators of a test between two operands.
const BINARY: [&str; 13] = [
    "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot",
];

/// `[ a -a b ]` as `[ a ] && [ b ]`.
pub(super) fn apart(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let found = source.command_at(comment.start)?;
    let words = found.command.words.as_slice();
    let text = |word: &Word| word.span.of(source.text);
    let between = match (text(words.first()?), text(words.last()?)) {
        ("[", "]") => "] %% [",
        ("test", _) => "%% test",
        _ => return None,
    };
    let end = words.len() - usize::from(between.starts_with(']'));
    let operands = words.get(1..end)?;
    let at = operands
        .iter()
        .position(|word| word.span.start as usize == comment.start)?;
    let operator = text(operands.get(at)?);
    let (operator, sign) = match operator {
        "-a" => (AndOrOperator::And, "&&"),
        "-o" => (AndOrOperator::Or, "||"),
        _ => return None,
    };
    let is_operand = |word: Option<&Word>| word.is_some_and(|word| !BINARY.contains(&text(word)));
    let stands_between = is_operand(at.checked_sub(1).and_then(|at| operands.get(at)))
        && operands.get(at + 1).is_some();
    let other = if sign == "&&" { "-o" } else { "-a" };
    let is_mixed = operands.iter().any(|word| {
        matches!(text(word), "(" | ")" | "\\(" | "\\)" | "'('" | "\"(\"") || text(word) == other
    });
    // `[ ! a -a b ]` denies all of it.
    let is_denied = operands.len() == 4 && operands.first().map(text) == Some("!");
    // Where `set -e` is on, a chain does not end the script as a test does.
    let fits = match found.role {
        Role::Condition => true,
        Role::Chained { before, .. } => before.is_none_or(|before| before == operator),
        Role::Listed | Role::Piped => false,
    };
    let is_plain = found.statement.redirections.is_empty()
        && found.command.assignments.is_empty()
        && !found.statement.negated
        && !found.statement.background;
    (stands_between && !is_mixed && !is_denied && fits && is_plain)
        .then(|| replacing(comment, between.replace("%%", sign)))
}

/// `[[ a =~ "b" ]]`, where the quotes make it plain text, as `[[ a == *"b"* ]]`.
pub(super) fn contains(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let quoted = source.between(comment.start, comment.end)?;
    let inside = quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))?;
    let before = source.text.get(..comment.start)?;
    let operator = before.trim_end().strip_suffix("=~")?.len();
    let rest = source.text.get(comment.end..)?;
    let is_whole = rest.starts_with([' ', '\n', '\t']) && !inside.contains(['"', '\n']);
    let is_read = source.text.contains("BASH_REMATCH");
    (is_whole && !inside.is_empty() && !is_read).then(|| Replacement {
        start: operator,
        end: comment.end,
        text: format!("== *{quoted}*"),
    })
}
