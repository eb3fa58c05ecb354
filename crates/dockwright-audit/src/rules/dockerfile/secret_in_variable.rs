//! `secret-in-variable`

use dockwright_environment::{DockerfileDocument, Location, Value};
use dockwright_syntax::dockerfile::{Assignment, InstructionKind};

use crate::rule::{Context, Describe, Rule, rule};
use crate::secret_names::{self, Evidence};
use crate::{Confidence, Finding, Severity, StageView};

rule! {
    /// There is a secret in an `ARG` or `ENV`.
    ///
    /// ## What it does
    ///
    /// Looks at names that speak of a secret, as BuildKit does, and at the values: a token of a
    /// known form, a private key, or a password in a URL is a secret under any name. Fingerprints of
    /// public keys, paths, names of files, switches, numbers and empty values are none; where only
    /// the name speaks of a secret and the value does not, it is a hint of low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// `ENV` is part of the image's configuration, and build arguments are part of its history and
    /// of the build's provenance: whoever can pull the image can read them.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ARG NPM_TOKEN
    /// RUN install-packages --token "$NPM_TOKEN"
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN --mount=type=secret,id=npm,env=NPM_TOKEN install-packages --token "$NPM_TOKEN"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the value must come from elsewhere, and one that was published must be revoked.
    ///
    /// ## References
    ///
    /// - Docker documentation: "Build secrets"
    /// - Build check `SecretsUsedInArgOrEnv`
    SecretInVariable {
        name: "secret-in-variable",
        family: Dockerfile,
        severity: Warning,
        fix: None,
        aliases: ["SecretsUsedInArgOrEnv", "DL3064"],
    }
}

impl Rule for SecretInVariable {
    fn check_dockerfile(
        &self,
        cx: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        for instruction in dockerfile.tree.global_instructions() {
            let InstructionKind::Arg(assignments) = &instruction.kind else {
                continue;
            };
            // `FROM` alone knows it: the name is no evidence, the value may be.
            for assignment in assignments {
                let Some(text) = &assignment.value else {
                    continue;
                };
                let location = Location::new(dockerfile.document, text.span);
                let value = Value::literal(text.value.trim_matches(['"', '\'']), location);
                if secret_names::evidence("", Some(&value)) == Some(Evidence::Value) {
                    let name = Location::new(dockerfile.document, assignment.name.span);
                    findings.extend(self.finding("ARG", assignment, Some(&value), name));
                }
            }
        }
        for stage in StageView::all(cx.environment, dockerfile) {
            for (at, instruction) in stage.instructions() {
                let (kind, assignments) = match &instruction.kind {
                    InstructionKind::Arg(assignments) => ("ARG", assignments),
                    InstructionKind::Env(assignments) => ("ENV", assignments),
                    _ => continue,
                };
                for assignment in assignments {
                    let value = assignment.value.as_ref().map(|text| stage.expand(at, text));
                    let name = stage.location(assignment.name.span);
                    findings.extend(self.finding(kind, assignment, value.as_ref(), name));
                }
            }
        }
    }
}

impl SecretInVariable {
    fn finding(
        &self,
        kind: &str,
        assignment: &Assignment,
        value: Option<&Value>,
        location: Location,
    ) -> Option<Finding> {
        let name = &assignment.name.value;
        let evidence = secret_names::evidence(name, value)?;
        let (message, severity, confidence) = match evidence {
            Evidence::Value => (
                format!("the value of `{name}` is a secret that everybody can read in the image"),
                Severity::Error,
                Confidence::High,
            ),
            Evidence::Name => (
                format!("`{kind} {name}` leaves a secret in the image or its history"),
                Severity::Warning,
                Confidence::Medium,
            ),
            Evidence::NameAlone => (
                format!("`{kind} {name}` is called like a secret"),
                Severity::Warning,
                Confidence::Low,
            ),
        };
        let finding = Finding::new(self.metadata(), location, message)
            .severity(severity)
            .confidence(confidence)
            .help(match kind {
                "ARG" => "pass it with `docker build --secret` and `RUN --mount=type=secret`",
                _ => "give it to the container when it starts, or to a step as a secret",
            });
        Some(if secret_names::is_camel_case(name) {
            finding.codes(self.metadata().code("DL3064"))
        } else {
            finding
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM debian:trixie\n{body}");
        audit("secret-in-variable", &files)
    }

    #[test]
    fn evidence_is_what_counts() {
        insta::assert_snapshot!(check("\
ARG NPM_TOKEN
ENV DB_PASSWORD=hunter2 \\
    TOKEN=$NPM_TOKEN
ENV HOME_PAGE=https://user:x7f9Qk2mLp0z@git.example.com/a.git
"), @r"
        error Dockerfile:5:5 the value of `HOME_PAGE` is a secret that everybody can read in the image
          help: give it to the container when it starts, or to a step as a secret
        warning (medium) Dockerfile:2:5 `ARG NPM_TOKEN` leaves a secret in the image or its history
          help: pass it with `docker build --secret` and `RUN --mount=type=secret`
        warning (medium) Dockerfile:3:5 `ENV DB_PASSWORD` leaves a secret in the image or its history
          help: give it to the container when it starts, or to a step as a secret
        warning (medium) Dockerfile:4:5 `ENV TOKEN` leaves a secret in the image or its history
          help: give it to the container when it starts, or to a step as a secret
        ");
    }

    #[test]
    fn what_is_called_like_a_secret_is_a_hint() {
        for body in [
            "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568\n",
            "ENV GPG_KEYS_KEY=\"E3FF2839C048B25C084DEBE9B26995E310250568 7169605F62C751356D054A26A821E680E5FA6305\"\n",
            "ARG KEY_URL=https://example.com/key.asc\n",
            "ENV AUTH=false\n",
            "ENV SSL_KEY=/etc/ssl/private/server.key\n",
            "ENV SIGNING_KEY=release.gpg\n",
            "ENV PASSWORD=\n",
            "ARG TOKEN=\"\"\n",
            "ARG PASSWORD_FILE\n",
            "ENV KEY_ID=3\n",
            "ENV SECRET_KEY=dummy\n",
        ] {
            let output = check(body);
            assert!(output.contains("(low)"), "{body}{output}");
        }
    }

    #[test]
    fn capital_letters_may_begin_the_words_of_a_name() {
        let output = check("ENV cfg_adminPassword=hunter2\n");
        assert!(output.starts_with("warning (medium) "), "{output}");
    }

    #[test]
    fn other_names_are_left_alone() {
        for body in [
            "ARG PUBLIC_KEY\n",
            "ENV KEYBOARD=us MONKEY=1 TOKENS=3\n",
            "LABEL token=x\n",
            "ENV URL=https://example.com\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
    }

    #[test]
    fn a_value_may_give_it_away_before_the_first_stage() {
        let body = "ARG INDEX=https://ci:x7f9Qk2mLp0z@git.example.com/a\nARG API_KEY\nFROM debian:trixie\n";
        let output = audit("secret-in-variable", &format!("-- Dockerfile --\n{body}"));
        assert_eq!(output.lines().count(), 2, "{output}");
        assert!(output.starts_with("error Dockerfile:1:5 "), "{output}");
    }
}
