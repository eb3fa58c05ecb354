//! What the reader of an instruction's arguments gets.

use super::json::Array;
use super::problems::Problems;
use crate::dockerfile::{Command, Flag, Heredoc, InstructionKind};
use crate::{Span, Text};

/// The parts of an instruction that are the same for all.
pub(super) struct Arguments<'a> {
    /// The keyword in upper case; empty if it is unknown.
    pub(super) name: &'a str,
    /// The keyword as written.
    pub(super) written: &'a str,
    /// Where the keyword stands.
    pub(super) keyword: Span,
    pub(super) flags: &'a [Flag],
    /// What follows keyword and flags.
    pub(super) text: &'a Text,
    /// The same as a JSON array, for the instructions that have that form.
    pub(super) array: Array,
    pub(super) heredocs: &'a [Heredoc],
    pub(super) escape: char,
    pub(super) source: &'a str,
}

impl Arguments<'_> {
    /// Refuses an instruction without arguments.
    pub(super) fn missing(&self, problems: &mut Problems) -> InstructionKind {
        problems.refuse(
            self.keyword,
            format!("{} needs at least one argument", self.name),
        );
        InstructionKind::Invalid
    }

    /// The whole text as the one argument.
    pub(super) fn one(
        &self,
        kind: impl FnOnce(Text) -> InstructionKind,
        problems: &mut Problems,
    ) -> InstructionKind {
        if self.text.value.is_empty() {
            return self.missing(problems);
        }
        kind(self.text.clone())
    }

    /// A command in shell or exec form.
    pub(super) fn into_command(self) -> Command {
        command(self.array, self.text)
    }
}

/// A command in exec form if `array` is one, else `text` in shell form.
pub(super) fn command(array: Array, text: &Text) -> Command {
    match array {
        Array::Strings(elements) => Command::Exec(
            elements
                .into_iter()
                .map(super::json::Element::into_spanned)
                .collect(),
        ),
        Array::No | Array::Mixed(_) => Command::Shell(text.clone()),
    }
}
