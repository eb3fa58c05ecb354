//! Removing a backslash's effect, as the shell does.

/// Text outside quotes: a backslash keeps the next character, and joins lines.
pub(super) fn unescape_unquoted(raw: &str) -> String {
    unescape(raw, |_| true)
}

/// Text inside double quotes: a backslash is special before few characters only.
pub(super) fn unescape_double_quoted(raw: &str) -> String {
    unescape(raw, |next| matches!(next, '$' | '`' | '"' | '\\' | '\n'))
}

fn unescape(raw: &str, is_special: impl Fn(char) -> bool) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut value = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(&next) if character == '\\' && is_special(next) => {
                characters.next();
                if next != '\n' {
                    value.push(next);
                }
            }
            _ => value.push(character),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_work_as_in_the_shell() {
        assert_eq!(unescape_unquoted(r"a\ b\n\"), r"a bn\");
        assert_eq!(unescape_unquoted("a\\\nb"), "ab");
        assert_eq!(unescape_double_quoted(r#"\"\$\n"#), r#""$\n"#);
    }
}
