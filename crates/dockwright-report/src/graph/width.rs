//! How wide text is drawn, without asking a font.

/// An upper bound of the width of `text` in the usual sans-serif fonts, bold, in `size` pixels.
/// The classes follow the advance widths of the widest such fonts in common use (Verdana and
/// `DejaVu` Sans, bold), so that text never leaves its box.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '\'' | ' ' | '.' | ',' | '!' => 0.41,
        'f' | 'r' | 't' | 'I' | '|' | ':' | ';' | '-' | '(' | ')' | '[' | ']' | '·' => 0.55,
        '%' => 1.28,
        'm' | 'M' | 'W' | 'w' | '@' | '…' | '—' => 1.13,
        'A'..='Z' | '&' | '#' | '+' | '=' | '<' | '>' | '~' | '^' => 0.87,
        ' '..='~' => 0.72,
        '\u{a0}'..='\u{24ff}' => 0.95,
        // East Asian characters, symbols and emoji.
        _ => 1.4,
    }
}

/// `text`, shortened in its middle to fit into `room` pixels: both ends of an image name tell.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let half = (room - width("…", size)) / 2.0;
    let fitting = |characters: &mut dyn Iterator<Item = char>| -> Vec<char> {
        let mut left = half;
        characters
            .take_while(|character| {
                left -= advance(*character) * size;
                left >= 0.0
            })
            .collect()
    };
    let head: String = fitting(&mut text.chars()).into_iter().collect();
    let tail: String = fitting(&mut text.chars().rev()).into_iter().rev().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_keeps_both_ends() {
        assert_eq!(fitted("short", 10.0, 100.0), "short");
        let name = "registry.example.org/team/very/long/path/image:1.2.3";
        let shown = fitted(name, 10.0, 150.0);
        assert!(width(&shown, 10.0) <= 150.0);
        assert!(
            shown.starts_with("registry") && shown.ends_with(":1.2.3"),
            "{shown}"
        );
    }
}
