//! `named-user`

use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::{Span, Text};

use crate::edits::DockerfileEdits;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `USER` that is given by name.
    ///
    /// ## What it does
    ///
    /// Reports every `USER` that, its variables resolved, is no number. Most images run where that does not
    /// matter, so the finding is a hint with low confidence. Windows knows users by name only and is left
    /// out.
    ///
    /// ## Why is this bad?
    ///
    /// Only the image knows what number a name stands for. Kubernetes refuses to start such an image with
    /// `runAsNonRoot`, since it cannot tell that the user is not root.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER app
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// USER 65532
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing `0` for `root` is safe: the image says another word for the same user. There is no fix for other
    /// names, whose number is not known.
    ///
    /// ## References
    ///
    /// - Kubernetes' documentation: `runAsNonRoot`
    NamedUser {
        name: "named-user",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL3066"],
    }
}

impl Rule for NamedUser {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if cx.environment.is_windows(stage.id) {
            return;
        }
        for (at, instruction) in stage.instructions() {
            let InstructionKind::User(user) = &instruction.kind else {
                continue;
            };
            let value = stage.expand(at, user);
            let name = value.text.split(':').next().unwrap_or_default();
            if value.is_known() && name.bytes().all(|it| it.is_ascii_digit()) {
                continue;
            }
            let message = match value.known() {
                Some(_) if name == "root" => {
                    "the user `root` is given by name, and has the number 0".to_owned()
                }
                Some(_) => format!("only the image knows which number the user `{name}` has"),
                None => "nothing says which number the user has".to_owned(),
            };
            findings.push(
                Finding::new(self.metadata(), stage.location(user.span), message)
                    .confidence(Confidence::Low)
                    .help("give the number of the user")
                    .fix(fix(cx, stage, user)),
            );
        }
    }
}

/// Writes the number of `root`, the only one that is the same everywhere.
fn fix(cx: Context<'_>, stage: StageView<'_>, user: &Text) -> Option<Fix> {
    let is_root = user.value.split(':').next() == Some("root");
    let edits = DockerfileEdits::of(cx.environment, stage.dockerfile);
    if !is_root || !edits.is_verbatim(user) {
        return None;
    }
    let start = user.span.start as usize;
    let name = Span::new(start, start + "root".len());
    let fix = Fix::safe("write `0`", "`root` is number 0 everywhere");
    let fix = fix.replace(stage.location(name), "0");
    Some(fix.changing(Aspect::User))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn root_has_the_same_number_everywhere() {
        insta::assert_snapshot!(fix("named-user", "\
-- Dockerfile --
FROM debian:trixie
ARG NAME=root
USER root
USER $NAME
USER \\
  root:root
USER app
"), @r#"
        safe: write `0`, for `root` is number 0 everywhere
        safe: write `0`, for `root` is number 0 everywhere
        -- Dockerfile --
        -USER root
        +USER 0
        -  root:root
        +  0:root
        "#);
    }

    #[test]
    fn variables_are_resolved() {
        insta::assert_snapshot!(audit("named-user", "\
-- Dockerfile --
FROM debian:trixie
ARG ID=1000
ARG NAME=app
USER $ID
USER $NAME:1000
USER 1000:app
"), @"
        info (low) Dockerfile:5:6 only the image knows which number the user `app` has
          help: give the number of the user
        ");
    }
}
