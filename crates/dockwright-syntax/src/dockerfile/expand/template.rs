//! A text with variables, read but not evaluated.

use super::lexer::{self, Rules};
use crate::{Problem, Span, Spanned, Text};

/// A text cut into literal text and variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Why `BuildKit` would refuse the text; `parts` then ends before that place.
    pub problem: Option<Problem>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Literal(Literal),
    /// `$name` or `${name…}`
    Variable(Variable),
}

/// Text that stands for itself, its quotes and escape characters removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The text.
    pub value: String,
    /// Where it stands, without the quotes around it.
    pub span: Span,
    /// Whether it was quoted or escaped, so that no word ends in it.
    pub quoted: bool,
}

/// The use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name; may be a special parameter such as `?` or `1`.
    pub name: Spanned<String>,
    /// From the `$` to the end of the name or the closing brace.
    pub span: Span,
    /// Whether braces are used.
    pub braced: bool,
    /// Whether it stands in double quotes.
    pub quoted: bool,
    /// What follows the name in braces.
    pub modifier: Option<Modifier>,
}

/// What is done to the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// `${name-word}`, `${name:-word}`, and the same with `+` and `?`.
    Condition {
        /// `-` (default), `+` (alternate) or `?` (required).
        operator: char,
        /// Whether `:` is there: an empty value counts as unset.
        colon: bool,
        /// The word behind the operator.
        word: Template,
    },
    /// `${name#pattern}` (a prefix) and `${name%pattern}` (a suffix). The pattern of the doubled
    /// forms, which remove the longest match, begins with the operator again.
    Trim {
        /// `#` or `%`.
        operator: char,
        /// The pattern.
        pattern: Template,
    },
    /// `${name/pattern/replacement}` and, for every match, `${name//pattern/replacement}`.
    Replace {
        /// Whether every match is replaced.
        all: bool,
        /// The pattern.
        pattern: Template,
        /// What it is replaced with.
        replacement: Template,
    },
    /// `${name:` and an operator that `BuildKit` does not know: it refuses to evaluate it.
    Unknown {
        /// The operator behind the colon.
        operator: char,
        /// What follows it.
        word: Template,
    },
}

impl Template {
    /// Reads a text whose quotes and escapes have a meaning; see the table of this module.
    pub fn parse(text: &Text, escape: char) -> Self {
        lexer::read(text, Rules::word(escape))
    }

    /// Reads the body of a here-document: quotes have no meaning, and the escape character is
    /// always `\`.
    pub fn heredoc(text: &Text) -> Self {
        lexer::read(text, Rules::heredoc())
    }

    /// Every variable in the text, those in the words of others too, in the order they begin.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    /// The text itself if no variable is in it and nothing is wrong with it.
    pub fn as_literal(&self) -> Option<String> {
        if self.problem.is_some() {
            return None;
        }
        let mut value = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => value.push_str(&literal.value),
                Part::Variable(_) => return None,
            }
        }
        Some(value)
    }

    fn collect<'t>(&'t self, found: &mut Vec<&'t Variable>) {
        for part in &self.parts {
            if let Part::Variable(variable) = part {
                found.push(variable);
                for word in variable.words() {
                    word.collect(found);
                }
            }
        }
    }
}

impl Variable {
    /// The templates nested in the modifier.
    pub fn words(&self) -> impl Iterator<Item = &Template> {
        let (first, second) = match &self.modifier {
            None => (None, None),
            Some(Modifier::Condition { word, .. } | Modifier::Unknown { word, .. }) => {
                (Some(word), None)
            }
            Some(Modifier::Trim { pattern, .. }) => (Some(pattern), None),
            Some(Modifier::Replace {
                pattern,
                replacement,
                ..
            }) => (Some(pattern), Some(replacement)),
        };
        first.into_iter().chain(second)
    }
}
