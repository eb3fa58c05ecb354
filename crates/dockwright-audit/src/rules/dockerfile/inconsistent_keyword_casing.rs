//! `inconsistent-keyword-casing`

use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::dockerfile::{From, Instruction, InstructionKind};

use super::mismatched_as_casing::as_word;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

rule! {
    /// There is an instruction whose keyword is in another case than most.
    ///
    /// ## What it does
    ///
    /// Counts the keywords of all stages in upper and in lower case; the majority is right, and a
    /// draw goes to upper case. A file is reported once, at the first that differs. An `ARG` before
    /// the first `FROM` and what `ONBUILD` triggers are not counted, as BuildKit does.
    ///
    /// ## Why is this bad?
    ///
    /// Who reads or searches the file looks for one form and misses the other.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY app /app
    /// run /app/install
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY app /app
    /// RUN /app/install
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the keywords in one case is safe: the meaning is the same.
    ///
    /// ## References
    ///
    /// - Build check `ConsistentInstructionCasing`
    InconsistentKeywordCasing {
        name: "inconsistent-keyword-casing",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["ConsistentInstructionCasing"],
    }
}

impl Rule for InconsistentKeywordCasing {
    fn check_dockerfile(
        &self,
        _cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let tree = &dockerfile.tree;
        let stages = tree.stages.iter();
        let instructions = stages.flat_map(|stage| tree.stage_instructions(stage));
        let instructions: Vec<&Instruction> = instructions.collect();
        let keywords: Vec<_> = instructions.iter().map(|it| keyword(it)).collect();
        let lower = keywords.iter().filter(|word| is_lower(&word.value)).count();
        let upper = keywords.iter().filter(|word| is_upper(&word.value)).count();
        let (is_right, case): (fn(&str) -> bool, _) = if lower > upper {
            (is_lower, "lower")
        } else {
            (is_upper, "upper")
        };
        let place = |span| Location::new(dockerfile.document, span);
        let mut wrong = keywords.into_iter().filter(|word| !is_right(&word.value));
        let Some(first) = wrong.next() else {
            return;
        };
        let message = format!(
            "`{}` is not in {case} case as most keywords are",
            first.value
        );
        let mut fix = Fix::safe(
            format!("write all keywords in {case} case"),
            "the case of keywords is free",
        );
        let in_case = |word: &str| match case {
            "lower" => word.to_lowercase(),
            _ => word.to_uppercase(),
        };
        for instruction in instructions {
            let word = &instruction.keyword;
            if is_right(&word.value) {
                continue;
            }
            fix = fix.replace(place(word.span), in_case(&word.value));
            // `AS` goes with its `FROM`.
            if let InstructionKind::From(From { alias: Some(_), .. }) = &instruction.kind
                && let Some((word, span)) = as_word(instruction)
                && !is_right(word)
            {
                fix = fix.replace(place(span), in_case(word));
            }
        }
        let finding = Finding::new(self.metadata(), place(first.span), message)
            .confidence(Confidence::Low)
            .help(format!("write all keywords in {case} case"))
            .fix(fix);
        findings.push(wrong.fold(finding, |finding, word| {
            finding.related(place(word.span), "nor is this")
        }));
    }
}

fn keyword(instruction: &Instruction) -> &dockwright_syntax::Spanned<String> {
    &instruction.keyword
}

fn is_lower(word: &str) -> bool {
    word == word.to_lowercase()
}

fn is_upper(word: &str) -> bool {
    word == word.to_uppercase()
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        let files = format!("-- Dockerfile --\n{dockerfile}");
        audit("inconsistent-keyword-casing", &files)
    }

    #[test]
    fn the_majority_is_right() {
        insta::assert_snapshot!(check("from debian:trixie\nrun a\nRUN b\nRun c\n"), @r"
        info (low) Dockerfile:3:1 `RUN` is not in lower case as most keywords are
          Dockerfile:4:1 nor is this
          help: write all keywords in lower case
        ");
    }

    #[test]
    fn a_draw_goes_to_upper_case() {
        assert!(check("FROM debian:trixie\nrun a\n").contains(":2:1 `run` is not in upper case"));
    }

    #[test]
    fn what_stands_in_no_stage_does_not_count() {
        assert_eq!(
            check("arg A\narg B\nFROM debian:trixie\nONBUILD run a\n"),
            ""
        );
    }

    #[test]
    fn as_goes_with_its_from() {
        insta::assert_snapshot!(fix("inconsistent-keyword-casing", "\
-- Dockerfile --
from debian:trixie as a
  Run true
FROM a
RUN true
COPY a b
"), @r#"
        safe: write all keywords in upper case, for the case of keywords is free
        -- Dockerfile --
        -from debian:trixie as a
        -  Run true
        +FROM debian:trixie AS a
        +  RUN true
        "#);
    }
}
