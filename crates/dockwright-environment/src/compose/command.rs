//! The words of a command that is given as one text.
//!
//! Compose starts no shell: it cuts the text itself, and stops at the first operator.

use std::ops::Range;

/// A word after unquoting, and the bytes it was read from.
pub(super) type Word = (String, Range<usize>);

/// Cuts a command into words; an error when Compose refuses it.
pub(super) fn split(text: &str) -> Result<Vec<Word>, &'static str> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut start = None;
    let mut quoted = false;
    let (mut single, mut double, mut back, mut dollar) = (false, false, false, false);
    let mut escaped = false;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            if c == '\n' {
                if word.is_empty() && !quoted {
                    start = None;
                }
                continue;
            }
            word.push(c);
            continue;
        }
        let in_quotes = single || double || back || dollar;
        match c {
            '\\' => {
                if single {
                    word.push(c);
                } else {
                    start.get_or_insert(at);
                    escaped = true;
                }
                continue;
            }
            ' ' | '\t' | '\r' | '\n' => {
                if in_quotes {
                    word.push(c);
                } else if let Some(start) = start.take() {
                    words.push((std::mem::take(&mut word), start..at));
                    quoted = false;
                }
                continue;
            }
            '`' if !single && !double && !dollar => {
                start.get_or_insert(at);
                back = !back;
            }
            ')' if !single && !double && !back => dollar = false,
            '(' if !in_quotes => {
                if !word.ends_with('$') {
                    return Err("this command is not valid: a parenthesis must be quoted");
                }
                dollar = true;
            }
            '"' if !single && !dollar => {
                start.get_or_insert(at);
                quoted = quoted || double;
                double = !double;
                continue;
            }
            '\'' if !double && !dollar => {
                start.get_or_insert(at);
                quoted = quoted || single;
                single = !single;
                continue;
            }
            ';' | '&' | '|' | '<' | '>' if !in_quotes => {
                if c == '>' && word.starts_with(|first: char| first.is_ascii_digit()) {
                    start = None;
                }
                end = at;
                break;
            }
            _ => {}
        }
        start.get_or_insert(at);
        word.push(c);
    }
    if let Some(start) = start {
        words.push((word, start..end));
    }
    if escaped || single || double || back || dollar {
        return Err("the quotes of this command are not closed");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text)
            .unwrap()
            .into_iter()
            .map(|(word, _)| word)
            .collect()
    }

    #[test]
    fn a_command_is_cut_without_a_shell() {
        assert_eq!(
            words("a  'b c' \"d\\\"e\" f\\ g ''"),
            ["a", "b c", "d\"e", "f g", ""]
        );
        assert_eq!(words("sh -c \"a && b\""), ["sh", "-c", "a && b"]);
        assert_eq!(
            words("a $HOME $(x y) `z w`"),
            ["a", "$HOME", "$(x y)", "`z w`"]
        );
        assert_eq!(words("a && b"), ["a"]);
        assert!(split("a 'b").is_err());
        assert!(split("(a)").is_err());
    }
}
