//! One instruction: what all of them have in common.

use std::ops::Range;

use super::arguments::Arguments;
use super::flags::{self, Table};
use super::json::{self, Array};
use super::lines::{Lines, Logical};
use super::problems::Problems;
use super::{commands, files, from, healthcheck, heredocs, suggest, variables, words};
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::{Instruction, InstructionKind};
use crate::{Problem, Span, Spanned, Text};

/// The keyword of every instruction.
pub const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Reads instructions one after the other.
pub(super) struct Reader<'s> {
    pub(super) lines: Lines<'s>,
    pub(super) problems: Problems,
    escape: char,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s str, escape: char, at: usize, problems: Problems) -> Self {
        Self {
            lines: Lines::new(source, escape, at),
            problems,
            escape,
        }
    }

    /// Takes a line apart, and reads the here-documents that it opens.
    pub(super) fn instruction(&mut self, line: &Logical) -> Instruction {
        self.read(&line.text, line.span, false)
    }

    /// `span` is the text in the source; it grows by the here-documents.
    fn read(&mut self, text: &Text, mut span: Span, is_trigger: bool) -> Instruction {
        let value = text.value.as_str();
        let Range { start, end } = words::trimmed(value, 0);
        let length = value
            .get(start..end)
            .and_then(|line| line.find(words::is_blank));
        let keyword_end = length.map_or(end, |length| start + length);
        let keyword = text.slice(Span::new(start, keyword_end));
        let keyword = Spanned::new(keyword.value, keyword.span);
        let (flags, behind) = flags::split(text, keyword_end, self.escape);
        let Range { start, end } = words::trimmed(value, behind);
        let arguments = text.slice(Span::new(start, end));
        span.start = keyword.span.start;

        let name = KEYWORDS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&keyword.value));
        let name = name.copied().unwrap_or_default();
        if name == "ONBUILD" && !is_trigger {
            return self.onbuild(span, keyword, flags, arguments);
        }
        let array = match name {
            "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" | "VOLUME" | "COPY" | "ADD" => {
                json::array(&arguments)
            }
            _ => Array::No,
        };
        let takes_heredocs = matches!(name, "RUN" | "COPY" | "ADD");
        let heredocs = if takes_heredocs && matches!(array, Array::No) {
            heredocs::read(text, &mut self.lines, &mut self.problems)
        } else {
            Vec::new()
        };
        if let Some(last) = heredocs.last() {
            span.end = last.terminator.end.max(span.end);
        }
        if let Array::Mixed(other) = array {
            self.problems
                .syntax(other, "a JSON array must hold strings only");
        }
        let parts = Arguments {
            name,
            keyword: keyword.span,
            written: &keyword.value,
            flags: &flags,
            text: &arguments,
            array,
            heredocs: &heredocs,
            escape: self.escape,
            source: self.lines.source,
        };
        let kind = kind(parts, &mut self.problems);
        Instruction {
            span,
            keyword,
            flags,
            arguments,
            heredocs,
            kind,
        }
    }

    fn onbuild(
        &mut self,
        mut span: Span,
        keyword: Spanned<String>,
        flags: Vec<crate::dockerfile::Flag>,
        arguments: Text,
    ) -> Instruction {
        let problems = &mut self.problems;
        flags::check(&flags, flags::NONE, "ONBUILD", self.lines.source, problems);
        let kind = if arguments.value.is_empty() {
            problems.refuse(keyword.span, "ONBUILD needs an instruction");
            InstructionKind::Invalid
        } else {
            let before = problems.enter_trigger(true);
            let inner = Span {
                end: span.end,
                ..arguments.span
            };
            let trigger = self.read(&arguments, inner, true);
            self.problems.enter_trigger(before);
            let name = trigger.keyword.value.to_uppercase();
            if matches!(name.as_str(), "ONBUILD" | "FROM" | "MAINTAINER") {
                let message = format!("{name} cannot be triggered by ONBUILD");
                self.problems.refuse(trigger.keyword.span, message);
            }
            span.end = span.end.max(trigger.span.end);
            InstructionKind::Onbuild(Box::new(trigger))
        };
        Instruction {
            span,
            keyword,
            flags,
            arguments,
            heredocs: Vec::new(),
            kind,
        }
    }
}

/// Reads the arguments by the family of the instruction.
fn kind(parts: Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let table: Option<Table> = match parts.name {
        "FROM" => Some(flags::FROM),
        "RUN" => Some(flags::RUN),
        "COPY" => Some(flags::COPY),
        "ADD" => Some(flags::ADD),
        "HEALTHCHECK" if !healthcheck::is_none(parts.text) => Some(flags::HEALTHCHECK),
        "ENV" | "LABEL" | "USER" | "WORKDIR" | "EXPOSE" | "VOLUME" | "CMD" | "ENTRYPOINT"
        | "SHELL" | "MAINTAINER" => Some(flags::NONE),
        // Of HEALTHCHECK NONE, ARG and STOPSIGNAL, BuildKit cuts the flags off and forgets them.
        _ => None,
    };
    if let Some(table) = table {
        flags::check(parts.flags, table, parts.name, parts.source, problems);
    }
    match parts.name {
        "FROM" => from::read(&parts, problems),
        "RUN" => commands::run(parts, problems),
        "CMD" => InstructionKind::Cmd(parts.into_command()),
        "ENTRYPOINT" => InstructionKind::Entrypoint(parts.into_command()),
        "SHELL" => commands::shell(parts, problems),
        "HEALTHCHECK" => healthcheck::read(&parts, problems),
        "COPY" => {
            files::read(parts, problems).map_or(InstructionKind::Invalid, InstructionKind::Copy)
        }
        "ADD" => {
            files::read(parts, problems).map_or(InstructionKind::Invalid, InstructionKind::Add)
        }
        "VOLUME" => files::volume(parts, problems),
        "ARG" => variables::arg(&parts, problems),
        "ENV" => InstructionKind::Env(variables::pairs(&parts, problems)),
        "LABEL" => InstructionKind::Label(variables::pairs(&parts, problems)),
        "EXPOSE" => match words::fields(parts.text) {
            fields if fields.is_empty() => parts.missing(problems),
            fields => InstructionKind::Expose(fields),
        },
        "USER" => parts.one(InstructionKind::User, problems),
        "WORKDIR" => parts.one(InstructionKind::Workdir, problems),
        "STOPSIGNAL" => parts.one(InstructionKind::StopSignal, problems),
        "MAINTAINER" => parts.one(InstructionKind::Maintainer, problems),
        _ => {
            problems.add(unknown(&parts));
            InstructionKind::Invalid
        }
    }
}

fn unknown(parts: &Arguments<'_>) -> Problem {
    if parts.written.is_empty() {
        return Problem::new(parts.keyword, "the line goes on to nothing");
    }
    let help = match suggest::closest(&parts.written.to_uppercase(), KEYWORDS.iter().copied()) {
        Some(known) => format!("did you mean {known}?"),
        None => format!("the instructions are {}", KEYWORDS.join(", ")),
    };
    Problem {
        help: Some(help),
        ..Problem::new(
            parts.keyword,
            format!("`{}` is no instruction", excerpt(parts.written)),
        )
    }
}
