//! `env-of-same-instruction`

use std::collections::BTreeSet;

use dockwright_environment::build::Lookup;
use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Assignment, Instruction, InstructionKind};

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::variables::{self, VariableUse};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a variable that is used in the same `ENV` that sets it.
    ///
    /// ## What it does
    ///
    /// Looks at every `ENV` of several variables for a value that uses another one of them, unless an
    /// earlier instruction sets that as well. Where a base from elsewhere may set it, the finding is less
    /// sure.
    ///
    /// ## Why is this bad?
    ///
    /// The variables of an instruction have the values from before it: the new one is not seen, and the
    /// value is empty or an older one.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENV HOME_OF_APP=/opt/app LIBRARIES=$HOME_OF_APP/lib
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ENV HOME_OF_APP=/opt/app
    /// ENV LIBRARIES=$HOME_OF_APP/lib
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Splitting the `ENV` before the use is unsafe: the value of before may be meant. There is no fix
    /// where the variable is set behind its use.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: environment replacement
    EnvOfSameInstruction {
        name: "env-of-same-instruction",
        family: Dockerfile,
        severity: Error,
        fix: Unsafe,
        aliases: ["DL3044"],
    }
}

impl Rule for EnvOfSameInstruction {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Env(assignments) = &instruction.kind else {
                continue;
            };
            if assignments.len() < 2 {
                continue;
            }
            // Each variable is told once for an instruction.
            let mut told = BTreeSet::new();
            for used in variables::expanded(instruction, stage.dockerfile.tree.escape) {
                if told.contains(&used.name) {
                    continue;
                }
                let mut others = assignments
                    .iter()
                    .filter(|one| !one.span.contains(used.span));
                let Some(set) = others.find(|one| one.name.value == used.name) else {
                    continue;
                };
                let confidence = match cx.environment.variable(stage.id, at, &used.name) {
                    Lookup::Bound(_) => continue,
                    Lookup::Unset if used.guarded => continue,
                    Lookup::Unset => Confidence::High,
                    // Set in nearly every image.
                    Lookup::Unknown if used.guarded || used.name == "PATH" => Confidence::Low,
                    Lookup::Unknown => Confidence::Medium,
                };
                told.insert(used.name.clone());
                let message = format!(
                    "`{}` is used in the `ENV` that sets it, and is not set yet",
                    used.name
                );
                findings.push(
                    Finding::new(self.metadata(), stage.location(used.span), message)
                        .confidence(confidence)
                        .related(stage.location(set.span), "it is set here")
                        .help("use it in an `ENV` of its own, behind this one")
                        .fix(split(cx, stage, (at, instruction), assignments, &used)),
                );
            }
        }
    }
}

/// Begins another `ENV` where the variable is used. None where it is set behind that place, or another
/// variable would have another value then.
fn split(
    cx: Context<'_>,
    stage: StageView<'_>,
    (at, instruction): (usize, &Instruction),
    assignments: &[Assignment],
    used: &VariableUse,
) -> Option<Fix> {
    let position = assignments
        .iter()
        .position(|it| it.span.contains(used.span))?;
    let (before, behind) = assignments.split_at_checked(position)?;
    let (last, first) = (before.last()?, behind.first()?);
    let is_set = |name: &str| before.iter().any(|it| it.name.value == name);
    let is_same = |other: &VariableUse| {
        let lookup = cx.environment.variable(stage.id, at, &other.name);
        !is_set(&other.name) || other.name != "PATH" && !matches!(lookup, Lookup::Bound(_))
    };
    let variables = variables::expanded(instruction, stage.dockerfile.tree.escape);
    let mut moved = variables
        .iter()
        .filter(|it| it.span.start >= first.span.start);
    let gap = Span {
        start: last.span.end,
        end: first.span.start,
    };
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    if !is_set(&used.name) || !moved.all(is_same) || edits.written(gap).contains('#') {
        return None;
    }
    let keyword = &instruction.keyword.value;
    let fix = Fix::with_care(
        format!("begin another `{keyword}` before `{}`", first.name.value),
        "the variable has the new value there, as it seems to be meant",
    );
    Some(fix.replace(stage.location(gap), format!("\n{keyword} ")))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn what_is_set_before_is_meant() {
        insta::assert_snapshot!(audit("env-of-same-instruction", "\
-- Dockerfile --
FROM scratch
ENV A=1 B=$A C=\\$A D=${A:-2}
FROM debian:trixie
ENV A=1
ENV A=2 B=$A
ENV PATH=/opt/bin:$PATH E=1
ENV F=$G G=1
"), @"
        error Dockerfile:2:11 `A` is used in the `ENV` that sets it, and is not set yet
          Dockerfile:2:5 it is set here
          help: use it in an `ENV` of its own, behind this one
        error (medium) Dockerfile:7:7 `G` is used in the `ENV` that sets it, and is not set yet
          Dockerfile:7:10 it is set here
          help: use it in an `ENV` of its own, behind this one
        ");
    }

    #[test]
    fn another_instruction_begins_at_the_use() {
        insta::assert_snapshot!(fix("env-of-same-instruction", "\
-- Dockerfile --
FROM scratch
ENV A=1 B=2 \\
    C=$A/$B D=4
ENV E=$F F=1
FROM scratch
ENV A=1
ENV A=2 B=3 C=$A/$B
"), @r#"
        unsafe: begin another `ENV` before `C`, for the variable has the new value there, as it seems to be meant
        unsafe: begin another `ENV` before `C`, for the variable has the new value there, as it seems to be meant
        -- Dockerfile --
        -ENV A=1 B=2 \
        -    C=$A/$B D=4
        +ENV A=1 B=2
        +ENV C=$A/$B D=4
        "#);
    }
}
