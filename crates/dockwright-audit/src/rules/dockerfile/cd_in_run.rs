//! `cd-in-run`

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};
use dockwright_syntax::shell::{AndOrOperator, Command, SimpleCommand, Statement};

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, Fix, StageView};

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
    /// A `WORKDIR` in place of a `cd` that the whole step is behind is safe where a later `WORKDIR` says
    /// what holds from there on, and unsafe where the image begins in the new directory then. There is no
    /// fix where later instructions would run in that directory as well.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `WORKDIR`
    CdInRun {
        name: "cd-in-run",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
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
                    .help("`WORKDIR` stays for the steps that follow")
                    .fix(fix(cx, stage, step, first)),
            );
        }
    }
}

/// `WORKDIR` in place of a `cd` that the whole step is behind, where no later instruction of the stage
/// would run in that directory.
fn fix(cx: Context<'_>, stage: StageView<'_>, step: &Step<'_>, cd: &SimpleCommand) -> Option<Fix> {
    let instruction = step.instruction;
    let (directory, rest) = directory_of(instruction, step)?;
    let is_cd = |name: Option<&str>| matches!(name, Some("cd" | "pushd" | "popd"));
    let commands = step
        .commands
        .iter()
        .filter_map(|it| it.command.words.first());
    if commands.filter(|it| is_cd(it.literal.as_deref())).count() > 1 {
        return None;
    }
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let place = Span {
        start: cd.span.start,
        end: rest,
    };
    if edits.written(place).contains('#') {
        return None;
    }
    let title = format!("write `WORKDIR {directory}`");
    let fix = match what_follows(cx, stage, step.at)? {
        Follows::Workdir => Fix::safe(title, "what follows says its directory itself"),
        Follows::Nothing => {
            Fix::with_care(title, "the image, and what starts from it, begins there")
        }
    };
    let fix = edits.insert_before(fix, step.at, &format!("WORKDIR {directory}"));
    Some(fix.delete(stage.location(place)))
}

/// The absolute directory that a step goes to before all else, and where the rest of it begins.
fn directory_of<'s>(instruction: &Instruction, step: &Step<'s>) -> Option<(&'s str, u32)> {
    let [statement] = step.script.statements.as_slice() else {
        return None;
    };
    let Command::AndOr(chain) = &statement.command else {
        return None;
    };
    let Command::Simple(cd) = &chain.first.command else {
        return None;
    };
    let [name, directory] = cd.words.as_slice() else {
        return None;
    };
    let path = directory.literal.as_deref()?;
    let is_plain = name.literal.as_deref() == Some("cd")
        && chain.first.redirections.is_empty()
        && !chain.first.negated
        && !statement.negated
        && !statement.background
        && instruction.heredocs.is_empty()
        && instruction.flags.is_empty()
        && matches!(instruction.kind, InstructionKind::Run(_))
        && step.script.problems.is_empty()
        && step.script.comments.is_empty();
    let is_path = path.starts_with('/')
        && !directory.glob
        && path
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "/._-+@".contains(it));
    let operators = chain.rest.iter().map(|(operator, _)| operator.value);
    let only_and = operators.into_iter().all(|it| it == AndOrOperator::And);
    let (_, rest) = chain.rest.first()?;
    (is_plain && is_path && only_and).then_some((path, rest.span.start))
}

/// What stands behind a step that would run in its directory.
enum Follows {
    /// A `WORKDIR` with a path of its own, before anything else that matters.
    Workdir,
    /// Nothing that the directory matters to.
    Nothing,
}

/// What follows in the stage. `None` where something would run, or be put, in the directory.
fn what_follows(cx: Context<'_>, stage: StageView<'_>, at: usize) -> Option<Follows> {
    let is_absolute = |path: &str| path.trim_start_matches(['"', '\'']).starts_with('/');
    let steps = cx.steps(stage);
    for (index, instruction) in stage.instructions().filter(|(index, _)| *index > at) {
        match &instruction.kind {
            InstructionKind::Workdir(path) => {
                return is_absolute(&path.value).then_some(Follows::Workdir);
            }
            InstructionKind::Copy(copy) | InstructionKind::Add(copy)
                if is_absolute(&copy.destination.value) => {}
            InstructionKind::Run(_) => {
                let step = steps.iter().find(|it| it.at == index)?;
                directory_of(instruction, step)?;
            }
            InstructionKind::Copy(_)
            | InstructionKind::Add(_)
            | InstructionKind::Cmd(_)
            | InstructionKind::Entrypoint(_)
            | InstructionKind::Healthcheck(_)
            | InstructionKind::Onbuild(_) => return None,
            _ => {}
        }
    }
    Some(Follows::Nothing)
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
    use crate::testing::{audit, fix};

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

    #[test]
    fn what_would_run_elsewhere_is_left_alone() {
        insta::assert_snapshot!(fix("cd-in-run", "\
-- Dockerfile --
FROM debian:trixie
RUN cd /a && make \\
 && make install
RUN cd /b \\
 && make
COPY c /c
WORKDIR /c
RUN cd /d && make
RUN make
RUN (cd /e && make)
RUN cd /f && make || true
FROM debian:trixie
RUN cd /g && make
"), @r#"
        safe: write `WORKDIR /a`, for what follows says its directory itself
        safe: write `WORKDIR /b`, for what follows says its directory itself
        unsafe: write `WORKDIR /g`, for the image, and what starts from it, begins there
        -- Dockerfile --
        -RUN cd /a && make \
        +WORKDIR /a
        +RUN make \
        -RUN cd /b \
        - && make
        +WORKDIR /b
        +RUN make
        -RUN cd /g && make
        +WORKDIR /g
        +RUN make
        "#);
    }
}
