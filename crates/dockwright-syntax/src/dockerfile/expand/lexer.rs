//! From text to [`Template`].

use super::template::{Literal, Modifier, Part, Template, Variable};
use crate::{Problem, Span, Spanned, Text};

/// How many `${…}` may stand in one another. `BuildKit` has no limit; nobody writes more.
const MAX_DEPTH: usize = 64;

/// The message about more than that; it is no refusal of `BuildKit`'s.
pub(super) fn too_deep() -> String {
    format!("substitutions nested more than {MAX_DEPTH} deep are not read")
}

/// What quotes and escapes mean in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    escape: char,
    /// Whether quotes group and are removed.
    quotes: bool,
    /// Whether quotes stay in the text though they group.
    keep_quotes: bool,
    /// Whether the escape character stays in the text.
    keep_escapes: bool,
}

impl Rules {
    pub(super) fn word(escape: char) -> Self {
        Self {
            escape,
            quotes: true,
            keep_quotes: false,
            keep_escapes: false,
        }
    }

    pub(super) fn heredoc() -> Self {
        Self {
            quotes: false,
            ..Self::word('\\')
        }
    }

    /// As [`Self::word`], but quotes stay, and escapes too if `escapes`.
    pub(super) fn raw(escapes: bool) -> Self {
        Self {
            keep_quotes: true,
            keep_escapes: escapes,
            ..Self::word('\\')
        }
    }
}

pub(super) fn read(text: &Text, rules: Rules) -> Template {
    let mut lexer = Lexer {
        text,
        rules,
        at: 0,
        depth: 0,
    };
    let mut parts = Vec::new();
    let problem = lexer.word(None, rules.keep_escapes, &mut parts).err();
    Template { parts, problem }
}

