//! `deprecated-maintainer`

use dockwright_syntax::Text;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, StageView};

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
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (_, instruction) in stage.instructions() {
            if let InstructionKind::Maintainer(who) = &instruction.kind {
                let keyword = &instruction.keyword;
                let message = format!("`{}` is deprecated", keyword.value);
                let name = who.value.trim_matches(['"', '\'']);
                findings.push(
                    Finding::new(self.metadata(), stage.location(keyword.span), message)
                        .help(format!("`LABEL {LABEL}=\"{name}\"`"))
                        .fix(label(cx, stage, instruction, who)),
                );
            }
        }
    }
}

/// Where people look for the authors. Source: the OCI image specification, "Annotations".
const LABEL: &str = "org.opencontainers.image.authors";

/// The label in place of the instruction; none where the stage has that label already.
fn label(
    cx: Context<'_>,
    stage: StageView<'_>,
    instruction: &Instruction,
    who: &Text,
) -> Option<Fix> {
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    let mut instructions = stage.instructions();
    let has_label = instructions.any(|(_, other)| match &other.kind {
        InstructionKind::Label(labels) => labels.iter().any(|it| it.name.value.contains(LABEL)),
        _ => false,
    });
    if has_label || !edits.is_verbatim(who) {
        return None;
    }
    let escape = stage.dockerfile.tree.escape;
    let mut value = String::new();
    for letter in who.value.trim_matches(['"', '\'']).chars() {
        if letter == escape || matches!(letter, '"' | '$') {
            value.push(escape);
        }
        value.push(letter);
    }
    let keyword = &instruction.keyword;
    let is_lower = keyword.value == keyword.value.to_lowercase();
    let fix = Fix::safe(
        format!("write `LABEL {LABEL}=\"{value}\"`"),
        "the image differs by the label and by the author field alone",
    );
    Some(
        fix.replace(
            stage.location(keyword.span),
            if is_lower { "label" } else { "LABEL" },
        )
        .replace(stage.location(who.span), format!("{LABEL}=\"{value}\""))
        .changing(Aspect::Labels),
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn the_label_says_what_the_instruction_said() {
        insta::assert_snapshot!(fix("deprecated-maintainer", "\
-- Dockerfile --
FROM debian:trixie
MAINTAINER Moby \"$W\" <m@example.com>
FROM debian:trixie
maintainer 'Moby'
FROM debian:trixie
LABEL org.opencontainers.image.authors=Moby
MAINTAINER Moby
"), @r#"
        safe: write `LABEL org.opencontainers.image.authors="Moby \"\$W\" <m@example.com>"`, for the image differs by the label and by the author field alone
        safe: write `LABEL org.opencontainers.image.authors="Moby"`, for the image differs by the label and by the author field alone
        -- Dockerfile --
        -MAINTAINER Moby "$W" <m@example.com>
        +LABEL org.opencontainers.image.authors="Moby \"\$W\" <m@example.com>"
        -maintainer 'Moby'
        +label org.opencontainers.image.authors="Moby"
        "#);
    }
}
