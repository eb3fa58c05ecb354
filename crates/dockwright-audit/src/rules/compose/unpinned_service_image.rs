//! `unpinned-service-image`

use std::collections::BTreeSet;

use dockwright_environment::image_use::{Producer, UseKind};
use dockwright_settings::ComposeSettings;

use crate::edits::digest;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a service whose image is another one from day to day.
    ///
    /// ## What it does
    ///
    /// Reports images of services that come from elsewhere and have neither a digest nor a tag, or a tag that moves by
    /// design: `latest`, `stable`, `edge`, `test`, `nightly`, `dev`, `beta`, `canary` or `lts`. It says so at low
    /// confidence. Images that the repository builds are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Two machines run two versions, and the next pull may bring one that does not work with the rest.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: postgres:18
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Which version is wanted is not in the repository. Where it is said from outside – `dockwright fix --online`
    /// asks the registry, `--pins FILE` reads it – the fix adds the digest behind the name, and is unsafe: nothing
    /// newer comes in, fixes of security neither.
    ///
    /// ## References
    ///
    /// - Compose specification, `image`
    UnpinnedServiceImage {
        name: "unpinned-service-image",
        family: Compose,
        severity: Info,
        fix: None,
        aliases: ["service-image-require-explicit-tag"],
    }
}

/// Tags that move by design. Source: the documentation of `service-image-require-explicit-tag` of
/// Docker Compose Linter 3.
const MOVING: [&str; 9] = [
    "latest", "stable", "edge", "test", "nightly", "dev", "beta", "canary", "lts",
];

impl Rule for UnpinnedServiceImage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        // `extends` copies an image.
        let mut seen = BTreeSet::new();
        for image_use in &cx.environment.uses {
            let is_foreign = matches!(image_use.producer, Producer::Elsewhere | Producer::Nobody);
            let Some(Ok(reference)) = &image_use.reference else {
                continue;
            };
            if image_use.kind != UseKind::Service
                || !is_foreign
                || reference.digest.is_some()
                || image_use.value.known().is_none()
            {
                continue;
            }
            let document = image_use.value.location.document;
            let message = match reference.tag.as_deref() {
                None => format!("the image `{}` has no tag", image_use.value.text),
                Some(tag) if is_moving(cx.compose_settings(document), tag) => {
                    format!("the image `{}` has a tag that moves", image_use.value.text)
                }
                Some(_) => continue,
            };
            if seen.insert(image_use.value.location) {
                findings.push(
                    Finding::new(self.metadata(), image_use.value.location, message)
                        .confidence(Confidence::Low)
                        .help("name a version, or a digest")
                        .fix(digest::pin(cx, image_use)),
                );
            }
        }
    }
}

/// Whether a tag moves, by the configuration of dclint or by its name.
fn is_moving(settings: &ComposeSettings, tag: &str) -> bool {
    match &settings.moving_tags {
        Some(tags) => tags.iter().any(|own| own == tag),
        None => MOVING.contains(&tag),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn no_tag_or_one_that_moves() {
        insta::assert_snapshot!(audit("unpinned-service-image", "\
-- compose.yaml --
services:
  a: {image: nginx}
  b: {image: \"ghcr.io/acme/b:nightly\"}
  c: {image: \"nginx:1.29\"}
  d: {image: \"nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000\"}
  e: {image: \"nginx:${TAG}\"}
  f: {image: acme/f, build: .}
  g: {image: acme/f}
  h: {extends: a}
-- Dockerfile --
FROM scratch
"), @r#"
        info (low) compose.yaml:2:14 the image `nginx` has no tag
          help: name a version, or a digest
        info (low) compose.yaml:3:14 the image `ghcr.io/acme/b:nightly` has a tag that moves
          help: name a version, or a digest
        "#);
    }

    #[test]
    fn a_digest_is_written_behind_the_name() {
        let digest = "0123456789abcdef".repeat(4);
        let pins = format!(r#"{{"images": {{"nginx": "sha256:{digest}"}}}}"#);
        let files = r#"
-- compose.yaml --
services:
  a: {image: "nginx"}
  b:
    image: docker.io/nginx:latest # ours
  c:
    image: nginx:${TAG:-latest}
  d:
    image: redis
"#;
        let fixed = fix(
            "unpinned-service-image",
            &format!("-- .pins --\n{pins}{files}"),
        );
        insta::assert_snapshot!(fixed.replace(&digest, "…"), @r#"
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        -- compose.yaml --
        -  a: {image: "nginx"}
        +  a: {image: "nginx@sha256:…"}
        -    image: docker.io/nginx:latest # ours
        +    image: docker.io/nginx:latest@sha256:… # ours
        -    image: nginx:${TAG:-latest}
        +    image: nginx:${TAG:-latest@sha256:…}
        "#);
    }

    #[test]
    fn the_configuration_of_dclint_says_which_tags_move() {
        insta::assert_snapshot!(audit("unpinned-service-image", "\
-- compose.yaml --
services:
  a: {image: \"nginx:nightly\"}
  b: {image: \"nginx:mainline\"}
-- .dclintrc --
rules: {service-image-require-explicit-tag: [1, {prohibitedTags: [mainline]}]}
"), @r#"
        warning (medium) compose.yaml:3:14 the image `nginx:mainline` has a tag that moves
          help: name a version, or a digest
        "#);
    }
}
