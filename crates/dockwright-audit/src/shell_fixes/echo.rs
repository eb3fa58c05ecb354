//! `echo`: with options and escapes that not every shell knows, or for nothing.

use dockwright_shellcheck::{Comment, Replacement};
use dockwright_syntax::shell::{Part, Word};

use super::replacing;
use super::source::{Role, Source};

/// `echo -n x` and `echo -e x` as `printf`; an `echo` with escapes too. It takes one word.
pub(super) fn printf(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let found = source.command_at(comment.start)?;
    let words = found.command.words.as_slice();
    let text = |word: &Word| word.span.of(source.text);
    let (format, last, operand) = match words {
        [_, operand] => ("'%b\\n'", words.first()?, operand),
        [_, option, operand] => match text(option) {
            "-n" => ("'%s'", option, operand),
            "-e" => ("'%b\\n'", option, operand),
            "-ne" | "-en" => ("'%b'", option, operand),
            _ => return None,
        },
        _ => return None,
    };
    let program = words.first()?;
    let start = program.span.start as usize;
    let is_echo = text(program) == "echo" && is_one_word(operand, source);
    // Another option would be printed.
    let is_text = !text(operand).starts_with('-');
    let is_outside = !super::quotes::is_in_backquotes(source.text.get(..start)?);
    (is_echo && is_text && is_outside).then(|| Replacement {
        start,
        end: last.span.end as usize,
        text: format!("printf {format}"),
    })
}

/// `$(echo x)` as `x`.
pub(super) fn operand(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let old = source.between(comment.start, comment.end)?;
    let inside = old.strip_prefix("$(")?.strip_suffix(')')?;
    let operand = inside.trim().strip_prefix("echo ")?.trim();
    let is_plain = |letter: char| letter.is_alphanumeric() || "_${}/.:,@%+=-".contains(letter);
    let is_one = !operand.is_empty() && !operand.starts_with('-') && operand.chars().all(is_plain);
    is_one.then(|| replacing(comment, operand.to_owned()))
}

/// `echo "$(command)"` as the command, where what it prints goes nowhere else: it may be the file that it
/// reads.
pub(super) fn command(comment: &Comment, source: &Source<'_>) -> Option<Replacement> {
    let replacement = comment.replacement.clone()?;
    let found = source.command_at(replacement.start)?;
    let is_plain = found.role == Role::Listed && found.statement.redirections.is_empty();
    is_plain.then_some(replacement)
}

/// Whether a shell makes one word of it, whatever its variables are.
fn is_one_word(word: &Word, source: &Source<'_>) -> bool {
    let text = word.span.of(source.text);
    let quotes = |text: &str| text.matches('"').count();
    let commands = word.parts.iter().filter_map(|part| match part {
        Part::Command(command) => Some(command.span.of(source.text)),
        _ => None,
    });
    let commands: Vec<&str> = commands.collect();
    let inside: usize = commands.iter().map(|command| quotes(command)).sum();
    let is_quoted = |part: &Part| match part {
        Part::Literal(literal) => literal.quoted,
        Part::Variable(variable) => variable.quoted,
        Part::Command(_) | Part::Arithmetic(_) => true,
    };
    let is_plain = word.literal.is_some() && !text.contains(['"', '\'', '\\', '~']);
    let is_enclosed = ['"', '\'']
        .iter()
        .any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
    let is_all_quoted = is_enclosed && word.parts.iter().all(is_quoted);
    // `"a"$(b)"c"` has a command outside its quotes.
    let has_commands_inside = commands.is_empty() || quotes(text) == inside + 2;
    !word.glob && (is_plain || (is_all_quoted && has_commands_inside))
}
