//! Commands of a host language, written as the shell will read them.
//!
//! Make, just, a workflow and the like put values into a command before a shell sees it. Here a
//! reference to a value becomes `${NAME}`, or `${_}` where no name says what it is, so that the
//! shell's own parser can read the whole. A reference inside single quotes is taken out of them:
//! `'$(A)'` of a Makefile becomes `''"${A}"''`.

use crate::{Span, Text};

/// What becomes of a reference that cannot be said as a variable.
pub(crate) const OPAQUE: &str = "${_}";

/// Whether `name` is a name of the shell (POSIX 2017, 3.235).
pub(crate) fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// `name` with the characters that other languages allow replaced by underscores; `None` when it
/// holds anything else.
pub(crate) fn as_name(name: &str) -> Option<String> {
    let name = name.replace(['-', '.'], "_");
    is_name(&name).then_some(name)
}

/// What a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A shell reads it: quotes count.
    Command,
    /// It is the value of something: quotes are text.
    Value,
}

/// Writes a text anew, piece by piece, from the text of a host language.
pub(crate) struct Substitution<'t> {
    from: &'t Text,
    out: Text,
    quoting: Option<Quoting>,
}

impl<'t> Substitution<'t> {
    /// Begins with nothing written.
    pub(crate) fn new(from: &'t Text, purpose: Purpose) -> Self {
        Self {
            from,
            out: Text::default(),
            quoting: (purpose == Purpose::Command).then(Quoting::default),
        }
    }

    /// Takes `span` of the text over as it is.
    pub(crate) fn copy(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        let part = self.from.slice(span);
        if let Some(quoting) = &mut self.quoting {
            quoting.advance(&part.value);
        }
        self.out.append(&part);
    }

    /// Puts `value` where `span` of the text stands.
    pub(crate) fn write(&mut self, value: &str, span: Span) {
        if let Some(quoting) = &mut self.quoting {
            quoting.advance(value);
        }
        let place = self.from.source_span(span);
        let width = place.len().max(1);
        let (first, rest) = value
            .split_at_checked(width.min(value.len()))
            .unwrap_or((value, ""));
        self.out.push(first, place);
        // No byte may point behind the part that it stands for.
        let last = Span::new(place.end.max(1) as usize - 1, place.end as usize);
        for character in rest.chars() {
            self.out.push(character.encode_utf8(&mut [0; 4]), last);
        }
    }

    /// Puts a variable where `span` stands; its name is read at `name_span`.
    pub(crate) fn variable(&mut self, name: &str, name_span: Span, span: Span) {
        let quoted = self.open(span);
        self.write(
            "${",
            Span {
                end: name_span.start.max(span.start),
                ..span
            },
        );
        self.write(name, name_span);
        self.write("}", last_byte(span));
        self.close(quoted, span);
    }

    /// Puts something unknown where `span` stands.
    pub(crate) fn opaque(&mut self, span: Span) {
        let quoted = self.open(span);
        let (last, front) = (last_byte(span), OPAQUE.trim_end_matches('}'));
        self.write(
            front,
            Span {
                end: last.start,
                ..span
            },
        );
        self.write("}", last);
        self.close(quoted, span);
    }

    /// Leaves single quotes for what the shell has to expand; true when there are any.
    pub(crate) fn open(&mut self, span: Span) -> bool {
        let quoted = self.quoting.as_ref().is_some_and(Quoting::is_single);
        if quoted {
            self.write(
                "'\"",
                Span {
                    end: span.start,
                    ..span
                },
            );
        }
        quoted
    }

    /// Enters the single quotes again that [`Self::open`] left.
    pub(crate) fn close(&mut self, quoted: bool, span: Span) {
        if quoted {
            self.write("\"'", last_byte(span));
        }
    }

    /// What has been written.
    pub(crate) fn finish(self) -> Text {
        if self.out.value.is_empty() {
            return Text::verbatim("", self.from.span);
        }
        self.out
    }
}

