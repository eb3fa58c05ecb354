//! `reserved-stage-name`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

/// Source: build check `ReservedStageName`.
const RESERVED: [&str; 2] = ["context", "scratch"];

rule! {
    /// There is a stage whose name has a meaning already.
    ///
    /// ## What it does
    ///
    /// Looks for stages called `scratch` (the empty image) or `context` (the build context).
    ///
    /// ## Why is this bad?
    ///
    /// From there on the name means the stage: `FROM scratch` no longer begins with nothing.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS scratch
    /// RUN make install
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// RUN make install
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: a new name must be chosen, and which uses mean the stage be decided.
    ///
    /// ## References
    ///
    /// - Build check `ReservedStageName`
    ReservedStageName {
        name: "reserved-stage-name",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["ReservedStageName", "DL3063"],
    }
}

impl Rule for ReservedStageName {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(name) = &stage.syntax.name else {
            return;
        };
        if RESERVED.contains(&name.value.as_str()) {
            let message = format!("`{}` has a meaning of its own as a stage name", name.value);
            findings.push(
                Finding::new(self.metadata(), stage.location(name.span), message)
                    .help("give the stage another name"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn case_does_not_matter() {
        insta::assert_snapshot!(audit("reserved-stage-name", "\
-- Dockerfile --
FROM debian:trixie AS Context
FROM scratch AS scratchpad
FROM scratch
"), @r"
        warning Dockerfile:1:23 `context` has a meaning of its own as a stage name
          help: give the stage another name
        ");
    }
}
