//! The tokens of shell code.

use std::cmp::Reverse;

use dockwright_syntax::Span;
use dockwright_syntax::shell::{Node, Script};

/// A script cut into tokens: words, operators and keywords as written. White space, comments and
/// continued lines are gone, and the end of a line is a `;`.
pub(crate) struct ShellTokens<'s> {
    source: &'s str,
    /// What is one token whatever stands in it, in order: none is inside another.
    leaves: Vec<Span>,
}

/// What a `;` behind it adds nothing to.
const OPENING: &[&str] = &[";", ";;", "{", "(", ")", "&", "|", "then", "do", "else"];

impl<'s> ShellTokens<'s> {
    /// Looks at a script that was read from `source`.
    pub(crate) fn new(script: &Script, source: &'s str) -> Self {
        let mut leaves = Vec::new();
        script.walk(&mut |node, _| match node {
            Node::Word(word) => leaves.push(word.span),
            Node::Assignment(assignment, _) => leaves.push(assignment.span),
            Node::Arithmetic(arithmetic) => leaves.push(arithmetic.span),
            Node::Statement(statement) => {
                let documents = statement.redirections.iter();
                let documents = documents.filter_map(|redirection| redirection.heredoc.as_ref());
                leaves.extend(documents.map(|document| document.body.span));
            }
            _ => {}
        });
        leaves.retain(|leaf| !leaf.is_empty());
        leaves.sort_unstable_by_key(|leaf| (leaf.start, Reverse(leaf.end)));
        let mut end = 0;
        leaves.retain(|leaf| {
            let is_outer = leaf.start >= end;
            end = end.max(leaf.end);
            is_outer
        });
        Self { source, leaves }
    }

    /// The tokens under `span`.
    pub(crate) fn within(&self, span: Span) -> Vec<&'s str> {
        let mut tokens = Tokens(Vec::new());
        let first = self.leaves.partition_point(|leaf| leaf.start < span.start);
        let leaves = self.leaves.get(first..).unwrap_or_default().iter();
        let mut at = span.start;
        for leaf in leaves.take_while(|leaf| leaf.end <= span.end) {
            tokens.read(
                Span {
                    start: at,
                    end: leaf.start,
                }
                .of(self.source),
            );
            tokens.0.push(leaf.of(self.source));
            at = leaf.end;
        }
        tokens.read(
            Span {
                start: at,
                end: span.end,
            }
            .of(self.source),
        );
        while tokens.0.last() == Some(&";") {
            tokens.0.pop();
        }
        tokens.0
    }
}

struct Tokens<'s>(Vec<&'s str>);

impl<'s> Tokens<'s> {
    /// Reads what stands between words: operators, keywords, names, comments.
    fn read(&mut self, mut gap: &'s str) {
        // A comment between continued lines does not end the command.
        let mut continued = false;
        while let Some(letter) = gap.chars().next() {
            let mut length = letter.len_utf8();
            if let Some(next) = ["\\\n", "\\\r\n"]
                .iter()
                .find_map(|it| gap.strip_prefix(it))
            {
                continued = true;
                gap = next;
                continue;
            }
            match letter {
                '\n' if !continued => self.end(),
                '#' => length = gap.find('\n').unwrap_or(gap.len()),
                ';' if gap.starts_with(";;") => {
                    length = 2;
                    self.close();
                    self.0.push(";;");
                }
                ';' => self.end(),
                _ if letter.is_whitespace() => {}
                _ if letter.is_alphanumeric() || letter == '_' => {
                    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
                    length = gap.find(|letter| !is_part(letter)).unwrap_or(gap.len());
                    self.0.extend(gap.get(..length));
                    continued = false;
                }
                _ => {
                    if letter == ')' {
                        self.close();
                    }
                    self.0.extend(gap.get(..length));
                    continued = false;
                }
            }
            gap = gap.get(length..).unwrap_or_default();
        }
    }

    fn end(&mut self) {
        if self.0.last().is_some_and(|last| !OPENING.contains(last)) {
            self.0.push(";");
        }
    }

    fn close(&mut self) {
        if self.0.last() == Some(&";") {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dockwright_syntax::shell::{self, Dialect};
    use proptest::prelude::*;

    fn tokens(source: &str) -> Vec<&str> {
        let script = shell::parse(source, Dialect::Bash);
        ShellTokens::new(&script, source).within(Span::new(0, source.len()))
    }

    #[test]
    fn only_what_means_something_is_a_token() {
        let spread =
            "f() {\n  # why\n  if [ -n \"$1\" ]; then\n    echo 'a b' \\\n      >&2\n  fi\n}\n";
        assert_eq!(
            tokens(spread),
            [
                "f", "(", ")", "{", "if", "[", "-n", "\"$1\"", "]", ";", "then", "echo", "'a b'",
                ">", "&", "2", ";", "fi", ";", "}"
            ]
        );
        assert_eq!(
            tokens("f () { if [ -n \"$1\" ]; then echo 'a b' >&2; fi; }"),
            tokens(spread)
        );
    }

    #[test]
    fn quotes_and_the_text_of_a_document_are_kept() {
        assert_ne!(tokens("echo $a"), tokens("echo \"$a\""));
        assert_ne!(tokens("cat <<E\na b\nE\n"), tokens("cat <<E\na  b\nE\n"));
        assert_ne!(
            tokens("cat <<'E'\na b\nE\n"),
            tokens("cat <<'E'\na  b\nE\n")
        );
        assert_ne!(tokens("a && b"), tokens("a || b"));
        assert_ne!(tokens("a | b"), tokens("a || b"));
        assert_ne!(tokens("a & b"), tokens("a; b"));
    }

    #[test]
    fn arms_end_where_they_end() {
        let spread = "case $1 in\n  a)\n    b\n    ;;\nesac";
        assert_eq!(tokens("case $1 in\na) b;;\nesac"), tokens(spread));
    }

    proptest! {
        #[test]
        fn white_space_and_comments_do_not_matter(
            commands in prop::collection::vec("x[a-z]{0,2}( x[a-z]{0,2}){0,2}", 1..6),
        ) {
            let wide = commands.join(" # why\n\n   ").replace(' ', "  ");
            let narrow = commands.join("; ");
            prop_assert_eq!(tokens(&narrow), tokens(&wide));
        }

        #[test]
        fn any_text_is_cut(text in "[a-z$(){};|&<>'\"\\\\#\n =-]{0,60}") {
            tokens(&text);
        }
    }
}
