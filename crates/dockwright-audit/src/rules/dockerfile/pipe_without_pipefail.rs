//! `pipe-without-pipefail`

use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::shell::{Command, Node, Statement};

use crate::distributions;
use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a pipe whose first command may fail unseen.
    ///
    /// ## What it does
    ///
    /// Looks for pipes in `RUN`s whose shell does not have `pipefail`: neither by the `SHELL` in force, those
    /// of bases in this repository included, nor by a `set` in the step itself. Reports each `RUN` once. A
    /// download that is piped is reported as such; other pipes are hints with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// A shell asks the last command of a pipe alone whether it went well. When `curl` fails in
    /// `curl … | tar -x`, the step may succeed, and its result is cached.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN curl https://example.com/install.sh | sh
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// SHELL ["/bin/bash", "-o", "pipefail", "-c"]
    /// RUN curl https://example.com/install.sh | sh
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `SHELL` before the first such step is unsafe: a pipe that always failed unseen fails now, and the
    /// shell is that of `CMD` as well. There is no fix where the distribution of the image, and with it
    /// the shell, is not known.
    ///
    /// ## References
    ///
    /// - Docker's manual: building best practices, using pipes
    PipeWithoutPipefail {
        name: "pipe-without-pipefail",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["DL4006"],
    }
}

impl Rule for PipeWithoutPipefail {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let mut found: Vec<(&Step<'_>, Finding)> = Vec::new();
        for step in cx.steps(stage) {
            if has_pipefail(&step.shell.words) {
                continue;
            }
            let set = pipefail_from(step);
            let mut pipes = Vec::new();
            step.script.walk(&mut |node, context| {
                if let Node::Statement(statement) = node
                    && let Command::Pipeline(parts) = &statement.command
                    && set.is_none_or(|set| statement.span.start < set)
                {
                    let download = parts.iter().rev().skip(1).find_map(download);
                    pipes.push((statement, download.filter(|_| !context.substitution)));
                }
            });
            let surest = pipes.iter().find(|(_, download)| download.is_some());
            let Some((pipe, download)) = surest.or(pipes.first()) else {
                continue;
            };
            let (message, confidence) = match download {
                Some(name) => (
                    format!("when `{name}` fails here, the step may succeed all the same"),
                    Confidence::Medium,
                ),
                None => (
                    "only the last command of this pipe can make the step fail".to_owned(),
                    Confidence::Low,
                ),
            };
            found.push((
                step,
                Finding::new(self.metadata(), stage.location(pipe.span), message)
                    .confidence(confidence)
                    .help("set `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` before it, or begin with `set -o pipefail`"),
            ));
        }
        let shells: Vec<_> = found
            .iter()
            .map(|(step, finding)| (*step, finding.confidence))
            .collect();
        findings.extend(
            found
                .into_iter()
                .map(|(step, finding)| finding.fix(fix(cx, stage, step, &shells))),
        );
    }
}

