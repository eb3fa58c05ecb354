//! `missing-cache-mount`

use std::collections::BTreeMap;

use dockwright_environment::Environment;
use dockwright_environment::build::Base;
use dockwright_environment::packages::{Installation, Manager, ManagerKind, managers};
use dockwright_syntax::dockerfile::{InstructionKind, Mount, MountKind, Run};

use crate::installs::ecosystems;
use crate::package_commands::PackageCommand;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is an installation whose downloads have no cache mount.
    ///
    /// ## What it does
    ///
    /// Looks at every `RUN` that calls a package manager, and whether a `--mount=type=cache` keeps
    /// its downloads; a mount on a directory that belongs to no package manager is taken for such a
    /// one. Reports each package manager once in a stage.
    ///
    /// The packages of a distribution, and installations that clear or refuse their cache on purpose
    /// (`--no-cache-dir`, `rm -rf /var/lib/apt/lists`), keep the image small without a mount as well.
    /// They are shown only where the repository has cache mounts for the same package manager
    /// elsewhere, and are hints with low confidence otherwise. Windows images are left out.
    ///
    /// ## Why is this bad?
    ///
    /// When the step runs again, everything is downloaded again. A cache mount outlives the step, is
    /// shared by all builds on the machine, and is no part of the image, so that nothing has to be
    /// cleaned up either.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// COPY go.mod go.sum ./
    /// RUN go mod download
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM golang:1.24
    /// COPY go.mod go.sum ./
    /// RUN --mount=type=cache,target=/go/pkg/mod go mod download
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Adding a mount is unsafe: what a later step expects in that directory is not in the image any
    /// more, so every step that needs it has to have the mount. The fix adds it to all steps of the stage
    /// that call the package manager. There is none where only an official image of a language says where the
    /// cache is, and the base is another; for the packages of the distribution, whose images
    /// differ in what they remove by themselves (`docker-clean`), where the cache is cleared or switched
    /// off, or can be so in a stage that ships, behind a `USER`, and where another stage starts from this
    /// one, this one from one that has filled the cache, or a variable moves the cache.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `RUN --mount=type=cache`
    MissingCacheMount {
        name: "missing-cache-mount",
        family: Cache,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

impl Rule for MissingCacheMount {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        if cx.environment.is_windows(stage.id) {
            return;
        }
        let text = &cx.environment.documents.get(stage.dockerfile.document).text;
        let mut found: BTreeMap<&str, Vec<(&Installation, bool)>> = BTreeMap::new();
        for (at, instruction) in stage.instructions() {
            let InstructionKind::Run(run) = &instruction.kind else {
                continue;
            };
            for call in cx.environment.installations(stage.id, at) {
                if call.manager.cache.is_empty() || has_mount(run, call.manager) || is_offline(call)
                {
                    continue;
                }
                if has_dependencies(cx.environment, stage, at, call) {
                    continue;
                }
                let clears = clears_cache(call, instruction.span.of(text));
                found
                    .entry(&call.manager.name)
                    .or_default()
                    .push((call, clears));
            }
        }
        for calls in found.into_values() {
            let Some(((first, clears), others)) = calls.split_first() else {
                continue;
            };
            let manager = first.manager;
            let name = manager.commands.first().unwrap_or(&manager.name);
            let message = format!("`{name}` downloads without a cache mount");
            let mut finding = Finding::new(self.metadata(), stage.location(first.span), message);
            for (call, _) in others {
                finding = finding.related(stage.location(call.span), "and here");
            }
            let deliberate = *clears || manager.kind == ManagerKind::System;
            let is_custom = || {
                mounts(cx.environment)
                    .any(|mount| owner(mount).is_some_and(|owner| owner.name == manager.name))
            };
            let confidence = if deliberate && !is_custom() {
                Confidence::Low
            } else {
                Confidence::Medium
            };
            let is_wanted = !clears && !others.iter().any(|(_, clears)| *clears);
            findings.push(
                finding
                    .confidence(confidence)
                    .help(help(stage, manager, *clears))
                    .fix(fix(cx.environment, stage, manager).filter(|_| is_wanted)),
            );
        }
    }
}

/// Whether a call is told to take what is there.
fn is_offline(call: &Installation) -> bool {
    const OPTIONS: &[&str] = &["--no-restore", "--offline", "-mod=vendor"];
    call.options
        .iter()
        .any(|option| OPTIONS.contains(&option.value.as_str()))
}

/// Whether a call compiles what an earlier step has downloaded into the image.
fn has_dependencies(
    environment: &Environment,
    stage: StageView<'_>,
    at: usize,
    call: &Installation,
) -> bool {
    let Some(ecosystem) = ecosystems().iter().find(|one| one.builds(call)) else {
        return false;
    };
    environment.chain_stages(stage.id).any(|link| {
        let instructions = environment.stage_instructions(link);
        instructions
            .filter(|(index, _)| link != stage.id || *index < at)
            .any(|(index, instruction)| match &instruction.kind {
                InstructionKind::Run(run) => {
                    !has_mount(run, call.manager)
                        && environment
                            .installations(link, index)
                            .iter()
                            .any(|earlier| ecosystem.installs(earlier))
                }
                _ => false,
            })
    })
}

