//! From the parser's tree to ours.
//!
//! The parser's types end here: another parser needs another version of this file and nothing else.

use shuck_ast as ast;

use super::quote::{unescape_double_quoted, unescape_unquoted};
use super::tree::{
    AndOr, AndOrOperator, Arithmetic, ArithmeticFor, Arm, Assignment, Branch, Case, Command,
    CommandSubstitution, Compound, For, Function, Group, HereDocument, If, Literal, Modifier, Part,
    Prefixed, Redirection, RedirectionOperator, SimpleCommand, Statement, Test, VariableUse, While,
    Word,
};
use crate::{Span, Spanned, Text};

/// Turns the parser's tree of `source` into ours.
pub(super) struct Lowering<'a> {
    /// The text that was parsed.
    pub(super) source: &'a str,
    /// Where `source` begins in the whole text.
    pub(super) base: usize,
    /// The whole text, where it was put together from pieces.
    pub(super) text: Option<&'a Text>,
    /// Comments met so far.
    pub(super) comments: Vec<Span>,
}

impl Lowering<'_> {
    pub(super) fn statements(&mut self, sequence: &ast::StmtSeq) -> Vec<Statement> {
        self.note_comments(&sequence.leading_comments);
        let statements = sequence
            .stmts
            .iter()
            .map(|statement| self.statement(statement))
            .collect();
        self.note_comments(&sequence.trailing_comments);
        statements
    }

    pub(super) fn span(&self, span: ast::Span) -> Span {
        self.place(span.start.offset(), span.end.offset())
    }

    /// The place of a range of `source`.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        let limit = self.source.len();
        let start = start.min(limit);
        let span = Span::new(self.base + start, self.base + end.clamp(start, limit));
        self.text.map_or(span, |text| text.source_span(span))
    }

    fn note_comments(&mut self, comments: &[ast::Comment]) {
        for comment in comments {
            let start: usize = comment.range.start().into();
            let end: usize = comment.range.end().into();
            self.comments.push(self.place(start, end));
        }
    }

    fn statement(&mut self, statement: &ast::Stmt) -> Statement {
        self.note_comments(&statement.leading_comments);
        self.note_comments(statement.inline_comment.as_slice());
        let command = self.command(&statement.command);
        let redirections: Vec<_> = statement
            .redirects
            .iter()
            .map(|redirect| self.redirection(redirect))
            .collect();
        Statement {
            span: self.statement_span(statement, &command, &redirections),
            command,
            negated: statement.negated,
            background: matches!(
                statement.terminator,
                Some(ast::StmtTerminator::Background(_))
            ),
            redirections,
        }
    }

    /// The parser's spans of statements take in the `;` behind and leave out braces.
    fn statement_span(
        &self,
        statement: &ast::Stmt,
        command: &Command,
        redirections: &[Redirection],
    ) -> Span {
        let own = match (command, &statement.command) {
            (Command::Simple(command), _) => command.span,
            (Command::AndOr(chain), _) => {
                let last = chain.rest.last().map(|(_, statement)| statement.span);
                chain.first.span.to(last.unwrap_or(chain.first.span))
            }
            (Command::Pipeline(statements), _) => statements
                .iter()
                .map(|statement| statement.span)
                .reduce(Span::to)
                .unwrap_or_default(),
            (_, ast::Command::Compound(ast::CompoundCommand::BraceGroup(body))) => {
                self.bracketed(statement, body, ['{', '}'])
            }
            (_, ast::Command::Compound(ast::CompoundCommand::Subshell(body))) => {
                self.bracketed(statement, body, ['(', ')'])
            }
            (_, ast::Command::Function(function)) => self.trimmed(function.span),
            _ => self.trimmed(statement.span),
        };
        let redirected = redirections.iter().map(|it| it.span);
        let whole = redirected.fold(own, Span::to);
        if statement.negated {
            return whole.to(self.trimmed(statement.span));
        }
        whole
    }

    /// A group with its brackets.
    fn bracketed(&self, statement: &ast::Stmt, body: &ast::StmtSeq, brackets: [char; 2]) -> Span {
        let comment = body.leading_comments.first();
        let inner = body.span.start.offset();
        let inner = comment.map_or(inner, |it| inner.min(it.range.start().into()));
        let before = self.source.get(..inner).unwrap_or_default().trim_end();
        let start = if before.ends_with(brackets[0]) {
            before.len() - 1
        } else {
            inner
        };
        let limit = statement
            .redirects
            .first()
            .map_or(self.source.len(), |it| it.span.start.offset());
        let end = body.span.end.offset().min(limit);
        let behind = self.source.get(end..limit).unwrap_or_default();
        let blank = behind.len() - behind.trim_start().len();
        let end = if behind.trim_start().starts_with(brackets[1]) {
            end + blank + 1
        } else {
            let before = self.source.get(..end).unwrap_or_default();
            before.trim_end().len()
        };
        self.place(start, end)
    }

    /// A span without the terminator at its end.
    fn trimmed(&self, span: ast::Span) -> Span {
        let text = self.slice(span);
        let start = span.start.offset();
        let length = text
            .trim_end_matches(|it: char| it.is_whitespace() || matches!(it, ';' | '&'))
            .len();
        self.place(start, start + length)
    }

    fn command(&mut self, command: &ast::Command) -> Command {
        match command {
            ast::Command::Simple(command) => Command::Simple(self.simple(command)),
            ast::Command::Builtin(command) => Command::Simple(self.builtin(command)),
            ast::Command::Decl(clause) => Command::Simple(self.declaration(clause)),
            ast::Command::Binary(binary) => self.binary(binary),
            ast::Command::Compound(compound) => Command::Compound(self.compound(compound)),
            ast::Command::Function(function) => self.function(function),
            ast::Command::AnonymousFunction(function) => self.statement(&function.body).command,
        }
    }

    fn simple(&mut self, command: &ast::SimpleCommand) -> SimpleCommand {
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

    fn builtin(&mut self, command: &ast::BuiltinCommand) -> SimpleCommand {
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

    fn declaration(&mut self, clause: &ast::DeclClause) -> SimpleCommand {
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
        let value = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => self.word(word),
            ast::AssignmentValue::Compound(array) => self.array(array),
        };
        Assignment {
            span: self.span(assignment.span),
            name: self.name(&assignment.target.name, assignment.target.name_span),
            value: Some(value),
            append: assignment.append,
        }
    }

    fn array(&mut self, array: &ast::ArrayExpr) -> Word {
        let mut parts = Vec::new();
        for element in &array.elements {
            let (ast::ArrayElem::Sequential(value)
            | ast::ArrayElem::Keyed { value, .. }
            | ast::ArrayElem::KeyedAppend { value, .. }) = element;
            parts.extend(self.word(&value.word).parts);
        }
        Word {
            span: self.span(array.span),
            literal: None,
            parts,
            glob: false,
        }
    }

    /// `&&`, `||` and `|` chains come nested from the left; ours are flat.
    fn binary(&mut self, binary: &ast::BinaryCommand) -> Command {
        let pipe = is_pipe(binary.op);
        let mut chain = vec![binary];
        let mut first = binary.left.as_ref();
        while let ast::Command::Binary(inner) = &first.command
            && is_pipe(inner.op) == pipe
            && !first.negated
            && first.redirects.is_empty()
        {
            self.note_comments(&first.leading_comments);
            self.note_comments(first.inline_comment.as_slice());
            chain.push(inner);
            first = inner.left.as_ref();
        }
        let first = self.statement(first);
        let rest = chain.into_iter().rev().map(|link| {
            let operator = match link.op {
                ast::BinaryOp::Or => AndOrOperator::Or,
                _ => AndOrOperator::And,
            };
            let operator = Spanned::new(operator, self.span(link.op_span));
            (operator, self.statement(&link.right))
        });
        if pipe {
            let rest: Vec<_> = rest.map(|(_, statement)| statement).collect();
            return Command::Pipeline(std::iter::once(first).chain(rest).collect());
        }
        Command::AndOr(AndOr {
            rest: rest.collect(),
            first: Box::new(first),
        })
    }

    fn function(&mut self, function: &ast::FunctionDef) -> Command {
        let header = &function.header;
        let name = if let Some((name, span)) = header.static_name_entries().next() {
            self.name(name, span)
        } else {
            let entry = header.entries.first();
            let span = entry.map_or(function.span, |entry| entry.word.span);
            Spanned::new(self.slice(span).to_owned(), self.span(span))
        };
        Command::Function(Function {
            span: self.span(function.span),
            name,
            body: Box::new(self.statement(&function.body)),
        })
    }

    fn compound(&mut self, compound: &ast::CompoundCommand) -> Compound {
        use ast::CompoundCommand as From;
        match compound {
            From::If(it) => {
                let mut branches = vec![Branch {
                    condition: self.statements(&it.condition),
                    body: self.statements(&it.then_branch),
                }];
                for (condition, body) in &it.elif_branches {
                    branches.push(Branch {
                        condition: self.statements(condition),
                        body: self.statements(body),
                    });
                }
                Compound::If(If {
                    branches,
                    otherwise: it.else_branch.as_ref().map(|body| self.statements(body)),
                })
            }
            From::For(it) => {
                let target = it.targets.first();
                let span = target.map_or(it.span, |target| target.span);
                Compound::For(For {
                    name: Spanned::new(self.slice(span).to_owned(), self.span(span)),
                    words: it.words.as_ref().map(|words| self.words(words)),
                    body: self.statements(&it.body),
                })
            }
            From::Foreach(it) => Compound::For(For {
                name: self.name(&it.variable, it.variable_span),
                words: Some(self.words(&it.words)),
                body: self.statements(&it.body),
            }),
            From::Select(it) => Compound::For(For {
                name: self.name(&it.variable, it.variable_span),
                words: Some(self.words(&it.words)),
                body: self.statements(&it.body),
            }),
            From::Repeat(it) => Compound::While(While {
                until: false,
                condition: Vec::new(),
                body: self.statements(&it.body),
            }),
            From::ArithmeticFor(it) => {
                let parts = [
                    (&it.init_ast, it.init_span),
                    (&it.condition_ast, it.condition_span),
                    (&it.step_ast, it.step_span),
                ];
                Compound::ArithmeticFor(ArithmeticFor {
                    header: parts
                        .into_iter()
                        .filter_map(|(tree, span)| Some(self.arithmetic(tree.as_ref(), span?)))
                        .collect(),
                    body: self.statements(&it.body),
                })
            }
            From::While(it) => Compound::While(While {
                until: false,
                condition: self.statements(&it.condition),
                body: self.statements(&it.body),
            }),
            From::Until(it) => Compound::While(While {
                until: true,
                condition: self.statements(&it.condition),
                body: self.statements(&it.body),
            }),
            From::Case(it) => Compound::Case(Case {
                subject: self.word(&it.word),
                arms: it.cases.iter().map(|arm| self.arm(arm)).collect(),
            }),
            From::Subshell(body) => Compound::Group(Group {
                subshell: true,
                body: self.statements(body),
            }),
            From::BraceGroup(body) => Compound::Group(Group {
                subshell: false,
                body: self.statements(body),
            }),
            From::Always(it) => {
                let mut body = self.statements(&it.body);
                body.extend(self.statements(&it.always_body));
                Compound::Group(Group {
                    subshell: false,
                    body,
                })
            }
            From::Arithmetic(it) => {
                Compound::Arithmetic(self.arithmetic(it.expr_ast.as_ref(), it.span))
            }
            From::Conditional(it) => {
                let mut words = Vec::new();
                self.condition(&it.expression, &mut words);
                Compound::Test(Test { words })
            }
            From::Time(it) => Compound::Prefixed(Prefixed {
                body: it
                    .command
                    .as_ref()
                    .map(|body| Box::new(self.statement(body))),
            }),
            From::Coproc(it) => Compound::Prefixed(Prefixed {
                body: Some(Box::new(self.statement(&it.body))),
            }),
        }
    }

    fn arm(&mut self, arm: &ast::CaseItem) -> Arm {
        let patterns: Vec<Word> = arm.patterns.iter().map(|it| self.pattern(it)).collect();
        let body = self.statements(&arm.body);
        let body_span = body.iter().map(|statement| statement.span);
        let span = patterns
            .iter()
            .map(|word| word.span)
            .chain(body_span)
            .reduce(Span::to);
        Arm {
            span: span.unwrap_or_else(|| self.span(arm.body.span)),
            patterns,
            body,
        }
    }

    fn condition(&mut self, expression: &ast::ConditionalExpr, words: &mut Vec<Word>) {
        match expression {
            ast::ConditionalExpr::Binary(it) => {
                self.condition(&it.left, words);
                self.condition(&it.right, words);
            }
            ast::ConditionalExpr::Unary(it) => self.condition(&it.expr, words),
            ast::ConditionalExpr::Parenthesized(it) => self.condition(&it.expr, words),
            ast::ConditionalExpr::Word(word) | ast::ConditionalExpr::Regex(word) => {
                words.push(self.word(word));
            }
            ast::ConditionalExpr::Pattern(pattern) => words.push(self.pattern(pattern)),
            ast::ConditionalExpr::VarRef(reference) => {
                let variable = self.plain_variable(reference, reference.span, false);
                words.push(Word {
                    span: self.span(reference.span),
                    literal: None,
                    parts: vec![Part::Variable(Box::new(variable))],
                    glob: false,
                });
            }
        }
    }

    fn redirection(&mut self, redirect: &ast::Redirect) -> Redirection {
        use ast::RedirectKind as Kind;
        let operator = match redirect.kind {
            Kind::Output | Kind::Clobber => RedirectionOperator::Output,
            Kind::Append => RedirectionOperator::Append,
            Kind::Input => RedirectionOperator::Input,
            Kind::ReadWrite => RedirectionOperator::ReadWrite,
            Kind::HereDoc | Kind::HereDocStrip => RedirectionOperator::HereDocument,
            Kind::HereString => RedirectionOperator::HereString,
            Kind::DupOutput | Kind::DupInput => RedirectionOperator::Duplicate,
            Kind::OutputBoth => RedirectionOperator::OutputAndError,
        };
        let (target, heredoc) = match &redirect.target {
            ast::RedirectTarget::Word(word) => (self.word(word), None),
            ast::RedirectTarget::Heredoc(heredoc) => (
                self.word(&heredoc.delimiter.raw),
                Some(self.heredoc(heredoc)),
            ),
        };
        Redirection {
            span: self.span(redirect.span),
            descriptor: redirect.fd,
            operator,
            target,
            heredoc,
        }
    }

    fn heredoc(&mut self, heredoc: &ast::Heredoc) -> HereDocument {
        let mut parts = Vec::new();
        for part in &heredoc.body.parts {
            match &part.kind {
                ast::HeredocBodyPart::Literal(text) => {
                    let value = text.as_str(self.source, part.span).to_owned();
                    parts.push(self.literal(value, part.span, true));
                }
                ast::HeredocBodyPart::Variable(name) => {
                    parts.push(self.bare_variable(name, part.span, true));
                }
                ast::HeredocBodyPart::CommandSubstitution { body, .. } => {
                    parts.push(self.substitution(body, part.span, false));
                }
                ast::HeredocBodyPart::ArithmeticExpansion { expression_ast, .. } => {
                    let expression = self.arithmetic(expression_ast.as_deref(), part.span);
                    parts.push(Part::Arithmetic(expression));
                }
                ast::HeredocBodyPart::Parameter(expansion) => {
                    parts.push(self.parameter(expansion, part.span, true));
                }
            }
        }
        HereDocument {
            body: self.finished_word(heredoc.body.span, parts, false),
            expand: heredoc.delimiter.expands_body,
            strip_tabs: heredoc.delimiter.strip_tabs,
        }
    }

    fn words(&mut self, words: &[ast::Word]) -> Vec<Word> {
        words.iter().map(|word| self.word(word)).collect()
    }

    pub(super) fn word(&mut self, word: &ast::Word) -> Word {
        let mut parts = Vec::with_capacity(word.parts.len());
        let mut glob = !word.brace_syntax.is_empty() || self.slice(word.span).starts_with('~');
        for part in &word.parts {
            self.part(part, false, &mut parts, &mut glob);
        }
        self.finished_word(word.span, parts, glob)
    }

    fn finished_word(&self, span: ast::Span, parts: Vec<Part>, glob: bool) -> Word {
        let literal = parts
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => Some(literal.value.as_str()),
                _ => None,
            })
            .collect();
        Word {
            span: self.span(span),
            literal,
            parts,
            glob,
        }
    }

    fn pattern(&mut self, pattern: &ast::Pattern) -> Word {
        let mut parts = Vec::new();
        self.pattern_parts(pattern, &mut parts);
        self.finished_word(pattern.span, parts, true)
    }

    fn pattern_parts(&mut self, pattern: &ast::Pattern, parts: &mut Vec<Part>) {
        for part in &pattern.parts {
            match &part.kind {
                ast::PatternPart::Word(word) => parts.extend(self.word(word).parts),
                ast::PatternPart::Group { patterns, .. }
                    if patterns.iter().any(|inner| !is_static(inner)) =>
                {
                    for inner in patterns {
                        self.pattern_parts(inner, parts);
                    }
                }
                _ => {
                    let value = unescape_unquoted(self.slice(part.span));
                    parts.push(self.literal(value, part.span, false));
                }
            }
        }
    }

    fn part(
        &mut self,
        part: &ast::WordPartNode,
        quoted: bool,
        parts: &mut Vec<Part>,
        glob: &mut bool,
    ) {
        let span = part.span;
        let lowered = match &part.kind {
            ast::WordPart::Literal(text) => {
                let raw = self.slice(span);
                *glob |= !quoted && raw.contains(['*', '?', '[']);
                let value = if raw.is_empty() {
                    text.as_str(self.source, span).to_owned()
                } else if quoted {
                    unescape_double_quoted(raw)
                } else {
                    unescape_unquoted(raw)
                };
                self.literal(value, span, quoted)
            }
            ast::WordPart::ZshQualifiedGlob(_) => {
                *glob = true;
                self.literal(self.slice(span).to_owned(), span, false)
            }
            ast::WordPart::SingleQuoted { value, .. } => {
                self.literal(value.slice(self.source).to_owned(), value.span(), true)
            }
            ast::WordPart::DoubleQuoted { parts: inner, .. } => {
                for part in inner {
                    self.part(part, true, parts, glob);
                }
                return;
            }
            ast::WordPart::Variable(name) => self.bare_variable(name, span, quoted),
            ast::WordPart::CommandSubstitution { body, .. } => self.substitution(body, span, false),
            ast::WordPart::ProcessSubstitution { body, .. } => self.substitution(body, span, true),
            ast::WordPart::ArithmeticExpansion { expression_ast, .. } => {
                Part::Arithmetic(self.arithmetic(expression_ast.as_deref(), span))
            }
            ast::WordPart::Parameter(expansion) => self.parameter(expansion, span, quoted),
            ast::WordPart::ParameterExpansion {
                reference,
                operator,
                operand_word_ast,
                colon_variant,
                ..
            } => {
                let mut variable = self.plain_variable(reference, span, quoted);
                variable.colon = *colon_variant;
                self.operate(&mut variable, operator, operand_word_ast.as_deref());
                Part::Variable(Box::new(variable))
            }
            ast::WordPart::Length(reference) | ast::WordPart::ArrayLength(reference) => {
                self.modified(reference, span, quoted, Modifier::Length)
            }
            ast::WordPart::ArrayAccess(reference) => {
                self.modified(reference, span, quoted, Modifier::None)
            }
            ast::WordPart::ArrayIndices(reference)
            | ast::WordPart::IndirectExpansion { reference, .. }
            | ast::WordPart::Transformation { reference, .. } => {
                self.modified(reference, span, quoted, Modifier::Other)
            }
            ast::WordPart::Substring {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            }
            | ast::WordPart::ArraySlice {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            } => {
                let mut variable = self.plain_variable(reference, span, quoted);
                variable.modifier = Modifier::Other;
                let inner = std::iter::once(offset_word_ast).chain(length_word_ast);
                variable.inner.extend(inner.map(|word| self.word(word)));
                Part::Variable(Box::new(variable))
            }
            ast::WordPart::PrefixMatch { prefix, .. } => self.prefix_match(prefix, span, quoted),
        };
        parts.push(lowered);
    }

    fn parameter(
        &mut self,
        expansion: &ast::ParameterExpansion,
        span: ast::Span,
        quoted: bool,
    ) -> Part {
        use ast::BourneParameterExpansion as Bourne;
        let Some(bourne) = expansion.bourne() else {
            return Part::Variable(Box::new(self.zsh_variable(expansion, span, quoted)));
        };
        match bourne {
            Bourne::Access { reference } => self.modified(reference, span, quoted, Modifier::None),
            Bourne::Length { reference } => {
                self.modified(reference, span, quoted, Modifier::Length)
            }
            Bourne::Indices { reference }
            | Bourne::Indirect { reference, .. }
            | Bourne::Transformation { reference, .. } => {
                self.modified(reference, span, quoted, Modifier::Other)
            }
            Bourne::PrefixMatch { prefix, .. } => self.prefix_match(prefix, span, quoted),
            Bourne::Slice {
                reference,
                offset_word_ast,
                length_word_ast,
                ..
            } => {
                let mut variable = self.plain_variable(reference, span, quoted);
                variable.modifier = Modifier::Other;
                let inner = std::iter::once(offset_word_ast).chain(length_word_ast);
                variable.inner.extend(inner.map(|word| self.word(word)));
                Part::Variable(Box::new(variable))
            }
            Bourne::Operation {
                reference,
                operator,
                operand_word_ast,
                colon_variant,
                ..
            } => {
                let mut variable = self.plain_variable(reference, span, quoted);
                variable.colon = *colon_variant;
                self.operate(&mut variable, operator, operand_word_ast.as_deref());
                Part::Variable(Box::new(variable))
            }
        }
    }

    fn zsh_variable(
        &mut self,
        expansion: &ast::ParameterExpansion,
        span: ast::Span,
        quoted: bool,
    ) -> VariableUse {
        if let ast::ParameterExpansionSyntax::Zsh(zsh) = &expansion.syntax
            && let ast::ZshExpansionTarget::Reference(reference) = &zsh.target
        {
            let mut variable = self.plain_variable(reference, span, quoted);
            variable.modifier = Modifier::Other;
            return variable;
        }
        VariableUse {
            span: self.span(span),
            name: Spanned::new(String::new(), self.span(span)),
            modifier: Modifier::Other,
            colon: false,
            operand: None,
            inner: Vec::new(),
            quoted,
        }
    }

    fn operate(
        &mut self,
        variable: &mut VariableUse,
        operator: &ast::ParameterOp,
        operand: Option<&ast::Word>,
    ) {
        use ast::ParameterOp as Op;
        variable.modifier = match operator {
            Op::UseDefault => Modifier::Default,
            Op::AssignDefault => Modifier::Assign,
            Op::UseReplacement => Modifier::Alternative,
            Op::Error => Modifier::Require,
            Op::RemovePrefixShort { .. } | Op::RemovePrefixLong { .. } => Modifier::TrimPrefix,
            Op::RemoveSuffixShort { .. } | Op::RemoveSuffixLong { .. } => Modifier::TrimSuffix,
            Op::ReplaceFirst { .. } | Op::ReplaceAll { .. } => Modifier::Replace,
            Op::UpperFirst | Op::UpperAll | Op::LowerFirst | Op::LowerAll => Modifier::Other,
        };
        variable.operand = match operator {
            Op::RemovePrefixShort { pattern }
            | Op::RemovePrefixLong { pattern }
            | Op::RemoveSuffixShort { pattern }
            | Op::RemoveSuffixLong { pattern }
            | Op::ReplaceFirst { pattern, .. }
            | Op::ReplaceAll { pattern, .. } => Some(self.pattern(pattern)),
            _ => operand.map(|word| self.word(word)),
        };
        if let Some(word) = operator.replacement_word_ast() {
            variable.inner.push(self.word(word));
        }
    }

    fn modified(
        &mut self,
        reference: &ast::VarRef,
        span: ast::Span,
        quoted: bool,
        modifier: Modifier,
    ) -> Part {
        let mut variable = self.plain_variable(reference, span, quoted);
        variable.modifier = modifier;
        Part::Variable(Box::new(variable))
    }

    fn prefix_match(&mut self, prefix: &ast::Name, span: ast::Span, quoted: bool) -> Part {
        Part::Variable(Box::new(VariableUse {
            modifier: Modifier::Other,
            ..self.variable(self.name(prefix, span), span, quoted)
        }))
    }

    fn plain_variable(
        &mut self,
        reference: &ast::VarRef,
        span: ast::Span,
        quoted: bool,
    ) -> VariableUse {
        let name = self.name(&reference.name, reference.name_span);
        let mut variable = self.variable(name, span, quoted);
        let subscript = reference.subscript.as_deref();
        if let Some(word) = subscript.and_then(ast::Subscript::word_ast) {
            variable.inner.push(self.word(word));
        }
        variable
    }

    /// `$name` without braces.
    fn bare_variable(&self, name: &ast::Name, span: ast::Span, quoted: bool) -> Part {
        let end = span.end.offset();
        let start = end.saturating_sub(name.as_str().len());
        let name = Spanned::new(name.as_str().to_owned(), self.place(start, end));
        Part::Variable(Box::new(self.variable(name, span, quoted)))
    }

    pub(super) fn variable(
        &self,
        name: Spanned<String>,
        span: ast::Span,
        quoted: bool,
    ) -> VariableUse {
        VariableUse {
            span: self.span(span),
            name,
            modifier: Modifier::None,
            colon: false,
            operand: None,
            inner: Vec::new(),
            quoted,
        }
    }

    fn substitution(&mut self, body: &ast::StmtSeq, span: ast::Span, process: bool) -> Part {
        Part::Command(CommandSubstitution {
            span: self.span(span),
            statements: self.statements(body),
            process,
        })
    }

    fn arithmetic(
        &mut self,
        expression: Option<&ast::ArithmeticExprNode>,
        span: ast::Span,
    ) -> Arithmetic {
        let mut arithmetic = Arithmetic {
            span: self.span(span),
            reads: Vec::new(),
            assigns: Vec::new(),
            words: Vec::new(),
        };
        if let Some(expression) = expression {
            self.arithmetic_node(expression, &mut arithmetic);
        }
        arithmetic
    }

    fn arithmetic_node(&mut self, node: &ast::ArithmeticExprNode, out: &mut Arithmetic) {
        use ast::ArithmeticExpr as Expr;
        match &node.kind {
            Expr::Number(_) => {}
            Expr::Variable(name) => out.reads.push(self.name(name, node.span)),
            Expr::Indexed { name, index } => {
                out.reads.push(self.name(name, node.span));
                self.arithmetic_node(index, out);
            }
            Expr::ShellWord(word) => out.words.push(self.word(word)),
            Expr::Parenthesized { expression } => self.arithmetic_node(expression, out),
            Expr::Unary { op, expr } => {
                use ast::ArithmeticUnaryOp as Op;
                let steps = matches!(op, Op::PreIncrement | Op::PreDecrement);
                self.arithmetic_step(expr, steps, out);
            }
            Expr::Postfix { expr, .. } => self.arithmetic_step(expr, true, out),
            Expr::Binary { left, right, .. } => {
                self.arithmetic_node(left, out);
                self.arithmetic_node(right, out);
            }
            Expr::Conditional {
                condition,
                then_expr,
                else_expr,
            } => {
                self.arithmetic_node(condition, out);
                self.arithmetic_node(then_expr, out);
                self.arithmetic_node(else_expr, out);
            }
            Expr::Assignment { target, value, .. } => {
                let (ast::ArithmeticLvalue::Variable(name)
                | ast::ArithmeticLvalue::Indexed { name, .. }) = target;
                out.assigns.push(self.name(name, node.span));
                self.arithmetic_node(value, out);
            }
        }
    }

    fn arithmetic_step(
        &mut self,
        operand: &ast::ArithmeticExprNode,
        assigns: bool,
        out: &mut Arithmetic,
    ) {
        if assigns && let ast::ArithmeticExpr::Variable(name) = &operand.kind {
            out.assigns.push(self.name(name, operand.span));
        }
        self.arithmetic_node(operand, out);
    }

    fn name(&self, name: &ast::Name, span: ast::Span) -> Spanned<String> {
        Spanned::new(name.as_str().to_owned(), self.span(span))
    }

    pub(super) fn literal(&self, value: String, span: ast::Span, quoted: bool) -> Part {
        Part::Literal(Literal {
            span: self.span(span),
            value,
            quoted,
        })
    }

    /// A word without quotes and expansions.
    pub(super) fn bare_word(&self, start: usize, end: usize) -> Word {
        let value = self.source.get(start..end).unwrap_or_default().to_owned();
        let span = self.place(start, end);
        Word {
            span,
            literal: Some(value.clone()),
            parts: vec![Part::Literal(Literal {
                span,
                value,
                quoted: false,
            })],
            glob: false,
        }
    }

    fn slice(&self, span: ast::Span) -> &str {
        let range = span.start.offset()..span.end.offset();
        self.source.get(range).unwrap_or_default()
    }
}

fn is_pipe(operator: ast::BinaryOp) -> bool {
    matches!(operator, ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll)
}

fn is_static(pattern: &ast::Pattern) -> bool {
    pattern.parts.iter().all(|part| match &part.kind {
        ast::PatternPart::Word(_) => false,
        ast::PatternPart::Group { patterns, .. } => patterns.iter().all(is_static),
        _ => true,
    })
}
