//! `inline-ignore`

use dockwright_environment::{DockerfileDocument, Location};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a comment that silences hadolint for one instruction.
    ///
    /// ## What it does
    ///
    /// Reports every comment `# hadolint ignore=…`, as a hint with low confidence: whether such comments
    /// are welcome is a matter of policy. Those for a stage or a whole file are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Where a policy holds for all images, exceptions belong where they are reviewed: into the
    /// configuration. With `disable-ignore-pragma` in hadolint's configuration the comments are not
    /// honoured.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// # hadolint ignore=DL3059
    /// RUN make
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN make
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the finding that the comment silences has to be mended.
    ///
    /// ## References
    ///
    /// - hadolint's documentation: inline ignores
    InlineIgnore {
        name: "inline-ignore",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL1001"],
    }
}

impl Rule for InlineIgnore {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let text = &cx.environment.documents.get(dockerfile.document).text;
        for comment in &dockerfile.tree.comments {
            let Some(codes) = ignored(comment.of(text)) else {
                continue;
            };
            let message = format!("a comment silences {codes} for one instruction");
            let location = Location::new(dockerfile.document, *comment);
            let finding = Finding::new(self.metadata(), location, message);
            findings.push(finding.confidence(Confidence::Low));
        }
    }
}

/// The codes that `# hadolint ignore=…` names.
fn ignored(comment: &str) -> Option<&str> {
    let rest = comment.trim_start_matches('#').trim_start();
    let rest = rest.strip_prefix("hadolint")?.trim_start();
    let rest = rest.strip_prefix("ignore")?.trim_start();
    let codes = rest.strip_prefix('=')?.split('#').next()?.trim();
    (!codes.is_empty()).then_some(codes)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn only_comments_for_one_instruction_are_meant() {
        insta::assert_snapshot!(audit("inline-ignore", "\
-- Dockerfile --
# hadolint global ignore=DL3006
# hadolint shell=bash
FROM debian
#hadolint ignore = DL3008,DL3009 # the mirror is ours
RUN apt-get install -y make
"), @"info (low) Dockerfile:4:1 a comment silences DL3008,DL3009 for one instruction");
    }
}
