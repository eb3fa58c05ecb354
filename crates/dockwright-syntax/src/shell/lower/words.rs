//! Words and patterns.

use shuck_ast as ast;

use super::Lowering;
use crate::shell::quote::{unescape_double_quoted, unescape_unquoted};
use crate::shell::tree::{CommandSubstitution, Modifier, Part, Word};

impl Lowering<'_> {
    pub(super) fn words(&mut self, words: &[ast::Word]) -> Vec<Word> {
        words.iter().map(|word| self.word(word)).collect()
    }

    pub(in crate::shell) fn word(&mut self, word: &ast::Word) -> Word {
        let mut parts = Vec::with_capacity(word.parts.len());
        let mut glob = !word.brace_syntax.is_empty() || self.slice(word.span).starts_with('~');
        for part in &word.parts {
            self.part(part, false, &mut parts, &mut glob);
        }
        self.finished_word(word.span, parts, glob)
    }

    pub(super) fn finished_word(&self, span: ast::Span, parts: Vec<Part>, glob: bool) -> Word {
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

    pub(super) fn pattern(&mut self, pattern: &ast::Pattern) -> Word {
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

    pub(super) fn substitution(
        &mut self,
        body: &ast::StmtSeq,
        span: ast::Span,
        process: bool,
    ) -> Part {
        Part::Command(CommandSubstitution {
            span: self.span(span),
            statements: self.statements(body),
            process,
        })
    }
}

fn is_static(pattern: &ast::Pattern) -> bool {
    pattern.parts.iter().all(|part| match &part.kind {
        ast::PatternPart::Word(_) => false,
        ast::PatternPart::Group { patterns, .. } => patterns.iter().all(is_static),
        _ => true,
    })
}
