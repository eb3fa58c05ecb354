//! `deprecated-maintainer`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, StageView};

rule! {
    /// There is a `MAINTAINER` instruction.
    ///
    /// ## What it does
    ///
    /// Reports every `MAINTAINER`.
    ///
    /// ## Why is this bad?
    ///
    /// It has been deprecated since Docker 1.13. It sets a field of the image that few tools show; a
    /// label is shown, searched and inherited as all others are.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// MAINTAINER Moby Whale <moby@example.com>
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// LABEL org.opencontainers.image.authors="Moby Whale <moby@example.com>"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing the label instead is safe: the image differs by the label and by the author field.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `MAINTAINER`
    /// - Build check `MaintainerDeprecated`
    /// - hadolint `DL4000`
    DeprecatedMaintainer {
        name: "deprecated-maintainer",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["MaintainerDeprecated", "DL4000"],
    }
}

impl Rule for DeprecatedMaintainer {
    fn check_stage(&self, _cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (_, instruction) in stage.instructions() {
            if let InstructionKind::Maintainer(who) = &instruction.kind {
                let keyword = &instruction.keyword;
                let message = format!("`{}` is deprecated", keyword.value);
                let who = who.value.trim_matches(['"', '\'']);
                findings.push(
                    Finding::new(self.metadata(), stage.location(keyword.span), message).help(
                        format!("`LABEL org.opencontainers.image.authors=\"{who}\"`"),
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_label_is_shown() {
        insta::assert_snapshot!(audit("deprecated-maintainer", "\
-- Dockerfile --
FROM debian:trixie
maintainer \"Moby <m@example.com>\"
"), @r#"
        warning Dockerfile:2:1 `maintainer` is deprecated
          help: `LABEL org.opencontainers.image.authors="Moby <m@example.com>"`
        "#);
    }
}
