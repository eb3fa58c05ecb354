//! The `ARG`s of a whole Dockerfile, whatever stage they stand in.

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind};

/// An `ARG name`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration<'a> {
    /// The argument.
    pub(crate) name: &'a str,
    /// The name with its default.
    pub(crate) span: Span,
    /// Index of the instruction in the Dockerfile.
    pub(crate) instruction: usize,
    /// The stage it stands in; absent before the first `FROM`.
    pub(crate) stage: Option<usize>,
}

/// Every `ARG` of a Dockerfile in order, those of `ONBUILD` too.
pub(crate) fn arguments(tree: &Dockerfile) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    for (index, instruction) in tree.instructions.iter().enumerate() {
        let stage = tree
            .stages
            .iter()
            .position(|stage| stage.instructions.contains(&index));
        for (name, span) in declared(instruction) {
            found.push(Declaration {
                name,
                span,
                instruction: index,
                stage,
            });
        }
    }
    found
}

/// The `ARG`s that a Dockerfile leaves, by `ONBUILD`, for those that start from its images.
pub(crate) fn left_for_others(tree: &Dockerfile) -> impl Iterator<Item = &str> {
    let triggers = tree
        .instructions
        .iter()
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Onbuild(trigger) => Some(trigger),
            _ => None,
        });
    triggers
        .flat_map(|trigger| declared(trigger))
        .map(|(name, _)| name)
}

fn declared(instruction: &Instruction) -> Vec<(&str, Span)> {
    match &instruction.kind {
        InstructionKind::Arg(assignments) => assignments
            .iter()
            .map(|assignment| (assignment.name.value.as_str(), assignment.span))
            .collect(),
        InstructionKind::Onbuild(trigger) => declared(trigger),
        _ => Vec::new(),
    }
}
