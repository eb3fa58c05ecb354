//! Simple commands with their assignments.

use shuck_ast as ast;

use super::Lowering;
use crate::Span;
use crate::shell::tree::{Assignment, Literal, Part, SimpleCommand, Word};

impl Lowering<'_> {
    pub(super) fn simple(&mut self, command: &ast::SimpleCommand) -> SimpleCommand {
        let mut words = Vec::with_capacity(command.args.len() + 1);
        // Assignments alone have an empty name without a place.
        if command.name.span.start != command.name.span.end {
            words.push(self.word(&command.name));
        }
        words.extend(command.args.iter().map(|word| self.word(word)));
        self.finished_command(command.span, &command.assignments, words, Vec::new())
    }

    fn finished_command(
        &mut self,
        span: ast::Span,
        assignments: &[ast::Assignment],
        words: Vec<Word>,
        declarations: Vec<Assignment>,
    ) -> SimpleCommand {
        let assignments: Vec<_> = assignments.iter().map(|it| self.assignment(it)).collect();
        let parts = assignments.iter().map(|it| it.span);
        let whole = parts.chain(words.iter().map(|it| it.span)).reduce(Span::to);
        SimpleCommand {
            span: whole.unwrap_or_else(|| self.trimmed(span)),
            assignments,
            words,
            declarations,
        }
    }

    pub(super) fn builtin(&mut self, command: &ast::BuiltinCommand) -> SimpleCommand {
        let (name, first, rest, assignments, span) = match command {
            ast::BuiltinCommand::Break(it) => {
                ("break", &it.depth, &it.extra_args, &it.assignments, it.span)
            }
            ast::BuiltinCommand::Continue(it) => (
                "continue",
                &it.depth,
                &it.extra_args,
                &it.assignments,
                it.span,
            ),
            ast::BuiltinCommand::Return(it) => {
                ("return", &it.code, &it.extra_args, &it.assignments, it.span)
            }
            ast::BuiltinCommand::Exit(it) => {
                ("exit", &it.code, &it.extra_args, &it.assignments, it.span)
            }
        };
        let start = assignments
            .last()
            .map_or(span.start.offset(), |last| last.span.end.offset());
        let behind = self.source.get(start..).unwrap_or_default();
        let at = start + behind.find(name).unwrap_or(0);
        let mut words = vec![self.bare_word(at, at + name.len())];
        words.extend(first.iter().chain(rest).map(|word| self.word(word)));
        self.finished_command(span, assignments, words, Vec::new())
    }

    pub(super) fn declaration(&mut self, clause: &ast::DeclClause) -> SimpleCommand {
        let variant = clause.variant_span;
        let mut words = vec![self.bare_word(variant.start.offset(), variant.end.offset())];
        let mut declarations = Vec::new();
        for operand in &clause.operands {
            match operand {
                ast::DeclOperand::Flag(word) | ast::DeclOperand::Dynamic(word) => {
                    words.push(self.word(word));
                }
                ast::DeclOperand::Name(reference) => {
                    words.push(
                        self.bare_word(reference.span.start.offset(), reference.span.end.offset()),
                    );
                    declarations.push(Assignment {
                        span: self.span(reference.span),
                        name: self.name(&reference.name, reference.name_span),
                        value: None,
                        elements: Vec::new(),
                        append: false,
                    });
                }
                ast::DeclOperand::Assignment(assignment) => {
                    let declared = self.assignment(assignment);
                    words.push(self.assignment_word(assignment, &declared));
                    declarations.push(declared);
                }
            }
        }
        self.finished_command(clause.span, &clause.assignments, words, declarations)
    }

    /// The whole of `name=value` as a word.
    fn assignment_word(&mut self, assignment: &ast::Assignment, declared: &Assignment) -> Word {
        let operator = if declared.append { "+=" } else { "=" };
        let head = format!("{}{operator}", declared.name.value);
        let start = assignment.span.start.offset();
        let value = declared.value.clone().unwrap_or_default();
        let head_part = Part::Literal(Literal {
            span: self.place(start, start + head.len()),
            value: head.clone(),
            quoted: false,
        });
        Word {
            span: self.span(assignment.span),
            literal: value.literal.as_ref().map(|value| head + value),
            parts: std::iter::once(head_part).chain(value.parts).collect(),
            glob: value.glob,
        }
    }

    fn assignment(&mut self, assignment: &ast::Assignment) -> Assignment {
        let (value, elements) = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => (self.word(word), Vec::new()),
            ast::AssignmentValue::Compound(array) => self.array(array),
        };
        Assignment {
            span: self.span(assignment.span),
            name: self.name(&assignment.target.name, assignment.target.name_span),
            value: Some(value),
            elements,
            append: assignment.append,
        }
    }

    /// An array as one word, and its elements.
    fn array(&mut self, array: &ast::ArrayExpr) -> (Word, Vec<Word>) {
        let mut elements = Vec::new();
        for element in &array.elements {
            let (ast::ArrayElem::Sequential(value)
            | ast::ArrayElem::Keyed { value, .. }
            | ast::ArrayElem::KeyedAppend { value, .. }) = element;
            elements.push(self.word(&value.word));
        }
        let parts = elements.iter().flat_map(|element| &element.parts);
        let word = Word {
            span: self.span(array.span),
            literal: None,
            parts: parts.cloned().collect(),
            glob: false,
        };
        (word, elements)
    }
}
