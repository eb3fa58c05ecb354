//! Environment files in the dialect of Compose: `.env`, and what `env_file` names.

use std::collections::HashMap;

use dockwright_syntax::Span;
use dockwright_syntax::compose::Template;

use crate::{Variable, VariableSource};

use super::interpolate::interpolate;

/// More text than this is not made of variables that name one another.
const EXPANSION_LIMIT: usize = 4 << 20;

/// What an environment file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dotenv {
    /// Its assignments, in order. A later one of the same name wins.
    pub assignments: Vec<Assignment>,
    /// Why Compose refuses the file, and where; what stands before was read.
    pub error: Option<(Span, String)>,
}

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value after unquoting and expansion; absent when only the name is given, and the
    /// caller's environment decides.
    pub value: Option<String>,
    /// Where the value stands, with its quotes.
    pub value_span: Span,
    /// The variables in the value.
    pub variables: Vec<Variable>,
}

/// Reads an environment file. `lookup` gives variables from outside, which go before those that
/// the file itself has set.
pub fn parse(source: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Dotenv {
    let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader {
        source,
        at: start,
        lookup,
        values: HashMap::new(),
        expanded: 0,
        out: Dotenv::default(),
    };
    if let Err(error) = reader.read() {
        reader.out.error = Some(error);
    }
    reader.out
}

/// Reads a file of the format `raw`: `NAME=VALUE` lines without quotes or variables.
pub fn parse_raw(source: &str) -> Dotenv {
    let mut out = Dotenv::default();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let start = at;
        at += line.len();
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let name_end = start + name.len();
        out.assignments.push(Assignment {
            name: name.to_owned(),
            name_span: Span::new(start, name_end),
            value_span: Span::new((name_end + 1).min(start + text.len()), start + text.len()),
            value,
            variables: Vec::new(),
        });
    }
    out
}

type Failure = (Span, String);

struct Reader<'a> {
    source: &'a str,
    at: usize,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    values: HashMap<String, String>,
    /// Bytes that expansion has made so far.
    expanded: usize,
    out: Dotenv,
}

/// Blanks, without line feeds.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(skipped).len();
    }

    fn read(&mut self) -> Result<(), Failure> {
        loop {
            self.skip(char::is_whitespace);
            if self.rest().is_empty() {
                return Ok(());
            }
            if self.rest().starts_with('#') {
                self.skip(|c| c != '\n');
                continue;
            }
            self.assignment()?;
        }
    }

    fn assignment(&mut self) -> Result<(), Failure> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(char::is_whitespace)
        {
            self.at += "export".len();
            self.skip(is_blank);
        }
        let start = self.at;
        let (key, terminator) = self.key()?;
        let name = key.trim_end().to_owned();
        let name_span = Span::new(start, start + name.len());
        self.at = start + key.len() + usize::from(terminator.is_some());
        if name.contains(' ') {
            return Err((name_span, "a name cannot contain a space".to_owned()));
        }
        if matches!(terminator, None | Some('\n')) {
            let value = (self.lookup)(&name);
            self.out.assignments.push(Assignment {
                name,
                name_span,
                value,
                value_span: Span::at(name_span.end as usize),
                variables: Vec::new(),
            });
            return Ok(());
        }
        self.skip(is_blank);
        let value_start = self.at;
        let (written, expands, end) = self.value()?;
        let value_span = Span::new(value_start, end);
        let (value, variables) = if expands {
            self.expand(&written, value_span)?
        } else {
            (written, Vec::new())
        };
        self.values.insert(name.clone(), value.clone());
        self.out.assignments.push(Assignment {
            name,
            name_span,
            value: Some(value),
            value_span,
            variables,
        });
        Ok(())
    }

    /// The text of a name and what ends it.
    fn key(&self) -> Result<(String, Option<char>), Failure> {
        let rest = self.rest();
        for (at, c) in rest.char_indices() {
            match c {
                '=' | ':' | '\n' => {
                    return Ok((rest.get(..at).unwrap_or_default().to_owned(), Some(c)));
                }
                '_' | '.' | '-' | '[' | ']' => {}
                c if is_blank(c) || c.is_alphabetic() || c.is_numeric() => {}
                c => {
                    let span = Span::new(self.at + at, self.at + at + c.len_utf8());
                    return Err((
                        span,
                        format!("unexpected character `{c}` in a variable name"),
                    ));
                }
            }
        }
        Ok((rest.to_owned(), None))
    }

    /// The text of a value, whether variables in it are expanded, and where it ends. What stands
    /// behind an unquoted value on its line is skipped.
    fn value(&mut self) -> Result<(String, bool, usize), Failure> {
        let start = self.at;
        let Some(quote) = self
            .rest()
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
        else {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let value = line.split(" #").next().unwrap_or_default().trim_end();
            let (value, line) = (value.to_owned(), line.len());
            self.at += line;
            let end = start + value.len();
            return Ok((value, true, end));
        };
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            if c == quote && !escaped {
                self.at = start + at + 1;
                return Ok(if quote == '"' {
                    (unescape(&value), true, self.at)
                } else {
                    (value, false, self.at)
                });
            }
            if c == '\\' && !escaped {
                escaped = true;
                continue;
            }
            if escaped && c != quote {
                value.push('\\');
            }
            escaped = false;
            value.push(c);
        }
        let line = self.rest().split('\n').next().unwrap_or_default();
        let span = Span::new(start, start + line.len());
        Err((span, "the quotes of this value are not closed".to_owned()))
    }

    fn expand(&mut self, written: &str, span: Span) -> Result<(String, Vec<Variable>), Failure> {
        let template = Template::parse(written);
        if !template.errors.is_empty() {
            return Err((span, "this is not a valid variable".to_owned()));
        }
        let lookup = |name: &str| {
            let outside = (self.lookup)(name).map(|value| (value, VariableSource::File));
            outside.or_else(|| {
                let value = self.values.get(name)?;
                Some((value.clone(), VariableSource::File))
            })
        };
        let out = interpolate(written, &template, &lookup);
        if let Some((name, _)) = out.missing.first() {
            return Err((span, format!("the required variable {name} has no value")));
        }
        if !out.variables.is_empty() {
            self.expanded += out.text.len();
        }
        if self.expanded > EXPANSION_LIMIT {
            return Err((span, "the values of this file grow too long".to_owned()));
        }
        Ok((out.text, out.variables))
    }
}