/// A shell with `pipefail` before the first step that needs it, so that one change repairs all behind
/// it. Steps before the first download are let be: their pipes may fail on purpose.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    step: &Step<'_>,
    found: &[(&Step<'_>, Confidence)],
) -> Option<Fix> {
    let same = found
        .iter()
        .filter(|(other, _)| other.shell.location == step.shell.location);
    let surest = same.clone().find(|it| it.1 == Confidence::Medium);
    let first = surest.or_else(|| same.clone().next())?.0;
    if step.at < first.at || !matches!(first.instruction.kind, InstructionKind::Run(_)) {
        return None;
    }
    let with_care = |line: &str| {
        Fix::with_care(
            format!("write `{line}`"),
            "pipes that fail unseen fail the build then",
        )
    };
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    if let Some(shell) = step.shell.location {
        let tree = &stage.dockerfile.tree;
        let mut instructions = tree.instructions.iter();
        let own = instructions
            .find(|it| it.span == shell.span && shell.document == stage.dockerfile.document)?;
        let InstructionKind::Shell(words) = &own.kind else {
            return None;
        };
        let (last, name) = (words.last()?, &words.first()?.value);
        let knows = ["bash", "zsh", "ksh", "ash"]
            .iter()
            .any(|it| name.ends_with(it));
        let is_command = last.value.starts_with('-') && last.value.ends_with('c');
        let quote = last.span.start.checked_sub(1)?;
        let quote = if edits.written(last.span).starts_with('"') {
            last.span.start
        } else {
            quote
        };
        let fix = with_care("\"-o\", \"pipefail\"");
        // `dash` ends as `ash` does, and has no `pipefail` in most versions.
        return (knows && is_command && !name.ends_with("dash"))
            .then(|| fix.insert(shell.document, quote, "\"-o\", \"pipefail\", "));
    }
    let mut later = stage.instructions().filter(|(at, _)| *at > first.at);
    if later.any(|(_, it)| matches!(it.kind, InstructionKind::Shell(_))) {
        return None;
    }
    let shell = &distributions::of(cx.environment, stage.id)?.shell;
    let line = format!("SHELL {shell}");
    Some(edits.insert_before(with_care(&line), first.at, &line))
}

/// Whether the words of a shell or of `set` switch `pipefail` on: behind `-o`, alone or as the last
/// of several letters.
fn has_pipefail<W: AsRef<str>>(words: &[W]) -> bool {
    words.windows(2).any(|pair| match pair {
        [option, name] => {
            let option = option.as_ref();
            name.as_ref() == "pipefail" && option.starts_with('-') && option.ends_with('o')
        }
        _ => false,
    })
}

/// Where a `set -o pipefail` of the step itself ends.
fn pipefail_from(step: &Step<'_>) -> Option<u32> {
    let mut sets = step.commands.iter().filter(|found| {
        let words = found
            .command
            .words
            .iter()
            .map(|word| word.literal.as_deref().unwrap_or_default());
        let words: Vec<&str> = words.collect();
        words.first() == Some(&"set") && has_pipefail(&words)
    });
    sets.next().map(|found| found.command.span.end)
}

/// The program of a statement, when it downloads.
fn download(statement: &Statement) -> Option<&str> {
    match &statement.command {
        Command::Simple(command) => {
            let name = command.invocation()?.name;
            matches!(name, "curl" | "wget" | "git" | "aria2c").then_some(name)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(body: &str) -> String {
        audit(
            "pipe-without-pipefail",
            &format!("-- Dockerfile --\nFROM debian:trixie AS base\n{body}"),
        )
    }

    #[test]
    fn the_exact_pipe_is_shown() {
        insta::assert_snapshot!(check("RUN make \\\n && curl a | tar -x\nRUN <<EOF\necho b | tee c\nEOF\n"), @r#"
        warning (medium) Dockerfile:3:5 when `curl` fails here, the step may succeed all the same
          help: set `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it, or begin with `set -o pipefail`
        warning (low) Dockerfile:5:1 only the last command of this pipe can make the step fail
          help: set `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it, or begin with `set -o pipefail`
        "#);
    }

    #[test]
    fn a_shell_is_inherited_and_a_step_may_set_it_itself() {
        for body in [
            "SHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nFROM base\nRUN curl a | tar -x\n",
            "RUN set -euxo pipefail; curl a | tar -x\n",
            "SHELL [\"pwsh\", \"-Command\"]\nRUN a | b\n",
            "RUN echo 'a | b' || true\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
        assert!(check("RUN curl a | tar -x; set -o pipefail\n").starts_with("warning (medium)"));
    }

    #[test]
    fn one_shell_serves_all_steps_behind_it() {
        insta::assert_snapshot!(fix("pipe-without-pipefail", "\
-- Dockerfile --
FROM debian:trixie AS a
RUN ls | sort
# the download
RUN curl a | tar -x
RUN curl b | tar -x
FROM alpine:3.22 AS b
RUN curl a | tar -x
FROM debian:trixie AS c
SHELL [\"/bin/bash\", \"-c\"]
RUN curl a | tar -x
FROM example.com/any AS d
RUN curl a | tar -x
"), @r#"
        unsafe: write `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`, for pipes that fail unseen fail the build then
        unsafe: write `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`, for pipes that fail unseen fail the build then
        unsafe: write `SHELL ["/bin/ash", "-o", "pipefail", "-c"]`, for pipes that fail unseen fail the build then
        unsafe: write `"-o", "pipefail"`, for pipes that fail unseen fail the build then
        -- Dockerfile --
        +SHELL ["/bin/bash", "-o", "pipefail", "-c"]
        +SHELL ["/bin/ash", "-o", "pipefail", "-c"]
        -SHELL ["/bin/bash", "-c"]
        +SHELL ["/bin/bash", "-o", "pipefail", "-c"]
        "#);
    }
}
