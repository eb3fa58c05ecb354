//! `named-user`

use dockwright_syntax::dockerfile::InstructionKind;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

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
    /// No fix: the number is not known.
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
                Some(_) => format!("only the image knows which number the user `{name}` has"),
                None => "nothing says which number the user has".to_owned(),
            };
            findings.push(
                Finding::new(self.metadata(), stage.location(user.span), message)
                    .confidence(Confidence::Low)
                    .help("give the number of the user"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

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
