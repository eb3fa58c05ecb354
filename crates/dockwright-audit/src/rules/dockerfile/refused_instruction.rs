//! `refused-instruction`

use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::Problem;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is an instruction that the builder refuses where it stands.
    ///
    /// ## What it does
    ///
    /// Reports what is well written and is refused all the same: an instruction before the first `FROM`, a
    /// trigger that `ONBUILD` cannot have, a `COPY --from` of its own stage, and a port that is none. Other
    /// errors are those of `unparseable-file`.
    ///
    /// ## Why is this bad?
    ///
    /// Nothing can be built from the file.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 80000
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// EXPOSE 8000
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what was meant is not known.
    ///
    /// ## References
    ///
    /// - Dockerfile reference
    RefusedInstruction {
        name: "refused-instruction",
        family: Dockerfile,
        severity: Error,
        fix: None,
        aliases: ["DL3011", "DL3023", "DL3043", "DL3061"],
    }
}

/// How the reader of Dockerfiles says it, and hadolint's code for that.
const CODES: [(&str, &[&str]); 4] = [
    (" is no port", &["DL3011"]),
    (" is this one", &["DL3023"]),
    (" cannot be triggered by ONBUILD", &["DL3043"]),
    (" stands before the first FROM", &["DL3061"]),
];

/// hadolint's code for what the builder refuses; `None` for what `unparseable-file` tells of.
pub(crate) fn codes(problem: &Problem) -> Option<&'static [&'static str]> {
    let mut known = CODES.iter();
    let (_, codes) = known.find(|(end, _)| problem.message.ends_with(end))?;
    Some(codes)
}

impl Rule for RefusedInstruction {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        let document = cx.environment.documents.get(dockerfile.document);
        // A file without a stage may be a fragment of another one.
        let is_fragment = dockerfile.tree.stages.is_empty();
        for problem in &document.problems {
            let Some(codes) = codes(problem) else {
                continue;
            };
            let at = Location::new(document.id, problem.span);
            let finding = Finding::new(self.metadata(), at, problem.message.clone());
            let finding = finding.codes(codes).confidence(if is_fragment {
                Confidence::Low
            } else {
                Confidence::High
            });
            findings.push(match &problem.help {
                Some(help) => finding.help(help),
                None => finding,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const DOCKERFILE: &str = "\
-- Dockerfile --
RUN make
FROM debian:trixie AS self
ONBUILD FROM debian
COPY --from=self /a /b
EXPOSE 80-70000
";

    #[test]
    fn each_place_is_told() {
        insta::assert_snapshot!(audit("refused-instruction", DOCKERFILE), @"
        error Dockerfile:1:1 RUN stands before the first FROM
          help: only ARG may stand there
        error Dockerfile:3:9 FROM cannot be triggered by ONBUILD
        error Dockerfile:4:13 the stage `self` is this one
          help: files can be taken from the stages before this one
        error Dockerfile:5:8 `80-70000` is no port
          help: it is a number up to 65535 or a range such as 8000-8010, and /tcp, /udp or /sctp may follow
        ");
    }

    #[test]
    fn it_is_told_by_one_rule() {
        assert_eq!(audit("unparseable-file", DOCKERFILE), "");
    }
}
