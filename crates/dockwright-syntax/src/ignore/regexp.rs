//! Go's regular expressions, as far as ignore patterns can produce them.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// The largest count in a repetition such as `{2,5}`.
const MAX_REPEAT: u32 = 1000;

/// Compiles an expression written for Go; `None` when Go refuses it, or when it is one of the few
/// that have no counterpart.
pub(super) fn compile(go: &str) -> Option<Regex> {
    let mut translation = Translation {
        rest: go.chars().peekable(),
        out: String::with_capacity(go.len() + 16),
    };
    translation.expression()?;
    Regex::new(&translation.out).ok()
}

struct Translation<'g> {
    rest: Peekable<Chars<'g>>,
    out: String,
}

/// What an escape stands for.
enum Escape {
    Character(char),
    /// A set of ASCII characters, in the notation of a class.
    Set(&'static str),
    /// The text outside of a class.
    Assertion(&'static str),
}

impl Translation<'_> {
    fn expression(&mut self) -> Option<()> {
        // Whether what stands before can be repeated.
        let mut repeatable = false;
        while let Some(character) = self.rest.next() {
            let mut repeatable_next = true;
            match character {
                '[' => self.class()?,
                '\\' => match self.escape()? {
                    Escape::Character(character) => self.literal(character),
                    Escape::Set(set) => {
                        let _ = write!(self.out, "[{set}]");
                    }
                    Escape::Assertion(assertion) => self.out.push_str(assertion),
                },
                '{' => match self.repetition() {
                    Some(_) if !repeatable => return None,
                    Some((low, high)) => {
                        if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT) {
                            return None;
                        }
                        match high {
                            Some(high) if high < low => return None,
                            Some(high) => write!(self.out, "{{{low},{high}}}").ok()?,
                            None => write!(self.out, "{{{low},}}").ok()?,
                        }
                        // Go refuses a repetition of a repetition.
                        repeatable_next = false;
                    }
                    None => self.literal('{'),
                },
                '*' | '?' => {
                    if !repeatable {
                        return None;
                    }
                    self.out.push(character);
                    repeatable_next = false;
                }
                '(' | '|' => {
                    self.out.push(character);
                    repeatable_next = false;
                }
                '^' | '$' | '.' | ')' => self.out.push(character),
                character => self.literal(character),
            }
            repeatable = repeatable_next;
        }
        Some(())
    }

    fn literal(&mut self, character: char) {
        // Written to a `String`, which never fails.
        let _ = write!(self.out, "\\x{{{:x}}}", u32::from(character));
    }

    /// `n}`, `n,}` or `n,m}` behind `{`; reads nothing when there is something else.
    fn repetition(&mut self) -> Option<(u32, Option<u32>)> {
        let ahead: String = self.rest.clone().take(24).collect();
        let (ahead, _) = ahead.split_once('}')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let is_plain = text == "0" || !text.starts_with('0');
            // A number too large for Go's limit is refused later.
            (is_number && is_plain).then(|| text.parse().unwrap_or(u32::MAX))
        };
        let counts = match ahead.split_once(',') {
            None => number(ahead).map(|count| (count, Some(count))),
            Some((low, "")) => number(low).map(|low| (low, None)),
            Some((low, high)) => number(low).zip(number(high).map(Some)),
        }?;
        for _ in 0..=ahead.chars().count() {
            self.rest.next();
        }
        Some(counts)
    }

    fn escape(&mut self) -> Option<Escape> {
        let character = self.rest.next()?;
        Some(match character {
            'd' => Escape::Set("0-9"),
            'D' => Escape::Set("[^0-9]"),
            's' => Escape::Set("\\t\\n\\f\\r\\x20"),
            'S' => Escape::Set("[^\\t\\n\\f\\r\\x20]"),
            'w' => Escape::Set("0-9A-Za-z_"),
            'W' => Escape::Set("[^0-9A-Za-z_]"),
            'A' => Escape::Assertion("\\A"),
            'z' => Escape::Assertion("\\z"),
            'b' => Escape::Assertion("(?-u:\\b)"),
            'a' => Escape::Character('\x07'),
            'f' => Escape::Character('\x0c'),
            'n' => Escape::Character('\n'),
            'r' => Escape::Character('\r'),
            't' => Escape::Character('\t'),
            'v' => Escape::Character('\x0b'),
            'x' => Escape::Character(self.hexadecimal()?),
            '0'..='7' => Escape::Character(self.octal(character)?),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Escape::Character(other),
            _ => return None,
        })
    }

    fn hexadecimal(&mut self) -> Option<char> {
        let mut digits = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            loop {
                match self.rest.next()? {
                    '}' => break,
                    digit => digits.push(digit),
                }
            }
        } else {
            digits.extend([self.rest.next()?, self.rest.next()?]);
        }
        let is_number = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        let number = u32::from_str_radix(&digits, 16);
        is_number.then_some(number.ok()?).and_then(char::from_u32)
    }

    fn octal(&mut self, first: char) -> Option<char> {
        let mut number = first.to_digit(8)?;
        // A single digit from one to seven would be a back reference.
        let next = self.rest.peek().and_then(|next| next.to_digit(8));
        if first != '0' && next.is_none() {
            return None;
        }
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(8)) else {
                break;
            };
            number = number * 8 + digit;
            self.rest.next();
        }
        char::from_u32(number)
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            if !is_first && self.rest.next_if_eq(&']').is_some() {
                self.out.push(']');
                return Some(());
            }
            is_first = false;
            if let Some(named) = self.named_class() {
                self.out.push_str(&named?);
                continue;
            }
            let Some(low) = self.class_character()? else {
                continue;
            };
            self.literal(low);
            let mut ahead = self.rest.clone();
            let is_range =
                ahead.next() == Some('-') && ahead.next().is_some_and(|next| next != ']');
            if is_range {
                self.rest.next();
                let high = self.class_character()??;
                if high < low {
                    return None;
                }
                self.out.push('-');
                self.literal(high);
            }
        }
    }

    /// One character of a class; `Some(None)` when a set was written instead.
    #[allow(clippy::option_option)]
    fn class_character(&mut self) -> Option<Option<char>> {
        match self.rest.next()? {
            '\\' => match self.escape()? {
                Escape::Character(character) => Some(Some(character)),
                Escape::Set(set) => {
                    self.out.push_str(set);
                    Some(None)
                }
                Escape::Assertion(_) => None,
            },
            character => Some(Some(character)),
        }
    }

    /// `[:name:]`; the inner `None` when Go knows no such name.
    #[allow(clippy::option_option)]
    fn named_class(&mut self) -> Option<Option<String>> {
        let ahead: String = self.rest.clone().take(16).collect();
        let end = ahead.strip_prefix("[:")?.find(":]")? + 4;
        let named = ahead.get(..end)?.to_owned();
        for _ in 0..named.chars().count() {
            self.rest.next();
        }
        let name = named.trim_start_matches("[:").trim_end_matches(":]");
        let known = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let is_known = known.contains(&name.trim_start_matches('^'));
        Some(is_known.then_some(named))
    }
}
