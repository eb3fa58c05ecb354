//! `sparse-user-log`

use crate::expansion::{Argument, Expansion};
use crate::package_commands::UNKNOWN;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a `useradd` with a high number and without `--no-log-init`.
    ///
    /// ## What it does
    ///
    /// Reports calls of `useradd` with `--uid` of six digits or more, unless `-l` or `--no-log-init` is
    /// given.
    ///
    /// ## Why is this bad?
    ///
    /// `useradd` makes room in `/var/log/faillog` and `lastlog` for every number up to the user's. Layers do
    /// not keep holes of files: the image may grow by gigabytes.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --uid 1000620000 app
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --no-log-init --uid 1000620000 app
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Safe: the logs of logins do not know a user who never logs in.
    ///
    /// ## References
    ///
    /// - useradd(8)
    SparseUserLog {
        name: "sparse-user-log",
        family: Dockerfile,
        severity: Warning,
        fix: Safe,
        aliases: ["DL3046"],
    }
}

/// The number of digits from which the files of logins are large: those of 100,000 have 30 MB.
const DIGITS: usize = 6;

impl Rule for SparseUserLog {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            let expansion = Expansion::new(cx, stage.id, step);
            for (invocation, command) in step.invocations() {
                if invocation.name != "useradd" {
                    continue;
                }
                let words = invocation.arguments().iter();
                let arguments: Vec<Argument> =
                    words.flat_map(|word| expansion.words(word)).collect();
                if arguments.iter().any(is_no_log) {
                    continue;
                }
                let Some(uid) = uid(&arguments) else {
                    continue;
                };
                let is_known = !uid.contains(UNKNOWN);
                if is_known && (uid.len() < DIGITS || !uid.bytes().all(|it| it.is_ascii_digit())) {
                    continue;
                }
                let message = "`useradd` with a high number fills the logs of logins with holes, which a layer does not keep";
                let (message, confidence) = if is_known {
                    (message, Confidence::High)
                } else {
                    (
                        "`useradd` with a number that nothing says may fill the logs of logins with holes",
                        Confidence::Low,
                    )
                };
                let name = invocation.words.first().map_or(0, |word| word.span.end);
                let fix = Fix::safe(
                    "add `--no-log-init`",
                    "the logs of logins do not know a user who never logs in",
                )
                .insert(stage.dockerfile.document, name, " --no-log-init");
                findings.push(
                    Finding::new(
                        self.metadata(),
                        stage.location(command.command.span),
                        message,
                    )
                    .confidence(confidence)
                    .help("add `--no-log-init`")
                    .fix(fix),
                );
            }
        }
    }
}

fn is_no_log(word: &Argument) -> bool {
    let text = word.text.as_str();
    let is_short = text.starts_with('-') && !text.starts_with("--");
    text == "--no-log-init" || (is_short && text.contains('l'))
}

/// The number that `-u` or `--uid` gives.
fn uid(arguments: &[Argument]) -> Option<&str> {
    for (index, word) in arguments.iter().enumerate() {
        let text = word.text.as_str();
        if let Some(uid) = text.strip_prefix("--uid=") {
            return Some(uid);
        }
        let is_short = text.starts_with('-') && !text.starts_with("--");
        if is_short && let Some((_, uid)) = text.split_once('u').filter(|(_, uid)| !uid.is_empty())
        {
            return Some(uid);
        }
        if text == "--uid" || (is_short && text.ends_with('u')) {
            return arguments.get(index + 1).map(|uid| uid.text.as_str());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(call: &str) -> String {
        audit(
            "sparse-user-log",
            &format!("-- Dockerfile --\nFROM debian:trixie\nRUN {call}\n"),
        )
    }

    #[test]
    fn the_number_may_be_given_in_several_ways() {
        for call in [
            "useradd -u 123456 a",
            "useradd -mu 123456 a",
            "useradd -u123456 a",
            "sudo useradd --uid=123456 a",
        ] {
            assert!(check(call).starts_with("warning Dockerfile:2:5"), "{call}");
        }
        for call in [
            "useradd -u 12345 a",
            "useradd -lu 123456 a",
            "useradd --no-log-init -u 123456 a",
            "adduser -u 123456 a",
        ] {
            assert_eq!(check(call), "", "{call}");
        }
        assert!(check("useradd -u $ID a").starts_with("warning (low)"));
        let known = |id: &str| {
            let from = format!("FROM debian:trixie\nARG ID={id}\nRUN useradd -u $ID a\n");
            audit("sparse-user-log", &format!("-- Dockerfile --\n{from}"))
        };
        assert!(known("123456").starts_with("warning Dockerfile:3:5"));
        assert_eq!(known("1000"), "");
    }

    #[test]
    fn the_option_is_the_first() {
        insta::assert_snapshot!(fix("sparse-user-log", "\
-- Dockerfile --
FROM debian:trixie
RUN groupadd app \\
 && sudo useradd -u 123456 app
"), @r#"
        safe: add `--no-log-init`, for the logs of logins do not know a user who never logs in
        -- Dockerfile --
        - && sudo useradd -u 123456 app
        + && sudo useradd --no-log-init -u 123456 app
        "#);
    }
}
