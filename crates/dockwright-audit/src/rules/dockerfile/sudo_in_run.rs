//! `sudo-in-run`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a `sudo` in a `RUN`.
    ///
    /// ## What it does
    ///
    /// Reports each `RUN` that calls `sudo`, once.
    ///
    /// ## Why is this bad?
    ///
    /// `sudo` drops the environment, wants a terminal where its policy says so, and has to be in the image
    /// with rights for the user. `USER` says the same without any of it.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER app
    /// RUN sudo make install
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER root
    /// RUN make install
    /// USER app
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Taking `sudo` away where the user is root is unsafe: commands see the whole environment then.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`
    SudoInRun {
        name: "sudo-in-run",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["DL3004"],
    }
}

impl Rule for SudoInRun {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            let mut words = step.invocations().filter_map(|(invocation, _)| {
                let mut wrappers = invocation.wrappers.iter();
                let wrapper = wrappers.find(|wrapper| wrapper.name == "sudo");
                let alone = (invocation.name == "sudo").then_some(invocation.words);
                wrapper.map(|wrapper| wrapper.words).or(alone)?.first()
            });
            let Some(word) = words.next() else {
                continue;
            };
            let user = cx.environment.user(stage.id, step.at);
            let user = user.as_ref().and_then(|user| user.known());
            let (message, help) = match user {
                Some("root" | "0") => ("the step runs as root without `sudo`", "leave `sudo` out"),
                _ => (
                    "the step uses `sudo`",
                    "say `USER root` before it, and the other user behind it",
                ),
            };
            let finding = Finding::new(self.metadata(), stage.location(word.span), message);
            findings.push(finding.confidence(Confidence::Medium).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_word_itself_is_no_call() {
        insta::assert_snapshot!(audit("sudo-in-run", "\
-- Dockerfile --
FROM debian:trixie
USER root
RUN apt-get install -y sudo \\
 && echo x | sudo tee /etc/x
RUN echo sudo
"), @"
        warning (medium) Dockerfile:4:14 the step runs as root without `sudo`
          help: leave `sudo` out
        ");
    }
}
