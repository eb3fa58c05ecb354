//! `invalid-label-key`

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a label whose key is not one by Docker's guidelines.
    ///
    /// ## What it does
    ///
    /// A key begins with a lower-case letter, ends with one or a digit, and has lower-case letters, digits
    /// and single `.` and `-` between; `_` and `/` are let pass. The names `com.docker.*`, `io.docker.*` and
    /// `org.dockerproject.*` are reserved. The engine takes any key, so the finding is a hint with low
    /// confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Tools that look for labels do not find one that is written differently.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL Maintainer="team@example.com"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL maintainer="team@example.com"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the key in lower case is unsafe: something may look for the label as it is. There is no fix
    /// for other letters and for reserved names.
    ///
    /// ## References
    ///
    /// - Docker's manual: object labels
    InvalidLabelKey {
        name: "invalid-label-key",
        family: Dockerfile,
        severity: Info,
        fix: Unsafe,
        aliases: ["DL3048"],
    }
}

const RESERVED: [&str; 3] = ["com.docker.", "io.docker.", "org.dockerproject."];

impl Rule for InvalidLabelKey {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Label(labels) = &instruction.kind else {
                continue;
            };
            for label in labels {
                let key = stage.expand(at, &label.name);
                let Some(key) = key.known() else {
                    continue;
                };
                let message = if RESERVED.iter().any(|names| key.starts_with(names)) {
                    format!("the label `{key}` has a name that is reserved for Docker")
                } else if is_key(key) {
                    continue;
                } else {
                    format!("`{key}` is no key of a label by Docker's guidelines")
                };
                let at = stage.location(label.name.span);
                findings.push(
                    Finding::new(self.metadata(), at, message)
                        .confidence(Confidence::Low)
                        .help("begin with a lower-case letter and use lower-case letters, digits, `.` and `-`")
                        .fix(fix(cx, stage, &label.name)),
                );
            }
        }
    }
}

/// Writes the key in lower case, where that makes it one and no other label has it.
fn fix(cx: Context<'_>, stage: StageView<'_>, key: &Text) -> Option<Fix> {
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let lower = key.value.to_lowercase();
    let mut instructions = stage.instructions();
    let is_taken = instructions.any(|(_, instruction)| match &instruction.kind {
        InstructionKind::Label(labels) => labels.iter().any(|it| it.name.value == lower),
        _ => false,
    });
    let is_plain = edits.is_verbatim(key) && lower != key.value && is_key(lower.trim_matches('"'));
    let fix = Fix::with_care(
        format!("write `{lower}`"),
        "something may look for the label as it is",
    );
    (is_plain && !is_taken).then(|| fix.replace(stage.location(key.span), &lower))
}

fn is_key(key: &str) -> bool {
    let is_inner = |it: char| {
        it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '-' | '_' | '/')
    };
    key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.ends_with(|last: char| last.is_ascii_lowercase() || last.is_ascii_digit())
        && key.chars().all(is_inner)
        && !key.contains("..")
        && !key.contains("--")
}

#[cfg(test)]
mod tests {
    use super::is_key;
    use crate::testing::{audit, fix};

    #[test]
    fn keys_follow_the_guidelines() {
        for key in ["a", "org.opencontainers.image.vcs-ref", "a9", "a_b"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", "A", "1a", "-a", "a.", "a..b", "a--b", "a b"] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn quotes_are_no_part_of_a_key() {
        insta::assert_snapshot!(audit("invalid-label-key", "\
-- Dockerfile --
FROM debian:trixie
ARG UNKNOWN
LABEL \"version\"=1 com.docker.extension=2 $UNKNOWN=3
"), @"
        info (low) Dockerfile:3:19 the label `com.docker.extension` has a name that is reserved for Docker
          help: begin with a lower-case letter and use lower-case letters, digits, `.` and `-`
        ");
    }

    #[test]
    fn only_the_case_is_corrected() {
        insta::assert_snapshot!(fix("invalid-label-key", "\
-- Dockerfile --
FROM debian:trixie
LABEL Maintainer=a \"Build-Date\"=b com.docker.x=c Version=d version=e
"), @r#"
        unsafe: write `maintainer`, for something may look for the label as it is
        unsafe: write `"build-date"`, for something may look for the label as it is
        -- Dockerfile --
        -LABEL Maintainer=a "Build-Date"=b com.docker.x=c Version=d version=e
        +LABEL maintainer=a "build-date"=b com.docker.x=c Version=d version=e
        "#);
    }
}
