//! `copied-file-system`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::{CopySource, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a `COPY` of a whole file system out of another stage.
    ///
    /// ## What it does
    ///
    /// Reports `COPY --from=… / /`. Onto `scratch` that flattens an image on purpose, and the finding is a hint
    /// with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// All of the other stage is in the image: its tools, caches and package lists, over what the base has.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// FROM debian:trixie
    /// COPY --from=build / /
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// FROM debian:trixie
    /// COPY --from=build /out/server /usr/bin/
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what is needed is not known.
    ///
    /// ## References
    ///
    /// - Docker's manual: multi-stage builds
    CopiedFileSystem {
        name: "copied-file-system",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3067"],
    }
}

impl Rule for CopiedFileSystem {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Copy(copy) = &instruction.kind else {
                continue;
            };
            let Some(from) = instruction
                .flag("from")
                .and_then(|flag| flag.value.as_ref())
            else {
                continue;
            };
            let is_root = |text| stage.expand(at, text).known() == Some("/");
            let root = copy.sources.iter().find_map(|source| match source {
                CopySource::Path(path) => is_root(path).then_some(path),
                CopySource::Heredoc(_) => None,
            });
            let Some(root) = root.filter(|_| is_root(&copy.destination)) else {
                continue;
            };
            let message = format!("all of `{}` is copied over the image", from.value);
            let confidence = if stage.stage.base == Base::Scratch {
                Confidence::Low
            } else {
                Confidence::Medium
            };
            findings.push(
                Finding::new(self.metadata(), stage.location(root.span), message)
                    .confidence(confidence)
                    .help("copy what is needed"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn an_image_is_flattened_onto_nothing() {
        insta::assert_snapshot!(audit("copied-file-system", "\
-- Dockerfile --
FROM debian:trixie AS all
FROM scratch
COPY --from=all / /
COPY --from=all / /all
COPY / /
"), @"
        warning (low) Dockerfile:3:17 all of `all` is copied over the image
          help: copy what is needed
        ");
    }
}
