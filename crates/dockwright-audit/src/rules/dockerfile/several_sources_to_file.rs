//! `several-sources-to-file`

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `COPY` of several sources whose destination does not end in a slash.
    ///
    /// ## What it does
    ///
    /// Looks at every `COPY` with more than one source, its variables resolved. `.` and `..` are
    /// directories without a slash.
    ///
    /// ## Why is this bad?
    ///
    /// Unless there is such a directory already, the destination is a file: builders refuse that, or
    /// each source overwrites the one before it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM node:22
    /// COPY package.json package-lock.json /app
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM node:22
    /// COPY package.json package-lock.json /app/
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Safe: where the directory is there, the slash changes nothing. There is no fix for a destination
    /// with a variable that nothing sets.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY`
    SeveralSourcesToFile {
        name: "several-sources-to-file",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["DL3021"],
    }
}

impl Rule for SeveralSourcesToFile {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Copy(copy) = &instruction.kind else {
                continue;
            };
            if copy.sources.len() < 2 {
                continue;
            }
            let value = stage.expand(at, &copy.destination);
            let directory = value.text.trim_end_matches(['"', '\'']);
            let last = directory.rsplit('/').next().unwrap_or_default();
            if directory.ends_with(['/', '\\']) || matches!(last, "." | "..") {
                continue;
            }
            let message = format!(
                "several files are copied to `{}`, which is no directory by its name",
                copy.destination.value
            );
            findings.push(
                Finding::new(
                    self.metadata(),
                    stage.location(copy.destination.span),
                    message,
                )
                .confidence(if value.is_known() {
                    Confidence::Medium
                } else {
                    Confidence::Low
                })
                .help("end the destination with `/`")
                .fix(fix(cx, stage, copy.destination.span).filter(|_| {
                    // Of an empty path a slash would make the root directory.
                    value.is_known() && !directory.is_empty()
                })),
            );
        }
    }
}

/// Ends the destination with a slash, inside its quotes.
fn fix(cx: Context<'_>, stage: StageView<'_>, destination: Span) -> Option<Fix> {
    let written = DockerfileEdits::of(cx.environment, stage.dockerfile).written(destination);
    let path = written.trim_end_matches(['"', '\'']);
    let end = Span::new(0, destination.start as usize + path.len()).end;
    let fix = Fix::safe(
        "end the destination with `/`",
        "where the directory is there, the slash changes nothing",
    );
    let is_plain = !written.contains('\n') && !cx.environment.is_windows(stage.id);
    is_plain.then(|| {
        fix.insert(stage.dockerfile.document, end, "/")
            .changing(Aspect::Copies)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn the_destination_is_resolved() {
        insta::assert_snapshot!(audit("several-sources-to-file", "\
-- Dockerfile --
FROM debian:trixie
ENV DIRECTORY=/srv/ FILE=/srv
COPY a b $DIRECTORY
COPY a b $FILE
COPY a b .
COPY a /srv
"), @"
        warning (medium) Dockerfile:4:10 several files are copied to `$FILE`, which is no directory by its name
          help: end the destination with `/`
        ");
    }

    #[test]
    fn the_slash_stands_in_the_quotes() {
        insta::assert_snapshot!(fix("several-sources-to-file", "\
-- Dockerfile --
FROM debian:trixie
ARG UNKNOWN
COPY a b /srv
COPY [\"a\", \"b\", \"/srv\"]
COPY a b $UNKNOWN
"), @r#"
        safe: end the destination with `/`, for where the directory is there, the slash changes nothing
        safe: end the destination with `/`, for where the directory is there, the slash changes nothing
        -- Dockerfile --
        -COPY a b /srv
        -COPY ["a", "b", "/srv"]
        +COPY a b /srv/
        +COPY ["a", "b", "/srv/"]
        "#);
    }
}
