//! JSON arrays of strings, with the places of the strings.

use crate::{Span, Spanned, Text};

/// How deep arrays and objects may stand in one another; Go's limit.
const MAX_DEPTH: usize = 10_000;

/// What arguments are that could be a JSON array.
pub(super) enum Array {
    /// No JSON array: `BuildKit` reads the arguments as plain text.
    No,
    /// An array of strings.
    Strings(Vec<Element>),
    /// An array with something else in it, which stands there.
    Mixed(Span),
}

/// A string of an array.
pub(super) struct Element {
    /// With its quotes.
    pub(super) span: Span,
    /// Decoded.
    pub(super) text: Text,
}

impl Element {
    pub(super) fn into_spanned(self) -> Spanned<String> {
        Spanned::new(self.text.value, self.span)
    }
}

/// Reads `text` as an array of strings.
pub(super) fn array(text: &Text) -> Array {
    let value = text.value.trim_start();
    if !value.starts_with('[') {
        return Array::No;
    }
    let mut json = Json {
        bytes: text.value.as_bytes(),
        at: text.value.len() - value.len(),
    };
    match json.array() {
        None => Array::No,
        Some((_, Some(other))) => Array::Mixed(text.source_span(other)),
        Some((strings, None)) => Array::Strings(
            strings
                .into_iter()
                .map(|span| Element {
                    span: text.source_span(span),
                    text: decode(
                        text,
                        Span::new(span.start as usize + 1, span.end as usize - 1),
                    ),
                })
                .collect(),
        ),
    }
}

/// A checker of JSON that remembers nothing but its place.
struct Json<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Json<'_> {
    /// The strings of the array that is the whole text, and the first element that is no string.
    fn array(&mut self) -> Option<(Vec<Span>, Option<Span>)> {
        let mut strings = Vec::new();
        let mut other = None;
        self.expect(b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                let is_string = self.peek() == Some(b'"');
                let start = self.at;
                self.value()?;
                let span = Span::new(start, self.at);
                if is_string {
                    strings.push(span);
                } else {
                    other.get_or_insert(span);
                }
                match self.peek()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
            }
            self.at += 1;
        }
        self.peek().is_none().then_some((strings, other))
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes any value, without recursion.
    fn value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek()? {
                start @ (b'[' | b'{') => {
                    self.at += 1;
                    let end = if start == b'[' { b']' } else { b'}' };
                    if self.peek()? == end {
                        self.at += 1;
                    } else {
                        open.push(end);
                        if open.len() > MAX_DEPTH {
                            return None;
                        }
                        if end == b'}' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => self.string()?,
                _ => self.scalar()?,
            }
            loop {
                let Some(end) = open.last().copied() else {
                    return Some(());
                };
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if end == b'}' {
                            self.key()?;
                        }
                        break;
                    }
                    byte if byte == end => {
                        self.at += 1;
                        open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.peek()?;
        self.string()?;
        self.expect(b':')
    }

    fn string(&mut self) -> Option<()> {
        if *self.bytes.get(self.at)? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                b'\\' => {
                    let escaped = *self.bytes.get(self.at)?;
                    self.at += 1;
                    match escaped {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.bytes.get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        for word in [b"true".as_slice(), b"false", b"null"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Some(());
            }
        }
        self.number()
    }

    fn number(&mut self) -> Option<()> {
        self.skip(b"-");
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Some(())
    }

    fn skip(&mut self, bytes: &[u8]) -> bool {
        let found = self
            .bytes
            .get(self.at)
            .is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.skip(b"0123456789") {}
        (self.at > start).then_some(())
    }
}

/// The string inside the quotes that `span` leaves out.
fn decode(text: &Text, span: Span) -> Text {
    let raw = span.of(&text.value);
    if !raw.contains('\\') {
        return text.slice(span);
    }
    let mut decoded = Text::default();
    let base = span.start as usize;
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find('\\').unwrap_or(rest.len());
        if plain > 0 {
            decoded.append(&text.slice(Span::new(base + at, base + at + plain)));
            at += plain;
            continue;
        }
        let (ch, length) = unescape(rest);
        let place = text.source_span(Span::new(base + at, base + at + length));
        decoded.append(&Text::verbatim(ch, place));
        at += length;
    }
    decoded
}

/// The character of the escape at the beginning of `rest`, and the length of the escape.
fn unescape(rest: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    match rest.chars().nth(1) {
        Some('b') => ('\x08', 2),
        Some('f') => ('\x0c', 2),
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some('u') => match (unit(0), unit(6)) {
            (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(code).unwrap_or('\u{fffd}'), 12)
            }
            (code, _) => (code.and_then(char::from_u32).unwrap_or('\u{fffd}'), 6),
        },
        Some(ch) => (ch, 1 + ch.len_utf8()),
        None => ('\\', 1),
    }
}
