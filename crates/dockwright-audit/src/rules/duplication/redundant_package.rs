//! `redundant-package`

use std::collections::HashMap;
use std::sync::LazyLock;

use dockwright_environment::Location;
use dockwright_environment::packages::{
    Installation, Manager, ManagerKind, Package, installation, managers,
};
use dockwright_syntax::shell::SimpleCommand;
use serde::Deserialize;

use crate::bases::bases;
use crate::edits::word;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView, reads};

rule! {
    /// There is a package that is installed again although the base image has it.
    ///
    /// ## What it does
    ///
    /// Follows what the stages of this repository install and remove with the package manager of their
    /// distribution, and reports a package that is named again on top of a base that has it: an
    /// earlier stage, or an image that this repository builds from another Dockerfile.
    ///
    /// A package is left alone where another version is asked for, where it comes from another
    /// release, where the base installs it only under a condition or removes it again, and where it
    /// belongs to a virtual package.
    ///
    /// ## Why is this bad?
    ///
    /// It installs nothing, or a newer version beside which the old one stays in the layer below. Readers
    /// cannot tell what the image adds to its base.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// RUN apt-get update && apt-get install -y ca-certificates git
    ///
    /// FROM base
    /// RUN apt-get update && apt-get install -y git jq
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS base
    /// RUN apt-get update && apt-get install -y ca-certificates git
    ///
    /// FROM base
    /// RUN apt-get update && apt-get install -y jq
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Removing the name is safe: the image has the package without it, in the version of the base. A call that
    /// would be left with no package, and a name behind a comment, are left to you.
    ///
    /// ## References
    ///
    /// - Docker build best practices, "Create reusable stages"
    RedundantPackage {
        name: "redundant-package",
        family: Duplication,
        severity: Info,
        fix: Safe,
        aliases: [],
    }
}

/// Options that ask for more than that a package is there.
const OTHER: &[&str] = &[
    "-t",
    "--target-release",
    "--default-release",
    "--reinstall",
    "--upgrade",
    "-u",
    "--only-upgrade",
    "-X",
    "--repository",
    "--enablerepo",
    "--installroot",
    "--root",
    "-p",
];
/// Options that give packages a name together, by which they are removed.
const VIRTUAL: &[&str] = &["-t", "--virtual"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    name: String,
    remove: Vec<String>,
}

fn removals() -> &'static [Removal] {
    #[derive(Deserialize)]
    struct Table {
        manager: Vec<Removal>,
    }
    static REMOVALS: LazyLock<Vec<Removal>> = LazyLock::new(|| {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../../../data/package-removal.toml"));
        table.map(|table| table.manager).unwrap_or_default()
    });
    &REMOVALS
}

/// What is installed: by package manager and name, the version that is asked for and the place.
type Installed<'a> = HashMap<(&'static str, String), (Option<String>, Location)>;

impl Rule for RedundantPackage {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let steps = cx.steps(stage).iter();
        let commands = steps.flat_map(|step| &step.commands);
        let calls: Vec<Installation> = commands
            .filter_map(|command| system(command.command))
            .filter(|call| !has_option(call, OTHER) && !has_option(call, VIRTUAL))
            .collect();
        if calls.is_empty() {
            return;
        }
        let bases = bases(cx.environment, stage);
        let mut installed = Installed::new();
        for base in bases.iter().rev() {
            follow(cx, *base, &mut installed);
        }
        for call in &calls {
            let redundant = call.packages.iter().filter_map(|package| {
                let key = (call.manager.name.as_str(), package.name.clone());
                let (version, place) = installed.get(&key)?;
                (*version == package.version).then_some((package, *place))
            });
            let redundant: Vec<(&Package, Location)> = redundant.collect();
            let document = cx.environment.documents.get(stage.dockerfile.document);
            let escape = stage.dockerfile.tree.escape;
            // A call that is left with no package would fail.
            let fix = (redundant.len() < call.packages.len()).then(|| {
                let why = "the image has the package without it, in the version of the base";
                let fix = Fix::safe("remove what the base has", why);
                let mut spans = redundant.iter().map(|(package, _)| package.span);
                spans.try_fold(fix, |fix, span| word::delete(fix, document, span, escape))
            });
            let finding = self.finding(stage, &redundant);
            findings.extend(finding.map(|it| it.fix(fix.flatten())));
        }
    }
}

impl RedundantPackage {
    fn finding(&self, stage: StageView<'_>, redundant: &[(&Package, Location)]) -> Option<Finding> {
        let ((first, place), others) = redundant.split_first()?;
        let names = redundant.iter().map(|(package, _)| package);
        let names: Vec<String> = names.map(|package| format!("`{}`", package.name)).collect();
        let (verb, help) = match others {
            [] => ("is", "remove it: the image inherits it"),
            _ => ("are", "remove them: the image inherits them"),
        };
        let message = format!("{} {verb} in the base already", reads::list(&names));
        // Another base may be given when the image is built.
        let confidence = if stage.stage.base_value.is_literal() {
            Confidence::High
        } else {
            Confidence::Medium
        };
        let mut finding = Finding::new(self.metadata(), stage.location(first.span), message)
            .confidence(confidence)
            .related(*place, "the base installs it here")
            .help(help);
        for (other, place) in others {
            finding = finding
                .related(stage.location(other.span), "and this")
                .related(*place, "which the base installs here");
        }
        Some(finding)
    }
}

