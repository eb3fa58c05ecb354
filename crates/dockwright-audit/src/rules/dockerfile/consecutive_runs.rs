//! `consecutive-runs`

use std::collections::HashMap;

use dockwright_syntax::dockerfile::{Command, Instruction, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, StageView};

rule! {
    /// There are `RUN`s in a row that run one command each.
    ///
    /// ## What it does
    ///
    /// Reports a `RUN` of a single command that follows another such one with the same options. Steps of
    /// several commands are taken for deliberate. It is a matter of style, so the finding is a hint with
    /// low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Each step is a layer of its own, and what an earlier one wrote stays in the image when a later one
    /// removes it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN mkdir /srv/app
    /// RUN touch /srv/app/ready
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN mkdir /srv/app \
    ///  && touch /srv/app/ready
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Joining is safe for the files; when the second command changes, the first runs again as well.
    ///
    /// ## References
    ///
    /// - Docker's manual: building best practices
    ConsecutiveRuns {
        name: "consecutive-runs",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["DL3059"],
    }
}

impl Rule for ConsecutiveRuns {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let text = &cx.environment.documents.get(stage.dockerfile.document).text;
        let steps: HashMap<usize, &Step<'_>> =
            cx.steps(stage).iter().map(|step| (step.at, step)).collect();
        let mut before: Option<&Instruction> = None;
        for (at, instruction) in stage.instructions() {
            let single = is_single(instruction, steps.get(&at).copied()).then_some(instruction);
            if let (Some(first), Some(second)) = (before, single)
                && options(first, text) == options(second, text)
            {
                let at = stage.location(second.keyword.span);
                findings.push(
                    Finding::new(
                        self.metadata(),
                        at,
                        "this `RUN` follows another one of a single command",
                    )
                    .confidence(Confidence::Low)
                    .related(stage.location(first.keyword.span), "the one before")
                    .help("join them with `&&`, or in a here-document"),
                );
            }
            before = single;
        }
    }
}

/// Whether an instruction is a `RUN` of one command.
fn is_single(instruction: &Instruction, step: Option<&Step<'_>>) -> bool {
    let InstructionKind::Run(run) = &instruction.kind else {
        return false;
    };
    match (&run.command, step) {
        (Command::Exec(_), _) => true,
        // Another shell: how many commands it reads is not known.
        (Command::Shell(_), None) => false,
        (Command::Shell(_), Some(step)) => {
            let is_program = |name: Option<&str>| !matches!(name, Some("[" | "test" | ":"));
            let commands = step.commands.iter().filter(|found| {
                let first = found.command.words.first();
                first.is_some_and(|first| is_program(first.literal.as_deref()))
            });
            commands.count() <= 1
        }
    }
}

fn options<'a>(instruction: &Instruction, text: &'a str) -> Vec<&'a str> {
    instruction
        .flags
        .iter()
        .map(|flag| flag.span.of(text))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        audit(
            "consecutive-runs",
            &format!("-- Dockerfile --\nFROM debian:trixie\n{body}"),
        )
    }

    #[test]
    fn single_commands_in_a_row_are_reported() {
        insta::assert_snapshot!(check("RUN a\n# why\nRUN b\nRUN [\"c\"]\n"), @"
        info (low) Dockerfile:4:1 this `RUN` follows another one of a single command
          Dockerfile:2:1 the one before
          help: join them with `&&`, or in a here-document
        info (low) Dockerfile:5:1 this `RUN` follows another one of a single command
          Dockerfile:4:1 the one before
          help: join them with `&&`, or in a here-document
        ");
    }

    #[test]
    fn steps_of_several_commands_and_of_other_options_are_deliberate() {
        for body in [
            "RUN a && b\nRUN c\n",
            "RUN a\nRUN b | c\n",
            "RUN a\nRUN b $(c)\n",
            "RUN a\nARG x\nRUN b\n",
            "RUN --network=none a\nRUN b\n",
            "SHELL [\"pwsh\", \"-Command\"]\nRUN a\nRUN b\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }
}
