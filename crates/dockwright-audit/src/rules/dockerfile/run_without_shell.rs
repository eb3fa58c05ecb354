//! `run-without-shell`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::{Command, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a `RUN` in an empty image.
    ///
    /// ## What it does
    ///
    /// Reports the first `RUN` in shell form of a stage that starts from `scratch`, when no `COPY` or `ADD` stands
    /// before it. One with a mount is left alone: the mount may bring the shell.
    ///
    /// ## Why is this bad?
    ///
    /// The shell form needs `/bin/sh`, and `scratch` has no file at all. The build fails.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM scratch
    /// RUN mkdir /data
    /// COPY app /app
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM scratch
    /// WORKDIR /data
    /// COPY app /app
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what the step should do may belong into another stage.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `RUN`, shell and exec form
    RunWithoutShell {
        name: "run-without-shell",
        family: Dockerfile,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for RunWithoutShell {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(first) = stage.chain().last() else {
            return;
        };
        let is_filled = |kind: &InstructionKind| {
            matches!(kind, InstructionKind::Copy(_) | InstructionKind::Add(_))
        };
        let mut bases = stage.chain().skip(1);
        if !matches!(first.stage.base, Base::Scratch)
            || bases.any(|base| base.instructions().any(|(_, it)| is_filled(&it.kind)))
        {
            return;
        }
        let empty = stage
            .instructions()
            .take_while(|(_, it)| !is_filled(&it.kind));
        let mut runs = empty.filter_map(|(_, instruction)| match &instruction.kind {
            InstructionKind::Run(run) => Some((instruction, run)),
            _ => None,
        });
        if let Some((instruction, run)) = runs.next()
            && matches!(run.command, Command::Shell(_))
            && run.mounts.is_empty()
        {
            let at = stage.location(instruction.keyword.span);
            findings.push(
                Finding::new(
                    self.metadata(),
                    at,
                    "the image is empty here: there is no shell",
                )
                .help("do it in another stage, and `COPY` what it makes"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_shell_may_be_brought_along() {
        for stage in [
            "FROM scratch\nADD rootfs.tar.xz /\nRUN mkdir /data\n",
            "FROM scratch\nCOPY --from=busybox:1 / /\nRUN mkdir /data\n",
            "FROM scratch AS base\nADD rootfs.tar.xz /\nFROM base\nRUN mkdir /data\n",
            "FROM scratch\nRUN --mount=from=busybox:1,target=/bin,source=/bin ls\n",
            "FROM scratch\nRUN [\"/app\"]\n",
            "FROM debian:trixie\nRUN mkdir /data\n",
        ] {
            let output = audit("run-without-shell", &format!("-- Dockerfile --\n{stage}"));
            assert_eq!(output, "", "{stage}");
        }
        let derived = "-- Dockerfile --\nFROM scratch AS base\nFROM base\nRUN mkdir /data\n";
        assert!(audit("run-without-shell", derived).starts_with("error Dockerfile:3:1 "));
    }
}