/// A call that installs packages of a distribution.
fn system(command: &SimpleCommand) -> Option<Installation> {
    installation(command).filter(|call| call.manager.kind == ManagerKind::System)
}

fn has_option(call: &Installation, names: &[&str]) -> bool {
    call.options.iter().any(|option| {
        let name = option.value.split('=').next().unwrap_or_default();
        names.contains(&name)
    })
}

/// Changes what is installed by what the steps of a stage do.
fn follow(cx: Context<'_>, stage: StageView<'_>, installed: &mut Installed<'_>) {
    for step in cx.steps(stage) {
        for found in &step.commands {
            if let Some((manager, names)) = removed(found.command) {
                match names {
                    Some(names) => {
                        for name in names {
                            installed.remove(&(manager.name.as_str(), name.to_owned()));
                        }
                    }
                    None => installed.retain(|(name, _), _| *name != manager.name),
                }
                continue;
            }
            let call = system(found.command);
            let is_sure = !found.context.conditional && found.context.function.is_none();
            let Some(call) = call.filter(|call| is_sure && !has_option(call, VIRTUAL)) else {
                continue;
            };
            for package in call.packages {
                let location = stage.location(package.span);
                let key = (call.manager.name.as_str(), package.name);
                installed.insert(key, (package.version, location));
            }
        }
    }
}

/// The packages that a command removes; `None` in place of names that are not known.
fn removed(command: &SimpleCommand) -> Option<(&'static Manager, Option<Vec<&str>>)> {
    let invocation = command.invocation()?;
    let manager = managers().iter().find(|manager| {
        let mut commands = manager.commands.iter();
        commands.any(|command| command == invocation.name)
    })?;
    let removal = removals().iter().find(|one| one.name == manager.name)?;
    let words = invocation.arguments().iter();
    let mut words = words.map(|word| word.literal.as_deref());
    words.find(|word| word.is_some_and(|word| removal.remove.iter().any(|own| own == word)))?;
    let names = words.filter(|word| word.is_none_or(|word| !word.starts_with('-')));
    Some((manager, names.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{audit, fix};

    fn check(base: &str, own: &str) -> String {
        let dockerfile = format!("FROM debian:trixie AS base\nRUN {base}\nFROM base\nRUN {own}\n");
        audit(
            "redundant-package",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn every_package_of_a_command_is_named() {
        insta::assert_snapshot!(check("apt-get install -y git curl jq", "apt install -y make jq git"), @"
        info Dockerfile:4:25 `jq` and `git` are in the base already
          Dockerfile:2:33 the base installs it here
          Dockerfile:4:28 and this
          Dockerfile:2:24 which the base installs here
          help: remove them: the image inherits them
        ");
    }

    #[test]
    fn what_is_not_surely_there_is_left_alone() {
        for (base, own) in [
            ("apt-get install -y git", "apt-get install -y git=1:2"),
            ("apt-get install -y git=1:1", "apt-get install -y git=1:2"),
            ("apt-get install -y git", "apt-get install -y -t sid git"),
            (
                "apt-get install -y git && apt-get purge -y --auto-remove git",
                "apt-get install -y git",
            ),
            (
                "tools='git' && apt-get install -y git && apt-get purge -y $tools",
                "apt-get install -y git",
            ),
            ("apk add -t .build gcc && apk del .build", "apk add gcc"),
            ("if [ $a ]; then apk add gcc; fi", "apk add gcc"),
            ("apk add gcc", "apt-get install gcc"),
            ("true", "apt-get install git && apt-get install git"),
            ("pip install flask", "pip install flask"),
        ] {
            assert_eq!(check(base, own), "", "{base} / {own}");
        }
    }

    #[test]
    fn every_package_manager_of_the_table_is_known() {
        for removal in removals() {
            let known = managers().iter().any(|one| one.name == removal.name);
            assert!(known, "{}", removal.name);
        }
        assert!(!removals().is_empty());
    }

    #[test]
    fn only_what_the_base_has_goes() {
        insta::assert_snapshot!(fix("redundant-package", "\
-- Dockerfile --
FROM debian:trixie AS base
RUN apt-get update && apt-get install -y git curl
FROM base
RUN apt-get update && apt-get install -y \\
    curl \\
    # For the tests.
    git \\
    jq \\
 && rm -rf /var/lib/apt/lists/*
FROM base
RUN apt-get update && apt-get install -y git
FROM base
RUN apt-get install -y jq \\
    curl \\
    git less
"), @r#"
        safe: remove what the base has, for the image has the package without it, in the version of the base
        -- Dockerfile --
        -RUN apt-get install -y jq \
        -    curl \
        -    git less
        +RUN apt-get install -y jq less
        "#);
    }
}
