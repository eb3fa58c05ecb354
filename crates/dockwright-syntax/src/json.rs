//! JSON with comments and trailing commas, as editors have it.

use crate::yaml::{self, YamlTree};

/// Reads JSON in which there may be `//` and `/* */` comments and trailing commas. YAML has all
/// of JSON, so the tree is one of YAML, with the spans of the source.
pub fn parse_with_comments(source: &str) -> YamlTree {
    yaml::parse(&without_comments(source))
}

/// The source with spaces in place of comments: every other byte stays where it was.
fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut letters = source.chars().peekable();
    let mut in_string = false;
    while let Some(letter) = letters.next() {
        match (in_string, letter, letters.peek()) {
            (true, '\\', Some(_)) => {
                out.push(letter);
                out.extend(letters.next());
            }
            (_, '"', _) => {
                in_string = !in_string;
                out.push(letter);
            }
            (false, '/', Some('/')) => {
                blank(&mut out, letter);
                while let Some(letter) = letters.next_if(|letter| *letter != '\n') {
                    blank(&mut out, letter);
                }
            }
            (false, '/', Some('*')) => {
                blank(&mut out, letter);
                let mut previous = ' ';
                for letter in letters.by_ref() {
                    blank(&mut out, letter);
                    if (previous, letter) == ('*', '/') {
                        break;
                    }
                    previous = letter;
                }
            }
            // YAML allows no tabs for indentation, JSON does.
            (false, '\t', _) => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

fn blank(out: &mut String, letter: char) {
    if letter == '\n' {
        out.push('\n');
    } else {
        out.extend(std::iter::repeat_n(' ', letter.len_utf8()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_and_trailing_commas_are_passed_over() {
        let source =
            "{\n\t// the \"image\"\n\t\"image\": \"a//b\", /* é */\n\t\"list\": [1, 2,],\n}\n";
        let tree = parse_with_comments(source);
        assert_eq!(tree.problems, []);
        let image = tree.root().unwrap().get("image").unwrap();
        assert_eq!(image.text(), Some("a//b"));
        assert_eq!(image.span().of(source), "\"a//b\"");
    }

    proptest! {
        #[test]
        fn nothing_moves(text in "[a-z/*\"\\\\\n\t é]{0,80}") {
            assert_eq!(without_comments(&text).len(), text.len());
        }
    }
}
