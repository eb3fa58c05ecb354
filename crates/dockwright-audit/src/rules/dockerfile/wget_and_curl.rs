//! `wget-and-curl`

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::Step;
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a stage that downloads with `wget` and with `curl`.
    ///
    /// ## What it does
    ///
    /// Reports each stage in which both are called, once, at the first call of the second one. It only
    /// nags, so the finding is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Both are installed and kept up to date where one would do.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN wget https://example.com/a
    /// RUN curl -O https://example.com/b
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN curl -O https://example.com/a
    /// RUN curl -O https://example.com/b
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the options of the two differ.
    ///
    /// ## References
    ///
    /// - Docker's manual: building best practices
    WgetAndCurl {
        name: "wget-and-curl",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL4001"],
    }
}

impl Rule for WgetAndCurl {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let invocations = cx.steps(stage).iter().flat_map(Step::invocations);
        let calls =
            invocations.filter(|(invocation, _)| matches!(invocation.name, "wget" | "curl"));
        let calls: Vec<_> = calls.collect();
        let Some((first, _)) = calls.first() else {
            return;
        };
        let second = calls.iter().position(|(call, _)| call.name != first.name);
        let Some((at, (second, command))) = second.and_then(|at| Some((at, calls.get(at)?))) else {
            return;
        };
        let message = format!(
            "`{}` downloads here, and `{}` elsewhere in the stage",
            second.name, first.name
        );
        let location = stage.location(command.command.span);
        let mut finding =
            Finding::new(self.metadata(), location, message).confidence(Confidence::Low);
        for (index, (call, command)) in calls.iter().enumerate().filter(|(index, _)| *index != at) {
            let label = if index < at { "before" } else { "again" };
            let at = stage.location(command.command.span);
            finding = finding.related(at, format!("`{}` {label}", call.name));
        }
        findings.push(finding.help("use one of them"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_stage_is_reported_once() {
        insta::assert_snapshot!(audit("wget-and-curl", "\
-- Dockerfile --
FROM debian:trixie
RUN wget a \\
 && curl b
RUN sudo wget c
FROM debian:trixie
RUN apt-get install -y wget && curl d
"), @"
        info (low) Dockerfile:3:5 `curl` downloads here, and `wget` elsewhere in the stage
          Dockerfile:2:5 `wget` before
          Dockerfile:4:5 `wget` again
          help: use one of them
        ");
    }
}
