//! From text to [`Dockerfile`].
//!
//! [`lines`] joins continued lines, [`directives`] reads what stands before them, and
//! [`instruction`] takes one joined line apart: keyword, [`flags`], [`heredocs`], and the arguments
//! by the family of the instruction. What is refused where follows `BuildKit`'s frontend.

mod arguments;
mod commands;
mod devices;
mod directives;
mod duration;
mod files;
mod flags;
mod from;
mod healthcheck;
mod heredocs;
mod instruction;
mod json;
mod lines;
mod mounts;
mod problems;
pub(super) mod suggest;
mod variables;
pub(super) mod words;

use crate::{Span, Spanned};
pub use instruction::KEYWORDS;

use super::{Dockerfile, Instruction, InstructionKind, Stage};
use instruction::Reader;
use problems::Problems;

/// The longest file that is read, in bytes. Real ones stay far below.
const MAX_SOURCE: usize = 4 << 20;

/// The most instructions that are read; as with problems, more than anybody writes.
const MAX_INSTRUCTIONS: usize = 100_000;

/// Reads a Dockerfile.
///
/// Any text gives a tree; what `BuildKit` would refuse to parse is in [`Dockerfile::problems`].
/// The time grows linearly with the length of `source`; beyond 4 MiB, 100,000 instructions
/// or 1,000 problems nothing more is read, and a problem says so.
pub fn parse(source: &str) -> Dockerfile {
    let mut problems = Problems::default();
    if source.len() > MAX_SOURCE {
        let message = format!(
            "a Dockerfile of more than {} MiB is not read",
            MAX_SOURCE >> 20
        );
        problems.syntax(Span::at(0), message);
        return Dockerfile {
            escape: '\\',
            problems: problems.into_list(),
            ..Dockerfile::default()
        };
    }
    let head = directives::read(source, &mut problems);
    let mut reader = Reader::new(source, head.escape, head.end, problems);
    let mut instructions = Vec::new();
    while let Some(line) = reader.lines.next_logical() {
        if instructions.len() == MAX_INSTRUCTIONS || reader.problems.is_full() {
            reader.problems.give_up(line.span);
            break;
        }
        let instruction = reader.instruction(&line);
        instructions.push(instruction);
    }
    let mut comments = reader.lines.comments;
    comments.retain(|comment| {
        !head
            .directives
            .iter()
            .any(|directive| directive.span == *comment)
    });
    let mut problems = reader.problems;
    if let Some(span) = reader.lines.too_long {
        let message = format!("the line is longer than {} bytes", lines::MAX_LINE);
        problems.syntax(span, message);
    }
    let stages = stages(&instructions, source, &mut problems);
    Dockerfile {
        directives: head.directives,
        escape: head.escape,
        comments,
        instructions,
        stages,
        problems: problems.into_list(),
    }
}

/// Groups the instructions by their `FROM`.
fn stages(instructions: &[Instruction], source: &str, problems: &mut Problems) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut is_early = false;
    for (index, instruction) in instructions.iter().enumerate() {
        if instruction.keyword.value.eq_ignore_ascii_case("from") {
            stages.push(Stage {
                instructions: index..index + 1,
                name: stage_name(instruction),
            });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.end = index + 1;
        } else if !is_early && !may_stand_first(instruction) {
            // One is enough: the others are in no stage for the same reason.
            is_early = true;
            let keyword = &instruction.keyword;
            problems.refuse_with_help(
                keyword.span,
                format!("{} stands before the first FROM", keyword.value),
                "only ARG may stand there",
            );
        }
    }
    if instructions.is_empty() {
        problems.syntax(Span::at(source.len()), "the file has no instructions");
    } else if stages.is_empty() {
        problems.syntax(
            Span::at(source.len()),
            "the file has no FROM, so nothing to build",
        );
    }
    stages
}

fn may_stand_first(instruction: &Instruction) -> bool {
    matches!(
        instruction.kind,
        InstructionKind::Arg(_) | InstructionKind::Invalid
    )
}

fn stage_name(instruction: &Instruction) -> Option<Spanned<String>> {
    let InstructionKind::From(from) = &instruction.kind else {
        return None;
    };
    let alias = from.alias.as_ref()?;
    Some(Spanned::new(alias.value.to_lowercase(), alias.span))
}
