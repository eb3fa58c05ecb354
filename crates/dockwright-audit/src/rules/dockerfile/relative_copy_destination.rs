//! `relative-copy-destination`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::{Span, Text};

use crate::distributions;
use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `COPY` to a relative path that no `WORKDIR` makes clear.
    ///
    /// ## What it does
    ///
    /// Reports every `COPY` whose destination, its variables resolved, is relative, when no `WORKDIR`
    /// stands before it in its stage or in a base of this repository. A base from elsewhere may set a
    /// directory, so that the finding is a hint with low confidence then.
    ///
    /// ## Why is this bad?
    ///
    /// The files land in the root directory, or wherever the base image's directory is today.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM scratch
    /// COPY server bin/
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM scratch
    /// COPY server /bin/
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A slash before the path is safe where the image starts from nothing or from a plain distribution:
    /// the directory is the root then. There is no fix for other bases, whose directory is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY`
    RelativeCopyDestination {
        name: "relative-copy-destination",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["DL3045"],
    }
}

impl Rule for RelativeCopyDestination {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if cx.environment.is_windows(stage.id) {
            return;
        }
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Copy(copy) = &instruction.kind else {
                continue;
            };
            if !is_adrift(cx, stage, at, &copy.destination) {
                continue;
            }
            let destination = stage.expand(at, &copy.destination);
            let message = format!(
                "`{}` is relative, and no `WORKDIR` says to what",
                copy.destination.value
            );
            let stages = cx.environment.chain_stages(stage.id);
            let root = stages.last().and_then(|stage| cx.environment.stage(stage));
            let is_empty = root.is_some_and(|stage| stage.base == Base::Scratch);
            findings.push(
                Finding::new(
                    self.metadata(),
                    stage.location(copy.destination.span),
                    message,
                )
                .confidence(if is_empty && stage.ships() {
                    Confidence::Medium
                } else {
                    Confidence::Low
                })
                .help("give an absolute path, or say `WORKDIR` before")
                .fix(fix(cx, stage, &copy.destination).filter(|_| destination.is_known())),
            );
        }
    }
}

/// Whether a destination is relative to a directory that nothing says.
pub(super) fn is_adrift(
    cx: Context<'_>,
    stage: StageView<'_>,
    at: usize,
    destination: &Text,
) -> bool {
    let value = stage.expand(at, destination);
    let is_known = value.is_known() || !destination.value.starts_with('$');
    is_known && is_relative(&value.text) && cx.environment.working_directory(stage.id, at).is_none()
}

fn fix(cx: Context<'_>, stage: StageView<'_>, destination: &Text) -> Option<Fix> {
    let fix = Fix::safe(
        "begin the path with `/`",
        "the image starts in the root directory",
    );
    rooted(cx, stage, destination, fix)
}

/// Begins a path with a slash. `None` where the directory may be another than the root.
pub(super) fn rooted(
    cx: Context<'_>,
    stage: StageView<'_>,
    destination: &Text,
    fix: Fix,
) -> Option<Fix> {
    let written = DockerfileEdits::of(cx.environment, stage.dockerfile).written(destination.span);
    let path = written.trim_start_matches(['"', '\'']);
    let start = destination.span.start as usize + written.len() - path.len();
    let is_clear = !path.contains("..") && !path.contains('\n');
    if !distributions::starts_in_root(cx.environment, stage.id) || !is_clear {
        return None;
    }
    // `.` and `./` stand for the directory itself.
    let dots = match path.trim_end_matches(['"', '\'']) {
        "." => 1,
        path if path.starts_with("./") => 2,
        _ => 0,
    };
    let place = stage.location(Span::new(start, start + dots));
    Some(fix.replace(place, "/").changing(Aspect::Copies))
}

/// Whether a destination is relative; a drive of Windows is not.
fn is_relative(path: &str) -> bool {
    let path = path.trim_start_matches(['"', '\'']);
    let mut characters = path.chars();
    let is_drive = characters.next().is_some_and(|it| it.is_ascii_alphabetic())
        && characters.next() == Some(':');
    !is_drive && !path.starts_with(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn a_directory_is_inherited() {
        insta::assert_snapshot!(audit("relative-copy-destination", "\
-- Dockerfile --
FROM scratch AS base
WORKDIR /srv
FROM base
COPY a .
FROM debian:trixie
ARG UNKNOWN
ENV TO=lib
COPY a $TO
COPY b $UNKNOWN
COPY c /c
"), @"
        warning (low) Dockerfile:8:8 `$TO` is relative, and no `WORKDIR` says to what
          help: give an absolute path, or say `WORKDIR` before
        ");
    }

    #[test]
    fn the_root_directory_is_known_for_some() {
        insta::assert_snapshot!(fix("relative-copy-destination", "\
-- Dockerfile --
FROM scratch
COPY a bin/
COPY b .
COPY [\"c\", \"./c/\"]
FROM debian:trixie
COPY a b
FROM nginx
COPY a b
"), @r#"
        safe: begin the path with `/`, for the image starts in the root directory
        safe: begin the path with `/`, for the image starts in the root directory
        safe: begin the path with `/`, for the image starts in the root directory
        safe: begin the path with `/`, for the image starts in the root directory
        -- Dockerfile --
        -COPY a bin/
        -COPY b .
        -COPY ["c", "./c/"]
        +COPY a /bin/
        +COPY b /
        +COPY ["c", "/c/"]
        -COPY a b
        +COPY a /b
        "#);
    }
}
