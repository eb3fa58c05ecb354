//! `false-claim`

mod checks;

use std::sync::LazyLock;

use dockwright_environment::Location;
use dockwright_environment::commands::Voice;
use dockwright_environment::discovery::DocumentKind;
use dockwright_syntax::{Span, markdown};
use regex::Regex;
use serde::Deserialize;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};
use checks::Check;

rule! {
    /// There is a document that promises of all images what one of them does not keep.
    ///
    /// ## What it does
    ///
    /// Reads Markdown documents, other than changelogs and dated notes, for sentences such as "all
    /// Dockerfiles use cache mounts", and looks for a file that says otherwise. It knows claims about
    /// cache mounts, several stages, unprivileged users, health checks, pinned images and the base of all
    /// images. What another image or a script may decide is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Readers rely on it, and do not look themselves.
    ///
    /// ## Example
    ///
    /// ```markdown README.md
    /// All Dockerfiles use cache mounts.
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```markdown README.md
    /// All Dockerfiles use cache mounts.
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    ///     --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    ///     apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: the document may be wrong or the image.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, `RUN --mount=type=cache` and `USER`
    FalseClaim {
        name: "false-claim",
        family: Policy,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// What a document may promise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    pattern: String,
    check: Check,
}

/// The patterns of promises, with what decides them.
fn claims() -> &'static [(Regex, Check)] {
    #[derive(Deserialize)]
    struct Table {
        claim: Vec<Claim>,
    }
    static CLAIMS: LazyLock<Vec<(Regex, Check)>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../../../data/claims.toml"));
        let claims = table.map(|table| table.claim).unwrap_or_default();
        let compiled = claims.into_iter().filter_map(|claim| {
            let pattern = Regex::new(&claim.pattern.replace(' ', r"\s+"));
            Some((pattern.ok()?, claim.check))
        });
        compiled.collect()
    });
    &CLAIMS
}

impl Rule for FalseClaim {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for text in &environment.texts {
            if text.kind != DocumentKind::Markdown || text.voice == Voice::History {
                continue;
            }
            let document = environment.documents.get(text.document);
            for paragraph in markdown::parse(&document.text).paragraphs {
                for (pattern, check) in claims() {
                    for captures in pattern.captures_iter(&paragraph.value) {
                        let subject = captures.get(1).map_or("", |subject| subject.as_str());
                        let claim = captures
                            .get(0)
                            .filter(|it| begins(&paragraph.value, it.start()));
                        let Some(claim) = claim else { continue };
                        let Some((place, message)) = check.counterexample(environment, subject)
                        else {
                            continue;
                        };
                        let span = paragraph.source_span(Span::new(claim.start(), claim.end()));
                        let location = Location::new(text.document, span);
                        let message = format!("this does not hold: {message}");
                        findings.push(
                            Finding::new(self.metadata(), location, message)
                                .confidence(Confidence::Medium)
                                .related(place, "this one does not")
                                .help("correct the document or the image"),
                        );
                    }
                }
            }
        }
    }
}

/// Whether a sentence, or a part of one that stands for itself, begins at `at`.
fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    before.is_empty() || before.ends_with(['.', '!', ';']) || before.ends_with(", and")
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn with(document: &str, dockerfile: &str) -> String {
        audit(
            "false-claim",
            &format!(
                "-- {document}\n-- compose.yaml --\nservices:\n  web:\n    build: .\n-- Dockerfile --\nFROM debian:trixie\n{dockerfile}"
            ),
        )
    }

    #[test]
    fn the_image_that_does_not_keep_it_is_told() {
        insta::assert_snapshot!(with("a.md --\nSmall, and every shop image\nruns as an unprivileged user.", "CMD [\"x\"]\n"), @"
        info (medium) a.md:1:12 this does not hold: the service `web` runs as root
          Dockerfile:1:6 this one does not
          help: correct the document or the image
        ");
    }

    #[test]
    fn each_kind_of_promise_has_its_counterexample() {
        let with_claim = |claim: &str| {
            let claim = format!("a.md --\n{claim}");
            let told = with(&claim, "HEALTHCHECK NONE\n");
            told.lines().next().unwrap_or_default().to_owned()
        };
        insta::assert_snapshot!(with_claim("All Dockerfiles use multi-stage builds."), @r#"
        info (medium) a.md:1:1 this does not hold: `Dockerfile` has a single stage
        "#);
        insta::assert_snapshot!(with_claim("Every service has a health check."), @r#"
        info (medium) a.md:1:1 this does not hold: the service `web` has none
        "#);
        insta::assert_snapshot!(with_claim("All base images are pinned by digest."), @r#"
        info (medium) a.md:1:1 this does not hold: `debian:trixie` has no digest
        "#);
        insta::assert_snapshot!(with_claim("All images are based on Alpine."), @r#"
        info (medium) a.md:1:1 this does not hold: `debian:trixie` is the base here
        "#);
        insta::assert_snapshot!(with_claim("No container runs as root."), @r#"
        info (medium) a.md:1:1 this does not hold: the service `web` runs as root
        "#);
        for holds in [
            "All images are based on `debian:trixie`.",
            "All images are based on Debian 13.",
            "All images are based on the same idea.",
            "All base images are pinned to a version.",
        ] {
            assert_eq!(with_claim(holds), "", "{holds}");
        }
    }

    #[test]
    fn what_holds_or_is_past_or_is_no_promise_is_left_alone() {
        let claim = "- Containers run as an unprivileged user.";
        let root = "CMD [\"x\"]\n";
        assert_ne!(with(&format!("a.md --\n{claim}"), root), "");
        assert_eq!(with(&format!("a.md --\n{claim}"), "USER web\n"), "");
        let entry = "COPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]\n-- e.sh --\nexec gosu web \"$@\"\n";
        assert_eq!(with(&format!("a.md --\n{claim}"), entry), "");
        assert_eq!(with(&format!("CHANGELOG.md --\n{claim}"), root), "");
        for text in [
            "Not all images run as non-root.",
            "Check whether containers run as non-root.",
            "All images should run as non-root.",
        ] {
            assert_eq!(with(&format!("a.md --\n{text}"), root), "", "{text}");
        }
    }
}
