//! `entrypoint-argument-mismatch`

use dockwright_environment::build::StageId;
use dockwright_environment::commands::{Invocation, Voice};
use dockwright_environment::{Environment, Location, Value, compose};
use dockwright_syntax::shell::{
    self, Arm, Command, Compound, Dispatch, Modifier, Node, Script, Statement, Word,
};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Severity, image_scripts, nearest};

rule! {
    /// There is a container command that the entrypoint of its image does not know.
    ///
    /// ## What it does
    ///
    /// Reads the `case` by which the entrypoint script of an image tells its commands apart, and compares
    /// it with the `command:` of Compose services, and with what `docker run` and `docker compose run`
    /// hand over. Scripts that run what they do not know, or go on without it, are left alone.
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
        for (service, stage) in image_scripts::services(environment) {
            let words = service
                .command
                .as_ref()
                .map(|command| command.words.as_slice());
            if let Some(word) = words.and_then(<[_]>::first) {
                findings.extend(self.finding(environment, stage, Some(service), word));
            }
        }
        for invocation in &environment.invocations {
            if invocation.voice == Voice::History
                || !invocation.is_complete
                || invocation.has("entrypoint")
            {
                continue;
            }
            let Some((stage, service)) = started(environment, invocation) else {
                continue;
            };
            let word = invocation.operands.get(1);
            let finding = word.and_then(|word| self.finding(environment, stage, service, word));
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
    environment: &'a Environment,
    invocation: &'a Invocation,
) -> Option<(StageId, Option<&'a compose::Service>)> {
    let first = invocation.operands.first()?;
    if invocation.is_run() {
        return Some((built(environment, first)?, None));
    }
    let command = environment.compose_command(invocation)?;
    if command.verb != "run" {
        return None;
    }
    let mut services = image_scripts::services(environment).into_iter();
    let is_meant = |service: &compose::Service| {
        let own = command
            .projects
            .iter()
            .filter_map(|it| it.service(first.known()?));
        own.into_iter().any(|own| std::ptr::eq(own, service))
    };
    let (service, stage) = services.find(|(service, _)| is_meant(service))?;
    Some((stage, Some(service)))
}

impl EntrypointArgumentMismatch {
    fn finding(
        &self,
        environment: &Environment,
        stage: StageId,
        service: Option<&compose::Service>,
        word: &Value,
    ) -> Option<Finding> {
        if service.is_some_and(|service| service.entrypoint.is_some()) {
            return None;
        }
        let name = word
            .known()
            .filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))?;
        let script = image_scripts::entrypoint(environment, stage)?;
        let (known, catch_all) = commands(script.script(&environment.documents))?;
        if known.iter().any(|own| own == name) {
            return None;
        }
        let path = &environment.documents.get(script.document).path;
        let message = format!("the entrypoint `{path}` knows no command `{name}`");
        let place = Location::new(script.document, catch_all.span);
        let finding = Finding::new(self.metadata(), word.location, message)
            .related(place, "what is not known ends here");
        let names = known.iter().map(String::as_str);
        Some(match nearest::name(name, names) {
            Some(name) => finding.help(format!("the nearest there is: `{name}`")),
            None => finding.help(format!("there are: `{}`", known.join("`, `"))),
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

/// The commands that a script takes as its first argument, and the arm that refuses all others;
/// `None` when it may take any.
fn commands(script: &Script) -> Option<(Vec<String>, &Arm)> {
    // Only at the outermost level is it sure that the `case` is reached.
    let mut cases = script.dispatches().into_iter().filter(|dispatch| {
        let is_outer = script
            .statements
            .iter()
            .any(|statement| statement.span == dispatch.span);
        is_outer && is_first(script, &dispatch.case.subject)
    });
    let dispatch = cases.next()?;
    let case = dispatch.case;
    if cases.next().is_some() || is_shifted(script, &dispatch) {
        return None;
    }
    let (catch_all, arms) = case.arms.split_last()?;
    let is_any = catch_all
        .patterns
        .iter()
        .any(|pattern| pattern.literal.as_deref() == Some("*"));
    if !is_any || !ends(&catch_all.body) {
        return None;
    }
    let patterns = arms.iter().flat_map(|arm| &arm.patterns);
    let known: Option<Vec<String>> = patterns
        .map(|pattern| {
            pattern
                .literal
                .clone()
                .filter(|text| !text.contains(['*', '?', '[']))
        })
        .collect();
    // A script that looks at its arguments before may have run another program already.
    let runs_any = script.commands().iter().any(|found| {
        let mut variables = found.command.words.iter().flat_map(Word::variables);
        let runs = found
            .command
            .words
            .first()
            .and_then(|word| word.literal.as_deref());
        runs.is_none_or(|name| name == "exec" || name == "set")
            && variables.any(|one| one.name.value == "@")
    });
    let mut known = known.filter(|known| !known.is_empty() && !runs_any)?;
    for word in asked_for(script, &case.subject) {
        if !known.contains(&word) {
            known.push(word);
        }
    }
    Some((known, catch_all))
}

/// Whether `$1` is another word by the time the `case` looks at it.
fn is_shifted(script: &Script, dispatch: &Dispatch<'_>) -> bool {
    let is_direct = dispatch
        .case
        .subject
        .variables()
        .any(|it| it.name.value == "1");
    let mut commands = script.commands().into_iter();
    is_direct
        && commands.any(|found| {
            let mut words = found
                .command
                .words
                .iter()
                .map(|word| word.literal.as_deref());
            let changes = match words.next().flatten() {
                Some("shift") => true,
                Some("set") => words.next() == Some(Some("--")),
                _ => false,
            };
            changes && found.command.span.start < dispatch.span.start
        })
}

/// Words that the script compares its argument with elsewhere: it does something for them too.
fn asked_for(script: &Script, subject: &Word) -> Vec<String> {
    let names: Vec<String> = subject
        .variables()
        .map(|it| it.name.value.clone())
        .collect();
    let is_own = |word: &Word| {
        word.variables()
            .any(|it| it.name.value == "1" || names.contains(&it.name.value))
    };
    let mut found = Vec::new();
    script.walk(&mut |node, context| {
        // `$1` of a function is what it is called with.
        if context.function.is_some() {
            return;
        }
        let words = match node {
            Node::Simple(command, _) => {
                let name = command
                    .words
                    .first()
                    .and_then(|word| word.literal.as_deref());
                matches!(name, Some("[" | "test")).then_some(command.words.as_slice())
            }
            Node::Statement(statement) => match &statement.command {
                Command::Compound(Compound::Test(test)) => Some(test.words.as_slice()),
                _ => None,
            },
            _ => None,
        };
        if let Some(words) = words.filter(|words| words.iter().any(is_own)) {
            found.extend(words.iter().filter_map(|word| word.literal.clone()));
        }
    });
    found
}

/// Whether a word is the script's first argument, or a variable that is set to it.
fn is_first(script: &Script, word: &Word) -> bool {
    let mut variables = word.variables();
    let (Some(variable), None) = (variables.next(), variables.next()) else {
        return false;
    };
    if !is_whole(variable) {
        return false;
    }
    let name = variable.name.value.as_str();
    let sources: Vec<_> = script
        .variables_assigned()
        .into_iter()
        .filter(|one| one.name == name)
        .collect();
    name == "1"
        || matches!(sources.as_slice(), [one] if one.value.is_some_and(|value| {
            value.variables().any(|inner| inner.name.value == "1" && is_whole(inner))
        }))
}

/// Whether a variable is taken as it is, or a default in its place.
fn is_whole(variable: &shell::VariableUse) -> bool {
    matches!(variable.modifier, Modifier::None | Modifier::Default)
}

/// Whether statements surely end the script in failure.
fn ends(statements: &[Statement]) -> bool {
    statements.last().is_some_and(|last| {
        let Command::Simple(command) = &last.command else {
            return false;
        };
        let mut words = command.words.iter().map(|word| word.literal.as_deref());
        words.next() == Some(Some("exit"))
            && matches!(words.next(), Some(Some(code)) if code != "0")
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
