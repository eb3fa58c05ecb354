//! `duplicate-stage`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::build::Base;
use dockwright_environment::definition::{BuildDefinition, DockerfileId};
use dockwright_environment::{Environment, TreePath};
use dockwright_syntax::dockerfile::{Instruction, InstructionKind, MountKind};

use crate::clones::{Body, MANY, is_work, without_version};
use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

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
    /// ```yaml compose.yaml
    /// services:
    ///   tools: {build: tools, image: shop-tools}
    ///   web: {build: web}
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM golang:1.24
    /// WORKDIR /src
    /// RUN --mount=type=cache,target=/go/pkg/mod go install example.com/tools/cmd/lint@v1.2.3
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM golang:1.24 AS build
    /// WORKDIR /src
    /// RUN --mount=type=cache,target=/go/pkg/mod go install example.com/tools/cmd/lint@v1.2.3
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    ///
    /// FROM build
    /// RUN generate web
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   tools: {build: tools, image: shop-tools}
    ///   web:
    ///     build:
    ///       context: web
    ///       additional_contexts: {shop-tools: "service:tools"}
    /// ```
    /// ```dockerfile tools/Dockerfile
    /// FROM golang:1.24
    /// WORKDIR /src
    /// RUN --mount=type=cache,target=/go/pkg/mod go install example.com/tools/cmd/lint@v1.2.3
    /// RUN go install -trimpath -ldflags="-s -w" example.com/tools/cmd/generate@v1.2.3
    /// RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin web
    /// ```
    /// ```dockerfile web/Dockerfile
    /// FROM shop-tools AS build
    ///
    /// FROM build
    /// RUN generate web
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where a build gives one of the stages a name, the others can start from that image. This is unsafe:
    /// it has to be built before them. There is no fix where the bases differ, where the stage takes
    /// arguments, where it copies from contexts that differ, and where no build gives it a name: somebody
    /// has to say whether one Dockerfile with a target for each or an image of its own is to be made.
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
            findings.push(finding.fix(fix(cx.environment, &bodies)));
        }
    }
}

/// Lets the others start from the image that a build makes of one of the stages.
fn fix(environment: &Environment, bodies: &[&Body<'_>]) -> Option<Fix> {
    let mut named = bodies
        .iter()
        .filter_map(|body| Some((*body, name(environment, body)?)));
    let (kept, (definition, name)) = named.next()?;
    let title = format!("start from `{name}`, which has it");
    let why = "that image has to be built before";
    let fix = Fix::with_care(title, why).changing(Aspect::Base);
    let others = bodies
        .iter()
        .filter(|it| it.stage.dockerfile.id != kept.stage.dockerfile.id);
    let mut others = others.peekable();
    others.peek()?;
    others.try_fold(fix, |fix, other| {
        let from = other.stage.from()?;
        let InstructionKind::From(base) = &from.kind else {
            return None;
        };
        let own = |body: &Body<'_>| -> Vec<usize> {
            let units = body.units.iter().filter(|unit| is_work(unit.instruction));
            units.map(|unit| unit.at).collect()
        };
        let kept_edits = DockerfileEdits::of(environment, kept.stage.dockerfile);
        let edits = DockerfileEdits::of(environment, other.stage.dockerfile);
        let context = definition.context.directory()?;
        let does_same = other.units.iter().all(|unit| match &unit.instruction.kind {
            InstructionKind::Copy(_) | InstructionKind::Add(_) => {
                let id = other.stage.dockerfile.id;
                unit.instruction.flag("from").is_none() && is_built_in(environment, id, context)
            }
            _ => is_the_same_anywhere(unit.instruction),
        });
        let is_plain = from.flags.is_empty() && edits.is_verbatim(&base.image);
        let comments = edits.comments(&own(other));
        let is_kept = comments.is_subset(&kept_edits.comments(&own(kept)));
        if !does_same || !is_plain || !is_kept || !have_one_base(environment, kept, other) {
            return None;
        }
        let fix = fix.replace(other.stage.location(base.image.span), name);
        Some(edits.delete_blocks(fix, &own(other)))
    })
}

