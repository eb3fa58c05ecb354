//! `false-claim`

use std::sync::LazyLock;

use dockwright_environment::build::{Base, StageId};
use dockwright_environment::commands::Voice;
use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::{DockerfileDocument, Environment, Location, compose};
use dockwright_syntax::dockerfile::{InstructionKind, MountKind};
use dockwright_syntax::{Span, markdown};
use regex::Regex;
use serde::Deserialize;

use crate::rule::{Context, Describe, Rule, rule};
use crate::stage::StageView;
use crate::{Confidence, Finding, image_scripts, images};

rule! {
    /// There is a document that promises of all images what one of them does not keep.
    ///
    /// ## What it does
    ///
    /// Reads Markdown documents, other than changelogs and dated notes, for sentences such as "all
    /// Dockerfiles use cache mounts" and "containers run as an unprivileged user", and looks for a
    /// Dockerfile that says otherwise. What another image or a script may decide is left alone.
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

/// What decides whether a promise is kept.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Check {
    /// Every Dockerfile that installs packages has a cache mount.
    CacheMounts,
    /// No service runs as root.
    Unprivileged,
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
                    let found = pattern.find_iter(&paragraph.value);
                    let found = found.filter(|one| begins(&paragraph.value, one.start()));
                    for claim in found {
                        let Some((place, message)) = check.counterexample(environment) else {
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

impl Check {
    /// A place that refutes the promise, and what it says.
    fn counterexample(self, environment: &Environment) -> Option<(Location, String)> {
        match self {
            Self::CacheMounts => environment.dockerfiles.iter().find_map(|dockerfile| {
                let place = installs_without_mount(environment, dockerfile)?;
                let path = &environment.documents.get(dockerfile.document).path;
                let is_own = !images::is_test(environment, place);
                is_own.then(|| (place, format!("`{path}` installs packages without one")))
            }),
            Self::Unprivileged => {
                let projects = environment.compose.iter().enumerate();
                let mut services = projects.flat_map(|(number, project)| {
                    let services = project.services.iter().enumerate();
                    services.map(move |(index, service)| (number, index, service))
                });
                services.find_map(|(number, index, service)| {
                    let stage = image_scripts::stage_of_service(environment, number, index);
                    let place = runs_as_root(environment, service, stage)?;
                    let name = &service.name.text;
                    let is_own = !images::is_test(environment, place);
                    is_own.then(|| (place, format!("the service `{name}` runs as root")))
                })
            }
        }
    }
}

/// Where a Dockerfile without any cache mount installs packages.
fn installs_without_mount(
    environment: &Environment,
    dockerfile: &DockerfileDocument,
) -> Option<Location> {
    let has_mount = dockerfile.tree.instructions.iter().any(|instruction| {
        matches!(&instruction.kind, InstructionKind::Run(run)
            if run.mounts.iter().any(|mount| mount.kind == MountKind::Cache))
    });
    if has_mount {
        return None;
    }
    StageView::all(environment, dockerfile).find_map(|stage| {
        stage.instructions().find_map(|(at, instruction)| {
            let calls = environment.installations(stage.id, at);
            let installs = calls.iter().any(|call| !call.manager.cache.is_empty());
            installs.then(|| stage.location(instruction.keyword.span))
        })
    })
}

/// What makes a service run as root: `user: root`, `USER root`, or an official image without any `USER`.
fn runs_as_root(
    environment: &Environment,
    service: &compose::Service,
    stage: Option<StageId>,
) -> Option<Location> {
    /// Programs by which a script gives up what root may do.
    const DROPS: &[&str] = &[
        "gosu", "su-exec", "setpriv", "runuser", "sudo", "su", "chroot",
    ];
    let scripts = stage.map(|stage| image_scripts::scripts(environment, stage, Some(service)));
    let mut scripts = scripts.into_iter().flatten();
    let drops = scripts.any(|script| {
        let text = &environment.documents.get(script.document).text;
        let mut words = text.split(|letter: char| letter != '-' && !letter.is_alphanumeric());
        words.any(|word| DROPS.contains(&word))
    });
    if drops {
        return None;
    }
    let user = service.user.clone();
    let user = user.or_else(|| environment.user(stage?, usize::MAX));
    if let Some(user) = user {
        let is_root = matches!(user.known(), Some("root" | "0" | "root:root" | "0:0"));
        return is_root.then_some(user.location);
    }
    let last = environment.chain_stages(stage?).last()?;
    let last = environment.stage(last)?;
    match &last.base {
        Base::External(image) if image.is_official() => Some(last.base_value.location),
        _ => None,
    }
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
