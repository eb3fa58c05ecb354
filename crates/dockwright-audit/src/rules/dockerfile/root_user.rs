//! `root-user`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a stage whose last `USER` is root.
    ///
    /// ## What it does
    ///
    /// Looks at the last `USER` of every stage, its variables resolved. In a stage that is not what
    /// people run, the finding is a hint with low confidence: to build as root is usual.
    ///
    /// ## Why is this bad?
    ///
    /// Whoever breaks into a process that runs as root owns all of the container, and is one step nearer
    /// to the host.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER root
    /// RUN make install
    /// CMD ["server"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER root
    /// RUN make install
    /// USER 65532
    /// CMD ["server"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the files that the process writes have to belong to the new user.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`
    RootUser {
        name: "root-user",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3002"],
    }
}

impl Rule for RootUser {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if cx.environment.is_windows(stage.id) {
            return;
        }
        let mut instructions = stage.instructions().rev();
        let last = instructions.find_map(|(at, instruction)| match &instruction.kind {
            InstructionKind::User(user) => Some((at, user)),
            _ => None,
        });
        let Some((at, user)) = last else {
            return;
        };
        let value = stage.expand(at, user);
        let is_root = |text: &str| matches!(text.split(':').next(), Some("root" | "0"));
        if !value.known().is_some_and(is_root) {
            return;
        }
        let (message, confidence) = if stage.is_target() {
            ("the image runs as root", Confidence::Medium)
        } else {
            ("the stage ends as root", Confidence::Low)
        };
        findings.push(
            Finding::new(self.metadata(), stage.location(user.span), message)
                .confidence(confidence)
                .help("end with the `USER` that the process needs"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_last_user_counts_and_is_resolved() {
        insta::assert_snapshot!(audit("root-user", "\
-- Dockerfile --
FROM debian:trixie AS build
USER root
FROM debian:trixie
ARG RUN_AS=0:0
USER app
USER $RUN_AS
"), @"
        warning (low) Dockerfile:2:6 the stage ends as root
          help: end with the `USER` that the process needs
        warning (medium) Dockerfile:6:6 the image runs as root
          help: end with the `USER` that the process needs
        ");
    }

    #[test]
    fn a_user_that_is_not_known_or_not_the_last_says_nothing() {
        let dockerfile = "-- Dockerfile --\nFROM debian:trixie\nUSER root\nUSER 1000\nFROM debian:trixie\nARG WHO\nUSER $WHO\n";
        assert_eq!(audit("root-user", dockerfile), "");
    }
}
