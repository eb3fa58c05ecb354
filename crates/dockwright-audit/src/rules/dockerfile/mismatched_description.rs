//! `mismatched-description`

use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::build_checks::{EXPERIMENTAL, Options};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is a comment above an argument or a stage that does not begin with its name.
    ///
    /// ## What it does
    ///
    /// Looks at the last comment before an `ARG` and before a `FROM` that names a stage; a comment
    /// without text ends a description. Comments that speak to a tool are left out. The rule is a
    /// hint of low confidence, unless the file asks for the check with `# check=experimental=…`.
    ///
    /// ## Why is this bad?
    ///
    /// `docker build --call=outline` and `--call=targets` show the comment as a description if it
    /// begins with the name, and nothing otherwise.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// # The release to install
    /// ARG VERSION=1.0
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// # VERSION is the release to install
    /// ARG VERSION=1.0
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A line with `#` alone, which says that the comment above is no description, is safe: only comments change.
    /// A description in other words is for a person to write.
    ///
    /// ## References
    ///
    /// - Build check `InvalidDefinitionDescription`
    MismatchedDescription {
        name: "mismatched-description",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["InvalidDefinitionDescription"],
    }
}

impl Rule for MismatchedDescription {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let tree = &dockerfile.tree;
        let document = cx.environment.documents.get(dockerfile.document);
        let source = &document.text;
        let confidence = if Options::of(tree).asks_for(EXPERIMENTAL) {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        let mut comments = tree.comments.iter().peekable();
        let mut end = 0;
        for instruction in &tree.instructions {
            let start = instruction.span.start;
            let mut last: Option<(Span, &str)> = None;
            while let Some(comment) = comments.next_if(|comment| comment.start < start) {
                if comment.start < end {
                    continue;
                }
                let text = comment.of(source).trim_start_matches('#').trim();
                last = (!text.is_empty()).then_some((*comment, text));
            }
            end = instruction.span.end;
            let names = names(instruction);
            let (Some((span, text)), Some(first)) = (last, names.first()) else {
                continue;
            };
            let word = text.split(' ').next().unwrap_or_default();
            if names.iter().any(|name| name == word) || speaks_to_a_tool(text) {
                continue;
            }
            let fix = Fix::safe(
                "put a line with `#` alone behind the comment",
                "it tells BuildKit that the comment is no description, and changes nothing else",
            );
            let place = |span| Location::new(dockerfile.document, span);
            let message = format!("the comment above `{first}` does not begin with its name");
            findings.push(
                Finding::new(self.metadata(), place(span), message)
                    .confidence(confidence)
                    .related(place(instruction.span), "what it describes")
                    .help(format!(
                        "write `# {first} …`, or put a line with `#` alone between them"
                    ))
                    .fix(fix.insert_line_after(document, span, "#")),
            );
        }
    }
}

/// The names that a description may begin with.
fn names(instruction: &Instruction) -> Vec<String> {
    match &instruction.kind {
        InstructionKind::From(from) => {
            let alias = from.alias.iter();
            alias.map(|alias| alias.value.to_lowercase()).collect()
        }
        InstructionKind::Arg(assignments) => {
            let names = assignments.iter().map(|assignment| &assignment.name.value);
            names.cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a comment is no description but says something to a linter or to BuildKit.
fn speaks_to_a_tool(comment: &str) -> bool {
    const TOOLS: [&str; 5] = [
        "hadolint",
        "dockwright:",
        "check=",
        "shellcheck ",
        "renovate:",
    ];
    TOOLS.iter().any(|tool| comment.starts_with(tool))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "mismatched-description",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn an_empty_comment_ends_what_is_no_description() {
        insta::assert_snapshot!(fix("mismatched-description", "\
-- Dockerfile --
FROM debian:trixie AS base
  # Inputs: heads, tags

  ARG SOURCE=heads
"), @r#"
        safe: put a line with `#` alone behind the comment, for it tells BuildKit that the comment is no description, and changes nothing else
        -- Dockerfile --
        +  #
        "#);
    }

    #[test]
    fn the_last_comment_counts() {
        insta::assert_snapshot!(check("\
# check=experimental=all
# base is the base
FROM debian:trixie AS Base

# What follows is needed

ARG A
# A is one
ARG A B
# Not a description
#
ARG C
RUN true \\
  # inside
  && true
ARG D
# hadolint ignore=DL3006
FROM debian
# The tools
FROM debian:trixie AS tools
"), @r"
        info (medium) Dockerfile:5:1 the comment above `A` does not begin with its name
          Dockerfile:7:1 what it describes
          help: write `# A …`, or put a line with `#` alone between them
        info (medium) Dockerfile:19:1 the comment above `tools` does not begin with its name
          Dockerfile:20:1 what it describes
          help: write `# tools …`, or put a line with `#` alone between them
        ");
    }

    #[test]
    fn the_check_has_to_be_asked_for() {
        assert!(check("FROM debian:trixie\n# The port\nARG PORT\n").contains("(low)"));
    }
}
