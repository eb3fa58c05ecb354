//! `entrypoint-argument-mismatch`

use dockwright_environment::build::StageId;
use dockwright_environment::commands::{Invocation, Voice};
use dockwright_environment::{Environment, Location, Value, compose};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Severity, image_scripts, nearest, script_arguments};

rule! {
    /// There is a container command that the entrypoint of its image does not know.
    ///
    /// ## What it does
    ///
    /// Follows the entrypoint script of an image through its `case`s, its loops over options and its
    /// `getopts` with the `command:` of Compose services, and with what `docker run` and `docker compose
    /// run` hand over. Scripts that run what they do not know, or go on without it, are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// The container prints its usage and stops.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     build: .
    ///     command: ["wrok"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY entrypoint.sh /entrypoint.sh
    /// ENTRYPOINT ["/entrypoint.sh"]
    /// ```
    /// ```sh entrypoint.sh
    /// #!/bin/sh
    /// case "$1" in
    ///   work) exec /usr/bin/worker ;;
    ///   *) echo "unknown command: $1"; exit 2 ;;
    /// esac
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     build: .
    ///     command: ["work"]
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY entrypoint.sh /entrypoint.sh
    /// ENTRYPOINT ["/entrypoint.sh"]
    /// ```
    /// ```sh entrypoint.sh
    /// #!/bin/sh
    /// case "$1" in
    ///   work) exec /usr/bin/worker ;;
    ///   *) echo "unknown command: $1"; exit 2 ;;
    /// esac
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: the nearest command may not be the one that is meant.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, `ENTRYPOINT`: the command is appended to the entrypoint
    EntrypointArgumentMismatch {
        name: "entrypoint-argument-mismatch",
        family: Commands,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for EntrypointArgumentMismatch {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for (service, stage) in cx.services() {
            let words = service
                .command
                .as_ref()
                .map(|command| command.words.as_slice());
            let words = words.unwrap_or_default();
            findings.extend(self.finding(environment, *stage, Some(service), words));
        }
        for invocation in &environment.invocations {
            if invocation.voice == Voice::History
                || !invocation.is_complete
                || invocation.has("entrypoint")
            {
                continue;
            }
            let Some((stage, service)) = started(cx, invocation) else {
                continue;
            };
            let words = invocation.operands.get(1..).unwrap_or_default();
            let finding = self.finding(environment, stage, service, words);
            let is_prose = invocation.voice == Voice::Prose;
            findings.extend(finding.map(|finding| {
                if is_prose {
                    finding.severity(Severity::Warning)
                } else {
                    finding
                }
            }));
        }
    }
}

/// The stage whose image a command starts, and the service that it is started as.
fn started<'a>(
    cx: Context<'a>,
    invocation: &'a Invocation,
) -> Option<(StageId, Option<&'a compose::Service>)> {
    let environment = cx.environment;
    let first = invocation.operands.first()?;
    if invocation.is_run() {
        return Some((built(environment, first)?, None));
    }
    let command = environment.compose_command(invocation)?;
    if command.verb != "run" {
        return None;
    }
    let mut services = cx.services().iter();
    let name = first.known()?;
    let own: Vec<_> = command
        .projects
        .iter()
        .filter_map(|project| project.service(name))
        .collect();
    let is_meant = |service: &compose::Service| own.iter().any(|own| is_same(own, service));
    let (service, stage) = services.find(|(service, _)| is_meant(service))?;
    Some((*stage, Some(service)))
}

/// Whether two projects speak of one service: what it runs stands at one place.
fn is_same(one: &compose::Service, other: &compose::Service) -> bool {
    let place = |service: &compose::Service| {
        let build = service.build.as_ref().map(|build| build.location);
        build.or_else(|| service.image.as_ref().map(|image| image.location))
    };
    one.name.text == other.name.text && place(one) == place(other)
}

