//! Arithmetic.

use shuck_ast as ast;

use super::Lowering;
use crate::shell::tree::Arithmetic;

impl Lowering<'_> {
    pub(super) fn arithmetic(
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
}
