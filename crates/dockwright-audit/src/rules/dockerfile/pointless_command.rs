//! `pointless-command`

use std::sync::LazyLock;

use serde::Deserialize;

use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::literals;
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is a command in a `RUN` that has nothing to do in a build.
    ///
    /// ## What it does
    ///
    /// Reports calls of `ssh`, `vim`, `shutdown`, `service`, `ps`, `free`, `top`, `kill`, `mount` and
    /// `ifconfig`. Those that a step may need for its own work – to start a service and fill its
    /// database, say – are hints with low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Only files stay of a step. Services, mounts and sessions are gone when it ends.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN service nginx start
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// CMD ["nginx", "-g", "daemon off;"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what the command was meant for is not known.
    ///
    /// ## References
    ///
    /// - hadolint's documentation: DL3001
    PointlessCommand {
        name: "pointless-command",
        family: Dockerfile,
        severity: Info,
        fix: None,
        aliases: ["DL3001"],
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointless {
    name: String,
    /// What it is for.
    why: String,
    /// Whether no step needs it for its own work.
    sure: bool,
}

fn table() -> &'static [Pointless] {
    #[derive(Deserialize)]
    struct Table {
        command: Vec<Pointless>,
    }
    static TABLE: LazyLock<Vec<Pointless>> = LazyLock::new(|| {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../../../data/pointless-commands.toml"));
        table.map(|table| table.command).unwrap_or_default()
    });
    &TABLE
}

impl Rule for PointlessCommand {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for step in cx.steps(stage) {
            for (invocation, command) in step.invocations() {
                let mut known = table().iter();
                let Some(found) = known.find(|it| it.name == invocation.name) else {
                    continue;
                };
                // That it is there at all is worth knowing in a build too.
                if literals(invocation.arguments()).any(|word| word == "--version") {
                    continue;
                }
                let message = format!(
                    "`{}` has nothing to do in a build: it {}",
                    found.name, found.why
                );
                let at = stage.location(command.command.span);
                let alone = step.commands.len() == 1;
                findings.push(Finding::new(self.metadata(), at, message).confidence(
                    if found.sure || alone {
                        Confidence::Medium
                    } else {
                        Confidence::Low
                    },
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_service_may_be_needed_for_the_step_itself() {
        insta::assert_snapshot!(audit("pointless-command", "\
-- Dockerfile --
FROM debian:trixie
RUN service mysql start \\
 && mysql < /schema.sql
RUN sudo vim /etc/hosts
RUN echo ps
RUN mount --version
"), @"
        info (low) Dockerfile:2:5 `service` has nothing to do in a build: it starts a service, and none outlives a step
        info (medium) Dockerfile:4:5 `vim` has nothing to do in a build: it edits a file with a person, and none looks at a build
        ");
    }
}
