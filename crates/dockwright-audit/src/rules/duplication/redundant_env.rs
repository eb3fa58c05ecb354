//! `redundant-env`

use dockwright_environment::build::{Binding, BindingKind, Lookup};
use dockwright_environment::{Document, Environment, Location, Value, VariableSource};
use dockwright_syntax::dockerfile::{Assignment, Instruction, InstructionKind};
use dockwright_syntax::{Span, Text};

use crate::bases::bases;
use crate::edits::word;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is an `ENV` that sets a variable to what the base image has set it to already.
    ///
    /// ## What it does
    ///
    /// Compares every `ENV` with the variables that the stage inherits from its base: an earlier stage,
    /// or an image that this repository builds from another Dockerfile. A variable is left alone if
    /// its value depends on an argument, which may differ from build to build, or if something
    /// between the base and the `ENV` sets it.
    ///
    /// Of `PATH`, the directories are compared that are put before or behind the inherited ones.
    ///
    /// ## Why is this bad?
    ///
    /// The `ENV` changes nothing, and the value stands in two places. When the base changes, the image
    /// keeps the old value, and nobody sees why.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// ENV GOCACHE=/tmp/go-cache
    ///
    /// FROM base
    /// ENV GOCACHE=/tmp/go-cache
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// ENV GOCACHE=/tmp/go-cache
    ///
    /// FROM base
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing it is safe: the image has the same variables without it.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `ENV`
    RedundantEnv {
        name: "redundant-env",
        family: Duplication,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for RedundantEnv {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if bases(cx.environment, stage).is_empty() {
            return;
        }
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Env(assignments) = &instruction.kind else {
                continue;
            };
            let redundant = assignments.iter().filter_map(|assignment| {
                let base = inherited(cx.environment, stage, at, assignment)?;
                Some((assignment, base))
            });
            let redundant: Vec<(&Assignment, Location)> = redundant.collect();
            let Some(((first, base), others)) = redundant.split_first() else {
                continue;
            };
            // Another base may be given when the image is built.
            let confidence = if stage.stage.base_value.is_literal() {
                Confidence::High
            } else {
                Confidence::Medium
            };
            let location = stage.location(first.span);
            let mut finding = Finding::new(self.metadata(), location, message(first))
                .confidence(confidence)
                .related(*base, "the base sets it here")
                .help(help(others.len()));
            for (other, base) in others {
                finding = finding
                    .related(stage.location(other.span), "and this")
                    .related(*base, "which the base sets here");
            }
            let document = cx.environment.documents.get(stage.dockerfile.document);
            let redundant: Vec<&Assignment> = redundant.iter().map(|(it, _)| *it).collect();
            let is_whole = redundant.len() == assignments.len();
            let fix = fix(document, stage, instruction, &redundant, is_whole);
            findings.push(finding.fix(fix));
        }
    }
}

/// Takes assignments away, with the instruction where it has no other; none where a comment stands
/// between them.
fn fix(
    document: &Document,
    stage: StageView<'_>,
    instruction: &Instruction,
    redundant: &[&Assignment],
    is_whole: bool,
) -> Option<Fix> {
    let comments = &stage.dockerfile.tree.comments;
    let mut inside = comments.iter().filter(|it| instruction.span.contains(**it));
    inside.next().is_none().then_some(())?;
    let fix = if redundant.iter().any(|it| it.name.value == "PATH") {
        let why = "the directories are in `PATH` already, and are in it once then";
        Fix::safe("remove what the base sets", why).changing(Aspect::Environment)
    } else {
        let why = "the image has the same variables without it";
        Fix::safe("remove what the base sets", why)
    };
    if is_whole {
        return Some(fix.delete_lines(document, instruction.span));
    }
    let escape = stage.dockerfile.tree.escape;
    redundant
        .iter()
        .try_fold(fix, |fix, it| word::delete(fix, document, it.span, escape))
}

fn message(assignment: &Assignment) -> String {
    match assignment.name.value.as_str() {
        "PATH" => "`PATH` is given directories that the base has put there already".to_owned(),
        name => format!("`{name}` is set to what the base sets it to"),
    }
}

fn help(others: usize) -> &'static str {
    match others {
        0 => "remove it: the image inherits it",
        _ => "remove them: the image inherits them",
    }
}

/// Where the base sets a variable to the same value.
fn inherited(
    environment: &Environment,
    stage: StageView<'_>,
    at: usize,
    assignment: &Assignment,
) -> Option<Location> {
    let name = &assignment.name.value;
    let value = assignment.value.as_ref()?;
    let Lookup::Bound(binding) = environment.variable(stage.id, at, name) else {
        return None;
    };
    let mut own = stage.stage.bindings.iter();
    if binding.kind != BindingKind::Environment || own.any(|own| std::ptr::eq(own, binding)) {
        return None;
    }
    let is_same = if name == "PATH" {
        has_directories(environment, stage, at, value, binding)
    } else {
        let inherited = binding.value.as_ref().and_then(settled);
        inherited.is_some() && settled(&stage.expand(at, value)) == inherited
    };
    is_same.then_some(binding.location)
}

