//! `mismatched-as-casing`

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::Instruction;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is an `AS` in another case than its `FROM`.
    ///
    /// ## What it does
    ///
    /// Compares the two keywords of a line that names a stage. A `From` that is neither lower nor
    /// upper case is the business of `inconsistent-keyword-casing`.
    ///
    /// ## Why is this bad?
    ///
    /// Keywords and names are told apart by their case; a keyword in the case of the names is read
    /// as one of them.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie as build
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing `AS` in the case of `FROM` is safe: the meaning is the same.
    ///
    /// ## References
    ///
    /// - Build check `FromAsCasing`
    MismatchedAsCasing {
        name: "mismatched-as-casing",
        family: Dockerfile,
        severity: Info,
        fix: Safe,
        aliases: ["FromAsCasing"],
    }
}

impl Rule for MismatchedAsCasing {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let Some((from, (word, span))) = stage.from().and_then(|from| Some((from, as_word(from)?)))
        else {
            return;
        };
        let keyword = from.keyword.value.as_str();
        let right = if keyword == keyword.to_lowercase() {
            word.to_lowercase()
        } else if keyword == keyword.to_uppercase() {
            word.to_uppercase()
        } else {
            return;
        };
        if right != word {
            let message = format!("`{word}` is not in the case of `{keyword}`");
            let fix = Fix::safe(format!("write `{right}`"), "the case of keywords is free")
                .replace(stage.location(span), &right);
            findings.push(
                Finding::new(self.metadata(), stage.location(span), message)
                    .confidence(Confidence::Low)
                    .help(format!("write `{right}`"))
                    .fix(fix),
            );
        }
    }
}

/// The second word behind `FROM`.
pub(super) fn as_word(from: &Instruction) -> Option<(&str, Span)> {
    let text = &from.arguments;
    let word = text.value.split_whitespace().nth(1)?;
    let start = word.as_ptr() as usize - text.value.as_ptr() as usize;
    let span = text.source_span(Span::new(start, start + word.len()));
    Some((word, span))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn either_case_will_do() {
        insta::assert_snapshot!(audit("mismatched-as-casing", "\
-- Dockerfile --
from --platform=linux/amd64 debian:trixie AS a
FROM debian:trixie As b
FROM debian:trixie \\
  as c
From debian:trixie AS d
from debian:trixie as e
FROM debian:trixie AS as
"), @r"
        info (low) Dockerfile:1:43 `AS` is not in the case of `from`
          help: write `as`
        info (low) Dockerfile:2:20 `As` is not in the case of `FROM`
          help: write `AS`
        info (low) Dockerfile:4:3 `as` is not in the case of `FROM`
          help: write `AS`
        ");
    }

    #[test]
    fn as_is_written_as_from_is() {
        insta::assert_snapshot!(fix("mismatched-as-casing", "\
-- Dockerfile --
FROM debian:trixie As b
"), @r#"
        safe: write `AS`, for the case of keywords is free
        -- Dockerfile --
        -FROM debian:trixie As b
        +FROM debian:trixie AS b
        "#);
    }
}
