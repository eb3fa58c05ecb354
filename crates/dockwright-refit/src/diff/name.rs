//! Paths in a diff.

use std::fmt::Write;

use dockwright_environment::TreePath;

/// A path behind a prefix, quoted like a string in C where git does so: when a byte of it is no
/// printable ASCII, a quote or a backslash.
pub(super) fn quoted(prefix: &str, path: &TreePath) -> String {
    let name = format!("{prefix}{}", path.as_str());
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\');
    if name.bytes().all(is_plain) {
        return name;
    }
    let mut text = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            byte if is_plain(byte) => text.push(char::from(byte)),
            byte => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        let quoted = |path| quoted("a/", &TreePath::new(path).unwrap());
        assert_eq!(quoted("my file"), "a/my file");
        assert_eq!(quoted("say \"hi\""), "\"a/say \\\"hi\\\"\"");
        assert_eq!(quoted("\u{fc}"), "\"a/\\303\\274\"");
        assert_eq!(quoted("a\tb"), "\"a/a\\011b\"");
    }
}
