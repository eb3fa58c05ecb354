//! `relative-copy-destination`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

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
    /// No fix: the directory of the base is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY`
    RelativeCopyDestination {
        name: "relative-copy-destination",
        family: Dockerfile,
        severity: Warning,
        fix: None,
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
            let destination = stage.expand(at, &copy.destination);
            let is_known = destination.is_known() || !copy.destination.value.starts_with('$');
            if !is_known
                || !is_relative(&destination.text)
                || cx.environment.working_directory(stage.id, at).is_some()
            {
                continue;
            }
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
                .help("give an absolute path, or say `WORKDIR` before"),
            );
        }
    }
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
    use crate::testing::audit;

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
}
