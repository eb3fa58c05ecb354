//! Text with variables, as Compose interpolates it in Compose files and environment files.

use crate::{Span, Spanned};

/// Nested defaults beyond this depth are taken as text.
const DEPTH_LIMIT: usize = 32;

/// A text cut into literal parts and variables. Spans are offsets into that text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The parts, in order; together they cover the text.
    pub parts: Vec<Part>,
    /// What is not valid. The tools refuse the whole text then.
    pub errors: Vec<TemplateError>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Literal(Span),
    /// `$$`, which stands for one `$`.
    Dollar(Span),
    /// A variable.
    Variable(Variable),
}

/// `$NAME`, `${NAME}` or `${NAME` operator argument `}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The whole of it, from the `$`.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// What to do when it is set, unset or empty, and the argument of that.
    pub operation: Option<(Operator, Template)>,
}

/// The operators of a braced variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:-` and `-`: the argument is used when the variable is unset.
    Default {
        /// `:-`: also when it is empty.
        or_empty: bool,
    },
    /// `:?` and `?`: it is an error, told by the argument, when the variable is unset.
    Required {
        /// `:?`: also when it is empty.
        or_empty: bool,
    },
    /// `:+` and `+`: the argument replaces the value when the variable is set.
    Alternative {
        /// `:+`: only when it is not empty.
        not_empty: bool,
    },
}

/// A `${` that begins no valid variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The `${` and what follows.
    pub span: Span,
}

impl Template {
    /// Cuts `text`. A `$` that begins nothing is literal, as in `$1`.
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        template.read(text, 0, text.len(), 0);
        template
    }

    /// Whether there is nothing to interpolate.
    pub fn is_literal(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, Part::Literal(_)))
    }

    /// Every variable, also those inside of arguments, in order of appearance.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Variable>) {
        for part in &self.parts {
            if let Part::Variable(variable) = part {
                found.push(variable);
                if let Some((_, argument)) = &variable.operation {
                    argument.collect(found);
                }
            }
        }
    }

    fn read(&mut self, text: &str, start: usize, end: usize, depth: usize) {
        let bytes = text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().filter(|_| at < end);
        let mut literal = start;
        let mut at = start;
        while let Some(found) = text.get(at..end).and_then(|rest| rest.find('$')) {
            let dollar = at + found;
            let part = match byte(dollar + 1) {
                Some(b'$') => Some(Part::Dollar(Span::new(dollar, dollar + 2))),
                Some(b'{') => {
                    let Some(variable) = braced(text, dollar, end, depth) else {
                        // The text is refused as a whole, so nothing behind matters.
                        let span = Span::new(dollar, end);
                        self.errors.push(TemplateError { span });
                        break;
                    };
                    Some(Part::Variable(variable))
                }
                Some(first) if is_name_start(first) => {
                    let name = name(text, dollar + 1, end);
                    Some(Part::Variable(Variable {
                        span: Span::new(dollar, name.end as usize),
                        name: Spanned::new(name.of(text).to_owned(), name),
                        operation: None,
                    }))
                }
                _ => None,
            };
            let Some(part) = part else {
                at = dollar + 1;
                continue;
            };
            self.literal(literal, dollar);
            at = part.span().end as usize;
            literal = at;
            if let Part::Variable(Variable {
                operation: Some((_, argument)),
                ..
            }) = &part
            {
                self.errors.extend(argument.errors.iter().cloned());
            }
            self.parts.push(part);
        }
        self.literal(literal, end);
    }

    fn literal(&mut self, start: usize, end: usize) {
        if start < end {
            self.parts.push(Part::Literal(Span::new(start, end)));
        }
    }
}

impl Part {
    /// Where it stands in the text.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(span) | Self::Dollar(span) => *span,
            Self::Variable(variable) => variable.span,
        }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic()
}

fn name(text: &str, start: usize, end: usize) -> Span {
    let rest = text.get(start..end).unwrap_or_default();
    let length = rest
        .bytes()
        .take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric())
        .count();
    Span::new(start, start + length)
}

