//! `untrusted-registry`

use dockwright_environment::build::Base;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a base image from a registry that is not trusted.
    ///
    /// ## What it does
    ///
    /// Holds every base, its variables resolved, to the registries that `trusted-registries` lists in
    /// `dockwright.toml`, or `trustedRegistries` in hadolint's configuration. Without a list every
    /// registry is trusted. Images that this repository builds are its own.
    ///
    /// ## Why is this bad?
    ///
    /// What an image starts from is in it, whoever made it.
    ///
    /// ## Example
    ///
    /// ```toml dockwright.toml
    /// [dockerfile]
    /// trusted-registries = ["docker.io", "*.example.com"]
    /// ```
    ///
    /// ```dockerfile Dockerfile
    /// FROM registry.invalid/debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```toml dockwright.toml
    /// [dockerfile]
    /// trusted-registries = ["docker.io", "*.example.com"]
    /// ```
    ///
    /// ```dockerfile Dockerfile
    /// FROM mirror.example.com/debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether a trusted registry has the image is not known.
    ///
    /// ## References
    ///
    /// - hadolint's documentation: `trustedRegistries`
    UntrustedRegistry {
        name: "untrusted-registry",
        family: Dockerfile,
        severity: Error,
        fix: None,
        aliases: ["DL3026"],
    }
}

impl Rule for UntrustedRegistry {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let trusted = &cx.dockerfile_settings(stage.dockerfile).trusted_registries;
        let Some(InstructionKind::From(from)) = stage.from().map(|from| &from.kind) else {
            return;
        };
        let Base::External(image) = &stage.stage.base else {
            return;
        };
        let known = stage.stage.base_value.is_known();
        if trusted.is_empty() || !known || trusted.iter().any(|one| covers(one, &image.domain)) {
            return;
        }
        let message = format!("the registry `{}` is not trusted", image.domain);
        findings.push(
            Finding::new(self.metadata(), stage.location(from.image.span), message)
                .help(format!("take the image from {}", trusted.join(", "))),
        );
    }
}

/// Whether a trusted registry, with a `*` for any text, is the one of an image.
fn covers(trusted: &str, registry: &str) -> bool {
    // Other names of Docker Hub.
    let is_hub = |name: &str| matches!(name, "docker.io" | "index.docker.io" | "hub.docker.com");
    if is_hub(trusted) {
        return is_hub(registry);
    }
    match trusted.split_once('*') {
        None => trusted.eq_ignore_ascii_case(registry),
        Some((before, after)) => {
            registry.len() >= before.len() + after.len()
                && registry.starts_with(before)
                && registry.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;
    use crate::testing::audit;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(covers("*.gcr.io", "eu.gcr.io"));
        assert!(!covers("*.gcr.io", "gcr.io.example.com"));
        assert!(covers("hub.docker.com", "docker.io"));
        assert!(covers("localhost:5000", "localhost:5000"));
        assert!(!covers("localhost", "localhost:5000"));
        assert!(covers("*", "anything"));
    }

    #[test]
    fn variables_are_resolved_and_stages_are_no_images() {
        insta::assert_snapshot!(audit("untrusted-registry", "\
-- dockwright.toml --
[dockerfile]
trusted-registries = [\"docker.io\"]
-- Dockerfile --
ARG REGISTRY=registry.invalid
FROM debian:trixie AS base
FROM $REGISTRY/tool:1
FROM base
FROM scratch
"), @"
        error Dockerfile:3:6 the registry `registry.invalid` is not trusted
          help: take the image from docker.io
        ");
    }
}
