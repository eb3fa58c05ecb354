//! `restarting-one-shot`

use dockwright_environment::compose::{CommandForm, Project, Service};
use dockwright_environment::{Environment, Location, ScriptDocument, Value};
use dockwright_syntax::shell::{self, Arm, Dialect, Node, Script};

use crate::image_scripts;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, tables};

rule! {
    /// There is a service that ends by design and is started again.
    ///
    /// ## What it does
    ///
    /// Reports services with a restart policy whose command does something and ends: it prints help, migrates a
    /// database, runs tests, or another service waits until it has completed. The command of an own image counts where the
    /// service sets none, and what an entrypoint script does with it.
    ///
    /// ## Why is this bad?
    ///
    /// It runs again and again, for ever: tests that fail fill the log, migrations race with the program.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   migrate:
    ///     image: acme/shop
    ///     command: alembic upgrade head
    ///     restart: unless-stopped
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   migrate:
    ///     image: acme/shop
    ///     command: alembic upgrade head
    ///     restart: "no"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: the command may be what is wrong.
    ///
    /// ## References
    ///
    /// - Compose specification, `restart`, `depends_on` with `service_completed_successfully`
    RestartingOneShot {
        name: "restarting-one-shot",
        family: Compose,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for RestartingOneShot {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for (number, project) in environment.compose.iter().enumerate() {
            for (index, service) in project.services.iter().enumerate() {
                let Some(restart) = restart(service) else {
                    continue;
                };
                let own = Own {
                    environment,
                    project,
                    service,
                    place: (number, index),
                };
                let Some((why, place, confidence)) = own.ends() else {
                    continue;
                };
                let message = format!(
                    "`{}` is started again whenever it ends, and it ends by design: {why}",
                    service.name.text
                );
                let mut finding =
                    Finding::new(self.metadata(), restart.location, message).confidence(confidence);
                if place != restart.location {
                    finding = finding.related(place, "what it does");
                }
                findings.push(finding.help("write `restart: \"no\"`, or leave it out"));
            }
        }
    }
}

/// A policy that starts it again for ever.
fn restart(service: &Service) -> Option<&Value> {
    let restart = service.restart.as_ref()?;
    matches!(restart.known()?, "always" | "unless-stopped" | "on-failure").then_some(restart)
}

struct Own<'a> {
    environment: &'a Environment,
    project: &'a Project,
    service: &'a Service,
    place: (usize, usize),
}

impl Own<'_> {
    /// Why the service ends, where that is said, and how sure it is.
    fn ends(&self) -> Option<(String, Location, Confidence)> {
        let restart = self.service.restart.as_ref()?;
        let waits = |other: &&Service| {
            other.depends_on.iter().any(|dependency| {
                dependency.name.text == self.service.name.text
                    && dependency.condition == "service_completed_successfully"
            })
        };
        // One that fails is tried again on purpose.
        let is_forever = restart.known() != Some("on-failure");
        if let Some(other) = self
            .project
            .services
            .iter()
            .find(waits)
            .filter(|_| is_forever)
        {
            let why = format!("`{}` waits until it has completed", other.name.text);
            return Some((why, other.name.location, Confidence::High));
        }
        let (words, place) = self.command()?;
        if let Some(what) = tables::one_shot(&words) {
            return Some((
                format!("`{}` is {what}", words.join(" ")),
                place,
                Confidence::High,
            ));
        }
        let script = self.entrypoint()?;
        let what = ends_in_arm(script.script(&self.environment.documents), words.first()?)?;
        let path = &self.environment.documents.get(script.document).path;
        let why = format!("`{path}` makes `{}` {what}", words.join(" "));
        Some((why, place, Confidence::Medium))
    }

    /// The words of its command: its own, or those of its image.
    fn command(&self) -> Option<(Vec<String>, Location)> {
        if let Some(command) = &self.service.command {
            let words: Option<Vec<&str>> = command.words.iter().map(Value::known).collect();
            let words = words?.into_iter().map(str::to_owned).collect::<Vec<_>>();
            let place = match &command.form {
                CommandForm::Text(value) => value.location,
                CommandForm::List => command.location,
            };
            return Some((last_command(words), place));
        }
        if self.service.entrypoint.is_some() {
            return None;
        }
        let (project, service) = self.place;
        let stage = image_scripts::stage_of_service(self.environment, project, service)?;
        let command = self.environment.configuration(stage).command?;
        Some((last_command(command.words), command.location))
    }

    /// The entrypoint script of its image.
    fn entrypoint(&self) -> Option<&ScriptDocument> {
        let (project, service) = self.place;
        let stage = image_scripts::stage_of_service(self.environment, project, service)?;
        let all = image_scripts::scripts(self.environment, stage, Some(self.service));
        all.into_iter().next()
    }
}