/// The escapes of a double-quoted value. `\$` becomes `$$`, which the expansion reads as `$`.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        let simple = match rest.bytes().next() {
            Some(b'a') => Some("\u{7}"),
            Some(b'b') => Some("\u{8}"),
            Some(b'f') => Some("\u{c}"),
            Some(b'n') => Some("\n"),
            Some(b'r') => Some("\r"),
            Some(b't') => Some("\t"),
            Some(b'v') => Some("\u{b}"),
            Some(b'$') => Some("$$"),
            Some(b'"') => Some("\""),
            Some(b'\\') => Some("\\"),
            _ => None,
        };
        if let Some(text) = simple {
            out.push_str(text);
            rest = rest.get(1..).unwrap_or_default();
        } else if let Some((byte, after)) = octal(rest) {
            out.push(char::from(byte));
            rest = after;
        } else {
            out.push('\\');
        }
    }
    out.push_str(rest);
    out
}

/// `0` and three octal digits.
fn octal(rest: &str) -> Option<(u8, &str)> {
    let digits = rest.strip_prefix('0')?.get(..3)?;
    let byte = u8::from_str_radix(digits, 8).ok()?;
    Some((byte, rest.get(4..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(source: &str) -> Vec<(String, Option<String>)> {
        let file = parse(source, &|name| {
            (name == "OUTSIDE").then(|| "out".to_owned())
        });
        file.assignments
            .into_iter()
            .map(|assignment| (assignment.name, assignment.value))
            .collect()
    }

    #[test]
    fn values_are_unquoted_and_expanded() {
        let source = "\u{feff}# comment\nexport A=1 # one\nB: two words  \nC='$A \\n'\nD=\"x\\ty ${A}\\$A\"\nE=${B}-${NO:-d}-$OUTSIDE\nF=\nG=a#b\nM=\"1\n2\" # end\nOUTSIDE\nNONE\nlast=";
        let expected = [
            ("A", Some("1")),
            ("B", Some("two words")),
            ("C", Some("$A \\n")),
            ("D", Some("x\ty 1$A")),
            ("E", Some("two words-d-out")),
            ("F", Some("")),
            ("G", Some("a#b")),
            ("M", Some("1\n2")),
            ("OUTSIDE", Some("out")),
            ("NONE", None),
            ("last", Some("")),
        ];
        let expected: Vec<_> = expected
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .into();
        assert_eq!(values(source), expected);
    }

    #[test]
    fn spans_are_those_of_the_source() {
        let source = "A=1\nB = \"x y\" # c\n";
        let file = parse(source, &|_| None);
        let spans: Vec<_> = file
            .assignments
            .iter()
            .map(|it| (it.name_span.of(source), it.value_span.of(source)))
            .collect();
        assert_eq!(spans, [("A", "1"), ("B", "\"x y\"")]);
    }

    #[test]
    fn what_compose_refuses_is_an_error() {
        for source in ["A B=1\n", "A=\"x\n", "A%=1\n", "A=${\n", "A=${B:?no}\n"] {
            assert!(parse(source, &|_| None).error.is_some(), "{source}");
        }
    }
}
