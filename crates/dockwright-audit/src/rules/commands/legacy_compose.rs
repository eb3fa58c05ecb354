//! `legacy-compose`

use dockwright_environment::Environment;
use dockwright_environment::commands::{Invocation, Voice};

use crate::edits::first_words::Words;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

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
    /// `docker compose` in its place is safe: it has the same commands. Names of containers have dashes where v1 had
    /// underscores; where the file holds such a name it is unsafe. A call through a variable or a path, one with an
    /// option that is gone, and a script that looks which of the two is there are left for you.
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
                        .help("call `docker compose`")
                        .fix(modern(cx.environment, invocation)),
                );
            }
        }
    }
}

/// Options that v2 no longer has. Source: `docker-compose --help` of 1.29 against that of 2.
const GONE: &[&str] = &[
    "tls",
    "tlscacert",
    "tlscert",
    "tlskey",
    "tlsverify",
    "skip-hostname-check",
    "host",
    "context",
    "log-level",
];

/// Writes the words of v2. A file that looks which of the two is there is left to a person.
fn modern(environment: &Environment, invocation: &Invocation) -> Option<Fix> {
    let words = Words::of(environment, invocation, &["docker-compose"])?;
    let host = environment.documents.outermost(words.location).document;
    let text = &environment.documents.get(host).text;
    if GONE.iter().any(|option| invocation.has(option))
        || invocation.voice == Voice::Program && text.lines().any(asks_for_v1)
    {
        return None;
    }
    let title = "call `docker compose`";
    let fix = if names_container(text) {
        Fix::with_care(
            title,
            "containers have dashes in their names where v1 had underscores",
        )
    } else {
        Fix::safe(title, "it has the same commands and options")
    };
    let new = words.joined(&["docker", "compose"]);
    Some(fix.replace(words.location, new))
}

/// Whether a line looks whether v1 is there, or which version it is.
fn asks_for_v1(line: &str) -> bool {
    let Some((before, behind)) = line.split_once("docker-compose") else {
        return false;
    };
    let mut words = before.split([' ', '\t', '(', '"', '\'']);
    let behind = behind.trim_start_matches(['"', '\'', ',', ' ']);
    words.any(|word| {
        matches!(
            word,
            "-v" | "which" | "type" | "hash" | "whence" | "install" | "alias"
        )
    }) || ["--version", "version", "-v"]
        .iter()
        .any(|version| behind.starts_with(version))
}

/// Whether something is named as v1 names containers: `project_service_1`.
fn names_container(text: &str) -> bool {
    let mut words = text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '-'));
    words.any(|word| {
        let number = word.rsplit_once('_').filter(|(name, _)| name.contains('_'));
        number.is_some_and(|(_, number)| {
            number.len() == 1 && number.bytes().all(|it| it.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    #[test]
    fn the_words_of_v2_take_its_place() {
        insta::assert_snapshot!(fix("legacy-compose", "\
-- compose.yaml --
services:
  a:
    image: nginx
-- run.sh --
sudo docker-compose -f compose.yaml up -d
/usr/local/bin/docker-compose down
docker-compose --tlsverify down
-- run.py --
import subprocess
subprocess.run([\"docker-compose\", \"up\"])
-- wait.sh --
docker-compose up -d
docker exec shop_web_1 true
-- both.sh --
if command -v docker-compose; then docker-compose up; else docker compose up; fi
-- README.md --
Run `docker-compose up`.
-- Makefile --
up:
	docker-compose up
"), @r#"
        safe: call `docker compose`, for it has the same commands and options
        safe: call `docker compose`, for it has the same commands and options
        safe: call `docker compose`, for it has the same commands and options
        unsafe: call `docker compose`, for containers have dashes in their names where v1 had underscores
        -- Makefile --
        -	docker-compose up
        +	docker compose up
        -- run.py --
        -subprocess.run(["docker-compose", "up"])
        +subprocess.run(["docker", "compose", "up"])
        -- run.sh --
        -sudo docker-compose -f compose.yaml up -d
        +sudo docker compose -f compose.yaml up -d
        -- wait.sh --
        -docker-compose up -d
        +docker compose up -d
        "#);
    }
}
