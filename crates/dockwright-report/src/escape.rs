//! One function per format that makes text from files harmless in it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text for a terminal or a drawing: whatever would move the cursor, start an escape sequence,
/// turn the direction of writing or not be seen at all is replaced by something that is seen.
/// Line feeds and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            push_visible(&mut out, character);
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// [`visible`] text on one line.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        text if text.contains(['\n', '\t']) => Cow::Owned(text.replace(['\n', '\t'], " ")),
        text => text,
    }
}

/// Whether a character acts on a terminal instead of being printed, or prints as nothing: the C0
/// and C1 controls, and the format characters of Unicode (bidirectional controls, zero-width
/// characters, separators of lines and paragraphs, tags).
fn is_unseen(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        character if character.is_control() => true,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

fn push_visible(out: &mut String, character: char) {
    let code = u32::from(character);
    // C0 controls and DEL have pictures of their own.
    let picture = match code {
        0..=0x1f => char::from_u32(0x2400 + code),
        0x7f => Some('\u{2421}'),
        _ => None,
    };
    match picture {
        Some(picture) => out.push(picture),
        // Writing to a string cannot fail.
        None => drop(write!(out, "<U+{code:04X}>")),
    }
}

/// Text inside an XML element or a quoted attribute.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Neither may stand in an XML document at all.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

/// Text inside a quoted XML attribute whose line feeds are to stay.
pub fn xml_attribute(text: &str) -> String {
    xml(text).replace('\n', "&#10;")
}

/// Text inside a double-quoted DOT string. Graphviz reads character entities there too.
pub fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '&' => out.push_str("&amp;"),
            character => out.push(character),
        }
    }
    out
}

/// Text inside a double-quoted Mermaid label: all that could be syntax, markup or Markdown is
/// written as an entity code.
pub fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible_line(text).chars() {
        match character {
            ' ' | '.' | '/' | ':' | '-' | ',' => out.push(character),
            character if character.is_ascii_alphanumeric() || !character.is_ascii() => {
                out.push(character);
            }
            character => drop(write!(out, "#{};", u32::from(character))),
        }
    }
    out
}

/// A relative path as a URI reference: all but unreserved characters and `/` is
/// percent-encoded.
pub fn uri_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// A SARIF message without placeholders (`{0}`) and links (`[text](target)`) that nobody meant.
pub fn sarif_message(text: &str) -> String {
    let mut text = text.to_owned();
    let digit = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    if text.split('{').skip(1).any(digit) {
        text = text.replace('{', "{{").replace('}', "}}");
    }
    if text.contains("](") {
        text = text
            .replace('\\', "\\\\")
            .replace('[', "\\[")
            .replace(']', "\\]");
    }
    text
}

/// The message of a workflow command.
pub fn workflow_message(text: &str) -> String {
    // The log shows it on a terminal-like page; line feeds are kept as the command's own code.
    visible(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a workflow command.
pub fn workflow_property(text: &str) -> String {
    workflow_message(text)
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(visible("plain é 漢\ttext\n"), "plain é 漢\ttext\n");
        assert_eq!(visible("\u{1b}[31mred\r\u{7f}\0"), "␛[31mred␍␡␀");
        assert_eq!(
            visible("a\u{9b}2J\u{202e}b\u{200b}\u{e0041}"),
            "a<U+009B>2J<U+202E>b<U+200B><U+E0041>"
        );
        assert_eq!(visible_line("a\nb\tc"), "a b c");
    }

    #[test]
    fn every_format_has_its_own_escaping() {
        let hostile = "\"]<b>&'#`%\\\n::x,";
        assert_eq!(xml(hostile), "&quot;]&lt;b&gt;&amp;&#39;#`%\\\n::x,");
        assert_eq!(dot(hostile), "\\\"]<b>&amp;'#`%\\\\\\n::x,");
        assert_eq!(
            mermaid(hostile),
            "#34;#93;#60;b#62;#38;#39;#35;#96;#37;#92; ::x,"
        );
        assert_eq!(workflow_message(hostile), "\"]<b>&'#`%25\\%0A::x,");
        assert_eq!(workflow_property(hostile), "\"]<b>&'#`%25\\%0A%3A%3Ax%2C");
        assert_eq!(sarif_message("${A:-b} [x]"), "${A:-b} [x]");
        assert_eq!(sarif_message("{0} [x](y)"), "{{0}} \\[x\\](y)");
        assert_eq!(uri_path("a b/ü#?.yml"), "a%20b/%C3%BC%23%3F.yml");
    }
}
