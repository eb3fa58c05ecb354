//! `linked-shell`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::{Step, literals};
use crate::{Confidence, Finding, Fix, StageView};

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
    /// `SHELL` in place of a `RUN` that does nothing else is unsafe: what runs in the container may count
    /// on the link. There is no fix where the step does more.
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
                        .help("`SHELL [\"…\", \"-c\"]` chooses the shell of the steps alone")
                        .fix(fix(stage, step)),
                );
            }
        }
    }
}

/// `SHELL` in place of a step that does nothing but link the shell.
fn fix(stage: StageView<'_>, step: &Step<'_>) -> Option<Fix> {
    let instruction = step.instruction;
    let is_plain = matches!(instruction.kind, InstructionKind::Run(_))
        && instruction.flags.is_empty()
        && instruction.heredocs.is_empty();
    let mut target = None;
    for found in &step.commands {
        let words: Vec<&str> = literals(&found.command.words).collect();
        match words.as_slice() {
            ["ln", .., shell, "/bin/sh" | "/usr/bin/sh"] if target.is_none() => {
                target = Some(*shell);
            }
            ["rm", .., "/bin/sh" | "/usr/bin/sh"] | ["mv", "/bin/sh" | "/usr/bin/sh", _] => {}
            _ => return None,
        }
    }
    let shell = match target? {
        shell @ ("bash" | "dash" | "ksh" | "zsh") => format!("/bin/{shell}"),
        path if path.ends_with("sh") && path.starts_with('/') => path.to_owned(),
        _ => return None,
    };
    let line = format!("SHELL [\"{shell}\", \"-c\"]");
    let fix = Fix::with_care(
        format!("write `{line}`"),
        "what runs in the container may count on the link",
    );
    is_plain.then(|| fix.replace(stage.location(instruction.span), line))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn a_step_that_does_nothing_else_goes() {
        insta::assert_snapshot!(fix("linked-shell", "\
-- Dockerfile --
FROM debian:trixie
RUN ln -sf /bin/bash /bin/sh
FROM debian:trixie
RUN rm /bin/sh && ln -s bash /bin/sh
FROM debian:trixie
RUN ln -sf /bin/bash /bin/sh && make
"), @r#"
        unsafe: write `SHELL ["/bin/bash", "-c"]`, for what runs in the container may count on the link
        unsafe: write `SHELL ["/bin/bash", "-c"]`, for what runs in the container may count on the link
        -- Dockerfile --
        -RUN ln -sf /bin/bash /bin/sh
        +SHELL ["/bin/bash", "-c"]
        -RUN rm /bin/sh && ln -s bash /bin/sh
        +SHELL ["/bin/bash", "-c"]
        "#);
    }
}