/// Of `sh -c 'a && b'` the last command.
fn last_command(words: Vec<String>) -> Vec<String> {
    let [shell, option, script] = words.as_slice() else {
        return words;
    };
    if Dialect::from_shell(shell).is_none() || !option.ends_with('c') {
        return words;
    }
    let script = shell::parse(script, Dialect::Posix);
    let commands = script.commands();
    let last = commands.last().map(|found| {
        let words = found.command.words.iter();
        words.filter_map(|word| word.literal.clone()).collect()
    });
    last.unwrap_or(words)
}

/// What an arm of a script's dispatch does, when all of it ends.
fn ends_in_arm(script: &Script, word: &str) -> Option<&'static str> {
    let mut arms: Vec<&Arm> = Vec::new();
    script.walk(&mut |node, _| {
        if let Node::Case(case, _) = node {
            let is_own = |arm: &&Arm| {
                let mut patterns = arm.patterns.iter();
                patterns.any(|pattern| pattern.literal.as_deref() == Some(word))
            };
            arms.extend(case.arms.iter().find(is_own));
        }
    });
    let [arm] = arms.as_slice() else {
        return None;
    };
    let mut seen = Vec::new();
    let mut what = None;
    let mut pending: Vec<Vec<String>> = commands(&arm.body);
    while let Some(words) = pending.pop() {
        let name = words.first()?.clone();
        // Whatever takes the place of the script may go on.
        if matches!(name.as_str(), "exec" | "wait" | "sleep" | "tail") {
            return None;
        }
        what = what.or_else(|| tables::one_shot(&words));
        let functions = script.functions();
        let function = functions
            .iter()
            .find(|function| function.name.value == name);
        if let Some(function) = function
            && !seen.contains(&name)
        {
            pending.extend(commands(std::slice::from_ref(&*function.body)));
            seen.push(name);
        }
    }
    what
}

/// The literal beginnings of the commands in some statements.
fn commands(statements: &[shell::Statement]) -> Vec<Vec<String>> {
    let words = |found: &shell::CommandUse<'_>| -> Vec<String> {
        let words = found.command.words.iter();
        words.map_while(|word| word.literal.clone()).collect()
    };
    shell::commands_in(statements)
        .iter()
        .map(words)
        .filter(|words| !words.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(service: &str) -> String {
        audit(
            "restarting-one-shot",
            &format!("-- compose.yaml --\nservices:\n  one:\n    image: acme/a\n{service}"),
        )
    }

    #[test]
    fn what_ends_is_told_by_its_command() {
        insta::assert_snapshot!(check("    restart: always\n    command: sh -c 'wait-for db && python manage.py migrate'\n"), @r#"
        warning compose.yaml:4:14 `one` is started again whenever it ends, and it ends by design: `python manage.py migrate` is a migration of a database
          compose.yaml:5:14 what it does
          help: write `restart: "no"`, or leave it out
        "#);
        assert!(
            check("    restart: unless-stopped\n    command: [--help]\n").contains("`--help` is")
        );
    }

    #[test]
    fn what_another_service_waits_for_ends() {
        let other = "  two:\n    image: acme/b\n    depends_on:\n      one: { condition: service_completed_successfully }\n";
        assert!(check(&format!("    restart: always\n{other}")).contains("`two` waits"));
        assert_eq!(check(&format!("    restart: on-failure\n{other}")), "");
    }

    #[test]
    fn an_entrypoint_script_tells_what_a_command_does() {
        let files = "\
-- Dockerfile --
FROM debian:trixie
COPY run.sh /run.sh
ENTRYPOINT [\"/run.sh\"]
-- run.sh --
#!/bin/sh
tests() { go test ./...; }
case \"$1\" in
  check) tests ;;
  serve) exec server ;;
esac
-- compose.yaml --
services:
  a:
    build: .
    restart: on-failure
    command: check
  b:
    build: .
    restart: always
    command: serve
";
        insta::assert_snapshot!(audit("restarting-one-shot", files), @r#"
        warning (medium) compose.yaml:4:14 `a` is started again whenever it ends, and it ends by design: `run.sh` makes `check` a run of tests
          compose.yaml:5:14 what it does
          help: write `restart: "no"`, or leave it out
        "#);
    }

    #[test]
    fn what_goes_on_is_left_alone() {
        for service in [
            "    restart: always\n    command: serve\n",
            "    restart: \"no\"\n    command: pytest\n",
            "    restart: on-failure:3\n    command: pytest\n",
            "    command: pytest\n",
        ] {
            assert_eq!(check(service), "", "{service}");
        }
    }
}
