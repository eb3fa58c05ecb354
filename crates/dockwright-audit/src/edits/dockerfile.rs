//! Edits of a Dockerfile's instructions.

use std::collections::BTreeSet;

use dockwright_environment::{DockerfileDocument, Document, Environment, Location};
use dockwright_syntax::dockerfile::{Flag, Instruction};
use dockwright_syntax::{Span, Text};

use crate::fix::{Fix, indentation, lines};

/// A Dockerfile as it is written.
#[derive(Clone, Copy)]
pub(crate) struct DockerfileEdits<'a> {
    document: &'a Document,
    dockerfile: &'a DockerfileDocument,
}

impl<'a> DockerfileEdits<'a> {
    /// The text of a Dockerfile.
    pub(crate) fn of(environment: &'a Environment, dockerfile: &'a DockerfileDocument) -> Self {
        let document = environment.documents.get(dockerfile.document);
        Self {
            document,
            dockerfile,
        }
    }

    /// What stands at a place.
    pub(crate) fn written(self, span: Span) -> &'a str {
        span.of(&self.document.text)
    }

    /// Whether a text stands in the file as it is: nothing was joined, decoded or left out.
    pub(crate) fn is_verbatim(self, text: &Text) -> bool {
        self.written(text.span) == text.value
    }

    /// Puts lines in before an instruction and the comments right above it, with its indentation.
    pub(crate) fn insert_before(self, fix: Fix, at: usize, text: &str) -> Fix {
        let start = self.block(at).start;
        let instructions = &self.dockerfile.tree.instructions;
        let own = instructions.get(at).map_or(0, |it| it.span.start);
        let line = lines(
            &self.document.text,
            Span {
                start: own,
                end: own,
            },
        );
        let indentation = indentation(self.written(line));
        let text = text
            .lines()
            .fold(String::new(), |text, line| text + indentation + line + "\n");
        fix.insert(self.document.id, start, text)
    }

    /// The lines of an instruction, with those of the comments right above it.
    fn block(self, at: usize) -> Span {
        let instructions = &self.dockerfile.tree.instructions;
        let own = instructions.get(at).map_or(Span::at(0), |it| it.span);
        let mut block = lines(&self.document.text, own);
        let before = at
            .checked_sub(1)
            .and_then(|before| instructions.get(before));
        let directives = self.dockerfile.tree.directives.last();
        let limit = before.map(|it| it.span.end);
        let limit = limit.max(directives.map(|it| it.span.end)).unwrap_or(0);
        while let Some(end) = block.start.checked_sub(1) {
            let above = lines(&self.document.text, Span { start: end, end });
            if above.start < limit || !self.written(above).trim_start().starts_with('#') {
                break;
            }
            block.start = above.start;
        }
        block
    }

    /// Instructions as they are written, in order, with the comments right above each.
    pub(crate) fn blocks(self, instructions: &[usize]) -> String {
        let blocks = instructions
            .iter()
            .map(|at| self.written(self.block(*at)).trim_end());
        let blocks = blocks.map(|block| format!("{block}\n"));
        blocks.collect::<String>().replace('\r', "")
    }

    /// What the comments say that stand in instructions and right above each.
    pub(crate) fn comments(self, instructions: &[usize]) -> BTreeSet<&'a str> {
        let blocks: Vec<Span> = instructions.iter().map(|at| self.block(*at)).collect();
        let comments = self.dockerfile.tree.comments.iter();
        let inside = comments.filter(|it| blocks.iter().any(|block| block.contains(**it)));
        inside.map(|it| it.of(&self.document.text).trim()).collect()
    }

    /// Takes instructions away with the comments right above each, and an empty line behind where one stands
    /// before.
    pub(crate) fn delete_blocks(self, fix: Fix, instructions: &[usize]) -> Fix {
        let text = &self.document.text;
        let is_empty = |span: Span| !span.is_empty() && span.of(text).trim().is_empty();
        let mut blocks: Vec<Span> = Vec::new();
        for block in instructions.iter().map(|at| self.block(*at)) {
            match blocks.last_mut() {
                Some(last) if last.end == block.start => last.end = block.end,
                _ => blocks.push(block),
            }
        }
        blocks.into_iter().fold(fix, |fix, mut block| {
            let above = block.start.checked_sub(1);
            let is_apart = above.is_none_or(|end| is_empty(lines(text, Span { start: end, end })));
            let next = lines(
                text,
                Span {
                    start: block.end,
                    end: block.end,
                },
            );
            if is_apart && is_empty(next) {
                block.end = next.end;
            }
            fix.delete(Location::new(self.document.id, block))
        })
    }

    /// Puts a line in behind an instruction, with its indentation.
    pub(crate) fn insert_after(self, fix: Fix, instruction: &Instruction, line: &str) -> Fix {
        fix.insert_line_after(self.document, instruction.span, line)
    }

    /// Takes an instruction away, and one of the empty lines around it.
    pub(crate) fn delete(self, fix: Fix, instruction: &Instruction) -> Fix {
        let text = &self.document.text;
        let own = lines(text, instruction.span);
        let is_empty = |span: Span| !span.is_empty() && span.of(text).trim().is_empty();
        let before = own.start.checked_sub(1);
        let is_first = before.is_none_or(|end| is_empty(lines(text, Span { start: end, end })));
        let mut end = own.end;
        let next = lines(text, Span { start: end, end });
        if is_first && is_empty(next) {
            end = next.end;
        }
        let span = Span {
            start: own.start,
            end,
        };
        fix.delete(Location::new(self.document.id, span))
    }

    /// Takes an option away, and its line where nothing else stands there.
    pub(crate) fn delete_flag(self, fix: Fix, flag: &Flag) -> Fix {
        let text = &self.document.text;
        let line = lines(text, flag.span);
        let before = Span {
            start: line.start,
            end: flag.span.start,
        };
        let behind = self.written(Span {
            start: flag.span.end,
            end: line.end,
        });
        let rest = behind.trim_start_matches([' ', '\t']);
        let escape = self.dockerfile.tree.escape;
        let is_alone = before.of(text).trim().is_empty()
            && rest
                .strip_prefix(escape)
                .is_some_and(|it| it.trim().is_empty());
        let span = if is_alone {
            line
        } else {
            let end = flag.span.end as usize + behind.len() - rest.len();
            Span::new(flag.span.start as usize, end)
        };
        fix.delete(Location::new(self.document.id, span))
    }
}
