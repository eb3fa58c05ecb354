//! `root-at-run-time`

use dockwright_environment::build::Base;
use dockwright_environment::compose::{Project, Service};
use dockwright_environment::{Environment, Location, Value};
use dockwright_syntax::dockerfile::InstructionKind;

use crate::image_role::Role;
use crate::image_scripts;
use crate::image_users::{DefaultUser, default_user};
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::literals;
use crate::{Confidence, Finding, StageView};

/// Programs that go on as another user. Source: the manual of each.
const DROPPERS: &[&str] = &[
    "capsh",
    "chpst",
    "gosu",
    "runuser",
    "s6-setuidgid",
    "setpriv",
    "setuidgid",
    "su",
    "su-exec",
    "sudo",
    "supervisord",
    "tini-su",
];

/// Programs that hand their work to processes of another user. Source: the documentation of each.
const SERVERS: &[&str] = &[
    "apache2-foreground",
    "apache2ctl",
    "clamd",
    "cron",
    "crond",
    "dovecot",
    "haproxy",
    "httpd",
    "httpd-foreground",
    "init",
    "master",
    "named",
    "nginx",
    "php-fpm",
    "postfix",
    "postgres",
    "rspamd",
    "s6-svscan",
    "slapd",
    "sshd",
    "systemd",
    "unbound",
];

