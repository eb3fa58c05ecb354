//! One ignore pattern, compiled.

use regex::Regex;

use super::filepath::Wildcard;
use super::regexp;

/// How the engine matches a pattern. It turns most patterns into regular expressions, with a few
/// effects that nobody would call intended; they are kept, because they decide what is sent.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// The whole path.
    Exact(String),
    /// Anything behind the text.
    Prefix(String),
    /// Anything before the text; a slash at its start may also stand for the start of the path.
    Suffix(String),
    Expression(Regex),
    /// A pattern that the engine refuses.
    Nothing,
}

impl Glob {
    /// Compiles a cleaned pattern; `None` when the engine refuses it.
    pub(super) fn compile(pattern: &str) -> Option<Self> {
        Wildcard::parse(pattern).ok()?;
        let mut form = Form::Exact;
        let mut expression = String::from("^");
        let mut rest = pattern.chars().peekable();
        let mut is_first = true;
        while let Some(character) = rest.next() {
            match character {
                '*' if rest.next_if_eq(&'*').is_some() => {
                    // `**/` takes its slash along: it also stands for no directory at all.
                    rest.next_if_eq(&'/');
                    if rest.peek().is_some() {
                        expression.push_str("(.*/)?");
                        form = Form::Expression;
                    } else if form == Form::Exact {
                        form = Form::Prefix;
                    } else {
                        expression.push_str(".*");
                        form = Form::Expression;
                    }
                    if is_first {
                        form = Form::Suffix;
                    }
                }
                '*' => {
                    expression.push_str("[^/]*");
                    form = Form::Expression;
                }
                '?' => {
                    expression.push_str("[^/]");
                    form = Form::Expression;
                }
                // `|`, `{`, `}` and `^` are not escaped and keep their meaning in an expression.
                '.' | '+' | '(' | ')' | '$' => {
                    expression.push('\\');
                    expression.push(character);
                }
                '\\' => {
                    expression.push('\\');
                    expression.extend(rest.next());
                    form = Form::Expression;
                }
                '[' | ']' => {
                    expression.push(character);
                    form = Form::Expression;
                }
                character => expression.push(character),
            }
            is_first = false;
        }
        let strip = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Some(match form {
            Form::Exact => Self::Exact(pattern.to_owned()),
            Form::Prefix => Self::Prefix(strip(pattern.strip_suffix("**"))),
            Form::Suffix => Self::Suffix(strip(pattern.strip_prefix("**"))),
            Form::Expression => {
                expression.push('$');
                Self::Expression(regexp::compile(&expression)?)
            }
        })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(text) => path == text,
            Self::Prefix(text) => path.starts_with(text.as_str()),
            Self::Suffix(text) => {
                path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path)
            }
            Self::Expression(expression) => expression.is_match(path),
            Self::Nothing => false,
        }
    }

    /// Whether a path below `directory` may match; `pattern` is the text this was made from.
    pub(super) fn may_match_below(&self, pattern: &str, directory: &str) -> bool {
        match self {
            Self::Nothing => return false,
            Self::Suffix(_) => return true,
            Self::Expression(_) if pattern.contains(['[', ']', '\\', '|', '{', '}', '^']) => {
                return true;
            }
            _ => {}
        }
        let mut parts = pattern.split('/');
        for name in directory.split('/') {
            match parts.next() {
                Some(part) if part.contains("**") => return true,
                Some(part) if part.contains(['*', '?']) => {}
                Some(part) if part == name => {}
                _ => return false,
            }
        }
        parts.next().is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Exact,
    Prefix,
    Suffix,
    Expression,
}
