//! The outline of an HCL file, found without its grammar.

use crate::Span;

/// What stands where.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Blocks and attributes outside blocks. A missing brace ends at the next block that begins
    /// its line.
    pub(super) items: Vec<Span>,
    /// Comments without their line endings.
    pub(super) comments: Vec<Span>,
}

/// Where the scanner is.
enum Mode {
    /// Outside strings; how many brackets are open.
    Code(usize),
    /// Inside `"…"`.
    Quoted,
    /// Inside a here-document with this delimiter.
    Heredoc(Span),
}

/// Finds the items and comments of `source`.
pub(super) fn outline(source: &str) -> Outline {
    let bytes = source.as_bytes();
    let mut outline = Outline::default();
    let mut modes = vec![Mode::Code(0)];
    let mut item = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let starts_line = at == 0 || bytes.get(at - 1) == Some(&b'\n');
        let rest = source.get(at..).unwrap_or_default();
        let mut step = 1;
        let in_heredoc = matches!(modes.last(), Some(Mode::Heredoc(_)));
        if starts_line && !in_heredoc && starts_block(rest) {
            modes = vec![Mode::Code(0)];
            end_item(&mut item, at, &mut outline);
        }
        let nested = modes.len() > 1;
        match modes.last_mut() {
            Some(Mode::Code(open)) => match byte {
                b'#' | b'/' if byte == b'#' || rest.starts_with("//") => {
                    step = rest.find('\n').unwrap_or(rest.len());
                    let text = rest.get(..step).unwrap_or_default();
                    let length = text.trim_end_matches('\r').len();
                    outline.comments.push(Span::new(at, at + length));
                }
                b'/' if rest.starts_with("/*") => {
                    step = rest.find("*/").map_or(rest.len(), |end| end + 2);
                    outline.comments.push(Span::new(at, at + step));
                }
                b'"' => modes.push(Mode::Quoted),
                b'<' if rest.starts_with("<<") => {
                    if let Some((delimiter, length)) = heredoc_start(rest) {
                        let name = at + length - delimiter;
                        modes.push(Mode::Heredoc(Span::new(name, at + length)));
                        step = rest.find('\n').map_or(rest.len(), |end| end + 1);
                    }
                }
                b'{' | b'[' | b'(' => *open += 1,
                b'}' if *open == 0 && nested => {
                    modes.pop();
                }
                b'}' | b']' | b')' => *open = open.saturating_sub(1),
                b'\n' if *open == 0 && !nested => {
                    end_item(&mut item, at, &mut outline);
                }
                _ => {}
            },
            Some(Mode::Quoted) => match byte {
                b'\\' => step = 2,
                b'"' => {
                    modes.pop();
                }
                // A string ends with its line, whatever the quotes say.
                b'\n' => {
                    modes.pop();
                    step = 0;
                }
                _ if opens_template(rest) => {
                    modes.push(Mode::Code(0));
                    step = 2;
                }
                _ if escapes_template(rest) => step = 3,
                _ => {}
            },
            Some(Mode::Heredoc(delimiter)) => {
                let word = delimiter.of(source);
                if starts_line && ends_heredoc(rest, word) {
                    modes.pop();
                    step = 0;
                    // The delimiter itself is code again, which is harmless.
                } else if opens_template(rest) {
                    modes.push(Mode::Code(0));
                    step = 2;
                } else if escapes_template(rest) {
                    step = 3;
                }
            }
            None => modes.push(Mode::Code(0)),
        }
        let is_comment = outline
            .comments
            .last()
            .is_some_and(|it| it.range().start == at);
        if item.is_none() && !byte.is_ascii_whitespace() && !is_comment && byte < 0x80 {
            item = Some(at);
        }
        at += step;
    }
    end_item(&mut item, source.len(), &mut outline);
    outline
}

fn end_item(item: &mut Option<usize>, end: usize, outline: &mut Outline) {
    if let Some(start) = item.take()
        && start < end
    {
        outline.items.push(Span::new(start, end));
    }
}

fn starts_block(rest: &str) -> bool {
    ["target", "group", "variable", "function"]
        .iter()
        .any(|keyword| {
            let behind = rest.strip_prefix(keyword).unwrap_or_default();
            behind.starts_with([' ', '\t', '"']) && !behind.trim_start().starts_with('=')
        })
}

fn opens_template(rest: &str) -> bool {
    rest.starts_with("${") || rest.starts_with("%{")
}

fn escapes_template(rest: &str) -> bool {
    rest.starts_with("$${") || rest.starts_with("%%{")
}

/// The length of the delimiter and of the whole `<<-EOT`.
fn heredoc_start(rest: &str) -> Option<(usize, usize)> {
    let word = rest.strip_prefix("<<")?;
    let word = word.strip_prefix('-').unwrap_or(word);
    let length = word
        .find(|it: char| !it.is_alphanumeric() && it != '_' && it != '-')
        .unwrap_or(word.len());
    let before = rest.len() - word.len();
    (length > 0).then_some((length, before + length))
}

fn ends_heredoc(rest: &str, delimiter: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default();
    line.trim() == delimiter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_and_comments_are_found_without_the_grammar() {
        let source = r#"# top
variable "A" { default = "x # no ${"}"} // no" } // yes
B = <<EOT
target "not" { # not
EOT
target "broken" {
  tags = ["a"
target "next" {
  /* a
  b */
}
"#;
        let outline = outline(source);
        let items: Vec<_> = outline
            .items
            .iter()
            .map(|it| it.of(source).trim())
            .collect();
        assert_eq!(
            items,
            [
                "variable \"A\" { default = \"x # no ${\"}\"} // no\" } // yes",
                "B = <<EOT\ntarget \"not\" { # not\nEOT",
                "target \"broken\" {\n  tags = [\"a\"",
                "target \"next\" {\n  /* a\n  b */\n}",
            ]
        );
        let comments: Vec<_> = outline.comments.iter().map(|it| it.of(source)).collect();
        assert_eq!(comments, ["# top", "// yes", "/* a\n  b */"]);
    }
}
