//! Text of the file inside a message.

/// How many characters of a text a message shows.
const LENGTH: usize = 60;

/// `text` fit for a message of one line: shortened, and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    let visible = |ch: char| if ch.is_control() { '\u{fffd}' } else { ch };
    let mut shown: String = text.chars().take(LENGTH).map(visible).collect();
    if text.chars().nth(LENGTH).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_long_text_is_cut_and_lines_are_joined() {
        assert_eq!(excerpt("a\nb"), "a\u{fffd}b");
        assert_eq!(excerpt(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(excerpt(&"é".repeat(61)), "é".repeat(60) + "…");
    }
}
