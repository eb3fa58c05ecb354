//! From [`Template`] to values.

use std::fmt::Write as _;

use super::lexer::{self, Rules};
use super::pattern::Pattern;
use super::refusal::unknown;
use super::template::{Literal, Modifier, Part, Template, Variable};
use crate::dockerfile::excerpt::excerpt;
use crate::{Problem, Span, Spanned, Text};

/// The longest value that is worked with, in bytes: variables that double each other would
/// otherwise fill the memory.
const MAX_LENGTH: usize = 1 << 20;

/// A text with its variables put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The value; empty after an error.
    pub value: String,
    /// The variables that were looked up and have a value, once for each use.
    pub used: Vec<Spanned<String>>,
    /// The variables that were looked up and have no value, once for each use.
    pub unset: Vec<Spanned<String>>,
    /// Why `BuildKit` would refuse to expand the text.
    pub error: Option<Problem>,
}

/// Words with their variables put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words; empty after an error.
    pub words: Vec<String>,
    /// As in [`Expansion`].
    pub used: Vec<Spanned<String>>,
    /// As in [`Expansion`].
    pub unset: Vec<Spanned<String>>,
    /// As in [`Expansion`].
    pub error: Option<Problem>,
}

/// Puts the values of `lookup` into `text` and removes quotes and escapes.
///
/// A variable without a value becomes empty.
pub fn expand(
    text: &Text,
    escape: char,
    lookup: &mut dyn FnMut(&str) -> Option<String>,
) -> Expansion {
    Template::parse(text, escape).evaluate(lookup)
}

/// Puts the values of `lookup` into the body of a here-document, where quotes are text.
pub fn expand_heredoc(text: &Text, lookup: &mut dyn FnMut(&str) -> Option<String>) -> Expansion {
    Template::heredoc(text).evaluate(lookup)
}

/// As [`expand`], but splits at blanks that are not quoted, those in values too.
pub fn expand_words(
    text: &Text,
    escape: char,
    lookup: &mut dyn FnMut(&str) -> Option<String>,
) -> Words {
    let template = Template::parse(text, escape);
    let mut evaluation = Evaluation::new(lookup, Unset::Empty);
    let (words, error) = match evaluation.words(&template) {
        Ok(words) => (words.into_iter().map(|word| word.value).collect(), None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Words {
        words,
        used: evaluation.used,
        unset: evaluation.unset,
        error,
    }
}

/// The words of `text` with variables and quotes as written, and escapes too if `escapes`; the
/// spans are offsets into the value of `text` if that stands in its source as it is.
pub(in crate::dockerfile) fn raw_words(
    text: &Text,
    quotes: bool,
    escapes: bool,
) -> Result<Vec<Spanned<String>>, Problem> {
    let rules = if quotes {
        Rules::raw(escapes)
    } else {
        Rules::word('\\')
    };
    let template = lexer::read(text, rules);
    Evaluation::new(&mut |_| None, Unset::AsWritten).words(&template)
}

impl Template {
    /// Puts the values of `lookup` in.
    pub fn evaluate(&self, lookup: &mut dyn FnMut(&str) -> Option<String>) -> Expansion {
        let mut evaluation = Evaluation::new(lookup, Unset::Empty);
        let (value, error) = match evaluation.text(self) {
            Ok(value) => (value, None),
            Err(problem) => (String::new(), Some(problem)),
        };
        Expansion {
            value,
            used: evaluation.used,
            unset: evaluation.unset,
            error,
        }
    }
}

/// What becomes of a variable without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unset {
    Empty,
    AsWritten,
}

struct Evaluation<'l> {
    lookup: &'l mut dyn FnMut(&str) -> Option<String>,
    mode: Unset,
    used: Vec<Spanned<String>>,
    unset: Vec<Spanned<String>>,
}

impl<'l> Evaluation<'l> {
    fn new(lookup: &'l mut dyn FnMut(&str) -> Option<String>, mode: Unset) -> Self {
        Self {
            lookup,
            mode,
            used: Vec::new(),
            unset: Vec::new(),
        }
    }

    fn text(&mut self, template: &Template) -> Result<String, Problem> {
        let mut value = String::new();
        for part in &template.parts {
            match part {
                Part::Literal(literal) => value.push_str(&literal.value),
                Part::Variable(variable) => {
                    let insert = self.variable(variable)?;
                    push(&mut value, &insert, variable)?;
                }
            }
        }
        match &template.problem {
            Some(problem) => Err(problem.clone()),
            None => Ok(value),
        }
    }

    fn words(&mut self, template: &Template) -> Result<Vec<Spanned<String>>, Problem> {
        let mut splitter = Splitter::default();
        for part in &template.parts {
            match part {
                Part::Literal(literal) => splitter.literal(literal),
                Part::Variable(variable) => {
                    let value = self.variable(variable)?;
                    if variable.words().next().is_some() {
                        // BuildKit reads the nested word into the buffer of the outer one and
                        // so forgets what stands before it.
                        splitter.forget();
                    }
                    splitter.check(&value, variable)?;
                    splitter.insert(&value, variable);
                }
            }
        }
        match &template.problem {
            Some(problem) => Err(problem.clone()),
            None => Ok(splitter.finish()),
        }
    }

    fn look_up(&mut self, name: &Spanned<String>) -> Option<String> {
        let value = (self.lookup)(&name.value);
        let list = match value {
            Some(_) => &mut self.used,
            None => &mut self.unset,
        };
        list.push(name.clone());
        value
    }

