//! `unversioned-base`

use dockwright_environment::Value;
use dockwright_environment::build::Base;
use dockwright_environment::image_use::{ImageUse, UseKind, User};
use dockwright_environment::reference::ImageReference;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::edits::digest;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a base image without a version.
    ///
    /// ## What it does
    ///
    /// Reports a `FROM` of an image with no tag, or with the tag `latest`. Variables are resolved; a base
    /// whose digest is given, `scratch` and stages have no version to give. Where the image is one that
    /// this repository builds, where the stage is in no image that people get, and where a variable may
    /// hold the tag, the finding is a hint with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The same Dockerfile gives another image each time the base is released, and may fail one day
    /// without a change.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// ARG BASE=node:latest
    /// FROM $BASE
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// ARG BASE=node:22
    /// FROM $BASE
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Which version is meant is not in the repository. Where it is said from outside – `dockwright fix --online`
    /// asks the registry, `--pins FILE` reads it – the fix adds the digest behind the name, or behind the default of
    /// the argument that ends it, and is unsafe: nothing newer comes in, fixes of security neither.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `FROM`
    UnversionedBase {
        name: "unversioned-base",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["DL3006", "DL3007"],
    }
}

/// What is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Tag,
    /// The tag says nothing.
    Version,
}

impl Rule for UnversionedBase {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some(InstructionKind::From(from)) = stage.from().map(|from| &from.kind) else {
            return;
        };
        let value = &stage.stage.base_value;
        if matches!(stage.stage.base, Base::Scratch | Base::Stage(_))
            || stage.has_named_context(&value.text)
        {
            return;
        }
        let (missing, is_sure) = match value.known() {
            Some(known) => (missing(known), true),
            None => (missing_beside_variables(&from.image.value), false),
        };
        let Some(missing) = missing else {
            return;
        };
        let (codes, message): (&[&str], _) = match missing {
            Missing::Tag => (
                &["DL3006"],
                format!(
                    "the base image `{}` has no tag",
                    name(value, &from.image.value)
                ),
            ),
            Missing::Version => (
                &["DL3007"],
                format!(
                    "the base image `{}` has no version: `latest` moves",
                    name(value, &from.image.value)
                ),
            ),
        };
        let is_own = matches!(stage.stage.base, Base::Definition(_));
        let confidence = if is_sure && !is_own && stage.ships() {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        findings.push(
            Finding::new(self.metadata(), stage.location(from.image.span), message)
                .codes(codes)
                .confidence(confidence)
                .help("name the version that the image is built and tried with")
                .fix(image_use(cx, stage).and_then(|it| digest::pin(cx, it))),
        );
    }
}

/// The `FROM` as a use of an image.
fn image_use<'a>(cx: Context<'a>, stage: StageView<'_>) -> Option<&'a ImageUse> {
    let mut uses = cx.environment.uses.iter();
    uses.find(|it| match it.user {
        User::Stage { stage: id, .. } => it.kind == UseKind::From && id == stage.id,
        _ => false,
    })
}

fn name<'a>(value: &'a Value, written: &'a str) -> &'a str {
    value.known().unwrap_or(written)
}

fn missing(image: &str) -> Option<Missing> {
    let reference = ImageReference::parse(image).ok()?;
    match (reference.tag.as_deref(), reference.digest) {
        (None, None) => Some(Missing::Tag),
        (Some("latest"), None) => Some(Missing::Version),
        _ => None,
    }
}

/// What is missing in a name with variables that nothing sets.
fn missing_beside_variables(image: &str) -> Option<Missing> {
    if image.ends_with(":latest") {
        return Some(Missing::Version);
    }
    let is_whole = image.starts_with('$') || image.contains([':', '@']);
    (!is_whole).then_some(Missing::Tag)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn variables_are_resolved() {
        insta::assert_snapshot!(audit("unversioned-base", "\
-- Dockerfile --
ARG NAME=alpine
ARG TAG=latest
ARG REGISTRY
FROM $NAME AS one
FROM debian:$TAG AS two
FROM example.com/$REGISTRY AS three
FROM $REGISTRY
"), @"
        warning (low) Dockerfile:4:6 the base image `alpine` has no tag
          help: name the version that the image is built and tried with
        warning (low) Dockerfile:5:6 the base image `debian:latest` has no version: `latest` moves
          help: name the version that the image is built and tried with
        warning (low) Dockerfile:6:6 the base image `example.com/$REGISTRY` has no tag
          help: name the version that the image is built and tried with
        ");
    }

    #[test]
    fn a_digest_is_written_where_the_name_ends() {
        let digest = "0123456789abcdef".repeat(4);
        let pins = format!(
            r#"{{"images": {{"debian": "sha256:{digest}", "docker.io/library/alpine:latest": "sha256:{digest}"}}}}"#
        );
        let files = r#"
-- Dockerfile --
ARG NAME="alpine"
ARG TAG=latest
ARG SHARED=latest
FROM $NAME AS one
FROM debian:${TAG} AS two
FROM debian:latest AS three
FROM debian:$SHARED
FROM alpine:$SHARED
FROM busybox
"#;
        let fixed = fix("unversioned-base", &format!("-- .pins --\n{pins}{files}"));
        insta::assert_snapshot!(fixed.replace(&digest, "…"), @r#"
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        unsafe: pin the image to `sha256:…`, for nothing newer comes in until somebody renews the digest
        -- Dockerfile --
        -ARG NAME="alpine"
        -ARG TAG=latest
        +ARG NAME="alpine@sha256:…"
        +ARG TAG=latest@sha256:…
        -FROM debian:latest AS three
        +FROM debian:latest@sha256:… AS three
        "#);
    }

    #[test]
    fn a_port_is_no_tag_and_a_digest_is_enough() {
        let digest = "0123456789abcdef".repeat(4);
        let files = |base: &str| format!("-- Dockerfile --\nFROM {base}\n");
        assert!(
            audit("unversioned-base", &files("localhost:5000/app"))
                .starts_with("warning (medium) Dockerfile:1:6")
        );
        for base in [
            &format!("debian:latest@sha256:{digest}"),
            "scratch",
            "debian:trixie",
        ] {
            assert_eq!(audit("unversioned-base", &files(base)), "", "{base}");
        }
    }

    #[test]
    fn an_image_of_this_repository_has_the_tag_that_it_is_given() {
        let files = "-- base/Dockerfile --\nFROM debian:trixie\n-- app/Dockerfile --\nFROM demo-base\n-- compose.yaml --\nservices:\n  base:\n    image: demo-base\n    build: base\n  app:\n    build: app\n";
        assert!(audit("unversioned-base", files).starts_with("warning (low) app/Dockerfile:1:6"));
    }
}
