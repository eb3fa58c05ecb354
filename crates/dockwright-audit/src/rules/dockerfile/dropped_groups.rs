//! `dropped-groups`

use dockwright_syntax::dockerfile::InstructionKind;
use dockwright_syntax::shell::Invocation;

use crate::accounts;
use crate::fix::Aspect;
use crate::rule::{Context, Describe, Rule, rule};
use crate::steps::literals;
use crate::{Finding, Fix, StageView};

rule! {
    /// There is a `USER` with a group that takes away the user's other groups.
    ///
    /// ## What it does
    ///
    /// Looks for `USER name:group` where the same image puts the user into more groups, by `usermod -aG`,
    /// `useradd -G`, `gpasswd -a`, `adduser name group` or `addgroup name group`.
    ///
    /// ## Why is this bad?
    ///
    /// With a group, the process has that group only: what was set up in the line before has no effect.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --groups video shop
    /// USER shop:shop
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN useradd --groups video shop
    /// USER shop
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the group is unsafe: the user's first group may be another one.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `USER`, the note on groups
    DroppedGroups {
        name: "dropped-groups",
        family: Dockerfile,
        severity: Warning,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for DroppedGroups {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for (at, instruction) in stage.instructions() {
            let InstructionKind::User(user) = &instruction.kind else {
                continue;
            };
            let value = stage.expand(at, user);
            let Some((name, group)) = value.known().and_then(|it| it.split_once(':')) else {
                continue;
            };
            let joined = stage.chain().find_map(|link| {
                let steps = cx.steps(link).iter();
                let mut before = steps.filter(|step| link.id != stage.id || step.at < at);
                before.find_map(|step| {
                    let mut calls = step.invocations();
                    let (_, command) = calls.find(|(call, _)| joins(call, name, group))?;
                    Some(link.location(command.command.span))
                })
            });
            let Some(joined) = joined else {
                continue;
            };
            let place = stage.location(user.span);
            let message = format!("with `:{group}`, `{name}` is in no other group");
            let mut finding = Finding::new(self.metadata(), place, message)
                .related(joined, "it is put into more groups here")
                .help("leave the group out");
            if cx.environment.documents.text(place) == value.text {
                let fix = Fix::with_care(
                    format!("write `USER {name}`"),
                    "the first group of the user may be another one",
                );
                let fix = fix.changing(Aspect::User).replace(place, name);
                finding = finding.fix(fix);
            }
            findings.push(finding);
        }
    }
}

/// Whether a call puts a user into other groups than one.
fn joins(call: &Invocation<'_>, user: &str, group: &str) -> bool {
    let words: Vec<&str> = literals(call.arguments()).collect();
    match call.name {
        "useradd" | "usermod" if words.last() == Some(&user) => {
            let at = words.iter().position(|word| {
                let is_short = !word.starts_with("--") && word.starts_with('-');
                *word == "--groups" || is_short && word.ends_with('G')
            });
            let next = at.and_then(|at| words.get(at + 1).copied());
            let inline = || words.iter().find_map(|word| word.strip_prefix("--groups="));
            let groups = next.or_else(inline).unwrap_or_default();
            groups.split(',').any(|it| !it.is_empty() && it != group)
        }
        "gpasswd" if words.contains(&"-a") && words.contains(&user) => words
            .last()
            .is_some_and(|last| *last != group && *last != user),
        "adduser" | "addgroup" => {
            matches!(accounts::operands(call).as_slice(), [first, second] if *first == user && *second != group)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(call: &str, user: &str) -> String {
        let files = format!("-- Dockerfile --\nFROM debian:trixie\nRUN {call}\nUSER {user}\n");
        audit("dropped-groups", &files)
    }

    #[test]
    fn there_are_many_ways_into_a_group() {
        for call in [
            "useradd -G video,audio shop",
            "useradd -mG video shop",
            "useradd --groups=video shop",
            "adduser shop && usermod -aG video shop",
            "adduser shop video",
            "addgroup shop video",
            "gpasswd -a shop video",
        ] {
            assert!(
                check(call, "shop:shop").starts_with("warning Dockerfile:3:6"),
                "{call}"
            );
            assert_eq!(check(call, "shop"), "", "{call}");
            assert_eq!(check(call, "other:other"), "", "{call}");
        }
        for call in [
            "useradd -g shop shop",
            "usermod -aG shop shop",
            "adduser -D shop",
        ] {
            assert_eq!(check(call, "shop:shop"), "", "{call}");
        }
    }

    #[test]
    fn the_group_goes() {
        insta::assert_snapshot!(fix("dropped-groups", "\
-- Dockerfile --
FROM debian:trixie
RUN useradd --groups video shop
USER shop:shop
"), @r#"
        unsafe: write `USER shop`, for the first group of the user may be another one
        -- Dockerfile --
        -USER shop:shop
        +USER shop
        "#);
    }
}
