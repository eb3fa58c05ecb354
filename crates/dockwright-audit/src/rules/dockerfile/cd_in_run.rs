//! `cd-in-run`

use dockwright_syntax::shell::{Command, Statement};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a `cd` in a `RUN`, where `WORKDIR` would do.
    ///
    /// ## What it does
    ///
    /// Reports each `RUN` that changes its directory, once. That is a matter of style and a hint with low
    /// confidence, unless the `cd` comes last: then nothing runs in that directory.
    ///
    /// ## Why is this bad?
    ///
    /// The directory is forgotten at the end of the step. `WORKDIR` stays for all that follow and is
    /// made when it is not there.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN cd /src && make
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// WORKDIR /src
    /// RUN make
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: later steps would run in the new directory as well.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `WORKDIR`
    CdInRun {
        name: "cd-in-run",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3003"],
    }
}

impl Rule for CdInRun {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            let mut commands = step.commands.iter().map(|found| found.command);
            let named = |name: Option<&str>| name == Some("cd");
            let first = commands.find(|command| {
                named(
                    command
                        .words
                        .first()
                        .and_then(|word| word.literal.as_deref()),
                )
            });
            let Some(first) = first else {
                continue;
            };
            let last = step.script.statements.last().and_then(last_command);
            let (message, confidence) = if last == Some("cd") {
                (
                    "nothing runs in the directory that `cd` goes to: it is forgotten at the end of the step",
                    Confidence::Medium,
                )
            } else {
                (
                    "`cd` changes the directory of this step only",
                    Confidence::Low,
                )
            };
            findings.push(
                Finding::new(self.metadata(), stage.location(first.span), message)
                    .confidence(confidence)
                    .help("`WORKDIR` stays for the steps that follow"),
            );
        }
    }
}

/// The program that a statement runs last, in the shell itself.
fn last_command(statement: &Statement) -> Option<&str> {
    match &statement.command {
        Command::Simple(command) => command.words.first()?.literal.as_deref(),
        Command::AndOr(chain) => {
            last_command(chain.rest.last().map_or(&chain.first, |(_, last)| last))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_directory_that_nothing_runs_in_is_surer() {
        insta::assert_snapshot!(audit("cd-in-run", "\
-- Dockerfile --
FROM debian:trixie
RUN make \\
 && (cd sub && make) \\
 && cd /
RUN mkdir /x && cd /x
RUN <<EOF
cd /src
make
EOF
RUN echo cd
"), @"
        warning (medium) Dockerfile:3:6 nothing runs in the directory that `cd` goes to: it is forgotten at the end of the step
          help: `WORKDIR` stays for the steps that follow
        warning (medium) Dockerfile:5:17 nothing runs in the directory that `cd` goes to: it is forgotten at the end of the step
          help: `WORKDIR` stays for the steps that follow
        warning (low) Dockerfile:7:1 `cd` changes the directory of this step only
          help: `WORKDIR` stays for the steps that follow
        ");
    }

    #[test]
    fn shells_of_windows_are_left_alone() {
        let dockerfile = "-- Dockerfile --\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN cd C:\\src && build\n";
        assert_eq!(audit("cd-in-run", dockerfile), "");
    }
}