/// Whether a cache mount keeps what a package manager downloads.
fn has_mount(run: &Run, manager: &Manager) -> bool {
    let mut mounts = run
        .mounts
        .iter()
        .filter(|mount| mount.kind == MountKind::Cache);
    mounts.any(|mount| match owner(mount) {
        Some(owner) => owner.name == manager.name || owner.commands == manager.commands,
        None => true,
    })
}

/// The package manager whose directory a mount covers.
fn owner(mount: &Mount) -> Option<&'static Manager> {
    let target = mount
        .value(&["target", "dst", "destination"])?
        .value
        .trim_end_matches('/')
        .to_owned();
    managers().iter().find(|manager| {
        manager
            .cache
            .iter()
            .any(|directory| match directory.strip_prefix('~') {
                Some(rest) => target.ends_with(rest),
                None => target == *directory || target.starts_with(&format!("{directory}/")),
            })
    })
}

/// Whether a step refuses to keep downloads, or removes them.
fn clears_cache(call: &Installation, step: &str) -> bool {
    const OPTIONS: &[&str] = &["--no-cache", "--no-cache-dir"];
    const COMMANDS: &[&str] = &["clean", "cache purge", "rm -rf", "rm -r"];
    call.options
        .iter()
        .any(|option| OPTIONS.contains(&option.value.as_str()))
        || COMMANDS.iter().any(|command| step.contains(command))
}

/// The cache mounts of all Dockerfiles.
fn mounts(environment: &Environment) -> impl Iterator<Item = &Mount> {
    let instructions = environment
        .dockerfiles
        .iter()
        .flat_map(|dockerfile| &dockerfile.tree.instructions);
    let mounts = instructions.flat_map(|instruction| match &instruction.kind {
        InstructionKind::Run(run) => run.mounts.as_slice(),
        _ => &[],
    });
    mounts.filter(|mount| mount.kind == MountKind::Cache)
}

fn help(stage: StageView<'_>, manager: &Manager, clears: bool) -> String {
    let user = if stage
        .instructions()
        .any(|(_, instruction)| matches!(instruction.kind, InstructionKind::User(_)))
    {
        // The builder knows no `~`.
        "…"
    } else {
        "/root"
    };
    let directories = manager
        .cache
        .iter()
        .take(if manager.kind == ManagerKind::System {
            2
        } else {
            1
        });
    let sharing = if manager.name == "apt" {
        ",sharing=locked"
    } else {
        ""
    };
    let mounts: Vec<String> = directories
        .map(|directory| {
            format!(
                "`--mount=type=cache,target={}{sharing}`",
                directory.replacen('~', user, 1)
            )
        })
        .collect();
    let mounts = mounts.join(" and ");
    match (clears, manager.name.as_str()) {
        (_, "apt") => format!(
            "add {mounts}; with them nothing has to be removed behind it, and `docker-clean` must not remove it either"
        ),
        (true, _) => format!("add {mounts}; with it nothing has to be removed or switched off"),
        (false, _) => format!("add {mounts}"),
    }
}

/// Gives every step of a stage that calls a package manager the mount. `None` where the cache is
/// somewhere else, is needed elsewhere, or is better left unfilled.
fn fix(environment: &Environment, stage: StageView<'_>, manager: &Manager) -> Option<Fix> {
    let directory = manager.cache.first()?;
    if !directory.starts_with('~') && !is_official(stage) {
        return None;
    }
    let directory = directory.replacen('~', "/root", 1);
    let command = PackageCommand::named(manager.commands.first()?);
    let is_better_cleared = stage.ships() && command.is_some_and(|it| it.cache.is_some());
    if manager.kind == ManagerKind::System || is_better_cleared {
        return None;
    }
    let is_setting =
        |name: &str| SETTINGS.contains(&name) || name.to_ascii_uppercase().contains("CACHE");
    let is_configured = environment
        .chain_stages(stage.id)
        .filter_map(|link| environment.stage(link))
        .any(|link| link.bindings.iter().any(|it| is_setting(&it.name)));
    let is_base = stage.build.stages.iter().any(|other| match &other.base {
        Base::Stage(base) => *base == stage.id.stage,
        _ => false,
    });
    let document = environment.documents.get(stage.dockerfile.document);
    let is_used = document.text.contains(directory.as_str());
    let has_user = stage
        .chain()
        .flat_map(StageView::instructions)
        .any(|(_, instruction)| matches!(instruction.kind, InstructionKind::User(_)));
    // The mount would hide what the base has.
    let has_some = environment.chain_stages(stage.id).any(|link| {
        let instructions = environment.stage_instructions(link);
        let mut calls = instructions.flat_map(|(at, _)| environment.installations(link, at));
        link != stage.id && calls.any(|call| call.manager.name == manager.name)
    });
    if is_configured || is_base || is_used || has_user || has_some {
        return None;
    }
    let mount = format!("--mount=type=cache,target={directory}");
    let mut fix = Fix::with_care(
        format!("add `{mount}`"),
        "what a later step or the program expects in that directory is not in the image any more",
    );
    for (at, instruction) in stage.instructions() {
        let calls = environment.installations(stage.id, at).iter();
        let mut calls = calls.filter(|call| call.manager.name == manager.name);
        let InstructionKind::Run(run) = &instruction.kind else {
            continue;
        };
        if calls.next().is_some() && !has_mount(run, manager) {
            let end = instruction.keyword.span.end;
            let rest = document.text.get(end as usize..)?;
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let start = end + u32::try_from(blanks).ok()?;
            fix = fix.insert(document.id, start, format!("{mount} "));
        }
    }
    Some(fix)
}