/// Writes what stands between `open` and `close` as a variable where `name` says which, and else as
/// an opaque value.
pub(crate) fn between(
    text: &Text,
    purpose: Purpose,
    (open, close): (&str, &str),
    name: impl Fn(&str) -> Option<String>,
) -> Text {
    let mut out = Substitution::new(text, purpose);
    let source = text.value.as_str();
    let mut at = 0;
    while let Some(found) = source.get(at..).and_then(|rest| rest.find(open)) {
        let start = at + found;
        let inner = start + open.len();
        let rest = source.get(inner..).unwrap_or_default();
        let Some(length) = rest.find(close) else {
            break;
        };
        let whole = Span::new(start, inner + length + close.len());
        out.copy(Span::new(at, start));
        let expression = rest.get(..length).unwrap_or_default();
        let own = expression.trim();
        let from = inner + expression.len() - expression.trim_start().len();
        match name(own) {
            Some(name) => out.variable(&name, Span::new(from, from + own.len()), whole),
            None => out.opaque(whole),
        }
        at = whole.end as usize;
    }
    out.copy(Span::new(at, source.len()));
    out.finish()
}

/// Puts values in place of `${NAME}`; names without one stay as they are.
pub fn put_in(text: &Text, value: &dyn Fn(&str) -> Option<String>) -> Text {
    let mut out = Substitution::new(text, Purpose::Value);
    let source = text.value.as_str();
    let mut at = 0;
    for (start, _) in source.match_indices("${") {
        let rest = source.get(start + 2..).unwrap_or_default();
        let Some((name, _)) = rest.split_once('}').filter(|(name, _)| is_name(name)) else {
            continue;
        };
        let Some(value) = value(name).filter(|_| start >= at) else {
            continue;
        };
        let span = Span::new(start, start + name.len() + 3);
        out.copy(Span::new(at, start));
        out.write(&value, span);
        at = span.end as usize;
    }
    out.copy(Span::new(at, source.len()));
    out.finish()
}

/// Writes `$NAME` as `${NAME}`, and `${…}` with anything but a name in it as `${_}`.
pub fn braced(text: &Text) -> Text {
    let mut out = Substitution::new(text, Purpose::Value);
    let source = text.value.as_str();
    let mut at = 0;
    for (dollar, _) in source.match_indices('$') {
        let rest = source.get(dollar + 1..).unwrap_or_default();
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let (name, length) = match rest.strip_prefix('{') {
            Some(inner) => {
                let name = inner.split('}').next().unwrap_or_default();
                (name, name.len() + 2)
            }
            None => {
                let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                (rest.get(..end).unwrap_or_default(), end)
            }
        };
        let end = (dollar + 1 + length).min(source.len());
        if dollar < at || name.is_empty() {
            continue;
        }
        let span = Span::new(dollar, end);
        out.copy(Span::new(at, dollar));
        if is_name(name) {
            out.variable(name, span, span);
        } else {
            out.opaque(span);
        }
        at = end;
    }
    out.copy(Span::new(at, source.len()));
    out.finish()
}

fn last_byte(span: Span) -> Span {
    Span {
        start: span.end.saturating_sub(1).max(span.start),
        ..span
    }
}

/// Where in the shell's quoting a text has come to.
#[derive(Default)]
struct Quoting {
    open: Vec<Open>,
    /// The next character has lost its meaning.
    escaped: bool,
    previous: Option<char>,
    /// The here-documents whose operators have been read, and the word being read behind `<<`.
    heredocs: Vec<String>,
    word: Option<String>,
    /// The current line of a here-document.
    line: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Single,
    Double,
    /// `$(` or a bracket inside of it.
    Parenthesis,
    Comment,
    Heredoc,
}

impl Quoting {
    fn is_single(&self) -> bool {
        self.open.last() == Some(&Open::Single)
    }

    fn advance(&mut self, text: &str) {
        for character in text.chars() {
            self.character(character);
            self.previous = Some(character);
        }
    }

