//! From the HCL library's expressions to ours.
//!
//! The library's types end here.

use hcl_edit::expr::{self, Expression as Theirs};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::tree::{
    BinaryOperator, Call, Expression, ExpressionKind, For, Item, Step, TemplatePart, UnaryOperator,
};
use crate::{Span, Spanned, Text};

/// Where the parsed text stands.
pub(super) enum Place<'a> {
    /// It is part of a file, from this offset.
    At(usize),
    /// It was put together from pieces of a file.
    Text(&'a Text),
}

impl Place<'_> {
    pub(super) fn span(&self, node: &impl hcl_edit::Span) -> Span {
        let range = node.span().unwrap_or_default();
        self.range(range.start, range.end)
    }

    pub(super) fn range(&self, start: usize, end: usize) -> Span {
        match self {
            Self::At(base) => Span::new(base + start, base + end),
            Self::Text(text) => text.source_span(Span::new(start, end)),
        }
    }

    pub(super) fn name(&self, name: &hcl_edit::Decorated<hcl_edit::Ident>) -> Spanned<String> {
        Spanned::new(name.as_str().to_owned(), self.span(name))
    }

    pub(super) fn expression(&self, expression: &Theirs) -> Expression {
        Expression {
            span: self.span(expression),
            kind: self.kind(expression),
        }
    }

    fn boxed(&self, expression: &Theirs) -> Box<Expression> {
        Box::new(self.expression(expression))
    }

    fn kind(&self, expression: &Theirs) -> ExpressionKind {
        match expression {
            Theirs::Null(_) => ExpressionKind::Null,
            Theirs::Bool(value) => ExpressionKind::Bool(*value.value()),
            Theirs::Number(value) => {
                ExpressionKind::Number(value.value().as_f64().unwrap_or_default())
            }
            Theirs::String(value) => ExpressionKind::String(value.value().clone()),
            Theirs::Array(array) => {
                ExpressionKind::Array(array.iter().map(|it| self.expression(it)).collect())
            }
            Theirs::Object(object) => ExpressionKind::Object(
                object
                    .iter()
                    .map(|(key, value)| Item {
                        key: self.object_key(key),
                        value: self.expression(value.expr()),
                    })
                    .collect(),
            ),
            Theirs::StringTemplate(template) => self.template(template.iter()),
            Theirs::HeredocTemplate(heredoc) => self.template(heredoc.template.iter()),
            Theirs::Parenthesis(inner) => ExpressionKind::Parenthesis(self.boxed(inner.inner())),
            Theirs::Variable(name) => ExpressionKind::Variable(name.as_str().to_owned()),
            Theirs::Conditional(it) => ExpressionKind::Conditional(Box::new([
                self.expression(&it.cond_expr),
                self.expression(&it.true_expr),
                self.expression(&it.false_expr),
            ])),
            Theirs::FuncCall(call) => ExpressionKind::Call(self.call(call)),
            Theirs::Traversal(it) => ExpressionKind::Traversal(
                self.boxed(&it.expr),
                it.operators.iter().map(|step| self.step(step)).collect(),
            ),
            Theirs::UnaryOp(it) => {
                let operator = match it.operator.value() {
                    expr::UnaryOperator::Neg => UnaryOperator::Negate,
                    expr::UnaryOperator::Not => UnaryOperator::Not,
                };
                ExpressionKind::Unary(operator, self.boxed(&it.expr))
            }
            Theirs::BinaryOp(it) => ExpressionKind::Binary(
                binary_operator(*it.operator.value()),
                Box::new([self.expression(&it.lhs_expr), self.expression(&it.rhs_expr)]),
            ),
            Theirs::ForExpr(it) => ExpressionKind::For(Box::new(For {
                key: it.intro.key_var.as_ref().map(|key| key.as_str().to_owned()),
                value: it.intro.value_var.as_str().to_owned(),
                collection: self.expression(&it.intro.collection_expr),
                result_key: it.key_expr.as_ref().map(|key| self.expression(key)),
                result: self.expression(&it.value_expr),
                grouping: it.grouping,
                condition: it.cond.as_ref().map(|cond| self.expression(&cond.expr)),
            })),
        }
    }

    fn object_key(&self, key: &expr::ObjectKey) -> Expression {
        match key {
            // A bare name is a string here, however the library reads it.
            expr::ObjectKey::Ident(name) | expr::ObjectKey::Expression(Theirs::Variable(name)) => {
                Expression {
                    span: self.span(name),
                    kind: ExpressionKind::String(name.as_str().to_owned()),
                }
            }
            expr::ObjectKey::Expression(expression) => self.expression(expression),
        }
    }

    fn call(&self, call: &expr::FuncCall) -> Call {
        let mut name = self.name(&call.name.name);
        for namespace in call.name.namespace.iter().rev() {
            name.value = format!("{}::{}", namespace.as_str(), name.value);
            name.span = self.span(namespace).to(name.span);
        }
        Call {
            name,
            arguments: call.args.iter().map(|it| self.expression(it)).collect(),
            spread: call.args.expand_final(),
        }
    }

    fn step(&self, step: &hcl_edit::Decorated<expr::TraversalOperator>) -> Step {
        match step.value() {
            expr::TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            expr::TraversalOperator::FullSplat(_) => Step::Splat,
            expr::TraversalOperator::GetAttr(name) => Step::Attribute(self.name(name)),
            expr::TraversalOperator::Index(index) => Step::Index(self.expression(index)),
            expr::TraversalOperator::LegacyIndex(index) => Step::Index(Expression {
                span: self.span(index),
                #[expect(clippy::cast_precision_loss, reason = "an index is small")]
                kind: ExpressionKind::Number(*index.value() as f64),
            }),
        }
    }

    pub(super) fn template<'t>(
        &self,
        elements: impl Iterator<Item = &'t Element>,
    ) -> ExpressionKind {
        let mut parts = Vec::new();
        self.template_parts(elements, Edges::default(), &mut parts);
        match parts.as_mut_slice() {
            [] => ExpressionKind::String(String::new()),
            [TemplatePart::Literal(only)] => {
                ExpressionKind::String(std::mem::take(&mut only.value))
            }
            _ => ExpressionKind::Template(parts),
        }
    }

    fn nested_template(&self, template: &Template, edges: Edges) -> Vec<TemplatePart> {
        let mut parts = Vec::new();
        self.template_parts(template.iter(), edges, &mut parts);
        parts
    }

    /// `edges` tells which ends of the text a `~` of the enclosing directive strips.
    fn template_parts<'t>(
        &self,
        elements: impl Iterator<Item = &'t Element>,
        edges: Edges,
        parts: &mut Vec<TemplatePart>,
    ) {
        let elements: Vec<_> = elements.collect();
        let mut strip_start = edges.start;
        for (index, element) in elements.iter().enumerate() {
            let next = elements.get(index + 1);
            match element {
                Element::Literal(literal) => {
                    let mut value = literal.value().as_str();
                    if strip_start {
                        value = value.trim_start();
                    }
                    if next.map_or(edges.end, |next| outer_strip(next).0) {
                        value = value.trim_end();
                    }
                    parts.push(TemplatePart::Literal(Spanned::new(
                        value.to_owned(),
                        self.span(literal),
                    )));
                }
                Element::Interpolation(interpolation) => {
                    let expression = self.expression(&interpolation.expr);
                    parts.push(TemplatePart::Interpolation(expression));
                }
                Element::Directive(directive) => parts.push(self.directive(directive)),
            }
            strip_start = outer_strip(element).1;
        }
    }

    fn directive(&self, directive: &Directive) -> TemplatePart {
        match directive {
            Directive::If(it) => {
                let (_, start) = strips(it.if_expr.strip);
                let (end, _) = strips(it.endif_expr.strip);
                let (yes_end, no_start) = match &it.else_expr {
                    Some(otherwise) => strips(otherwise.strip),
                    None => (end, false),
                };
                let no = it.else_expr.as_ref().map(|otherwise| {
                    let edges = Edges {
                        start: no_start,
                        end,
                    };
                    self.nested_template(&otherwise.template, edges)
                });
                let edges = Edges {
                    start,
                    end: yes_end,
                };
                TemplatePart::If {
                    condition: self.expression(&it.if_expr.cond_expr),
                    yes: self.nested_template(&it.if_expr.template, edges),
                    no: no.unwrap_or_default(),
                }
            }
            Directive::For(it) => {
                let edges = Edges {
                    start: strips(it.for_expr.strip).1,
                    end: strips(it.endfor_expr.strip).0,
                };
                let key = it.for_expr.key_var.as_ref();
                TemplatePart::For {
                    key: key.map(|key| key.as_str().to_owned()),
                    value: it.for_expr.value_var.as_str().to_owned(),
                    collection: self.expression(&it.for_expr.collection_expr),
                    body: self.nested_template(&it.for_expr.template, edges),
                }
            }
        }
    }
}

