//! `missing-cache-mount`

mod apt;
mod language;

use std::collections::BTreeMap;

use dockwright_environment::Environment;
use dockwright_environment::packages::{Installation, Manager, ManagerKind, managers};
use dockwright_syntax::dockerfile::{InstructionKind, Mount, MountKind, Run};

use crate::installs::ecosystems;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

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
    /// that call the package manager, and takes away what empties or refuses the cache there.
    ///
    /// For `apt-get` it also removes `docker-clean`, with which the images of Debian and Ubuntu delete what
    /// was downloaded. There is no fix where a step installs without `apt-get update` before it, is not run as
    /// root, or looks at the directories in another way, and where this is so in a stage that starts from
    /// this one.
    ///
    /// For other package managers there is none where only an official image of a language says where the
    /// cache is, and the base is another; behind a `USER`; where a variable moves the cache; where the cache can be
    /// refused in a stage that ships (`leftover-package-cache`); and, if the cache holds more than
    /// downloads, where another stage starts from this one or this one from one that has filled it. There is
    /// none for other distributions, either: `--no-cache` and `dnf clean all` keep their images small.
    ///
    /// ## References
    ///
    /// - Dockerfile reference: `RUN --mount=type=cache`
    /// - Docker documentation, Optimize cache usage in builds
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
            let fix = match manager.name.as_str() {
                "apt" => apt::fix(cx, stage),
                _ => language::fix(cx, stage, manager),
            };
            findings.push(
                finding
                    .confidence(confidence)
                    .help(help(stage, manager, *clears))
                    .fix(fix),
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
        unsafe: add `--mount=type=cache,target=/root/.npm`, for what a later step or the program expects in that directory is not in the image any more
        unsafe: add cache mounts on `/var/cache/apt` and `/var/lib/apt/lists`, for an image that starts from this one keeps what it downloads, unless it has the mounts too
        -- Dockerfile --
        -RUN go mod download
        -RUN --mount=type=secret,id=token \
        +RUN --mount=type=cache,target=/go/pkg/mod go mod download
        +RUN --mount=type=cache,target=/go/pkg/mod --mount=type=secret,id=token \
        -RUN npm ci
        +RUN --mount=type=cache,target=/root/.npm npm ci
        -RUN apt-get update && apt-get install -y git
        +RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
        +    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
        +    rm -f /etc/apt/apt.conf.d/docker-clean && \
        +    apt-get update && apt-get install -y git
        "#);
    }

    #[test]
    fn what_empties_the_cache_goes() {
        insta::assert_snapshot!(fix("missing-cache-mount", r"
-- Dockerfile --
FROM node:22 AS build
RUN npm ci && npm cache clean --force
FROM build
RUN pip install --no-cache-dir \
    flask \
    && rm -rf /tmp/*
FROM debian:trixie
RUN pip install flask
RUN npm ci; rm -rf ~/.npm
"), @r#"
        unsafe: add `--mount=type=cache,target=/root/.npm`, for what a later step or the program expects in that directory is not in the image any more
        unsafe: add `--mount=type=cache,target=/root/.cache/pip`, for what a later step or the program expects in that directory is not in the image any more
        -- Dockerfile --
        -RUN npm ci && npm cache clean --force
        +RUN --mount=type=cache,target=/root/.npm npm ci
        -RUN pip install --no-cache-dir \
        +RUN --mount=type=cache,target=/root/.cache/pip pip install \
        "#);
    }

    #[test]
    fn apt_keeps_what_it_downloads_in_mounts() {
        insta::assert_snapshot!(fix("missing-cache-mount", r"
-- Dockerfile --
FROM debian:trixie AS base
RUN apt-get update && apt-get install -y git && apt-get clean && rm -rf /var/lib/apt/lists/*
FROM base AS build
RUN set -eux; \
	apt-get update; \
	apt-get install -y \
		# builds
		make \
	; \
	rm -rf /tmp/* /var/lib/apt/lists/*
RUN \
  apt-get update \
  && apt-get install -y gcc \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives \
  && gcc --version
"), @r#"
        unsafe: add cache mounts on `/var/cache/apt` and `/var/lib/apt/lists`, for an image that starts from this one keeps what it downloads, unless it has the mounts too
        unsafe: add cache mounts on `/var/cache/apt` and `/var/lib/apt/lists`, for an image that starts from this one keeps what it downloads, unless it has the mounts too
        -- Dockerfile --
        -RUN apt-get update && apt-get install -y git && apt-get clean && rm -rf /var/lib/apt/lists/*
        +RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
        +    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
        +    rm -f /etc/apt/apt.conf.d/docker-clean && \
        +    apt-get update && apt-get install -y git
        -RUN set -eux; \
        -	apt-get update; \
        +RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
        +	--mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
        +	set -eux; \
        +	rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update; \
        -	rm -rf /tmp/* /var/lib/apt/lists/*
        +	rm -rf /tmp/*
        -  apt-get update \
        +  --mount=type=cache,target=/var/cache/apt,sharing=locked \
        +  --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
        +  rm -f /etc/apt/apt.conf.d/docker-clean \
        +  && apt-get update \
        -  && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives \
        "#);
    }

    #[test]
    fn apt_has_no_mounts_where_a_step_does_more_with_its_directories() {
        for step in [
            "RUN apt-get install -y git",
            "RUN apt-get update && apt-get install -y git && rm -rf /var/cache/*",
            "RUN apt-get update && apt-get install -y git && { rm -rf /var/lib/apt/lists/*; }",
            "RUN apt-get update && apt-get install -y git && (apt-get clean || true)",
            "RUN apt-get update && apt-get install -y git && find /var/lib/apt/lists -delete",
            "RUN sudo apt-get update && sudo apt-get install -y git",
            "RUN if true; then apt-get update && apt-get install -y git; fi",
            "USER app\nRUN apt-get update && apt-get install -y git",
            "RUN <<EOF\napt-get update\napt-get install -y git\nEOF",
            "RUN apt-get update && apt-get install -y git\nFROM base\nRUN apt-get install -y make",
        ] {
            let files = format!("-- Dockerfile --\nFROM debian:trixie AS base\n{step}\n");
            assert_eq!(fix("missing-cache-mount", &files), "", "{step}");
        }
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
          help: add `--mount=type=cache,target=/var/cache/apt,sharing=locked` and `--mount=type=cache,target=/var/lib/apt/lists,sharing=locked`; with them nothing has to be removed behind it, and `docker-clean` must not remove it either
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