struct Lexer<'t> {
    text: &'t Text,
    rules: Rules,
    at: usize,
    depth: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text.value.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let ch = self.peek()?;
        self.at += ch.len_utf8();
        Some(ch)
    }

    /// The source span from `start` to here.
    fn span_from(&self, start: usize) -> Span {
        self.text.source_span(Span::new(start, self.at))
    }

    fn fail<T>(&self, start: usize, message: impl Into<String>) -> Result<T, Problem> {
        Err(Problem::new(self.span_from(start), message))
    }

    /// Adds the text from `start` to here.
    fn literal(&self, start: usize, quoted: bool, parts: &mut Vec<Part>) {
        let span = Span::new(start, self.at);
        let (value, span) = (span.of(&self.text.value), self.text.source_span(span));
        match parts.last_mut() {
            Some(Part::Literal(last)) if last.quoted == quoted && last.span.end == span.start => {
                last.value.push_str(value);
                last.span.end = span.end;
            }
            _ => parts.push(Part::Literal(Literal {
                value: value.to_owned(),
                span,
                quoted,
            })),
        }
    }

    /// Reads up to `stop`, which is consumed, or to the end of the text.
    fn word(
        &mut self,
        stop: Option<char>,
        keep_escapes: bool,
        parts: &mut Vec<Part>,
    ) -> Result<(), Problem> {
        let begin = self.at;
        let outer = std::mem::replace(&mut self.rules.keep_escapes, keep_escapes);
        while let Some(ch) = self.peek() {
            if Some(ch) == stop {
                self.next();
                self.rules.keep_escapes = outer;
                return Ok(());
            }
            let start = self.at;
            match ch {
                '$' => self.dollar(false, parts)?,
                '\'' if self.rules.quotes => self.single_quoted(parts)?,
                '"' if self.rules.quotes => self.double_quoted(parts)?,
                '<' => self.less_than(parts),
                _ if ch == self.rules.escape => {
                    self.next();
                    if self.rules.keep_escapes {
                        self.literal(start, true, parts);
                    }
                    let start = self.at;
                    if self.next().is_some() {
                        self.literal(start, true, parts);
                    }
                }
                _ => {
                    self.skip_ordinary(stop);
                    self.literal(start, false, parts);
                }
            }
        }
        match stop {
            None => Ok(()),
            Some(stop) => self.fail(begin, format!("`{stop}` is missing in the substitution")),
        }
    }

    /// Goes to the next character that may mean something.
    fn skip_ordinary(&mut self, stop: Option<char>) {
        let rest = self.text.value.get(self.at..).unwrap_or_default();
        let special = |ch| {
            matches!(ch, '$' | '\'' | '"' | '<') || ch == self.rules.escape || Some(ch) == stop
        };
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let behind = rest.get(first..).unwrap_or_default();
        self.at += first + behind.find(special).unwrap_or(behind.len());
    }

    /// `<` and `<<`; blanks behind `<<` end no word, so that `<< EOF` stays together.
    fn less_than(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.next();
        if self.peek() == Some('<') {
            self.next();
            while matches!(self.peek(), Some('\t' | '\r' | ' ')) {
                self.next();
            }
        }
        self.literal(start, true, parts);
    }

    fn single_quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), Problem> {
        let start = self.at;
        self.next();
        let inner = self.at;
        loop {
            let end = self.at;
            match self.next() {
                None => return self.fail(start, "the single quote is not closed"),
                Some('\'') if self.rules.keep_quotes => {
                    self.literal(start, true, parts);
                    return Ok(());
                }
                Some('\'') => {
                    let close = std::mem::replace(&mut self.at, end);
                    self.literal(inner, true, parts);
                    self.at = close;
                    return Ok(());
                }
                Some(_) => {}
            }
        }
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), Problem> {
        let open = self.at;
        self.next();
        if self.rules.keep_quotes {
            self.literal(open, true, parts);
        }
        let escape = self.rules.escape;
        loop {
            let start = self.at;
            match self.peek() {
                None => return self.fail(open, "the double quote is not closed"),
                Some('"') => {
                    self.next();
                    if self.rules.keep_quotes {
                        self.literal(start, true, parts);
                    } else if self.at == open + 2 {
                        // Empty quotes are an empty text, not nothing.
                        let close = std::mem::replace(&mut self.at, start);
                        self.literal(start, true, parts);
                        self.at = close;
                    }
                    return Ok(());
                }
                Some('$') => self.dollar(true, parts)?,
                Some(ch) if ch == escape => {
                    self.next();
                    if self.rules.keep_escapes {
                        self.literal(start, true, parts);
                    }
                    match self.peek() {
                        None => {}
                        Some(next) if next == '"' || next == '$' || next == escape => {
                            let start = self.at;
                            self.next();
                            self.literal(start, true, parts);
                        }
                        // The escape character is then an ordinary one, and comes once more
                        // where it was kept already.
                        Some(_) => self.literal(start, true, parts),
                    }
                }
                Some(_) => {
                    let rest = self.text.value.get(start..).unwrap_or_default();
                    let special = |ch| matches!(ch, '"' | '$') || ch == escape;
                    self.at += rest.find(special).unwrap_or(rest.len());
                    self.literal(start, true, parts);
                }
            }
        }
    }

    fn dollar(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), Problem> {
        let start = self.at;
        self.next();
        if self.peek() == Some('{') {
            let variable = self.braced(start, quoted)?;
            parts.push(Part::Variable(variable));
            return Ok(());
        }
        let name = self.name();
        if name.value.is_empty() {
            self.literal(start, quoted, parts);
        } else {
            parts.push(Part::Variable(Variable {
                name,
                span: self.span_from(start),
                braced: false,
                quoted,
                modifier: None,
            }));
        }
        Ok(())
    }

    fn braced(&mut self, start: usize, quoted: bool) -> Result<Variable, Problem> {
        self.next();
        match self.peek() {
            None => return self.fail(start, "`}` is missing in the substitution"),
            Some('{' | '}' | ':') => {
                self.next();
                return self.fail(start, "a name is missing in the substitution");
            }
            Some(_) => {}
        }
        if self.depth == MAX_DEPTH {
            return self.fail(start, too_deep());
        }
        self.depth += 1;
        let name = self.name();
        let modifier = self.modifier(start)?;
        self.depth -= 1;
        Ok(Variable {
            name,
            span: self.span_from(start),
            braced: true,
            quoted,
            modifier,
        })
    }

    /// What follows the name, with the closing brace.
    fn modifier(&mut self, start: usize) -> Result<Option<Modifier>, Problem> {
        let mut operator = self.next();
        let colon = operator == Some(':');
        if colon {
            operator = self.next();
        }
        Ok(Some(match operator {
            Some('}') if !colon => return Ok(None),
            Some(operator @ ('-' | '+' | '?')) => Modifier::Condition {
                operator,
                colon,
                word: self.nested('}', false)?,
            },
            Some(operator @ ('#' | '%')) if !colon => Modifier::Trim {
                operator,
                pattern: self.nested('}', true)?,
            },
            Some('/') if !colon => {
                let all = self.peek() == Some('/');
                if all {
                    self.next();
                }
                Modifier::Replace {
                    all,
                    pattern: self.nested('/', true)?,
                    replacement: self.nested('}', true)?,
                }
            }
            Some(operator) if colon && !matches!(operator, '#' | '%') => Modifier::Unknown {
                operator,
                word: self.nested('}', false)?,
            },
            None => return self.fail(start, "`}` is missing in the substitution"),
            _ => return self.fail(start, "the modifier of the substitution is not supported"),
        }))
    }

    fn nested(&mut self, stop: char, keep_escapes: bool) -> Result<Template, Problem> {
        let mut parts = Vec::new();
        self.word(Some(stop), keep_escapes, &mut parts)?;
        Ok(Template {
            parts,
            problem: None,
        })
    }

    /// A name, a positional parameter or one special parameter.
    fn name(&mut self) -> Spanned<String> {
        let start = self.at;
        match self.peek() {
            Some(ch) if ch.is_ascii_digit() => {
                while self.peek().is_some_and(|ch| ch.is_ascii_digit()) {
                    self.next();
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => {
                self.next();
            }
            _ => {
                while self
                    .peek()
                    .is_some_and(|ch| ch.is_alphanumeric() || ch == '_')
                {
                    self.next();
                }
            }
        }
        let value = Span::new(start, self.at).of(&self.text.value).to_owned();
        Spanned::new(value, self.span_from(start))
    }
}
