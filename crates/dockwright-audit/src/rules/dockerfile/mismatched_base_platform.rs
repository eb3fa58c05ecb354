//! `mismatched-base-platform`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::platforms::{Platform, of_namespace};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a base image for another platform than the one that is built.
    ///
    /// ## What it does
    ///
    /// Compares the platform that a stage is built for – its `--platform`, or the platforms of its build
    /// definition – with that of its base, where that is known without asking a registry: the base is built in
    /// this repository for named platforms, or its name is one of those that hold images for one
    /// architecture, such as `arm64v8/debian`. Variants such as `v7` are not compared; BuildKit does not either.
    ///
    /// ## Why is this bad?
    ///
    /// The builder warns and goes on. Every `RUN` then fails with "exec format error", or works by emulation,
    /// slowly, and the image says that it is for a platform that its programs are not for.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM arm64v8/debian:trixie
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tool:
    ///     build:
    ///       context: .
    ///       platforms: [linux/amd64, linux/arm64]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   tool:
    ///     build:
    ///       context: .
    ///       platforms: [linux/amd64, linux/arm64]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: only a registry knows which image there is for the platform.
    ///
    /// ## References
    ///
    /// - Build check `InvalidBaseImagePlatform`
    MismatchedBasePlatform {
        name: "mismatched-base-platform",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["InvalidBaseImagePlatform"],
    }
}

impl Rule for MismatchedBasePlatform {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let definition = |id| cx.environment.definition(id);
        let built_for = |id| {
            let platforms = definition(id).map(|it| it.platforms.as_slice());
            platforms.unwrap_or_default()
        };
        let own = stage.stage.platform.as_ref();
        let wanted = own.map_or(built_for(stage.id.definition), std::slice::from_ref);
        let Some(InstructionKind::From(from)) = stage.from().map(|it| &it.kind) else {
            return;
        };
        let (there, place): (Option<Vec<&str>>, _) = match &stage.stage.base {
            Base::External(reference) => (of_namespace(reference).map(|it| vec![it]), None),
            Base::Definition(id) => {
                let platforms = built_for(id.definition);
                let known = platforms.iter().map(|it| it.known()).collect();
                (known, platforms.first().map(|it| it.location))
            }
            Base::Scratch | Base::Stage(_) | Base::Unknown => return,
        };
        let Some(there) = there.filter(|it| !it.is_empty()) else {
            return;
        };
        let known = wanted
            .iter()
            .filter_map(|it| Some((it.known()?, it.location)));
        let is_served = |wanted: &str| {
            let mut there = there.iter().map(|it| Platform::parse(it));
            there.any(|it| it == Platform::parse(wanted))
        };
        let Some((wanted, asked)) = known.into_iter().find(|(wanted, _)| !is_served(wanted)) else {
            return;
        };
        let message = format!(
            "the base is for {}, and `{wanted}` is built",
            there
                .iter()
                .map(|it| format!("`{it}`"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        let mut finding = Finding::new(self.metadata(), stage.location(from.image.span), message)
            .help("start from an image that is there for every platform that is built");
        if asked.document != stage.dockerfile.document || own.is_none() {
            finding = finding.related(asked, "the platform that is asked for");
        }
        if let Some(place) = place {
            finding = finding.related(place, "the platforms of the base");
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_name_for_one_architecture_is_for_that() {
        insta::assert_snapshot!(audit("mismatched-base-platform", "\
-- Dockerfile --
FROM --platform=linux/amd64 arm64v8/debian:trixie AS a
FROM --platform=linux/arm64 arm64v8/debian:trixie AS b
FROM --platform=linux/arm/v7 arm32v6/alpine AS c
FROM arm64v8/debian:trixie AS d
FROM --platform=$BUILDPLATFORM arm64v8/debian:trixie AS e
FROM --platform=linux/amd64 other.example/arm64v8/debian:trixie
"), @r#"
        warning Dockerfile:1:29 the base is for `linux/arm64/v8`, and `linux/amd64` is built
          help: start from an image that is there for every platform that is built
        "#);
    }

    #[test]
    fn a_base_of_the_repository_is_built_for_what_its_definition_says() {
        insta::assert_snapshot!(audit("mismatched-base-platform", "\
-- base/Dockerfile --
FROM debian:trixie
-- Dockerfile --
FROM shop-base:1
-- compose.yaml --
services:
  base:
    image: shop-base:1
    build: {context: base, platforms: [linux/amd64]}
  shop:
    image: shop:1
    build: {context: ., platforms: [linux/amd64, linux/arm64]}
  small:
    image: small:1
    build: {context: ., platforms: [linux/amd64]}
"), @r#"
        warning Dockerfile:1:6 the base is for `linux/amd64`, and `linux/arm64` is built
          compose.yaml:7:50 the platform that is asked for
          compose.yaml:4:40 the platforms of the base
          help: start from an image that is there for every platform that is built
        "#);
    }
}
