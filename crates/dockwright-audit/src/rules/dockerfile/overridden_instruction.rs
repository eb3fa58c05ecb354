//! `overridden-instruction`

use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::edits::DockerfileEdits;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

rule! {
    /// There is an instruction that a later one in its stage replaces.
    ///
    /// ## What it does
    ///
    /// Looks for a second `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in a stage. What a stage inherits may
    /// be replaced.
    ///
    /// ## Why is this bad?
    ///
    /// Only the last one counts. Whoever reads or changes the first is misled.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// CMD ["migrate"]
    /// CMD ["serve"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// CMD ["serve"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the instruction that is replaced is safe: it has no effect.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `CMD`, `ENTRYPOINT`, `HEALTHCHECK`
    /// - Build check `MultipleInstructionsDisallowed`
    /// - hadolint `DL3012`, `DL4003`, `DL4004`, which point at the later instruction
    OverriddenInstruction {
        name: "overridden-instruction",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["MultipleInstructionsDisallowed", "DL3012", "DL4003", "DL4004"],
    }
}

/// What hadolint calls it, for each instruction.
const COMMAND: &[&str] = &["MultipleInstructionsDisallowed", "DL4003"];
const ENTRYPOINT: &[&str] = &["MultipleInstructionsDisallowed", "DL4004"];
const HEALTHCHECK: &[&str] = &["MultipleInstructionsDisallowed", "DL3012"];

impl Rule for OverriddenInstruction {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for codes in [COMMAND, ENTRYPOINT, HEALTHCHECK] {
            let all = stage.instructions().map(|(_, instruction)| instruction);
            let same: Vec<&Instruction> = all.filter(|it| codes_of(it) == Some(codes)).collect();
            for (earlier, later) in same.iter().zip(same.iter().skip(1)) {
                let keyword = &earlier.keyword;
                let message = format!("a later `{}` replaces this one", later.keyword.value);
                let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
                let fix = Fix::safe(
                    format!("remove this `{}`", keyword.value),
                    "it has no effect",
                );
                findings.push(
                    Finding::new(self.metadata(), stage.location(keyword.span), message)
                        .codes(codes)
                        .related(
                            stage.location(later.keyword.span),
                            "this one counts instead",
                        )
                        .help("remove the one that does not count")
                        .fix(edits.delete(fix, earlier)),
                );
            }
        }
    }
}

fn codes_of(instruction: &Instruction) -> Option<&'static [&'static str]> {
    match instruction.kind {
        InstructionKind::Cmd(_) => Some(COMMAND),
        InstructionKind::Entrypoint(_) => Some(ENTRYPOINT),
        InstructionKind::Healthcheck(_) => Some(HEALTHCHECK),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn each_is_replaced_by_the_next() {
        insta::assert_snapshot!(audit("overridden-instruction", "\
-- Dockerfile --
FROM debian:trixie AS a
CMD one
ENTRYPOINT [\"a\"]
CMD two
HEALTHCHECK CMD true
HEALTHCHECK NONE
CMD three
FROM a
CMD four
"), @r"
        warning Dockerfile:2:1 a later `CMD` replaces this one
          Dockerfile:4:1 this one counts instead
          help: remove the one that does not count
        warning Dockerfile:4:1 a later `CMD` replaces this one
          Dockerfile:7:1 this one counts instead
          help: remove the one that does not count
        warning Dockerfile:5:1 a later `HEALTHCHECK` replaces this one
          Dockerfile:6:1 this one counts instead
          help: remove the one that does not count
        ");
    }

    #[test]
    fn one_empty_line_goes_with_it() {
        insta::assert_snapshot!(fix("overridden-instruction", "\
-- Dockerfile --
FROM debian:trixie

CMD [\"a\", \\
     \"b\"]

CMD [\"c\"]
"), @r#"
        safe: remove this `CMD`, for it has no effect
        -- Dockerfile --
        -CMD ["a", \
        -     "b"]
        -
        "#);
    }
}
