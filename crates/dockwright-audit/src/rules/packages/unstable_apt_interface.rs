//! `unstable-apt-interface`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is an `apt` where `apt-get` is meant for scripts.
    ///
    /// ## What it does
    ///
    /// Reports calls of `apt`. They work as long as nothing reads what they print, so it is a hint with
    /// low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// `apt` is made for people at a terminal. What it prints, and how its options work, may change
    /// from one release to the next; it warns of that itself. `apt-get` and `apt-cache` stay as they
    /// are.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt update && apt install -y curl
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing `apt-get` is safe for the actions that both have.
    ///
    /// ## References
    ///
    /// - apt(8), section `SCRIPT USAGE AND DIFFERENCES FROM OTHER APT TOOLS`
    UnstableAptInterface {
        name: "unstable-apt-interface",
        family: Packages,
        severity: Info,
        fix: Safe,
        aliases: ["DL3027"],
    }
}

impl Rule for UnstableAptInterface {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for call in cx.package_calls(stage) {
            if call.name == "apt" {
                let message = "`apt` has no stable interface for scripts";
                findings.push(
                    Finding::new(self.metadata(), stage.location(call.program), message)
                        .confidence(Confidence::Low)
                        .help("call `apt-get`, or `apt-cache` for questions"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn every_call_is_reported_at_its_word() {
        insta::assert_snapshot!(audit("unstable-apt-interface", "\
-- Dockerfile --
FROM debian:trixie
RUN if true; then \\
      sudo apt update; \\
    fi
RUN [\"apt\", \"list\"]
RUN echo apt list
"), @r#"
        info (low) Dockerfile:3:12 `apt` has no stable interface for scripts
          help: call `apt-get`, or `apt-cache` for questions
        info (low) Dockerfile:5:6 `apt` has no stable interface for scripts
          help: call `apt-get`, or `apt-cache` for questions
        "#);
    }
}
