//! `noop-compose-command`

use dockwright_environment::commands::{ComposeCommand, Invocation, Voice};
use dockwright_environment::{Environment, Location};

use crate::edits::first_words::Words;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix, Severity};

rule! {
    /// There is a Compose command that does nothing, since every service is behind a profile.
    ///
    /// ## What it does
    ///
    /// Reads `docker compose build`, `up`, `create`, `start`, `pull` and `push` in scripts, Makefiles, CI, programs and
    /// documents, and reports those that name no service and enable no profile, on files whose every
    /// service has one.
    ///
    /// ## Why is this bad?
    ///
    /// Compose says "no service selected", and CI goes on as if something had been built.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   packages:
    ///     build: .
    ///     profiles: [packages]
    /// ```
    /// ```shell build.sh
    /// docker compose build
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   packages:
    ///     build: .
    ///     profiles: [packages]
    /// ```
    /// ```shell build.sh
    /// docker compose --profile packages build
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Enabling the only profile there is needs a look: it builds what was not built before. Where there are several,
    /// somebody has to choose.
    ///
    /// ## References
    ///
    /// - Docker documentation, "Using profiles with Compose"
    NoopComposeCommand {
        name: "noop-compose-command",
        family: Commands,
        severity: Error,
        fix: Unsafe,
        aliases: [],
    }
}

/// Commands that work on the services that are enabled.
const VERBS: &[&str] = &["build", "create", "pull", "push", "start", "up", "watch"];

impl Rule for NoopComposeCommand {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for invocation in &environment.invocations {
            let Some(command) = environment.compose_command(invocation) else {
                continue;
            };
            if invocation.voice == Voice::History || !is_noop(environment, invocation, &command) {
                continue;
            }
            let message = format!(
                "`{} {}` does nothing: every service is behind a profile, and none is enabled",
                invocation
                    .written
                    .rsplit_once(' ')
                    .map_or("", |(program, _)| program),
                command.verb
            );
            let mut finding = Finding::new(self.metadata(), invocation.location, message);
            if invocation.voice == Voice::Prose {
                finding = finding.severity(Severity::Warning);
            }
            if let Some(place) = first_profile(&command) {
                finding = finding.related(place, "enabled by its profile only");
            }
            let profiles = profiles(&command);
            let fix = match profiles.as_slice() {
                [only] => enabled(environment, invocation, only),
                _ => None,
            };
            let profiles = profiles.join("`, `");
            let help = format!("name a service, or one of the profiles `{profiles}`");
            findings.push(finding.help(help).fix(fix));
        }
    }
}

/// Enables the only profile there is.
fn enabled(environment: &Environment, invocation: &Invocation, profile: &str) -> Option<Fix> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let old: &[&str] = match invocation.program_name() {
        "docker-compose" => &["docker-compose"],
        "docker" => &["docker", "compose"],
        _ => return None,
    };
    let words = Words::of(environment, invocation, old)?;
    if !profile.chars().all(is_word) {
        return None;
    }
    let title = format!("enable the profile `{profile}`");
    let fix = Fix::with_care(title, "it does something then that was not done before");
    let new = words.joined(&[old, &["--profile", profile]].concat());
    Some(fix.replace(words.location, new))
}

fn is_noop(
    environment: &Environment,
    invocation: &Invocation,
    command: &ComposeCommand<'_>,
) -> bool {
    let mut services = command
        .projects
        .iter()
        .flat_map(|project| &project.services);
    VERBS.contains(&command.verb)
        && invocation.is_complete
        && command.is_known()
        && command.services.is_empty()
        && command.profiles.is_empty()
        && !command
            .projects
            .iter()
            .any(|project| project.services.is_empty())
        && services.all(|service| !service.profiles.is_empty())
        && !has_file_with_profiles(environment, command)
}

/// Whether an environment file beside the project enables profiles.
fn has_file_with_profiles(environment: &Environment, command: &ComposeCommand<'_>) -> bool {
    let directories = command.projects.iter().map(|project| &project.directory);
    let mut files = directories.filter_map(|directory| directory.join(".env"));
    files.any(|path| {
        let bytes = environment.tree.read(&path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).contains("COMPOSE_PROFILES")
    })
}

fn first_profile(command: &ComposeCommand<'_>) -> Option<Location> {
    let project = command.projects.first()?;
    Some(project.services.first()?.profiles.first()?.location)
}

fn profiles<'a>(command: &ComposeCommand<'a>) -> Vec<&'a str> {
    let services = command
        .projects
        .iter()
        .flat_map(|project| &project.services);
    let mut names: Vec<&str> = services
        .flat_map(|service| &service.profiles)
        .map(|profile| profile.text.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const COMPOSE: &str = "-- compose.yaml --\nservices:\n  a:\n    image: busybox\n    profiles: [one]\n  b:\n    image: busybox\n    profiles: [two, three]\n";

    fn check(script: &str) -> String {
        audit(
            "noop-compose-command",
            &format!("{COMPOSE}-- run.sh --\n{script}"),
        )
    }

    #[test]
    fn no_service_is_enabled() {
        insta::assert_snapshot!(check("docker compose up -d --build\n"), @r#"
        error run.sh:1:1 `docker compose up` does nothing: every service is behind a profile, and none is enabled
          compose.yaml:4:16 enabled by its profile only
          help: name a service, or one of the profiles `one`, `three`, `two`
        "#);
    }

    #[test]
    fn the_override_file_counts_only_where_compose_reads_it() {
        let files = |script: &str| {
            format!("{script}-- compose.override.yaml --\nservices:\n  c:\n    image: busybox\n")
        };
        insta::assert_snapshot!(check(&files("docker compose up\ndocker compose -f compose.yaml up\n")), @r#"
        error run.sh:2:1 `docker compose up` does nothing: every service is behind a profile, and none is enabled
          compose.yaml:4:16 enabled by its profile only
          help: name a service, or one of the profiles `one`, `three`, `two`
        "#);
    }

    #[test]
    fn what_enables_or_names_something_is_left_alone() {
        for script in [
            "docker compose --profile one up",
            "COMPOSE_PROFILES=one docker compose up",
            "docker compose up a",
            "docker compose $OPTIONS up",
            "docker compose up $SERVICES",
            "docker compose down",
            "docker compose up\n-- .env --\nCOMPOSE_PROFILES=one\n",
            "docker compose -f compose.yaml -f more.yaml up\n-- more.yaml --\nservices:\n  c:\n    image: busybox\n",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }

    #[test]
    fn the_only_profile_is_enabled() {
        insta::assert_snapshot!(fix("noop-compose-command", "\
-- compose.yaml --
services:
  a: {image: busybox, profiles: [one]}
-- run.sh --
docker compose -f compose.yaml up -d
"), @r#"
        unsafe: enable the profile `one`, for it does something then that was not done before
        -- run.sh --
        -docker compose -f compose.yaml up -d
        +docker compose --profile one -f compose.yaml up -d
        "#);
    }
}
