//! Paths and wildcards as Go's `path/filepath` has them on Unix: the engine reads ignore patterns
//! and the sources of `COPY` and `ADD` with it.

use std::fmt;

/// The shortest path that means the same by its text alone; `.` for an empty one.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether `*`, `?` or `[` stands in `path` and is not escaped.
pub fn has_wildcards(path: &str) -> bool {
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// A pattern that is not well-formed: an open `[`, an empty class, or a `\` at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

impl fmt::Display for BadPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("syntax error in pattern")
    }
}

impl std::error::Error for BadPattern {}

/// A pattern for whole paths, as in `filepath.Match`: `*` and `?` do not match a slash, there is
/// no `**`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard {
    chunks: Vec<Chunk>,
}

/// Tokens, and whether a `*` stands before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Chunk {
    star: bool,
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Character(char),
    /// Any character but a slash.
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Wildcard {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<Self, BadPattern> {
        let mut chunks = vec![Chunk::default()];
        let mut rest = pattern.chars();
        while let Some(character) = rest.next() {
            let token = match character {
                '*' => {
                    if chunks.last().is_none_or(|chunk| !chunk.tokens.is_empty()) {
                        chunks.push(Chunk::default());
                    }
                    if let Some(chunk) = chunks.last_mut() {
                        chunk.star = true;
                    }
                    continue;
                }
                '?' => Token::Any,
                '[' => class(&mut rest)?,
                '\\' => Token::Character(rest.next().ok_or(BadPattern)?),
                character => Token::Character(character),
            };
            if let Some(chunk) = chunks.last_mut() {
                chunk.tokens.push(token);
            }
        }
        Ok(Self { chunks })
    }

    /// Whether the whole of `path` matches.
    pub fn matches(&self, path: &str) -> bool {
        let mut path = path;
        for (index, chunk) in self.chunks.iter().enumerate() {
            let is_last = index + 1 == self.chunks.len();
            if is_last && chunk.star && chunk.tokens.is_empty() {
                return !path.contains('/');
            }
            // A star takes as little as it can; it never takes a slash.
            let reach = match path.find('/') {
                _ if !chunk.star => 0,
                Some(slash) => slash,
                None => path.len(),
            };
            let mut starts = path.char_indices().map(|(at, _)| at).chain([path.len()]);
            let rest = starts
                .by_ref()
                .take_while(|start| *start <= reach)
                .filter_map(|start| chunk.strip(path.get(start..)?))
                .find(|rest| !is_last || rest.is_empty());
            match rest {
                Some(rest) => path = rest,
                None => return false,
            }
        }
        path.is_empty()
    }
}

impl Chunk {
    /// What is left of `path` behind this chunk, if it begins with it.
    fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut rest = path.chars();
        for token in &self.tokens {
            let character = rest.next()?;
            let matched = match token {
                Token::Character(expected) => character == *expected,
                Token::Any => character != '/',
                Token::Class { negated, ranges } => {
                    let inside = |(low, high): &(char, char)| (*low..=*high).contains(&character);
                    ranges.iter().any(inside) != *negated
                }
            };
            if !matched {
                return None;
            }
        }
        Some(rest.as_str())
    }
}

fn class(rest: &mut std::str::Chars<'_>) -> Result<Token, BadPattern> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Ok(Token::Class { negated, ranges });
        }
        let low = class_character(rest)?;
        let mut high = low;
        if rest.as_str().starts_with('-') {
            rest.next();
            high = class_character(rest)?;
        }
        ranges.push((low, high));
    }
}

fn class_character(rest: &mut std::str::Chars<'_>) -> Result<char, BadPattern> {
    match rest.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => rest.next().ok_or(BadPattern),
        Some(character) => Ok(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        for (path, expected) in [
            ("", "."),
            (".", "."),
            ("a//b/./c/", "a/b/c"),
            ("a/../../b", "../b"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("/", "/"),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), expected, "{path:?}");
        }
    }

    #[test]
    fn wildcards_match_whole_paths_and_no_slash() {
        let matches = |pattern, path| Wildcard::parse(pattern).map(|it| it.matches(path));
        for (pattern, path) in [
            ("*", ""),
            ("a*b*c", "aXbbXc"),
            ("*.go", "main.go"),
            ("*/x", "a/x"),
            ("a?", "aé"),
            ("[a-c]x", "bx"),
            ("[^a-c]x", "dx"),
            ("[^a]x", "/x"),
            ("[\\]]", "]"),
            ("\\*", "*"),
            ("**", "ab"),
            ("a*[!b]", "a!"),
        ] {
            assert_eq!(matches(pattern, path), Ok(true), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*", "a/b"),
            ("**", "a/b"),
            ("?", "/"),
            ("a", "ab"),
            ("a*", "b"),
            ("*.go", "go"),
            ("", "a"),
            ("a/*", "a/b/c"),
        ] {
            assert_eq!(matches(pattern, path), Ok(false), "{pattern} {path}");
        }
        for pattern in ["[", "[]a]", "[-]", "[a-", "[a-]", "a\\", "[^", "[\\", "x[a"] {
            assert_eq!(matches(pattern, "a"), Err(BadPattern), "{pattern}");
        }
    }
}
