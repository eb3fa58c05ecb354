//! `linked-shell`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a link in place of `/bin/sh`.
    ///
    /// ## What it does
    ///
    /// Reports calls of `ln` that make `/bin/sh` a link.
    ///
    /// ## Why is this bad?
    ///
    /// Every script of the distribution then runs in a shell that it was not written for. `SHELL` chooses
    /// the shell of the steps, and nothing else.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN ln -sf /bin/bash /bin/sh
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// SHELL ["/bin/bash", "-c"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Unsafe: what runs in the container may count on the link.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `SHELL`
    LinkedShell {
        name: "linked-shell",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["DL4005"],
    }
}

impl Rule for LinkedShell {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            for (invocation, command) in step.invocations() {
                let last = invocation
                    .arguments()
                    .last()
                    .and_then(|word| word.literal.as_deref());
                if invocation.name != "ln" || !matches!(last, Some("/bin/sh" | "/usr/bin/sh")) {
                    continue;
                }
                let at = stage.location(command.command.span);
                let finding = Finding::new(
                    self.metadata(),
                    at,
                    "`/bin/sh` becomes a link to another shell",
                );
                findings.push(
                    finding
                        .confidence(Confidence::Medium)
                        .help("`SHELL [\"…\", \"-c\"]` chooses the shell of the steps alone"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn what_points_to_the_shell_is_no_link_in_its_place() {
        insta::assert_snapshot!(audit("linked-shell", "\
-- Dockerfile --
FROM debian:trixie
RUN rm /bin/sh && ln -s bash /bin/sh
RUN ln -s /bin/sh /usr/local/bin/shell
"), @r#"
        warning (medium) Dockerfile:2:19 `/bin/sh` becomes a link to another shell
          help: `SHELL ["…", "-c"]` chooses the shell of the steps alone
        "#);
    }
}
