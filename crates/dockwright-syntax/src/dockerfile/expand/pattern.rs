//! The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`.

/// How many comparisons one substitution may take.
const BUDGET: usize = 1 << 24;

const TOO_EXPENSIVE: &str = "the pattern is too expensive for this value";

/// A pattern with `*` and `?`; neither matches a line feed.
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Many,
    One,
    Char(char),
}

impl Token {
    fn accepts(self, ch: char) -> bool {
        match self {
            Self::Many | Self::One => ch != '\n',
            Self::Char(own) => own == ch,
        }
    }
}

impl Pattern {
    /// Reads a pattern; `\` escapes `*`, `?`, `\`, and what would end the substitution.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(ch) = chars.next() {
            tokens.push(match ch {
                // Two in a row mean what one means.
                '*' if tokens.last() == Some(&Token::Many) => continue,
                '*' => Token::Many,
                '?' => Token::One,
                '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '?' | '\\')) => Token::Char(escaped),
                    _ => return Err("the pattern escapes a character that has no meaning"),
                },
                _ => Token::Char(ch),
            });
        }
        Ok(Self { tokens })
    }

    /// `value` without the shortest or longest prefix that matches.
    pub(super) fn trim_start(&self, value: &str, longest: bool) -> Result<String, &'static str> {
        let chars: Vec<char> = value.chars().collect();
        let end = matching_prefix(&self.tokens, &chars, longest, &mut { BUDGET })?;
        Ok(chars.iter().skip(end.unwrap_or(0)).collect())
    }

    /// `value` without the shortest or longest suffix that matches.
    pub(super) fn trim_end(&self, value: &str, longest: bool) -> Result<String, &'static str> {
        let tokens: Vec<Token> = self.tokens.iter().rev().copied().collect();
        let chars: Vec<char> = value.chars().rev().collect();
        let end = matching_prefix(&tokens, &chars, longest, &mut { BUDGET })?;
        Ok(chars.iter().skip(end.unwrap_or(0)).rev().collect())
    }

    /// `value` with the first match, or all matches, replaced; at most `limit` bytes long.
    pub(super) fn replace(
        &self,
        value: &str,
        replacement: &str,
        all: bool,
        limit: usize,
    ) -> Result<String, &'static str> {
        let chars: Vec<char> = value.chars().collect();
        let mut budget = BUDGET;
        let mut result = String::new();
        let mut at = 0;
        let mut last_end = None;
        while at <= chars.len() {
            let rest = chars.get(at..).unwrap_or_default();
            let found = matching_prefix(&self.tokens, rest, true, &mut budget)?;
            // An empty match does not count where the match before it ended.
            let found = found.filter(|length| *length > 0 || last_end != Some(at));
            let Some(length) = found else {
                result.extend(rest.first());
                at += 1;
                continue;
            };
            let matched = rest.get(..length).unwrap_or_default();
            if all {
                fill_in(replacement, matched, &mut result);
            } else {
                result.push_str(replacement);
                result.extend(rest.get(length..).unwrap_or_default());
                return Ok(result);
            }
            if result.len() > limit {
                return Err("the value becomes too long");
            }
            at += length;
            last_end = Some(at);
            if length == 0 {
                result.extend(rest.first());
                at += 1;
            }
        }
        Ok(result)
    }
}

/// The length of the shortest or longest prefix of `value` that `tokens` match wholly.
fn matching_prefix(
    tokens: &[Token],
    value: &[char],
    longest: bool,
    budget: &mut usize,
) -> Result<Option<usize>, &'static str> {
    // `live` holds the tokens that may come next; `tokens.len()` stands for a match.
    let mut live = vec![0];
    let mut found = None;
    for end in 0..=value.len() {
        let mut states: Vec<usize> = Vec::with_capacity(live.len() + 1);
        for state in live.drain(..) {
            let mut state = state;
            loop {
                if states.last().is_none_or(|last| *last < state) {
                    states.push(state);
                }
                if tokens.get(state) != Some(&Token::Many) {
                    break;
                }
                state += 1;
            }
        }
        *budget = budget.checked_sub(states.len()).ok_or(TOO_EXPENSIVE)?;
        if states.last() == Some(&tokens.len()) {
            found = Some(end);
            if !longest {
                break;
            }
        }
        let Some(ch) = value.get(end) else { break };
        for state in states {
            match tokens.get(state) {
                Some(token @ Token::Many) if token.accepts(*ch) => live.push(state),
                Some(token) if *token != Token::Many && token.accepts(*ch) => live.push(state + 1),
                _ => {}
            }
        }
        if live.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Adds `replacement`; where every match is replaced, `BuildKit` reads `$0` and `${0}` in it as
/// the match, other names as nothing, and `$$` as a dollar sign.
fn fill_in(replacement: &str, matched: &[char], result: &mut String) {
    let mut rest = replacement;
    while let Some(dollar) = rest.find('$') {
        let (before, from) = rest.split_at(dollar);
        result.push_str(before);
        let behind = from.get(1..).unwrap_or_default();
        if let Some(after) = behind.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let is_name = |ch: char| ch.is_alphanumeric() || ch == '_';
        let (name, after) = match behind.strip_prefix('{') {
            Some(inner) => match inner.split_once('}') {
                Some((name, after)) if name.chars().all(is_name) => (name, after),
                _ => ("", behind),
            },
            None => behind.split_at(behind.find(|ch| !is_name(ch)).unwrap_or(behind.len())),
        };
        match name {
            "" => {
                result.push('$');
                rest = behind;
            }
            "0" => {
                result.extend(matched);
                rest = after;
            }
            _ => rest = after,
        }
    }
    result.push_str(rest);
}