/// Reads a `${…}` at `dollar`.
fn braced(text: &str, dollar: usize, end: usize, depth: usize) -> Option<Variable> {
    let start = dollar + 2;
    let name = name(text, start, end);
    if !name.of(text).bytes().next().is_some_and(is_name_start) {
        return None;
    }
    let behind = name.end as usize;
    let rest = text.get(behind..end)?;
    let spanned = Spanned::new(name.of(text).to_owned(), name);
    if rest.starts_with('}') {
        return Some(Variable {
            span: Span::new(dollar, behind + 1),
            name: spanned,
            operation: None,
        });
    }
    let (operator, length) = operator(rest)?;
    let close = closing_brace(text, dollar, behind + length, end)?;
    let mut argument = Template::default();
    if depth < DEPTH_LIMIT {
        argument.read(text, behind + length, close, depth + 1);
    } else {
        argument.literal(behind + length, close);
    }
    Some(Variable {
        span: Span::new(dollar, close + 1),
        name: spanned,
        operation: Some((operator, argument)),
    })
}

fn operator(rest: &str) -> Option<(Operator, usize)> {
    let (colon, symbol) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let operator = match symbol.bytes().next()? {
        b'-' => Operator::Default { or_empty: colon },
        b'?' => Operator::Required { or_empty: colon },
        b'+' => Operator::Alternative { not_empty: colon },
        _ => return None,
    };
    Some((operator, 1 + usize::from(colon)))
}

/// The `}` that ends the variable at `dollar`, on the same line: the one that balances its braces,
/// else the last one. A brace right behind an opening one does not count, as in Compose.
fn closing_brace(text: &str, dollar: usize, argument: usize, end: usize) -> Option<usize> {
    let mut open = 0_usize;
    let mut last = None;
    let mut skipped = None;
    for (at, byte) in text.get(dollar..end)?.bytes().enumerate() {
        match byte {
            b'\n' => break,
            b'}' => last = Some(at),
            _ => {}
        }
        if skipped == Some(at) {
            continue;
        }
        if byte == b'{' {
            open += 1;
            skipped = Some(at + 1);
        } else if byte == b'}' {
            open = open.saturating_sub(1);
            if open == 0 {
                break;
            }
        }
    }
    last.map(|at| dollar + at)
        .filter(|close| *close >= argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts, one per word: variables as (name operator [argument]).
    fn outline(text: &str) -> String {
        fn show(text: &str, template: &Template) -> String {
            let parts = template.parts.iter().map(|part| match part {
                Part::Literal(span) => span.of(text).to_owned(),
                Part::Dollar(_) => "DOLLAR".to_owned(),
                Part::Variable(variable) => match &variable.operation {
                    None => format!("({})", variable.name.value),
                    Some((operator, argument)) => {
                        let operator = match operator {
                            Operator::Default { or_empty: true } => ":-",
                            Operator::Default { .. } => "-",
                            Operator::Required { or_empty: true } => ":?",
                            Operator::Required { .. } => "?",
                            Operator::Alternative { not_empty: true } => ":+",
                            Operator::Alternative { .. } => "+",
                        };
                        let argument = show(text, argument);
                        format!("({}{operator}[{argument}])", variable.name.value)
                    }
                },
            });
            parts.collect::<String>()
        }
        let template = Template::parse(text);
        let errors = template.errors.len();
        show(text, &template) + &"!".repeat(errors)
    }

    #[test]
    fn every_form_of_a_variable_is_read() {
        for (text, expected) in [
            ("plain", "plain"),
            ("$a-$B_1.x", "(a)-(B_1).x"),
            ("${a}${b:-c}", "(a)(b:-[c])"),
            ("${a-b} ${a:?e f} ${a?e}", "(a-[b]) (a:?[e f]) (a?[e])"),
            ("${a:+b}${a+b}${a:-}", "(a:+[b])(a+[b])(a:-[])"),
            ("${a:-${b:-${c}}d}e", "(a:-[(b:-[(c)])d])e"),
            ("${a:-{x}} y", "(a:-[{x}]) y"),
            ("$$a $1 $ 5$", "DOLLARa $1 $ 5$"),
            ("${a-b:-c}", "(a-[b:-c])"),
        ] {
            assert_eq!(outline(text), expected, "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error() {
        for text in [
            "${",
            "${}",
            "${1}",
            "${a",
            "${a b}",
            "${a:x}",
            "${a:-b\n}",
            "${ a }",
        ] {
            assert!(outline(text).ends_with('!'), "{text}");
        }
    }

    #[test]
    fn variables_know_their_place() {
        let text = "x ${A:-$B} y";
        let template = Template::parse(text);
        let places: Vec<_> = template
            .variables()
            .iter()
            .map(|variable| (variable.span.of(text), variable.name.span.of(text)))
            .collect();
        assert_eq!(places, [("${A:-$B}", "A"), ("$B", "B")]);
    }
}