    fn variable(&mut self, variable: &Variable) -> Result<String, Problem> {
        let name = &variable.name;
        let keep = self.mode == Unset::AsWritten;
        let Some(modifier) = &variable.modifier else {
            return Ok(match self.look_up(name) {
                Some(value) => value,
                None if keep && variable.braced => format!("${{{}}}", name.value),
                None if keep => format!("${}", name.value),
                None => String::new(),
            });
        };
        let fail = |message: String| Err(Problem::new(variable.span, message));
        match modifier {
            Modifier::Condition {
                operator,
                colon,
                word,
            } => {
                let word = self.text(word)?;
                let value = self.look_up(name);
                if keep && value.is_none() {
                    let colon = if *colon { ":" } else { "" };
                    return Ok(format!("${{{}{colon}{operator}{word}}}", name.value));
                }
                let is_unset = value.is_none();
                let given = value.filter(|value| !(*colon && value.is_empty()));
                match (operator, given) {
                    ('+', Some(_)) | ('-', None) => Ok(word),
                    ('+', None) => Ok(String::new()),
                    (_, Some(value)) => Ok(value),
                    (_, None) => {
                        let mut message = format!("`{}` ", excerpt(&name.value));
                        // Writing to a `String` cannot fail.
                        let _ = match (word.as_str(), is_unset) {
                            ("", true) => write!(message, "must be set"),
                            ("", false) => write!(message, "must not be empty"),
                            (word, _) => write!(message, "is required: {}", excerpt(word)),
                        };
                        fail(message)
                    }
                }
            }
            Modifier::Trim { operator, pattern } => {
                let pattern = self.text(pattern)?;
                let value = self.look_up(name);
                if keep && value.is_none() {
                    return Ok(format!("${{{}{operator}{pattern}}}", name.value));
                }
                let (pattern, longest) = match pattern.strip_prefix(*operator) {
                    Some(pattern) => (pattern, true),
                    None => (pattern.as_str(), false),
                };
                let value = value.unwrap_or_default();
                let trimmed = Pattern::new(pattern).and_then(|pattern| match operator {
                    '#' => pattern.trim_start(&value, longest),
                    _ => pattern.trim_end(&value, longest),
                });
                trimmed.or_else(|message| fail(message.to_owned()))
            }
            Modifier::Replace {
                all,
                pattern,
                replacement,
            } => {
                let pattern = self.text(pattern)?;
                let replacement = self.text(replacement)?;
                let value = self.look_up(name);
                if keep && value.is_none() {
                    return Ok(format!("${{{}/{pattern}/{replacement}}}", name.value));
                }
                let value = value.unwrap_or_default();
                let replaced = Pattern::new(&pattern)
                    .and_then(|pattern| pattern.replace(&value, &replacement, *all, MAX_LENGTH));
                replaced.or_else(|message| fail(message.to_owned()))
            }
            Modifier::Unknown { operator, word } => {
                let word = self.text(word)?;
                if self.look_up(name).is_none() && keep {
                    return Ok(format!("${{{}:{operator}{word}}}", name.value));
                }
                fail(unknown(*operator))
            }
        }
    }
}

fn push(value: &mut String, insert: &str, variable: &Variable) -> Result<(), Problem> {
    if value.len() + insert.len() > MAX_LENGTH {
        return Err(too_long(variable));
    }
    value.push_str(insert);
    Ok(())
}

fn too_long(variable: &Variable) -> Problem {
    Problem::new(
        variable.span,
        format!("the value is longer than {MAX_LENGTH} bytes"),
    )
}

/// Cuts text into words at blanks.
#[derive(Default)]
struct Splitter {
    words: Vec<Spanned<String>>,
    current: String,
    span: Option<Span>,
    inserted: usize,
}

impl Splitter {
    fn literal(&mut self, literal: &Literal) {
        if literal.quoted {
            self.add(&literal.value, literal.span);
            return;
        }
        let base = literal.span.start as usize;
        let mut at = 0;
        for run in literal.value.split_inclusive(char::is_whitespace) {
            let word = run.trim_end_matches(char::is_whitespace);
            if !word.is_empty() {
                self.add(word, Span::new(base + at, base + at + word.len()));
            }
            if word.len() < run.len() {
                self.end_word();
            }
            at += run.len();
        }
    }

    /// Adds the value of a variable.
    fn insert(&mut self, value: &str, variable: &Variable) {
        if variable.quoted {
            self.add(value, variable.span);
            return;
        }
        for run in value.split_inclusive(char::is_whitespace) {
            let word = run.trim_end_matches(char::is_whitespace);
            if !word.is_empty() {
                self.add(word, variable.span);
            }
            if word.len() < run.len() {
                self.end_word();
            }
        }
    }

    fn check(&mut self, value: &str, variable: &Variable) -> Result<(), Problem> {
        self.inserted += value.len();
        if self.inserted > MAX_LENGTH {
            return Err(too_long(variable));
        }
        Ok(())
    }

    fn add(&mut self, text: &str, span: Span) {
        self.current.push_str(text);
        self.span = Some(self.span.map_or(span, |before| before.to(span)));
    }

    fn forget(&mut self) {
        self.current.clear();
        self.span = None;
    }

    fn end_word(&mut self) {
        let value = std::mem::take(&mut self.current);
        let span = self.span.take().unwrap_or_default();
        if !value.is_empty() {
            self.words.push(Spanned::new(value, span));
        }
    }

    fn finish(mut self) -> Vec<Spanned<String>> {
        self.end_word();
        self.words
    }
}