impl EntrypointArgumentMismatch {
    fn finding(
        &self,
        environment: &Environment,
        stage: StageId,
        service: Option<&compose::Service>,
        words: &[Value],
    ) -> Option<Finding> {
        if service.is_some_and(|service| service.entrypoint.is_some()) {
            return None;
        }
        let known: Vec<Option<&str>> = words.iter().map(Value::known).collect();
        // An empty command is none; one with blanks is a line for a shell.
        let first = known.first().copied().flatten()?;
        if first.is_empty() || first.contains(char::is_whitespace) {
            return None;
        }
        let script = image_scripts::entrypoint(environment, stage)?;
        let refusal = script_arguments::refused(script.script(&environment.documents), &known)?;
        let word = words.get(refusal.index)?;
        let name = word.known()?;
        let path = &environment.documents.get(script.document).path;
        let what = if name.starts_with('-') {
            "option"
        } else {
            "command"
        };
        let message = format!("the entrypoint `{path}` knows no {what} `{name}`");
        let place = Location::new(script.document, refusal.place);
        let finding = Finding::new(self.metadata(), word.location, message)
            .related(place, "what is not known ends here");
        let names = refusal.known.iter().map(String::as_str);
        Some(match nearest::name(name, names) {
            Some(name) => finding.help(format!("the nearest there is: `{name}`")),
            None => finding.help(format!("there are: `{}`", refusal.known.join("`, `"))),
        })
    }
}

/// The stage whose image has this name.
fn built(environment: &Environment, image: &Value) -> Option<StageId> {
    let wanted = dockwright_environment::reference::ImageReference::parse(image.known()?).ok()?;
    let mut definitions = environment.definitions.iter().filter(|definition| {
        definition
            .references()
            .any(|(_, own)| own.normalised() == wanted.normalised())
    });
    let first = definitions.next()?;
    let same = definitions.all(|other| other.dockerfile_id() == first.dockerfile_id());
    let stage = environment.build(first.id)?.target.filter(|_| same)?;
    Some(StageId {
        definition: first.id,
        stage,
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn with(arm: &str, command: &str) -> String {
        audit(
            "entrypoint-argument-mismatch",
            &format!(
                "\
-- Dockerfile --
FROM debian:trixie
COPY entry.sh /entry.sh
ENTRYPOINT [\"/entry.sh\"]
-- entry.sh --
#!/bin/sh
COMMAND=\"${{1:-help}}\"
case \"$COMMAND\" in
  help) echo help ;;
  remove|delete) exec /usr/bin/remover ;;
  *) {arm} ;;
esac
-- compose.yaml --
services:
  app:
    build: .
    image: shop-app
    command: [{command}]
-- run.sh --
#!/bin/sh
docker run --rm shop-app help
"
            ),
        )
    }

    #[test]
    fn the_nearest_command_is_told() {
        insta::assert_snapshot!(with("echo unknown; exit 2", "unremove"), @"
        error compose.yaml:5:15 the entrypoint `entry.sh` knows no command `unremove`
          entry.sh:6:3 what is not known ends here
          help: the nearest there is: `remove`
        ");
    }

    #[test]
    fn what_compose_runs_is_read_too() {
        let script = "exit 2 ;; esac\n-- go.sh --\ndocker compose run --rm app removes\n-- x.sh --\ncase $1 in\n a) true";
        assert!(with(script, "help").starts_with("error go.sh:1:29"));
        // Without the override file that the environment's own project has.
        let script = "exit 2 ;; esac\n-- compose.override.yaml --\nservices:\n  app:\n    tty: true\n-- go.sh --\ndocker compose -f compose.yaml run app removes\n-- x.sh --\ncase $1 in\n a) true";
        assert!(with(script, "help").starts_with("error go.sh:1:40"));
    }

    #[test]
    fn what_is_looked_at_elsewhere_is_known() {
        assert_eq!(
            with(
                "exit 2 ;; esac; [ \"$1\" = ls ] && ls; case x in y) true",
                "ls"
            ),
            ""
        );
    }

    #[test]
    fn a_script_that_runs_anything_or_goes_on_is_left_alone() {
        assert_eq!(with("exec \"$@\"", "ls"), "");
        assert_eq!(with("echo unknown", "ls"), "");
        assert_eq!(with("exit 2", "delete"), "");
    }
}
