//! Statements: what they run, how they are joined, and where their output goes.

use shuck_ast as ast;

use super::Lowering;
use crate::shell::tree::{
    AndOr, AndOrOperator, Command, Function, HereDocument, Part, Redirection, RedirectionOperator,
    Statement,
};
use crate::{Span, Spanned};

impl Lowering<'_> {
    pub(in crate::shell) fn statements(&mut self, sequence: &ast::StmtSeq) -> Vec<Statement> {
        self.note_comments(&sequence.leading_comments);
        let statements = sequence
            .stmts
            .iter()
            .map(|statement| self.statement(statement))
            .collect();
        self.note_comments(&sequence.trailing_comments);
        statements
    }

    pub(super) fn statement(&mut self, statement: &ast::Stmt) -> Statement {
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
    pub(super) fn trimmed(&self, span: ast::Span) -> Span {
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
}

fn is_pipe(operator: ast::BinaryOp) -> bool {
    matches!(operator, ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll)
}
