//! Loops, branches, groups and tests.

use shuck_ast as ast;

use super::Lowering;
use crate::shell::tree::{
    ArithmeticFor, Arm, Branch, Case, Compound, For, Group, If, Part, Prefixed, Test, While, Word,
};
use crate::{Span, Spanned};

impl Lowering<'_> {
    pub(super) fn compound(&mut self, compound: &ast::CompoundCommand) -> Compound {
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
}
