//! `vacuous-healthcheck`

use dockwright_environment::compose::{HealthcheckTest, Project, Service};
use dockwright_environment::{DockerfileDocument, Location};
use dockwright_syntax::dockerfile::{Command, InstructionKind};
use dockwright_syntax::shell::{self, AndOrOperator, Dialect, Script, Statement};

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a health check that cannot fail.
    ///
    /// ## What it does
    ///
    /// Reports health checks of Dockerfiles and Compose files whose command always ends well: it is `true` or `exit 0`,
    /// or ends in `|| true`, `|| exit 0` or `; exit 0`.
    ///
    /// ## Why is this bad?
    ///
    /// The container is healthy whatever happens in it. What waits for it with `service_healthy` does not wait, and an
    /// orchestrator never replaces it.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    ///     healthcheck:
    ///       test: curl -f http://localhost/ || true
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    ///     healthcheck:
    ///       test: curl -f http://localhost/ || exit 1
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the check has never been able to fail, and may do so for a reason that nobody knows.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, "HEALTHCHECK": 0 is healthy, 1 is unhealthy
    VacuousHealthcheck {
        name: "vacuous-healthcheck",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for VacuousHealthcheck {
    fn check_dockerfile(
        &self,
        _: Context<'_>,
        dockerfile: &DockerfileDocument,
        findings: &mut Vec<Finding>,
    ) {
        for (index, instruction) in dockerfile.tree.instructions.iter().enumerate() {
            let InstructionKind::Healthcheck(Some(command)) = &instruction.kind else {
                continue;
            };
            let why = match command {
                Command::Shell(_) => dockerfile.script(index).and_then(why_never_fails),
                Command::Exec(words) => {
                    let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
                    why_words_never_fail(&words)
                }
            };
            if let Some(why) = why {
                findings
                    .push(self.finding(Location::new(dockerfile.document, instruction.span), &why));
            }
        }
    }

    fn check_service(
        &self,
        _: Context<'_>,
        _: &Project,
        service: &Service,
        findings: &mut Vec<Finding>,
    ) {
        let test = service
            .healthcheck
            .as_ref()
            .and_then(|check| check.test.as_ref());
        let found = match test {
            Some(HealthcheckTest::Shell(value)) => value
                .known()
                .and_then(why_text_never_fails)
                .map(|why| (value.location, why)),
            Some(HealthcheckTest::Exec(words)) => {
                let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                words
                    .first()
                    .and_then(|first| Some((first.location, why_words_never_fail(&texts)?)))
            }
            Some(HealthcheckTest::None(_)) | None => None,
        };
        findings.extend(found.map(|(location, why)| self.finding(location, &why)));
    }
}

impl VacuousHealthcheck {
    fn finding(&self, location: Location, why: &str) -> Finding {
        Finding::new(
            self.metadata(),
            location,
            format!("this health check cannot fail: {why}"),
        )
        .help("let it end with a status other than 0 when the container does not work")
    }
}

fn why_text_never_fails(text: &str) -> Option<String> {
    why_never_fails(&shell::parse(text, Dialect::Posix))
}

fn why_words_never_fail(words: &[&str]) -> Option<String> {
    match words {
        ["true" | "/bin/true" | ":"] => Some(format!("it is `{}`", words.join(" "))),
        [shell, option, script]
            if Dialect::from_shell(shell).is_some() && option.ends_with('c') =>
        {
            why_text_never_fails(script)
        }
        _ => None,
    }
}

/// Why a script always ends with status 0.
fn why_never_fails(script: &Script) -> Option<String> {
    // `exit 1` on the way is an end of its own.
    let mut exits = script.commands().into_iter().filter(|found| {
        let mut words = found
            .command
            .words
            .iter()
            .filter_map(|word| word.literal.as_deref());
        words.next() == Some("exit") && words.next().is_none_or(|status| status != "0")
    });
    if !script.problems.is_empty() || exits.next().is_some() {
        return None;
    }
    let last = script.statements.last()?;
    if let shell::Command::AndOr(list) = &last.command {
        let (operator, end) = list.rest.last()?;
        let word = constant(end)?;
        let is_always = operator.value == AndOrOperator::Or;
        return is_always.then(|| format!("it ends in `|| {word}`"));
    }
    let word = constant(last)?;
    Some(if script.statements.len() == 1 {
        format!("it is `{word}`")
    } else {
        format!("it ends in `{word}`")
    })
}

/// A command that ends well whatever happens.
fn constant(statement: &Statement) -> Option<&'static str> {
    let shell::Command::Simple(command) = &statement.command else {
        return None;
    };
    let words: Vec<&str> = command
        .words
        .iter()
        .filter_map(|it| it.literal.as_deref())
        .collect();
    match words.as_slice() {
        _ if statement.negated => None,
        ["true" | "/bin/true"] => Some("true"),
        [":"] => Some(":"),
        ["exit", "0"] => Some("exit 0"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(test: &str) -> String {
        let compose = format!(
            "-- compose.yaml --\nservices:\n  web:\n    image: nginx\n    healthcheck:\n      test: {test}\n"
        );
        audit("vacuous-healthcheck", &compose)
    }

    #[test]
    fn every_form_is_read() {
        for test in [
            "curl -f http://a || exit 0",
            "'curl a; exit 0'",
            "[CMD, 'true']",
            "[CMD-SHELL, 'a && b || :']",
            "[CMD, sh, -c, 'a || true']",
        ] {
            let found = check(test);
            assert!(
                found.starts_with("warning compose.yaml:5:"),
                "{test}: {found}"
            );
        }
        let dockerfile =
            "-- Dockerfile --\nFROM debian:trixie\nHEALTHCHECK CMD pgrep a || exit 0\n";
        assert!(audit("vacuous-healthcheck", dockerfile).starts_with("warning Dockerfile:2:1"));
    }

    #[test]
    fn what_can_fail_is_left_alone() {
        for test in [
            "curl -f http://a || exit 1",
            "'a || true; b'",
            "'[ -f x ] || exit 1; exit 0'",
            "'a || true && b'",
            "[NONE]",
            "'${TEST}'",
        ] {
            assert_eq!(check(test), "", "{test}");
        }
    }
}
