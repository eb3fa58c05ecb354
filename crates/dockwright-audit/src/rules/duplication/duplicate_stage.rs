//! `duplicate-stage`

use std::collections::{BTreeMap, BTreeSet};

use crate::Finding;
use crate::clones::{Body, MANY, without_version};
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a stage whose instructions stand again in another Dockerfile.
    ///
    /// ## What it does
    ///
    /// Compares the stages of all Dockerfiles, instruction by instruction, comments and white space apart,
    /// and reports those that do the same behind their `FROM`. Small stages are left alone, and so
    /// are tests, examples, and files whose paths differ only in a version.
    ///
    /// ## Why is this bad?
    ///
    /// A change has to be made in every copy, and one day is made in one. The builder runs the same steps
    /// again where the base or the context differs.
    ///
    /// ## Example
    ///
    /// ```dockerfile web/Dockerfile
    /// FROM golang:1.24 AS build
    /// WORKDIR /src
    /// COPY go.mod go.sum ./
    /// RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod verify
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    ///
    /// FROM build
    /// RUN generate web
    /// ```
    /// ```dockerfile worker/Dockerfile
    /// FROM golang:1.24 AS build
    /// WORKDIR /src
    /// COPY go.mod go.sum ./
    /// RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod verify
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    ///
    /// FROM build
    /// RUN generate worker
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24 AS build
    /// WORKDIR /src
    /// COPY go.mod go.sum ./
    /// RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod verify
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    ///
    /// FROM build AS web
    /// RUN generate web
    ///
    /// FROM build AS worker
    /// RUN generate worker
    /// ```
    ///
    /// ## Fix safety
    ///
    /// One stage can replace the others: in one Dockerfile with several targets, or as an image that the
    /// others start from. This is unsafe: the contexts of the builds may differ.
    ///
    /// ## References
    ///
    /// - Docker build best practices, "Create reusable stages"
    DuplicateStage {
        name: "duplicate-stage",
        family: Duplication,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for DuplicateStage {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut alike: BTreeMap<Vec<u32>, Vec<&Body<'_>>> = BTreeMap::new();
        for body in cx.bodies() {
            let is_own = |body: &Body<'_>| {
                let place = body.location(0..body.units.len());
                place.is_some_and(|place| !cx.stands_alone(place))
            };
            if let Some(key) = body.key().filter(|_| is_own(body)) {
                alike.entry(key).or_default().push(body);
            }
        }
        for bodies in alike.into_values() {
            let mut seen = BTreeSet::new();
            let mut places = bodies.iter().filter_map(|body| {
                let from = body.stage.from()?;
                let document = body.stage.dockerfile.document;
                let is_new = seen.insert(without_version(cx.environment, document));
                is_new.then(|| body.stage.location(from.span))
            });
            let Some(first) = places.next() else {
                continue;
            };
            let others: Vec<_> = places.collect();
            if others.is_empty() {
                continue;
            }
            let message = match others.len() {
                1 => "this stage stands again in another Dockerfile".to_owned(),
                count => format!("this stage stands again in {count} other Dockerfiles"),
            };
            let mut finding = Finding::new(self.metadata(), first, message).help(
                "make one Dockerfile of them with a target for each, or one image to start from",
            );
            for other in others.into_iter().take(MANY) {
                finding = finding.related(other, "the same instructions follow");
            }
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const BODY: &str = "\
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends debhelper devscripts equivs
RUN useradd --create-home --shell /bin/bash builder && chown -R builder /src
";

    #[test]
    fn the_bases_may_differ_and_so_may_comments() {
        let files = format!(
            "-- a/Dockerfile --\nFROM debian:trixie\n{BODY}-- b/Dockerfile --\nFROM debian:bookworm\n# why\n{}-- c/Dockerfile --\nFROM scratch\n",
            BODY.replace(" && ", " \\\n  && ")
        );
        insta::assert_snapshot!(audit("duplicate-stage", &files), @"
        info a/Dockerfile:1:1 this stage stands again in another Dockerfile
          b/Dockerfile:1:1 the same instructions follow
          help: make one Dockerfile of them with a target for each, or one image to start from
        ");
    }

    #[test]
    fn one_file_small_stages_and_examples_are_left_alone() {
        for files in [
            format!("-- Dockerfile --\nFROM debian:trixie\n{BODY}FROM debian:bookworm\n{BODY}"),
            format!(
                "-- a/Dockerfile --\nFROM a\n{BODY}-- b/Dockerfile --\nFROM a\n{BODY}RUN true\n"
            ),
            "-- a/Dockerfile --\nFROM a\nRUN b\n-- b/Dockerfile --\nFROM a\nRUN b\n".to_owned(),
            format!("-- a/Dockerfile --\nFROM a\n{BODY}-- examples/Dockerfile --\nFROM a\n{BODY}"),
        ] {
            assert_eq!(audit("duplicate-stage", &files), "", "{files}");
        }
    }
}
