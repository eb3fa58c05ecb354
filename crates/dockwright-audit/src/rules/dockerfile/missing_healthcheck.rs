//! `missing-healthcheck`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is an image without a health check.
    ///
    /// ## What it does
    ///
    /// Reports every stage that a build makes an image of, when neither it nor a base of this repository
    /// has a `HEALTHCHECK`, be it `HEALTHCHECK NONE`. A base from elsewhere may have one, Kubernetes does
    /// not read it, and a command that ends has no health, so the finding is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The engine sees whether the process is there, not whether it works.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM nginx:1.29
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM nginx:1.29
    /// HEALTHCHECK CMD curl -f http://localhost/ || exit 1
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: how to ask the process is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `HEALTHCHECK`
    MissingHealthcheck {
        name: "missing-healthcheck",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL3057"],
    }
}

impl Rule for MissingHealthcheck {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(InstructionKind::From(from)) = stage.from().map(|from| &from.kind) else {
            return;
        };
        let mut chain = cx.environment.chain_stages(stage.id);
        let has_check = chain.any(|id| {
            let mut instructions = cx.environment.stage_instructions(id);
            instructions
                .any(|(_, instruction)| matches!(instruction.kind, InstructionKind::Healthcheck(_)))
        });
        if has_check || !stage.is_target() {
            return;
        }
        let at = stage.location(from.image.span);
        let finding = Finding::new(self.metadata(), at, "the image has no health check");
        findings.push(
            finding
                .confidence(Confidence::Low)
                .help("add `HEALTHCHECK CMD …`, or `HEALTHCHECK NONE` to say that none is wanted"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn only_images_have_health_and_they_inherit_it() {
        insta::assert_snapshot!(audit("missing-healthcheck", "\
-- a/Dockerfile --
FROM golang:1.24 AS build
FROM debian:trixie
COPY --from=build /a /a
-- b/Dockerfile --
FROM debian:trixie AS base
HEALTHCHECK NONE
FROM base
"), @"
        info (low) a/Dockerfile:2:6 the image has no health check
          help: add `HEALTHCHECK CMD …`, or `HEALTHCHECK NONE` to say that none is wanted
        ");
    }
}
