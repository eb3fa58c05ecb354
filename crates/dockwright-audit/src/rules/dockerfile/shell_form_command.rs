//! `shell-form-command`

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::{Command, Instruction, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Severity, StageView};

rule! {
    /// There is a program of a container that runs behind a shell.
    ///
    /// ## What it does
    ///
    /// Looks at `CMD` and `ENTRYPOINT` that are no JSON array of strings. One that looks like an
    /// array and is none, for a quote of the wrong kind, is an error. A `SHELL` in the stage or in
    /// what it starts from says that a shell is wanted; such instructions, those that begin with
    /// `exec`, those of stages that no image is made of, and health checks are hints of low
    /// confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The shell is process 1 and hands no signals on: `docker stop` waits ten seconds and then
    /// kills the program. An `ENTRYPOINT` in this form ignores `CMD` and the arguments of
    /// `docker run`.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENTRYPOINT /usr/bin/server --port 80
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENTRYPOINT ["/usr/bin/server", "--port", "80"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the words as an array is unsafe: without a shell nothing expands variables or
    /// patterns, and `&&` is a word like any other.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: "Shell and exec form"
    /// - Build check `JSONArgsRecommended`
    /// - hadolint `DL3025`
    ShellFormCommand {
        name: "shell-form-command",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["JSONArgsRecommended", "DL3025"],
    }
}

impl Rule for ShellFormCommand {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let Some((text, is_check)) = shell_form(instruction) else {
                continue;
            };
            let keyword = &instruction.keyword;
            let span = if text.value.is_empty() {
                keyword.span
            } else {
                text.span
            };
            let finding = |message: String| {
                Finding::new(self.metadata(), stage.location(span), message)
                    .label("a shell reads this")
            };
            if is_check {
                let message = "the health check runs behind a shell".to_owned();
                let finding = finding(message).confidence(Confidence::Low);
                findings.push(finding.severity(Severity::Info).codes(&["DL3025"]));
                continue;
            }
            let shell = cx.environment.shell(stage.id, at).location;
            if shell.is_none() && text.value.starts_with('[') {
                let message = format!("the array of `{}` is not valid JSON", keyword.value);
                findings.push(
                    finding(message)
                        .severity(Severity::Error)
                        .help("each word needs double quotes, and a comma between them"),
                );
                continue;
            }
            let message = format!("a shell stands before the program of `{}`", keyword.value);
            let mut finding = finding(message).help(
                "write the words as a JSON array, with `sh -c` among them if a shell is needed",
            );
            let is_meant = text.value.starts_with("exec ") || !stage.ships();
            if let Some(shell) = shell {
                finding = finding
                    .codes(&["DL3025"])
                    .confidence(Confidence::Low)
                    .related(shell, "this shell");
            } else {
                finding = finding.confidence(if is_meant {
                    Confidence::Low
                } else {
                    Confidence::Medium
                });
            }
            findings.push(finding);
        }
    }
}

/// The command that a shell reads, and whether it is a health check.
fn shell_form(instruction: &Instruction) -> Option<(&Text, bool)> {
    match &instruction.kind {
        InstructionKind::Cmd(Command::Shell(text))
        | InstructionKind::Entrypoint(Command::Shell(text)) => Some((text, false)),
        InstructionKind::Healthcheck(Some(Command::Shell(text))) => Some((text, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(dockerfile: &str) -> String {
        audit(
            "shell-form-command",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn an_array_that_is_none_is_an_error() {
        insta::assert_snapshot!(check("FROM debian:trixie\nENTRYPOINT [\"a\"]\nCMD ['a', \"b\"]\n"), @r"
        error Dockerfile:3:5 the array of `CMD` is not valid JSON
          ^ a shell reads this
          help: each word needs double quotes, and a comma between them
        ");
    }

    #[test]
    fn a_shell_that_is_named_is_wanted() {
        insta::assert_snapshot!(check("\
FROM debian:trixie AS base
SHELL [\"/bin/bash\", \"-c\"]
FROM base
CMD serve $PORT
"), @r"
        warning (low) Dockerfile:4:5 a shell stands before the program of `CMD`
          ^ a shell reads this
          Dockerfile:2:1 this shell
          help: write the words as a JSON array, with `sh -c` among them if a shell is needed
        ");
    }

    #[test]
    fn what_becomes_the_program_or_no_image_is_a_hint() {
        for body in [
            "FROM debian:trixie\nCMD exec serve\n",
            "FROM debian:trixie AS a\nCMD serve\nFROM debian:trixie\n",
            "FROM debian:trixie\nHEALTHCHECK CMD curl -f localhost\n",
        ] {
            assert!(check(body).contains("(low)"), "{body}");
        }
        assert!(check("FROM debian:trixie AS a\nCMD serve\nFROM a\n").contains("(medium)"));
    }
}
