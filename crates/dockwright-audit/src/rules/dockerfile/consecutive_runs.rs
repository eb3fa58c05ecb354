//! `consecutive-runs`

use std::collections::HashMap;

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Command, Instruction, InstructionKind};
use dockwright_syntax::shell::{self, SimpleCommand, Statement};

use crate::fix::lines;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::{Step, literals};
use crate::{Confidence, Finding, Fix, StageView};

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
    /// Commands that change their shell, as `cd` does, and steps with operators are not joined.
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
        let mut before: Option<(usize, &Instruction)> = None;
        for (at, instruction) in stage.instructions() {
            let single =
                is_single(instruction, steps.get(&at).copied()).then_some((at, instruction));
            if let (Some((above, first)), Some((at, second))) = (before, single)
                && options(first, text) == options(second, text)
            {
                let both = steps.get(&above).zip(steps.get(&at));
                let fix = both.and_then(|(first, second)| join(cx, stage, first, second));
                let at = stage.location(second.keyword.span);
                findings.push(
                    Finding::new(
                        self.metadata(),
                        at,
                        "this `RUN` follows another one of a single command",
                    )
                    .confidence(Confidence::Low)
                    .related(stage.location(first.keyword.span), "the one before")
                    .help("join them with `&&`, or in a here-document")
                    .fix(fix),
                );
            }
            before = single;
        }
    }
}

/// Joins two steps with `&&`. None where the first does something to its shell, where a step is more
/// than a plain command, or where a comment between them is meant for a tool.
fn join(cx: Context<'_>, stage: StageView<'_>, first: &Step<'_>, second: &Step<'_>) -> Option<Fix> {
    let document = cx.environment.documents.get(stage.dockerfile.document);
    let text = &document.text;
    let (end, command) = alone(first, text)?;
    let (start, next) = alone(second, text)?;
    if changes_shell(command) || replaces(command, next) {
        return None;
    }
    let (first, second) = (first.instruction, second.instruction);
    let end = Span {
        start: end.span.end,
        end: first.span.end,
    };
    let start = Span {
        start: second.keyword.span.start,
        end: start.span.start,
    };
    let mut between = Span {
        start: lines(text, first.span).end,
        end: lines(text, second.keyword.span).start,
    };
    if start.of(text).contains('#') || between.of(text).contains("ignore") {
        return None;
    }
    let mut fix = Fix::safe(
        "join it to the step before",
        "the commands are the same, in one layer",
    )
    .replace(
        stage.location(end),
        format!(" {}", stage.dockerfile.tree.escape),
    )
    .replace(stage.location(start), " && ");
    while between.start < between.end {
        let line = lines(
            text,
            Span {
                start: between.start,
                end: between.start,
            },
        );
        if line.of(text).trim().is_empty() {
            fix = fix.delete(stage.location(line));
        }
        between.start = line.end;
    }
    Some(fix)
}

/// The only statement of a step, a command that begins and ends with it.
fn alone<'s>(step: &Step<'s>, text: &str) -> Option<(&'s Statement, &'s SimpleCommand)> {
    let [statement] = step.script.statements.as_slice() else {
        return None;
    };
    let shell::Command::Simple(command) = &statement.command else {
        return None;
    };
    let instruction = step.instruction;
    let rest = Span {
        start: statement.span.end,
        end: instruction.span.end,
    };
    let is_whole = rest.of(text).trim().is_empty()
        && statement.span.start == instruction.arguments.span.start
        && instruction.heredocs.is_empty()
        && step.script.problems.is_empty();
    (is_whole && !statement.negated && !statement.background).then_some((statement, command))
}

/// Whether a command may leave something in its shell that the next one would see.
fn changes_shell(command: &SimpleCommand) -> bool {
    const BUILTINS: [&str; 22] = [
        ".", "alias", "cd", "declare", "eval", "exec", "exit", "export", "local", "popd", "pushd",
        "read", "readonly", "return", "set", "shopt", "source", "trap", "typeset", "ulimit",
        "umask", "unset",
    ];
    let name = command.words.first().and_then(|it| it.literal.as_deref());
    name.is_none_or(|name| BUILTINS.contains(&name))
}

/// Whether a program installs itself anew and runs again, as in `npm install --global npm`: a shell
/// remembers where it found the old one.
fn replaces(command: &SimpleCommand, next: &SimpleCommand) -> bool {
    let name = |command: &SimpleCommand| command.invocation().map(|it| it.name.to_owned());
    let Some(name) = name(command).filter(|own| name(next).as_ref() == Some(own)) else {
        return false;
    };
    let mut arguments = literals(command.words.get(1..).unwrap_or_default());
    arguments.any(|argument| argument.starts_with(&name))
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
    use crate::testing::{audit, fix};

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

    #[test]
    fn plain_commands_are_joined() {
        insta::assert_snapshot!(fix("consecutive-runs", "\
-- Dockerfile --
FROM debian:trixie
RUN a
# why

RUN b > \"c\" \\
  d
  RUN e
RUN cd /f
RUN g
RUN h || i
RUN j # k
RUN l
USER app
RUN npm i -g npm@11
RUN npm ci
"), @r#"
        safe: join it to the step before, for the commands are the same, in one layer
        safe: join it to the step before, for the commands are the same, in one layer
        safe: join it to the step before, for the commands are the same, in one layer
        -- Dockerfile --
        -RUN a
        +RUN a \
        -
        -RUN b > "c" \
        -  d
        -  RUN e
        -RUN cd /f
        + && b > "c" \
        +  d \
        +   && e \
        + && cd /f
        "#);
    }
}
