//! `copy-from-image`

use dockwright_environment::build::Base;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a `COPY --from` that names no stage, and no version of an image.
    ///
    /// ## What it does
    ///
    /// Reports a `COPY --from` of a name that no earlier stage and no named context has, when it has no
    /// tag either. A name without a registry may be a stage that was meant; everything else is a hint
    /// with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The builder takes such a name for an image and asks a registry for it: a misspelt stage becomes
    /// somebody else's image. Where the image is meant, it is another one each time it is released.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// FROM debian:trixie
    /// COPY --from=biuld /out/server /usr/bin/
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
    /// No fix: which stage or version is meant is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `COPY --from`
    CopyFromImage {
        name: "copy-from-image",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3022"],
    }
}

impl Rule for CopyFromImage {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let sources = stage.stage.sources.iter().filter(|source| !source.mount);
        for source in sources {
            if matches!(
                source.base,
                Base::Stage(_) | Base::Scratch | Base::Definition(_)
            ) {
                continue;
            }
            let name = source.name.known().unwrap_or_default();
            // A later stage is refused, and so is a variable.
            let is_stage = stage.dockerfile.tree.stage_named(name).is_some();
            let is_known = is_stage || stage.has_named_context(name);
            if name.is_empty() || name.contains([':', '@']) || is_known {
                continue;
            }
            let message = format!("`{name}` is no stage, so it is taken for an image");
            let is_bare = !name.contains('/');
            findings.push(
                Finding::new(self.metadata(), source.name.location, message)
                    .confidence(if is_bare {
                        Confidence::Medium
                    } else {
                        Confidence::Low
                    })
                    .help("name a stage, or give the image a tag"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn stages_versions_and_named_contexts_are_known() {
        insta::assert_snapshot!(audit("copy-from-image", "\
-- Dockerfile --
FROM golang:1.24 AS build
FROM debian:trixie
COPY --from=Build /a /
COPY --from=0 /b /
COPY --from=nginx:1.29 /c /
COPY --from=assets /d /
COPY --from=example.com/tools /e /
-- compose.yaml --
services:
  web:
    build:
      context: .
      additional_contexts:
        assets: ./assets
"), @"
        warning (low) Dockerfile:7:13 `example.com/tools` is no stage, so it is taken for an image
          help: name a stage, or give the image a tag
        ");
    }
}
