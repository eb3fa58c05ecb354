//! `redundant-target-platform`

use dockwright_syntax::dockerfile::expand;

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

rule! {
    /// There is a `--platform` that says what holds without it.
    ///
    /// ## What it does
    ///
    /// Looks for a `FROM` whose platform is `$TARGETPLATFORM` alone.
    ///
    /// ## Why is this bad?
    ///
    /// The platform of the target is the default. Who reads the line looks for a reason that is not
    /// there.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM --platform=$TARGETPLATFORM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the option is safe: the platform is the same.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `FROM`, "Automatic platform ARGs in the global scope"
    /// - Build check `RedundantTargetPlatform`
    RedundantTargetPlatform {
        name: "redundant-target-platform",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["RedundantTargetPlatform", "DL3065"],
    }
}

/// What stands for the platform of the target; no file says it so.
const STAND_IN: &str = "target/platform";

impl Rule for RedundantTargetPlatform {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let flag = stage.from().and_then(|from| from.flag("platform"));
        let Some((flag, value)) = flag.and_then(|flag| Some((flag, flag.value.as_ref()?))) else {
            return;
        };
        let mut lookup = |name: &str| (name == "TARGETPLATFORM").then(|| STAND_IN.to_owned());
        let expanded = expand::expand(value, stage.dockerfile.tree.escape, &mut lookup);
        if expanded.value == STAND_IN && expanded.unset.is_empty() {
            let message = format!("`{}` is the platform without `--platform`", value.value);
            let fix = Fix::safe("remove `--platform`", "the platform is the same");
            let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
            findings.push(
                Finding::new(self.metadata(), stage.location(flag.span), message)
                    .help("remove the option")
                    .fix(edits.delete_flag(fix, flag)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn only_the_variable_alone_is_redundant() {
        insta::assert_snapshot!(audit("redundant-target-platform", "\
-- Dockerfile --
FROM --platform=${TARGETPLATFORM:-linux/amd64} debian:trixie AS a
FROM --platform=$TARGETPLATFORM/v8 debian:trixie AS b
FROM --platform=$BUILDPLATFORM debian:trixie AS c
FROM --platform=${OTHER:-$TARGETPLATFORM} debian:trixie
"), @r"
        info Dockerfile:1:6 `${TARGETPLATFORM:-linux/amd64}` is the platform without `--platform`
          help: remove the option
        ");
    }

    #[test]
    fn the_option_goes() {
        insta::assert_snapshot!(fix("redundant-target-platform", "\
-- Dockerfile --
FROM --platform=$TARGETPLATFORM debian:trixie
"), @r#"
        safe: remove `--platform`, for the platform is the same
        -- Dockerfile --
        -FROM --platform=$TARGETPLATFORM debian:trixie
        +FROM debian:trixie
        "#);
    }
}
