//! `uppercase-stage-name`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a stage name with capital letters.
    ///
    /// ## What it does
    ///
    /// Looks at the name behind `AS`.
    ///
    /// ## Why is this bad?
    ///
    /// BuildKit compares the names of stages without regard to case and keeps them in lower case, so
    /// that `Build` and `build` are one name. What is written differs from what messages and the list
    /// of targets show.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS Build
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the name in lower case is safe: it is the same name.
    ///
    /// ## References
    ///
    /// - Build check `StageNameCasing`
    UppercaseStageName {
        name: "uppercase-stage-name",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["StageNameCasing"],
    }
}

impl Rule for UppercaseStageName {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(InstructionKind::From(from)) = stage.from().map(|from| &from.kind) else {
            return;
        };
        let Some(alias) = &from.alias else {
            return;
        };
        let lower = alias.value.to_lowercase();
        if lower != alias.value {
            let message = format!("the stage name `{}` has capital letters", alias.value);
            let place = stage.location(alias.span);
            let fix = Fix::safe(
                format!("write `{lower}`"),
                "names of stages are compared without case",
            )
            .replace(place, &lower);
            findings.push(
                Finding::new(self.metadata(), place, message)
                    .confidence(Confidence::Low)
                    .help(format!("write `{lower}`"))
                    .fix(fix),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn the_name_is_what_counts() {
        insta::assert_snapshot!(audit("uppercase-stage-name", "\
-- Dockerfile --
FROM ghcr.io/acme/base:TAG AS \\
  BuildBase
FROM buildbase AS run
FROM run
"), @r"
        info (low) Dockerfile:2:3 the stage name `BuildBase` has capital letters
          help: write `buildbase`
        ");
    }

    #[test]
    fn the_name_is_written_in_lower_case() {
        insta::assert_snapshot!(fix("uppercase-stage-name", "\
-- Dockerfile --
FROM debian:trixie AS Build
FROM Build
"), @r#"
        safe: write `build`, for names of stages are compared without case
        -- Dockerfile --
        -FROM debian:trixie AS Build
        +FROM debian:trixie AS build
        "#);
    }
}