    fn character(&mut self, it: char) {
        let top = self.open.last().copied();
        if top == Some(Open::Heredoc) {
            self.heredoc(it);
            return;
        }
        if std::mem::take(&mut self.escaped) {
            return;
        }
        let expands = self.previous == Some('$');
        match (top, it) {
            (Some(Open::Single), '\'')
            | (Some(Open::Double), '"')
            | (Some(Open::Parenthesis), ')') => {
                self.open.pop();
            }
            (Some(Open::Comment), '\n') => {
                self.open.pop();
                self.line_end();
            }
            (Some(Open::Comment), _) => return,
            (Some(Open::Single), _) => {}
            (_, '\\') => self.escaped = true,
            (Some(Open::Parenthesis), '(') => self.open.push(Open::Parenthesis),
            (_, '(') if expands => self.open.push(Open::Parenthesis),
            (Some(Open::Double), _) => {}
            (_, '\'') => self.open.push(Open::Single),
            (_, '"') => self.open.push(Open::Double),
            (_, '#') if self.previous.is_none_or(char::is_whitespace) => {
                self.open.push(Open::Comment);
            }
            (_, '\n') => self.line_end(),
            _ => {}
        }
        self.operator(it);
    }

    /// Follows `<<WORD`.
    fn operator(&mut self, it: char) {
        match &mut self.word {
            Some(word) if word.is_empty() && matches!(it, '-' | ' ' | '\t' | '\'' | '"') => {}
            Some(word) if it.is_alphanumeric() || matches!(it, '_' | '-' | '.') => word.push(it),
            Some(word) => {
                let word = std::mem::take(word);
                self.word = None;
                if !word.is_empty() {
                    self.heredocs.push(word);
                }
                if it == '\n' {
                    self.line_end();
                }
            }
            None if it == '<' && self.previous == Some('<') => {
                let quoted = matches!(self.open.last(), Some(Open::Single | Open::Double));
                self.word = (!quoted).then(String::new);
            }
            None => {}
        }
    }

    fn line_end(&mut self) {
        if !self.heredocs.is_empty() && self.open.last() != Some(&Open::Heredoc) {
            self.open.push(Open::Heredoc);
        }
    }

    fn heredoc(&mut self, it: char) {
        if it != '\n' {
            self.line.push(it);
            return;
        }
        let line = std::mem::take(&mut self.line);
        if self.heredocs.first().is_some_and(|end| line.trim() == end) {
            self.heredocs.remove(0);
            if self.heredocs.is_empty() {
                self.open.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces every `@` by a variable.
    fn command(source: &str) -> String {
        let text = Text::verbatim(source, Span::new(0, source.len()));
        let mut out = Substitution::new(&text, Purpose::Command);
        let mut at = 0;
        for (found, _) in source.match_indices('@') {
            let span = Span::new(found, found + 1);
            out.copy(Span::new(at, found));
            out.variable("A", span, span);
            at = found + 1;
        }
        out.copy(Span::new(at, source.len()));
        out.finish().value
    }

    #[test]
    fn a_reference_leaves_single_quotes() {
        assert_eq!(command("x @ \"@\" '@/b'"), r#"x ${A} "${A}" ''"${A}"'/b'"#);
        assert_eq!(
            command(
                r"\'@ # it's
@"
            ),
            "\\'${A} # it's\n${A}"
        );
        assert_eq!(command("\"$(echo '@')\" @"), r#""$(echo ''"${A}"'')" ${A}"#);
        assert_eq!(
            command("cat <<-'END'\nit's @\nEND\nx @"),
            "cat <<-'END'\nit's ${A}\nEND\nx ${A}"
        );
    }

    #[test]
    fn variables_get_braces_and_values() {
        let text = |source: &str| Text::verbatim(source, Span::new(0, source.len()));
        let template = braced(&text("a/$B-${C}${d:e} $"));
        assert_eq!(template.value, "a/${B}-${C}${_} $");
        let value = |name: &str| (name == "B").then(|| "bb".to_owned());
        assert_eq!(put_in(&template, &value).value, "a/bb-${C}${_} $");
    }

    #[test]
    fn what_is_written_points_at_what_it_stands_for() {
        let source = "a {{ x }} b";
        let text = Text::verbatim(source, Span::new(0, source.len()));
        let mut out = Substitution::new(&text, Purpose::Command);
        out.copy(Span::new(0, 2));
        out.variable("x", Span::new(5, 6), Span::new(2, 9));
        out.copy(Span::new(9, 11));
        let text = out.finish();
        assert_eq!(text.value, "a ${x} b");
        let of = |start, end| text.source_span(Span::new(start, end)).of(source);
        assert_eq!((of(2, 6), of(4, 5), of(7, 8)), ("{{ x }}", "x", "b"));
    }
}
