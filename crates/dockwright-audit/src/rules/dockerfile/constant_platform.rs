//! `constant-platform`

use dockwright_syntax::dockerfile::expand::{self, Template};

use crate::edits::DockerfileEdits;
use crate::platforms::Platform;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a base image for one platform only.
    ///
    /// ## What it does
    ///
    /// Looks for a `FROM` whose `--platform` has no variable. A stage whose name says the system or
    /// the architecture is meant for it, and a platform with variables other than `BUILDPLATFORM`
    /// and `TARGETPLATFORM` may be; these are hints of low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// `docker build --platform` changes nothing: the image comes out for that platform, under the
    /// name of the one that was asked for.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM --platform=linux/amd64 debian:trixie
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
    /// Removing the option is unsafe: the base may not exist for the platform of whoever builds. Where
    /// the name of the stage or a variable says that it is meant, there is no fix.
    ///
    /// ## References
    ///
    /// - Build check `FromPlatformFlagConstDisallowed`
    /// - hadolint `DL3029`
    ConstantPlatform {
        name: "constant-platform",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: ["FromPlatformFlagConstDisallowed", "DL3029"],
    }
}

impl Rule for ConstantPlatform {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let flag = stage.from().and_then(|from| from.flag("platform"));
        let Some((flag, value)) = flag.and_then(|flag| Some((flag, flag.value.as_ref()?))) else {
            return;
        };
        let escape = stage.dockerfile.tree.escape;
        let template = Template::parse(value, escape);
        let variables = template.variables();
        let chosen = |name: &str| matches!(name, "BUILDPLATFORM" | "TARGETPLATFORM");
        let is_chosen = match variables.as_slice() {
            [variable] => chosen(&variable.name.value) && value.value.starts_with('$'),
            _ => false,
        };
        if is_chosen {
            return;
        }
        let platform = expand::expand(value, escape, &mut |_| None).value;
        let name = stage.syntax.name.as_ref().map_or("", |name| &name.value);
        let (message, confidence) = if variables.is_empty() {
            let message = format!("the base is for `{platform}` whatever is asked for");
            let parts = Platform::parse(&platform);
            let mut parts = [parts.system, parts.architecture].into_iter();
            let is_named = parts.any(|part| !part.is_empty() && name.contains(part));
            (
                message,
                if is_named {
                    Confidence::Low
                } else {
                    Confidence::Medium
                },
            )
        } else {
            let message = format!("the platform of the base is made from `{}`", value.value);
            (message, Confidence::Low)
        };
        let mut finding = Finding::new(self.metadata(), stage.location(flag.span), message)
            .confidence(confidence)
            .help("leave the platform to `docker build --platform`, or use `$BUILDPLATFORM`");
        if confidence == Confidence::Low {
            finding = finding.codes(&["DL3029"]);
        } else {
            let fix = Fix::with_care(
                format!("remove `--platform={platform}`"),
                "the base may not exist for the platform of whoever builds",
            );
            let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
            finding = finding.fix(edits.delete_flag(fix, flag));
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn the_name_of_the_stage_may_say_it() {
        insta::assert_snapshot!(audit("constant-platform", "\
-- Dockerfile --
FROM --platform=linux/amd64 debian:trixie AS a
FROM --platform=\"x86_64\" debian:trixie AS base-amd64
FROM --platform=linux/$TARGETARCH debian:trixie AS b
FROM --platform=$BUILDPLATFORM debian:trixie AS c
FROM --platform=${TARGETPLATFORM} debian:trixie
"), @r"
        warning (medium) Dockerfile:1:6 the base is for `linux/amd64` whatever is asked for
          help: leave the platform to `docker build --platform`, or use `$BUILDPLATFORM`
        warning (low) Dockerfile:2:6 the base is for `x86_64` whatever is asked for
          help: leave the platform to `docker build --platform`, or use `$BUILDPLATFORM`
        warning (low) Dockerfile:3:6 the platform of the base is made from `linux/$TARGETARCH`
          help: leave the platform to `docker build --platform`, or use `$BUILDPLATFORM`
        ");
    }

    #[test]
    fn the_option_goes_with_its_line() {
        insta::assert_snapshot!(fix("constant-platform", "\
-- Dockerfile --
FROM --platform=linux/amd64 debian:trixie AS a
FROM \\
  --platform=linux/amd64 \\
  debian:trixie AS b
FROM --platform=linux/amd64 debian:trixie AS base-amd64
"), @r#"
        unsafe: remove `--platform=linux/amd64`, for the base may not exist for the platform of whoever builds
        unsafe: remove `--platform=linux/amd64`, for the base may not exist for the platform of whoever builds
        -- Dockerfile --
        -FROM --platform=linux/amd64 debian:trixie AS a
        +FROM debian:trixie AS a
        -  --platform=linux/amd64 \
        "#);
    }
}
