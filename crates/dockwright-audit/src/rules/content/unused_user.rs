//! `unused-user`

use dockwright_environment::Location;
use dockwright_syntax::shell::Invocation;

use crate::accounts;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::{Step, literals};
use crate::{Finding, StageView};

rule! {
    /// There is a user that the image makes and nothing uses.
    ///
    /// ## What it does
    ///
    /// Looks for `useradd` and `adduser` in an image that ships and has no `USER`, where the name stands nowhere else: in
    /// no other instruction and no script of the repository. Says nothing where a service names a user itself, and of
    /// images that others start from.
    ///
    /// ## Why is this bad?
    ///
    /// Somebody meant the image to run as that user. It runs as root.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --system clerk
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --system clerk
    /// USER clerk
    /// CMD ["/usr/local/bin/shop"]
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: that user may lack the right to write where the program writes.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`
    UnusedUser {
        name: "unused-user",
        family: Content,
        severity: Warning,
        fix: None,
        aliases: [],
    }
}

impl Rule for UnusedUser {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        if !cx.roles().is_product(stage) || environment.configuration(stage.id).user.is_some() {
            return;
        }
        let own = stage.chain();
        for link in own.take_while(|link| link.dockerfile.id == stage.dockerfile.id) {
            for step in cx.steps(link) {
                for (call, command) in step.invocations() {
                    let Some(name) = made(&call) else {
                        continue;
                    };
                    if is_used(cx, stage, name) || is_base(cx, stage) {
                        continue;
                    }
                    let place = link.location(command.command.span);
                    let message = format!("nothing uses the user `{name}`: the image runs as root");
                    findings.push(Finding::new(self.metadata(), place, message).help(format!(
                        "add `USER {name}` where the program can do without root"
                    )));
                }
            }
        }
    }
}

/// The user that a call makes, where that is certain.
fn made<'a>(call: &Invocation<'a>) -> Option<&'a str> {
    let words = call.arguments();
    let is_known = words.iter().all(|word| word.literal.is_some());
    if !is_known {
        return None;
    }
    let name = match call.name {
        "useradd" => literals(words).last()?,
        // A second name is that of a group.
        "adduser" => accounts::operands(call).into_iter().next()?,
        _ => return None,
    };
    let is_name = !name.is_empty() && !name.starts_with('-') && !name.contains(['/', ':', ' ']);
    is_name.then_some(name)
}

/// Whether other images start from it: they may use the user.
fn is_base(cx: Context<'_>, stage: StageView<'_>) -> bool {
    let dockerfiles = cx.environment.dockerfiles.iter();
    let mut stages = dockerfiles.flat_map(|it| StageView::all(cx.environment, it));
    stages.any(|it| it.starts_from(stage))
}

/// Whether the name stands anywhere but where users and groups are made.
fn is_used(cx: Context<'_>, stage: StageView<'_>, name: &str) -> bool {
    let environment = cx.environment;
    let in_dockerfiles = stage.chain().any(|link| {
        let text = &environment.documents.get(link.dockerfile.document).text;
        let mut others = link.dockerfile.tree.instructions.iter();
        let accounts: Vec<Location> = cx
            .steps(link)
            .iter()
            .flat_map(Step::invocations)
            .filter(|(call, _)| accounts::PROGRAMS.contains(&call.name))
            .map(|(_, command)| link.location(command.command.span))
            .collect();
        others.any(|instruction| {
            let own = accounts
                .iter()
                .filter(|it| instruction.span.contains(it.span));
            let own = own
                .map(|it| mentions(it.span.of(text), name))
                .sum::<usize>();
            mentions(instruction.span.of(text), name) > own
        })
    });
    let mut scripts = environment.scripts.iter();
    let mut services = cx.services_of(stage).iter();
    in_dockerfiles
        || services.any(|service| service.user.is_some())
        || scripts.any(|it| mentions(&environment.documents.get(it.document).text, name) > 0)
}

/// How often a name stands in a text as a word of its own.
fn mentions(text: &str, name: &str) -> usize {
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    let places = text.match_indices(name).filter(|(at, _)| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    places.count()
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(body: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM debian:trixie\n{body}CMD [\"/run\"]\n");
        audit("unused-user", &files)
    }

    #[test]
    fn what_makes_users_does_not_use_them() {
        for call in [
            "useradd --system shop",
            "adduser -D -u 1000 shop",
            "groupadd shop && useradd -g shop shop",
            "addgroup -S shop && adduser -S shop -G shop",
        ] {
            assert!(
                check(&format!("RUN {call}\n")).contains("uses the user `shop`"),
                "{call}"
            );
        }
    }

    #[test]
    fn a_name_may_be_used_in_many_ways() {
        for used in [
            "USER shop\n",
            "RUN chown -R shop /data\n",
            "COPY --chown=shop:shop . .\n",
            "WORKDIR /home/shop\n",
            "ENTRYPOINT [\"gosu\", \"shop\"]\n",
        ] {
            assert_eq!(check(&format!("RUN useradd shop\n{used}")), "", "{used}");
        }
        assert_eq!(check("RUN useradd -m $NAME\n"), "");
        let script = "COPY run.sh /\n-- run.sh --\n#!/bin/sh\nexec su shop\n-- other/Dockerfile --\nFROM a\n";
        assert_eq!(check(&format!("RUN useradd shop\n{script}")), "");
    }
}