/// The text of a value that no argument takes part in.
fn settled(value: &Value) -> Option<&str> {
    let mut variables = value.variables.iter();
    let is_settled = variables.all(|variable| variable.source == VariableSource::Fixed);
    is_settled.then_some(value.text.as_str())
}

/// Whether `PATH` has what is put before and behind the inherited directories, in its place.
fn has_directories(
    environment: &Environment,
    stage: StageView<'_>,
    at: usize,
    value: &Text,
    binding: &Binding,
) -> bool {
    let written = value.value.as_str();
    let inner = written.trim_matches('"');
    let start = written.len() - written.trim_start_matches('"').len();
    let own = ["${PATH}", "$PATH"]
        .iter()
        .find_map(|own| Some((inner.find(own)?, own.len())));
    let (Some((found, length)), Some(inherited)) = (own, &binding.value) else {
        return false;
    };
    let part = |from: usize, to: usize| {
        let part = value.slice(Span::new(start + from, start + to));
        let value = environment.expand(stage.id, at, &part);
        settled(&value).map(str::to_owned)
    };
    let (Some(before), Some(behind)) = (part(0, found), part(found + length, inner.len())) else {
        return false;
    };
    let path = inherited.text.as_str();
    let is_complete = before.ends_with(':') || behind.starts_with(':');
    is_complete && path.starts_with(&before) && path.ends_with(&behind)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(base: &str, own: &str) -> String {
        let dockerfile = format!("FROM debian:trixie AS base\n{base}\nFROM base\n{own}\n");
        audit("redundant-env", &format!("-- Dockerfile --\n{dockerfile}"))
    }

    #[test]
    fn the_base_may_stand_in_another_file() {
        insta::assert_snapshot!(audit("redundant-env", "\
-- base/Dockerfile --
FROM debian:trixie
ENV LANG=C.UTF-8 GOCACHE=\"/tmp/go\"
-- web/Dockerfile --
FROM shop-base
ENV GOCACHE=/tmp/go LANG=C.UTF-8 OTHER=1
-- compose.yaml --
services:
  base: {build: base, image: shop-base}
  web: {build: web}
"), @"
        info web/Dockerfile:2:5 `GOCACHE` is set to what the base sets it to
          base/Dockerfile:2:18 the base sets it here
          web/Dockerfile:2:21 and this
          base/Dockerfile:2:5 which the base sets here
          help: remove them: the image inherits them
        ");
    }

    #[test]
    fn directories_of_path_are_compared_where_they_stand() {
        let base = "ENV PATH=\"/opt/a:${PATH}:/opt/z\"";
        for redundant in ["PATH=/opt/a:$PATH", "PATH=\"${PATH}:/opt/z\""] {
            assert!(
                !check(base, &format!("ENV {redundant}")).is_empty(),
                "{redundant}"
            );
        }
        for other in [
            "PATH=/opt/b:$PATH",
            "PATH=$PATH:/opt/a",
            "PATH=/opt/a",
            "PATH=/opt:$PATH",
        ] {
            assert_eq!(check(base, &format!("ENV {other}")), "", "{other}");
        }
    }

    #[test]
    fn what_is_different_unsure_or_set_again_is_left_alone() {
        for (base, own) in [
            ("ENV A=1", "ENV A=2"),
            ("ARG A=1", "ENV A=1"),
            ("ARG V=1\nENV A=$V", "ARG V=1\nENV A=$V"),
            ("ENV A=1", "ENV A=2\nENV A=1"),
            ("ENV A=1", "ARG A\nENV A=1"),
            ("RUN true", "ENV A=1\nENV A=1"),
        ] {
            assert_eq!(check(base, own), "", "{base} / {own}");
        }
    }

    #[test]
    fn a_base_that_can_be_exchanged_is_less_sure() {
        let output = audit(
            "redundant-env",
            "\
-- Dockerfile --
ARG BASE=base
FROM debian:trixie AS base
ENV A=1
FROM ${BASE}
ENV A=1
",
        );
        assert!(output.starts_with("info (medium)"), "{output}");
    }

    #[test]
    fn only_what_the_base_sets_goes() {
        insta::assert_snapshot!(fix("redundant-env", "\
-- Dockerfile --
FROM debian:trixie AS base
ENV A=1 B=2
FROM base
ENV A=1
FROM base
ENV A=1 \\
    C=3 \\
    B=2
FROM base
ENV C=3 A=1 D=4
"), @r#"
        safe: remove what the base sets, for the image has the same variables without it
        safe: remove what the base sets, for the image has the same variables without it
        safe: remove what the base sets, for the image has the same variables without it
        -- Dockerfile --
        -ENV A=1
        -ENV A=1 \
        -    C=3 \
        -    B=2
        +ENV \
        +    C=3
        -ENV C=3 A=1 D=4
        +ENV C=3 D=4
        "#);
    }
}