/// The name that a build gives to a stage, with the build.
fn name<'a>(
    environment: &'a Environment,
    body: &Body<'_>,
) -> Option<(&'a BuildDefinition, &'a str)> {
    let mut definitions = environment.definitions_of(body.stage.dockerfile.id);
    definitions.find_map(|definition| {
        let target = environment.build(definition.id)?.target;
        let names = definition.references();
        let mut names = names.filter(|(tag, _)| !tag.implicit && tag.value.is_literal());
        let (tag, _) = names
            .next()
            .filter(|_| target == Some(body.stage.id.stage))?;
        Some((definition, tag.value.text.as_str()))
    })
}

/// Whether every build of a Dockerfile is given this context.
fn is_built_in(environment: &Environment, dockerfile: DockerfileId, context: &TreePath) -> bool {
    let mut definitions = environment.definitions_of(dockerfile);
    definitions.all(|it| it.is_declared() && it.context.directory() == Some(context))
}

/// Whether an instruction does the same whoever builds it.
fn is_the_same_anywhere(instruction: &Instruction) -> bool {
    match &instruction.kind {
        InstructionKind::Run(run) => {
            let mut mounts = run.mounts.iter();
            mounts.all(|it| matches!(it.kind, MountKind::Cache | MountKind::Tmpfs))
        }
        InstructionKind::Arg(_) | InstructionKind::Onbuild(_) | InstructionKind::Invalid => false,
        _ => true,
    }
}

/// Whether two stages start from the same, whatever arguments are given.
fn have_one_base(environment: &Environment, a: &Body<'_>, b: &Body<'_>) -> bool {
    let (a, b) = (a.stage.stage, b.stage.stage);
    let is_same = match (&a.base, &b.base) {
        (Base::External(one), Base::External(other)) => one == other,
        (Base::Definition(one), Base::Definition(other)) => {
            let dockerfile = |id| environment.dockerfile_of(id).map(|it| it.id);
            one.stage == other.stage && dockerfile(*one) == dockerfile(*other)
        }
        (Base::Scratch, Base::Scratch) => true,
        _ => false,
    };
    is_same && a.base_value.is_literal() && b.base_value.is_literal()
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn the_others_start_from_the_stage_that_has_a_name() {
        let files = format!(
            "-- a/Dockerfile --\nFROM debian:trixie\n# packaging\n{BODY}-- b/Dockerfile --\nFROM debian:trixie AS b\nLABEL b=b\n\n# packaging\n{BODY}\nFROM b\nRUN b\n-- compose.yaml --\nservices: {{a: {{build: a, image: shop-a}}}}\n"
        );
        insta::assert_snapshot!(fix("duplicate-stage", &files), @r#"
        unsafe: start from `shop-a`, which has it, for that image has to be built before
        -- b/Dockerfile --
        -FROM debian:trixie AS b
        +FROM shop-a AS b
        -
        -# packaging
        -WORKDIR /src
        -RUN apt-get update && apt-get install -y --no-install-recommends debhelper devscripts equivs
        -RUN useradd --create-home --shell /bin/bash builder && chown -R builder /src
        "#);
        for (old, new) in [
            ("FROM debian:trixie AS b", "FROM debian:bookworm AS b"),
            (
                "FROM debian:trixie AS b",
                "FROM --platform=linux/amd64 debian:trixie AS b",
            ),
            ("\n\n# packaging", "\n\n# something else"),
            (", image: shop-a", ""),
            ("RUN useradd", "ARG A\nRUN useradd"),
            ("RUN useradd", "COPY . .\nRUN useradd"),
        ] {
            assert_eq!(
                fix("duplicate-stage", &files.replace(old, new)),
                "",
                "{new}"
            );
        }
    }
}
