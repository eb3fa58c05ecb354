//! Expansions of variables.

use shuck_ast as ast;

use super::Lowering;
use crate::Spanned;
use crate::shell::tree::{Modifier, Part, VariableUse};

impl Lowering<'_> {
    pub(super) fn parameter(
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

    pub(super) fn operate(
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

    pub(super) fn modified(
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

    pub(super) fn prefix_match(
        &mut self,
        prefix: &ast::Name,
        span: ast::Span,
        quoted: bool,
    ) -> Part {
        Part::Variable(Box::new(VariableUse {
            modifier: Modifier::Other,
            ..self.variable(self.name(prefix, span), span, quoted)
        }))
    }

    pub(super) fn plain_variable(
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
    pub(super) fn bare_variable(&self, name: &ast::Name, span: ast::Span, quoted: bool) -> Part {
        let end = span.end.offset();
        let start = end.saturating_sub(name.as_str().len());
        let name = Spanned::new(name.as_str().to_owned(), self.place(start, end));
        Part::Variable(Box::new(self.variable(name, span, quoted)))
    }

    pub(in crate::shell) fn variable(
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
}