/// Whether a stage starts from an official image of a language, which has its caches where they are known to be.
fn is_official(stage: StageView<'_>) -> bool {
    const IMAGES: &[&str] = &["golang", "node", "ruby", "rust"];
    let first = stage.chain().last().unwrap_or(stage);
    let base = first.stage.base_value.text.as_str();
    let name = base.rsplit('/').next().unwrap_or(base);
    let name = name.split([':', '@']).next().unwrap_or(name);
    IMAGES.contains(&name)
}

/// Variables that move a cache somewhere else.
const SETTINGS: &[&str] = &[
    "HOME",
    "GOPATH",
    "CARGO_HOME",
    "GEM_HOME",
    "BUNDLE_PATH",
    "COMPOSER_HOME",
    "GRADLE_USER_HOME",
    "NUGET_PACKAGES",
    "PNPM_HOME",
    "POETRY_HOME",
    "MAVEN_OPTS",
];

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "missing-cache-mount",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn a_package_manager_is_reported_once_in_a_stage() {
        insta::assert_snapshot!(check("FROM node:22\nCOPY . .\nRUN npm ci\nRUN npm install -g pnpm\n"), @r#"
        info (medium) Dockerfile:3:5 `npm` downloads without a cache mount
          Dockerfile:4:5 and here
          help: add `--mount=type=cache,target=/root/.npm`
        "#);
    }

    #[test]
    fn every_step_that_calls_the_package_manager_has_the_mount() {
        insta::assert_snapshot!(fix("missing-cache-mount", r"
-- Dockerfile --
FROM golang:1 AS build
RUN go mod download
RUN --mount=type=secret,id=token \
    go build ./...
FROM node:22 AS base
RUN npm ci
FROM base
RUN apt-get update && apt-get install -y git
ENV YARN_CACHE_FOLDER=/yarn
RUN yarn install
RUN pip install flask
"), @r#"
        unsafe: add `--mount=type=cache,target=/go/pkg/mod`, for what a later step or the program expects in that directory is not in the image any more
        -- Dockerfile --
        -RUN go mod download
        -RUN --mount=type=secret,id=token \
        +RUN --mount=type=cache,target=/go/pkg/mod go mod download
        +RUN --mount=type=cache,target=/go/pkg/mod --mount=type=secret,id=token \
        "#);
    }

    #[test]
    fn what_was_downloaded_is_not_downloaded_again() {
        let output = check("FROM golang:1 AS a\nRUN go mod download\nFROM a\nRUN go build ./...\n");
        assert_eq!(output.lines().count(), 2, "{output}");
    }

    #[test]
    fn packages_of_the_distribution_are_a_hint_unless_there_are_mounts_elsewhere() {
        let apt = "FROM debian:trixie\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n";
        insta::assert_snapshot!(check(apt), @r#"
        info (low) Dockerfile:2:23 `apt-get` downloads without a cache mount
          help: add `--mount=type=cache,target=/var/cache/apt,sharing=locked` and `--mount=type=cache,target=/var/lib/apt,sharing=locked`; with them nothing has to be removed behind it, and `docker-clean` must not remove it either
        "#);
        let mount = "-- other/Dockerfile --\nFROM golang:1\nRUN --mount=type=cache,target=/var/cache/apt apt-get install -y make\n";
        assert!(check(&format!("{apt}{mount}")).starts_with("info (medium)"));
    }

    #[test]
    fn a_mount_counts_for_the_package_manager_it_belongs_to() {
        for body in [
            "FROM python:3\nENV PIP_CACHE_DIR=/pip\nRUN --mount=type=cache,target=/pip pip install flask\n",
            "FROM node:22\nUSER node\nRUN --mount=type=cache,target=/home/node/.npm,uid=1000 npm ci\n",
            "FROM mcr.microsoft.com/dotnet/sdk:9.0\nRUN --mount=type=cache,target=/root/.nuget/packages dotnet restore\nRUN dotnet build --no-restore\n",
            "FROM mcr.microsoft.com/dotnet/sdk:9.0-nanoserver-1809\nRUN dotnet restore\n",
        ] {
            assert_eq!(check(body), "", "{body}");
        }
        let other = "FROM debian:trixie\nRUN --mount=type=cache,target=/var/cache/apt apt-get install -y pip && pip install flask\n";
        assert!(check(other).contains("`pip` downloads"));
    }
}
