//! `empty-continuation-line`

use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

rule! {
    /// There is an empty line inside a continued instruction.
    ///
    /// ## What it does
    ///
    /// Looks at the lines behind one that ends in the escape character. Lines that hold a comment
    /// are no empty lines. An instruction is reported once.
    ///
    /// ## Why is this bad?
    ///
    /// It looks as if the instruction ended there, and it does not. BuildKit warns of it and is going
    /// to refuse it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN echo one && \
    ///
    ///     echo two
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN echo one && \
    ///     #
    ///     echo two
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the line is safe: BuildKit leaves it out.
    ///
    /// ## References
    ///
    /// - Build check `NoEmptyContinuation`
    EmptyContinuationLine {
        name: "empty-continuation-line",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["NoEmptyContinuation"],
    }
}

impl Rule for EmptyContinuationLine {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let document = cx.environment.documents.get(dockerfile.document);
        let source = &document.text;
        for instruction in &dockerfile.tree.instructions {
            let start = instruction.span.start as usize;
            let empty = empty_lines(source, start, dockerfile.tree.escape);
            let title = match empty.as_slice() {
                [_] => "remove the empty line",
                _ => "remove the empty lines",
            };
            let fix = Fix::safe(title, "BuildKit leaves them out");
            let fix = empty
                .iter()
                .fold(fix, |fix, line| fix.delete_lines(document, *line));
            let mut empty = empty.into_iter();
            let Some(first) = empty.next() else {
                continue;
            };
            let keyword = &instruction.keyword;
            let message = format!("an empty line continues `{}`", keyword.value);
            let place = |span| Location::new(dockerfile.document, span);
            let finding = Finding::new(self.metadata(), place(first), message)
                .related(place(keyword.span), "the instruction begins here")
                .help("remove the line, or put a comment there")
                .fix(fix);
            findings.push(empty.fold(finding, |finding, span| {
                finding.related(place(span), "and here")
            }));
        }
    }
}

/// The empty lines of the instruction that begins at `start`; none of a here-document.
fn empty_lines(source: &str, start: usize, escape: char) -> Vec<Span> {
    let mut empty = Vec::new();
    let mut at = start;
    for line in source
        .get(start..)
        .unwrap_or_default()
        .split_inclusive('\n')
    {
        let text = line.trim_end_matches(['\n', '\r']);
        let content = text.trim_start();
        if at > start && content.is_empty() {
            empty.push(Span::new(at, at + text.len()));
        } else if (at == start || !content.starts_with('#')) && !continues(text, escape) {
            break;
        }
        at += line.len();
    }
    empty
}

/// Whether a line ends in the escape character; doubled, it does not continue the line.
fn continues(line: &str, escape: char) -> bool {
    let before = line.trim_end_matches([' ', '\t']).strip_suffix(escape);
    before.is_some_and(|before| !before.ends_with(escape))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        let files = format!("-- Dockerfile --\n{dockerfile}");
        audit("empty-continuation-line", &files)
    }

    #[test]
    fn an_instruction_is_reported_once() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN one && \\

  two && \\
  # why

  three

RUN four
"), @r"
        warning Dockerfile:3:1 an empty line continues `RUN`
          Dockerfile:2:1 the instruction begins here
          Dockerfile:6:1 and here
          help: remove the line, or put a comment there
        ");
    }

    #[test]
    fn the_end_of_the_file_is_no_excuse() {
        assert!(check("FROM debian:trixie\nRUN true \\\n\n").contains(":3:1"));
        assert_eq!(check("FROM debian:trixie\nRUN true \\\n"), "");
    }

    #[test]
    fn a_here_document_may_have_empty_lines() {
        let body = "FROM debian:trixie\nRUN <<END\necho \\\n\necho\nEND\n";
        assert_eq!(check(body), "");
        assert_eq!(check("FROM debian:trixie\nRUN a \\\\\n\nRUN b\n"), "");
    }

    #[test]
    fn the_escape_character_may_be_another() {
        assert!(check("# escape=`\nFROM debian:trixie\nRUN a `\n\n  b\n").contains(":4:1"));
        assert_eq!(
            check("# escape=`\nFROM debian:trixie\nRUN a \\\n\nRUN b\n"),
            ""
        );
    }

    #[test]
    fn lines_with_comments_stay() {
        insta::assert_snapshot!(fix("empty-continuation-line", "\
-- Dockerfile --
FROM debian:trixie
RUN one && \\

  # why
  two && \\
  
  three
"), @r#"
        safe: remove the empty lines, for BuildKit leaves them out
        -- Dockerfile --
        -
        -
        "#);
    }
}