rule! {
    /// There is an image or a service that runs as root.
    ///
    /// ## What it does
    ///
    /// Looks at the user that is in force at the end of every image that ships: by the last `USER`,
    /// that of an image of the repository that it starts from, or that of a known image from
    /// elsewhere. Where an image from elsewhere is not known, so is its user, and the confidence is
    /// low. Looks at the `user` of Compose services too.
    ///
    /// Says nothing where a program gives root up by itself (`gosu`, `su-exec`, `setpriv`, servers like
    /// nginx), where every service that runs the image gives another user, where the image has no
    /// program to run, and about images to develop, test or build with. A service with `privileged`
    /// needs root: the confidence is low.
    ///
    /// ## Why is this bad?
    ///
    /// A flaw in the program gives root inside the container, from where kernel, mounts and devices are
    /// one flaw further. Files that it writes to mounted directories belong to root.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY shop /usr/local/bin/shop
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// COPY shop /usr/local/bin/shop
    /// RUN useradd --system shop
    /// USER shop
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Another user may lack the right to write where the program writes, so that a person has to look.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`
    /// - Docker documentation: "Building best practices", `USER`
    /// - CIS Docker Benchmark: "Ensure that a user for the container has been created"
    RootAtRunTime {
        name: "root-at-run-time",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for RootAtRunTime {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if cx.roles().is_product(stage) && !cx.environment.is_windows(stage.id) {
            findings.extend(self.image(cx, stage));
        }
    }

    fn check_service(
        &self,
        cx: Context<'_>,
        project: &Project,
        service: &Service,
        findings: &mut Vec<Finding>,
    ) {
        let Some(user) = service
            .user
            .as_ref()
            .filter(|user| is_root(user) == Some(true))
        else {
            return;
        };
        let name = &service.name.text;
        let number = cx
            .environment
            .compose
            .iter()
            .position(|one| std::ptr::eq(one, project));
        let index = project
            .services
            .iter()
            .position(|one| std::ptr::eq(one, service));
        let stage = number.zip(index).and_then(|(number, index)| {
            let stage = image_scripts::stage_of_service(cx.environment, number, index)?;
            StageView::of(cx.environment, stage)
        });
        let role = stage.and_then(|stage| cx.roles().get(stage));
        if role == Some(Role::Development) || one_shot(service) {
            return;
        }
        let message = format!("the service `{name}` runs as root");
        let confidence = if service.privileged.is_some() {
            Confidence::Low
        } else {
            Confidence::High
        };
        let finding = Finding::new(self.metadata(), user.location, message)
            .confidence(confidence)
            .help("give it a user that owns what it writes, and the capabilities that it needs with `cap_add`");
        findings.push(finding);
    }
}

/// Whether a service is there to set something up, and ends: others wait for it to complete.
fn one_shot(service: &Service) -> bool {
    let restart = service.restart.as_ref().and_then(Value::known);
    let words = service
        .command
        .iter()
        .chain(&service.entrypoint)
        .flat_map(|command| &command.words);
    let mut words = words
        .filter_map(Value::known)
        .flat_map(str::split_whitespace);
    restart == Some("no")
        || words.any(|word| matches!(word.rsplit('/').next(), Some("chown" | "chmod")))
}

impl RootAtRunTime {
    fn image(&self, cx: Context<'_>, stage: StageView<'_>) -> Option<Finding> {
        let environment = cx.environment;
        let configuration = environment.configuration(stage.id);
        let base = stage.chain().last().map(|link| &link.stage.base);
        let (by_user, confidence) = match &configuration.user {
            Some(user) => (is_root(user)?.then_some(user)?.into(), Confidence::High),
            None => (None, confidence(base?)?),
        };
        let commands = [&configuration.entrypoint, &configuration.command];
        let words: Vec<&str> = commands
            .into_iter()
            .flatten()
            .flat_map(|command| {
                command
                    .words
                    .iter()
                    .flat_map(|word| word.split_whitespace())
            })
            .collect();
        let has_command = !words.is_empty();
        // A program that only the base runs is known to its own people.
        let is_from_scratch = matches!(base, Some(Base::Scratch));
        if !has_command && is_from_scratch || gives_up(environment, stage, &words) {
            return None;
        }
        let services = cx.services_of(stage);
        let gives_another = |service: &&Service| {
            let user = service.user.as_ref();
            user.is_some_and(|user| is_root(user) != Some(true))
        };
        if !services.is_empty() && services.iter().all(gives_another) {
            return None;
        }
        let needs_root = services.iter().any(|service| service.privileged.is_some());
        let own = |user: &Value| (user.location, "the image runs as root: `USER` says so");
        let (location, message) = match by_user {
            Some(user) => own(user),
            None => (
                command_of(stage),
                "the image runs as root: no `USER` says otherwise",
            ),
        };
        let mut finding = Finding::new(self.metadata(), location, message)
            .confidence(if has_command && !needs_root {
                confidence
            } else {
                Confidence::Low
            })
            .help("make a user and name it in `USER`, behind everything that needs root");
        if let Some((name, location)) = made_user(environment, stage) {
            finding = finding
                .related(
                    location,
                    format!("the user `{name}` is made here, and not used"),
                )
                .help(format!(
                    "add `USER {name}` behind everything that needs root"
                ));
        }
        Some(finding)
    }
}

/// How sure it is that an image without a `USER` runs as root; `None` when it does not.
fn confidence(base: &Base) -> Option<Confidence> {
    match base {
        Base::Scratch => Some(Confidence::Medium),
        Base::External(reference) => match default_user(reference) {
            Some(DefaultUser::Root) => Some(Confidence::Medium),
            Some(DefaultUser::Drops | DefaultUser::Other) => None,
            None => Some(Confidence::Low),
        },
        _ => None,
    }
}

/// Whether a user is root; `None` when it is not known.
fn is_root(user: &Value) -> Option<bool> {
    let name = user.known()?.split(':').next()?.trim();
    Some(matches!(name, "root" | "0" | ""))
}

/// Whether a program of the image goes on as another user: one of its command, or one that a script
/// of the repository calls which the image runs.
fn gives_up(environment: &Environment, stage: StageView<'_>, words: &[&str]) -> bool {
    let is_known = |word: &&str| {
        let name = word.rsplit('/').next().unwrap_or(word);
        DROPPERS.contains(&name) || SERVERS.contains(&name)
    };
    // `rspamd -u _rspamd`, `uwsgi --uid www`
    let is_option = |word: &&str| matches!(*word, "-u" | "--user" | "--uid" | "--userspec");
    let mut pairs = words.iter().zip(words.iter().skip(1));
    if words.iter().any(is_known)
        || pairs.any(|(option, user)| is_option(option) && !matches!(*user, "root" | "0"))
    {
        return true;
    }
    let scripts = image_scripts::scripts(environment, stage.id, None);
    if scripts.iter().any(|script| {
        let commands = script.script(&environment.documents).commands();
        commands
            .iter()
            .any(|command| literals(&command.command.words).any(|word| is_known(&word)))
    }) {
        return true;
    }
    // It is installed for nothing else.
    let packages = environment.packages(stage.id);
    packages.iter().any(|package| {
        matches!(
            package.package.name.as_str(),
            "gosu" | "su-exec" | "supervisor" | "s6" | "s6-overlay"
        )
    })
}

/// The instruction that says what runs, or else the `FROM`.
fn command_of(stage: StageView<'_>) -> Location {
    let is_command = |kind: &InstructionKind| {
        matches!(
            kind,
            InstructionKind::Entrypoint(_) | InstructionKind::Cmd(_)
        )
    };
    let mut own = stage
        .instructions()
        .filter(|(_, instruction)| is_command(&instruction.kind));
    match own.next() {
        Some((_, instruction)) => stage.location(instruction.span),
        None => stage.stage.base_value.location,
    }
}

/// The last user that the stage makes, and where.
fn made_user(environment: &Environment, stage: StageView<'_>) -> Option<(String, Location)> {
    let made = stage
        .chain()
        .filter(|link| link.dockerfile.id == stage.dockerfile.id);
    made.flat_map(|link| {
        let steps = link.instructions().map(|(at, _)| (link, at));
        steps.collect::<Vec<_>>()
    })
    .filter_map(|(link, at)| {
        let script = environment.dockerfile_of(link.id)?.script(at)?;
        script.commands().into_iter().rev().find_map(|found| {
            let invocation = found.command.invocation()?;
            let name = literals(invocation.arguments()).last()?;
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
            let makes = matches!(invocation.name, "useradd" | "adduser") && is_name;
            makes.then(|| (name.to_owned(), link.location(found.command.span)))
        })
    })
    .last()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(files: &str) -> String {
        audit("root-at-run-time", files)
    }

    fn check_dockerfile(dockerfile: &str) -> String {
        check(&format!("-- Dockerfile --\n{dockerfile}"))
    }

    #[test]
    fn a_user_that_is_made_and_not_used_is_named() {
        insta::assert_snapshot!(check_dockerfile("\
FROM debian:trixie
RUN useradd -m -s /bin/bash -G fuse shop && mkdir /shop
ENTRYPOINT [\"/shop/run\"]
"), @r"
        warning (medium) Dockerfile:3:1 the image runs as root: no `USER` says otherwise
          Dockerfile:2:5 the user `shop` is made here, and not used
          help: add `USER shop` behind everything that needs root
        ");
    }

    #[test]
    fn the_user_of_a_base_is_inherited() {
        let base = "-- base/Dockerfile --\nFROM debian:trixie\nUSER app\n-- compose.yaml --\nservices:\n  base: {image: shop-base, build: base}\n";
        let app = "-- app/Dockerfile --\nFROM shop-base\nCMD [\"/shop\"]\n";
        assert_eq!(check(&format!("{base}{app}")), "");
        let again =
            format!("{base}-- app/Dockerfile --\nFROM shop-base\nUSER 0:0\nCMD [\"/shop\"]\n");
        insta::assert_snapshot!(check(&again), @r"
        warning app/Dockerfile:2:6 the image runs as root: `USER` says so
          help: make a user and name it in `USER`, behind everything that needs root
        ");
    }

    #[test]
    fn images_from_elsewhere_have_users_of_their_own() {
        for (from, starts) in [
            ("gcr.io/distroless/static:nonroot", ""),
            ("gcr.io/distroless/static", "warning (medium)"),
            ("jenkins/jenkins:lts", ""),
            ("example.com/any", "warning (low)"),
            ("scratch", "warning (medium)"),
            ("nginx", ""),
        ] {
            let output =
                check_dockerfile(&format!("FROM {from}\nCOPY shop /shop\nCMD [\"/shop\"]\n"));
            assert!(output.starts_with(starts), "{from}: {output}");
            assert_eq!(output.is_empty(), starts.is_empty(), "{from}: {output}");
        }
    }

    #[test]
    fn who_gives_root_up_is_left_alone() {
        for files in [
            "-- Dockerfile --\nFROM debian\nCMD [\"gosu\", \"shop\", \"/shop\"]\n",
            "-- Dockerfile --\nFROM debian\nCOPY run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\n-- run.sh --\n#!/bin/sh\nexec su-exec shop /shop\n",
            "-- Dockerfile --\nFROM debian\nUSER root\nUSER shop\nCMD [\"/shop\"]\n",
            "-- Dockerfile --\nFROM scratch\nCOPY shop /\n",
            "-- Dockerfile.test --\nFROM debian\nCMD [\"/shop\"]\n",
            "-- Dockerfile --\nFROM debian\nCMD [\"/shop\"]\n-- compose.yaml --\nservices:\n  shop: {build: ., user: \"1000:1000\"}\n",
        ] {
            assert_eq!(check(files), "", "{files}");
        }
    }

    #[test]
    fn a_service_may_ask_for_root() {
        insta::assert_snapshot!(check("\
-- compose.yaml --
services:
  shop:
    image: grafana/grafana
    user: \"0\"
  builder:
    image: grafana/grafana
    user: root
    privileged: true
  unknown:
    image: grafana/grafana
    user: ${SHOP_USER}
  prepare:
    image: busybox
    user: root
    command: chown -R 472 /data
"), @r"
        warning compose.yaml:4:11 the service `shop` runs as root
          help: give it a user that owns what it writes, and the capabilities that it needs with `cap_add`
        warning (low) compose.yaml:7:11 the service `builder` runs as root
          help: give it a user that owns what it writes, and the capabilities that it needs with `cap_add`
        ");
    }
}
