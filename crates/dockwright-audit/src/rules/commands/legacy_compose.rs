//! `legacy-compose`

use dockwright_environment::commands::Voice;

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a call of Compose v1.
    ///
    /// ## What it does
    ///
    /// Reports calls of the program `docker-compose` in scripts, Makefiles, CI, programs and documents. A check
    /// whether it is there (`command -v docker-compose`, `docker-compose --version`) is no call.
    ///
    /// ## Why is this bad?
    ///
    /// Compose v1 has had no release since 2021 and no support since July 2023; runners and distributions no longer have
    /// it. `docker compose` takes the same commands.
    ///
    /// ## Example
    ///
    /// ```shell start.sh
    /// docker-compose up -d
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```shell start.sh
    /// docker compose up -d
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx
    /// ```
    ///
    /// ## Fix safety
    ///
    /// `docker compose` in its place is safe but for names of containers, which have dashes where v1 had underscores.
    ///
    /// ## References
    ///
    /// - Docker documentation, "Migrate to Compose V2"
    LegacyCompose {
        name: "legacy-compose",
        family: Commands,
        severity: Warning,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for LegacyCompose {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for invocation in &cx.environment.invocations {
            let verb = invocation.compose_command().unwrap_or_default();
            // Without a command, or with that for its version, it is only asked whether it is there.
            let is_call = invocation.program_name() == "docker-compose"
                && !matches!(verb, "" | "version" | "help");
            if is_call && invocation.voice != Voice::History {
                let message = "Compose v1 is called, which is no longer supported";
                findings.push(
                    Finding::new(self.metadata(), invocation.program, message)
                        .help("call `docker compose`"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(script: &str) -> String {
        audit(
            "legacy-compose",
            &format!(
                "-- compose.yaml --\nservices:\n  a:\n    image: nginx\n-- run.sh --\n{script}"
            ),
        )
    }

    #[test]
    fn a_call_is_found_behind_variables_and_wrappers() {
        insta::assert_snapshot!(check("\
COMPOSE=docker-compose
$COMPOSE -f compose.yaml up
sudo /usr/local/bin/docker-compose down
"), @r#"
        warning run.sh:2:1 Compose v1 is called, which is no longer supported
          help: call `docker compose`
        warning run.sh:3:6 Compose v1 is called, which is no longer supported
          help: call `docker compose`
        "#);
    }

    #[test]
    fn a_probe_is_no_call() {
        for script in [
            "command -v docker-compose",
            "docker-compose --version && docker-compose version",
            "docker compose -f docker-compose.yml up",
            "pip install docker-compose",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }
}
