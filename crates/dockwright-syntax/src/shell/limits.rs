//! What is too much for the parser: its time or stack would grow out of bounds.

/// Scripts beyond this many bytes are read line by line, and only so far.
pub const MAX_SCRIPT_BYTES: usize = 1 << 20;

/// Brackets that may be open at once, and here-documents on one line. The parser's time grows
/// with the square of these.
const MAX_NESTING: usize = 100;

/// Function headers, `time` and `coproc` directly behind each other. The parser recurses for each
/// without watching its stack.
const MAX_PREFIXES: usize = 16;

/// Why a script is too much for the parser; it is then read line by line.
pub(super) fn excess(source: &str) -> Option<String> {
    if source.len() > MAX_SCRIPT_BYTES {
        return Some(format!("the script has more than {MAX_SCRIPT_BYTES} bytes"));
    }
    is_too_nested(source).then(|| "the script is nested too deeply".to_owned())
}

/// Whether too much may be open at once. Quotes are not looked at: the unusual script with a
/// hundred unmatched brackets in strings is read line by line, which loses little.
pub fn is_too_nested(source: &str) -> bool {
    let mut open = 0_usize;
    let mut prefixes = 0;
    for line in source.split('\n') {
        let mut heredocs = 0;
        let mut has_prefix = false;
        let mut is_blank = true;
        let mut previous = b' ';
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b'#' if previous == b' ' => break,
                b'(' | b'{' => open += 1,
                b')' | b'}' => open = open.saturating_sub(1),
                b'<' if previous == b'<' => heredocs += 1,
                _ => {}
            }
            match byte {
                b')' if previous == b'(' => (prefixes, has_prefix) = (prefixes + 1, true),
                b't' | b'c' | b'f' if starts_prefix(line, at) => {
                    (prefixes, has_prefix) = (prefixes + 1, true);
                }
                b';' | b'|' | b'&' | b'{' | b'}' => prefixes = 0,
                _ => {}
            }
            is_blank &= byte.is_ascii_whitespace();
            if open > MAX_NESTING || heredocs > MAX_NESTING || prefixes > MAX_PREFIXES {
                return true;
            }
            if !byte.is_ascii_whitespace() {
                previous = byte;
            } else if previous != b'(' {
                previous = b' ';
            }
        }
        // A line of its own ends what the ones before have begun.
        if !has_prefix && !is_blank {
            prefixes = 0;
        }
    }
    false
}

/// Whether the word `time`, `coproc` or `function` begins at `at`.
fn starts_prefix(line: &str, at: usize) -> bool {
    let bytes = line.as_bytes();
    let rest = bytes.get(at..).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let words = [&b"time"[..], b"coproc", b"function"];
    let is_word = |word: &&[u8]| {
        rest.starts_with(word) && rest.get(word.len()).is_none_or(u8::is_ascii_whitespace)
    };
    words.iter().any(is_word) && before.is_none_or(|it| it.is_ascii_whitespace() || *it == b')')
}