/// Which ends of a piece of text lose their white space.
#[derive(Clone, Copy, Default)]
struct Edges {
    start: bool,
    end: bool,
}

/// Whether the text before and the text behind an element loses its adjacent white space.
fn outer_strip(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(it) => strips(it.strip),
        Element::Directive(it) => match it.as_ref() {
            Directive::If(it) => (strips(it.if_expr.strip).0, strips(it.endif_expr.strip).1),
            Directive::For(it) => (strips(it.for_expr.strip).0, strips(it.endfor_expr.strip).1),
        },
    }
}

fn strips(strip: Strip) -> (bool, bool) {
    (
        matches!(strip, Strip::Start | Strip::Both),
        matches!(strip, Strip::End | Strip::Both),
    )
}

fn binary_operator(operator: expr::BinaryOperator) -> BinaryOperator {
    use expr::BinaryOperator as From;
    match operator {
        From::Eq => BinaryOperator::Equal,
        From::NotEq => BinaryOperator::NotEqual,
        From::LessEq => BinaryOperator::LessOrEqual,
        From::GreaterEq => BinaryOperator::GreaterOrEqual,
        From::Less => BinaryOperator::Less,
        From::Greater => BinaryOperator::Greater,
        From::Plus => BinaryOperator::Add,
        From::Minus => BinaryOperator::Subtract,
        From::Mul => BinaryOperator::Multiply,
        From::Div => BinaryOperator::Divide,
        From::Mod => BinaryOperator::Modulo,
        From::And => BinaryOperator::And,
        From::Or => BinaryOperator::Or,
    }
}
