//! `unbuilt-image`

use dockwright_environment::image_use::{ImageUse, Producer, UseKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is an image of this repository that is used, and that nothing builds.
    ///
    /// ## What it does
    ///
    /// Looks at every image that `FROM`, `COPY --from`, `RUN --mount=from` or a service names. If the
    /// name belongs to this repository – a build definition gives it to an image under another tag,
    /// or it is an unqualified name that is no official image, so that no registry can have it – some
    /// build definition has to produce exactly that tag.
    ///
    /// ## Why is this bad?
    ///
    /// The build works for the person who once built the image by hand, and for nobody else. On a
    /// clean machine the engine tries to pull the name and fails.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:1.0
    ///   tests:
    ///     image: shop-base:latest
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: .
    ///     image: shop-base:1.0
    ///   tests:
    ///     image: shop-base:1.0
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where one definition builds the name under another tag, the use can be given that tag. This is
    /// unsafe: the tag may be meant, and the build of it missing.
    ///
    /// ## References
    ///
    /// - Docker Official Images: the only images that may be named without a namespace
    UnbuiltImage {
        name: "unbuilt-image",
        family: Graph,
        severity: Error,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for UnbuiltImage {
    fn check_use(&self, cx: Context<'_>, image_use: &ImageUse, findings: &mut Vec<Finding>) {
        let name = &image_use.value.text;
        let finding = |message: String| Finding::new(self.metadata(), image_use.value.location, message);
        let finding = match &image_use.producer {
            Producer::OtherTag(ids) => {
                let mut finding = finding(format!("nothing builds `{name}`, only other tags of it"));
                for id in ids {
                    let Some(definition) = cx.environment.definition(*id) else {
                        continue;
                    };
                    for tag in definition.tags.iter().filter(|tag| tag.value.is_known()) {
                        finding = finding.related(tag.value.location, format!("builds `{}`", tag.value.text));
                    }
                }
                finding.help("use a tag that is built, or build this one")
            }
            Producer::Undeclared(ids) => {
                let mut finding = finding(format!("no build definition builds `{name}`")).confidence(Confidence::Medium);
                for id in ids {
                    if let Some(definition) = cx.environment.definition(*id) {
                        finding = finding.related(definition.location, "this looks like its Dockerfile");
                    }
                }
                finding.help(format!("declare its build under the name `{name}` in a Compose or bake file"))
            }
            Producer::Nobody if image_use.kind != UseKind::CopyFrom || !name.contains('/') => {
                finding(format!("nothing builds `{name}`, and no registry can have it"))
                    .confidence(Confidence::Medium)
                    .label("an unqualified name that is no official image")
                    .help("declare its build, or give the name of the registry and namespace it comes from")
            }
            _ => return,
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn an_image_from_elsewhere_is_not_ours_to_build() {
        let files = "-- Dockerfile --\nFROM golang:1.24 AS build\nFROM acme/base\nCOPY --from=build /a /a\n";
        assert_eq!(audit("unbuilt-image", files), "");
    }

    #[test]
    fn a_dockerfile_that_looks_like_it_is_named() {
        insta::assert_snapshot!(audit("unbuilt-image", "\
-- docker/Dockerfile.worker --
FROM debian:trixie
-- compose.yaml --
services:
  worker:
    image: shop-worker
"), @"");
    }
}
