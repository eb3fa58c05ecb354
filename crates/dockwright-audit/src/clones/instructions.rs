//! Instructions of a Dockerfile as units.

use dockwright_syntax::dockerfile::{Assignment, Instruction, InstructionKind};

use super::ShellTokens;
use crate::steps::Step;

/// An instruction, normalised.
pub(crate) struct Unit {
    /// Equal for instructions that mean the same.
    pub(crate) text: String,
    /// How many words it has.
    pub(crate) words: usize,
}

/// Between tokens, where it stands for nothing else.
const BETWEEN: &str = "\u{0}";

/// An instruction of a Dockerfile with this text; `step` is what a shell reads of it, if one of the
/// Bourne family does.
pub(crate) fn unit(instruction: &Instruction, step: Option<&Step<'_>>, source: &str) -> Unit {
    let mut tokens = vec![instruction.keyword.value.to_ascii_uppercase()];
    let mut flags: Vec<&str> = instruction
        .flags
        .iter()
        .map(|flag| flag.span.of(source))
        .collect();
    flags.sort_unstable();
    tokens.extend(flags.into_iter().map(str::to_owned));
    match (&instruction.kind, step) {
        (
            InstructionKind::Env(assignments)
            | InstructionKind::Arg(assignments)
            | InstructionKind::Label(assignments),
            _,
        ) => {
            for assignment in assignments {
                tokens.push(assignment.name.value.clone());
                tokens.extend(value(assignment));
            }
        }
        (InstructionKind::Run(_), Some(step)) if step.script.problems.is_empty() => {
            let statements = &step.script.statements;
            if let (Some(first), Some(last)) = (statements.first(), statements.last()) {
                let cut = ShellTokens::new(step.script, source);
                let cut = cut.within(first.span.to(last.span));
                tokens.extend(cut.into_iter().map(str::to_owned));
            }
        }
        _ => {
            let words = instruction.arguments.value.split_whitespace();
            tokens.extend(words.map(str::to_owned));
            let documents = instruction.heredocs.iter();
            tokens.extend(documents.map(|document| document.body.value.clone()));
        }
    }
    let is_word = |token: &&String| token.contains(char::is_alphanumeric);
    Unit {
        words: tokens.iter().filter(is_word).count(),
        text: tokens.join(BETWEEN),
    }
}

/// A value without the quotes around it.
fn value(assignment: &Assignment) -> Option<String> {
    let value = assignment.value.as_ref()?.value.as_str();
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    Some(inner.unwrap_or(value).to_owned())
}
