//! `pipe-without-pipefail`

use dockwright_syntax::shell::{Command, Node, Statement};

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, StageView};

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
    /// Unsafe: the image needs a shell with `pipefail`, and a pipe that always failed unseen fails now.
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
            findings.push(
                Finding::new(self.metadata(), stage.location(pipe.span), message)
                    .confidence(confidence)
                    .help("set `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` before it, or begin with `set -o pipefail`"),
            );
        }
    }
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
    use crate::testing::audit;

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
}
