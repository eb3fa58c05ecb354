//! `leftover-package-cache`

use dockwright_syntax::Span;

use crate::edits::call;
use crate::package_caches;
use crate::package_calls::PackageCall;
use crate::package_commands::Cache;
use crate::package_settings::is_set;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a package manager's cache that stays in the image.
    ///
    /// ## What it does
    ///
    /// Looks at steps that fill the cache of `apt-get`, `apk`, `dnf`, `yum`, `zypper`, `pip` or `yarn`,
    /// and whether the same step clears it again, an option or a setting keeps it from being filled
    /// (`--no-cache`, `--no-cache-dir`, `PIP_NO_CACHE_DIR`), or a cache mount holds it. What a later
    /// step removes is still in the image.
    ///
    /// With low confidence in a stage whose layers are in no image that people get, and where the
    /// cache is removed by hand although an option keeps it from being filled.
    ///
    /// ## Why is this bad?
    ///
    /// Nothing in the image reads it. It makes every download of the image longer.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Clearing the cache in the same step, or adding the option with which there is none, is unsafe: a
    /// later step, or an image that starts from this one, may install without refreshing it. There is no
    /// fix where a later step of the stage calls the package manager again, in a stage that does not ship,
    /// in the exec form, and in a here-document.
    ///
    /// ## References
    ///
    /// - Docker documentation, Building best practices: `apt-get`
    /// - Dockerfile reference: `RUN --mount=type=cache`
    LeftoverPackageCache {
        name: "leftover-package-cache",
        family: Packages,
        severity: Info,
        fix: Unsafe,
        aliases: [
            "DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060",
        ],
    }
}

impl Rule for LeftoverPackageCache {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        let calls = cx.package_calls(stage);
        let ships = stage.ships();
        let mut reported: Vec<&PackageCall<'_>> = Vec::new();
        for call in calls {
            let Some(cache) = &call.command.cache else {
                continue;
            };
            let Some(action) = call.action(&cache.actions) else {
                continue;
            };
            let is_same = |other: &&PackageCall<'_>| {
                other.at == call.at && std::ptr::eq(other.command, call.command)
            };
            if (cache.shipped_only && !ships) || reported.iter().any(is_same) {
                continue;
            }
            let cleared = package_caches::is_cleared(call, calls, cache);
            if (cleared && cache.options.is_empty()) || is_avoided(cx, stage, call, cache) {
                continue;
            }
            reported.push(call);
            let (name, what) = (&action.name, &cache.what);
            let (message, confidence) = if cleared {
                let message = format!("`{name}` fills, and then clears, {what}");
                (message, Confidence::Low)
            } else if ships {
                let message = format!("`{name}` leaves {what} in the image");
                (message, Confidence::High)
            } else {
                let message = format!("`{name}` leaves {what} in this stage");
                (message, Confidence::Low)
            };
            let fix = fix(cx, stage, call, calls, cache).filter(|_| ships);
            findings.push(
                Finding::new(self.metadata(), stage.location(action.span), message)
                    .codes(self.metadata().code(&cache.code))
                    .confidence(confidence)
                    .help(&cache.help)
                    .fix(fix),
            );
        }
    }
}

/// The option with which nothing is left, or else what clears it at the end of the step.
fn fix(
    cx: Context<'_>,
    stage: StageView<'_>,
    call: &PackageCall<'_>,
    calls: &[PackageCall<'_>],
    cache: &Cache,
) -> Option<Fix> {
    let documents = &cx.environment.documents;
    if let Some(option) = cache.options.first() {
        let action = call.action(&cache.actions)?;
        let fix = Fix::with_care(
            format!("add `{option}`"),
            "a later step that finds something in the cache today has to download it",
        );
        return call::add_option(documents, stage, call, &action, option, fix);
    }
    let mut later = calls.iter().filter(|other| other.at > call.at);
    if later.any(|other| std::ptr::eq(other.command, call.command)) {
        return None;
    }
    let before = Span {
        end: call.program.start,
        ..call.span
    };
    // What needs rights to fill it needs them to clear it.
    if documents.text(stage.location(before)).contains("sudo") || !call.is_unconditional() {
        return None;
    }
    let command = cache.ending.as_ref()?.replace("{name}", call.name);
    let fix = Fix::with_care(
        format!("end the step with `{command}`"),
        "an image that starts from this one has to fill the cache before it installs",
    );
    call::add_command(documents, stage, call, &command, fix)
}

/// Whether the cache is not filled at all, or kept outside of the image.
fn is_avoided(
    cx: Context<'_>,
    stage: StageView<'_>,
    call: &PackageCall<'_>,
    cache: &Cache,
) -> bool {
    call.has_option(&cache.options)
        || package_caches::has_mount(call, cache)
        || is_set(cx, stage, call.at, &cache.settings)
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "leftover-package-cache",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn a_cache_is_reported_once_in_a_step_where_it_is_filled() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN apt-get update && apt-get install -y curl && apt-get update
RUN rm -rf /var/lib/apt/lists/*
RUN dnf clean all && dnf install -y git
RUN <<EOF
zypper -n in git
python3 -m pip install flask
EOF
RUN yarn
"), @r#"
        info Dockerfile:2:13 `apt-get update` leaves the package lists in the image
          help: end the step with `rm -rf /var/lib/apt/lists/*`, or give it a cache mount on `/var/lib/apt`
        info Dockerfile:4:26 `dnf install` leaves the metadata of repositories and downloads in the image
          help: end the step with `dnf clean all`, or give it a cache mount on `/var/cache/dnf` or `/var/cache/libdnf5`
        info Dockerfile:6:11 `zypper in` leaves the metadata of repositories and downloads in the image
          help: end the step with `zypper clean --all`, or give it a cache mount on `/var/cache/zypp`
        info Dockerfile:7:16 `pip install` leaves its downloads in the image
          help: add `--no-cache-dir`, or a cache mount on `/root/.cache/pip`
        info Dockerfile:9:5 `yarn` leaves its downloads in the image
          help: end the step with `yarn cache clean`, or give it a cache mount on `/usr/local/share/.cache/yarn`
        "#);
    }

    #[test]
    fn a_cache_is_cleared_at_the_end_of_the_step_or_not_filled() {
        insta::assert_snapshot!(fix("leftover-package-cache", r"
-- Dockerfile --
FROM debian:trixie
RUN apt-get update && \
    apt-get install -y curl \
    && apt-get install -y jq
RUN python3 -m pip install -r x.txt
RUN set -eux; \
    dnf install -y git; \
    true
RUN yarn
RUN if true; then zypper -n in git; fi
-- alpine/Dockerfile --
FROM alpine:3.22
RUN apk add --virtual .build gcc
RUN apk add jq # why
"), @r#"
        unsafe: end the step with `rm -rf /var/lib/apt/lists/*`, for an image that starts from this one has to fill the cache before it installs
        unsafe: add `--no-cache-dir`, for a later step that finds something in the cache today has to download it
        unsafe: end the step with `dnf clean all`, for an image that starts from this one has to fill the cache before it installs
        unsafe: end the step with `yarn cache clean`, for an image that starts from this one has to fill the cache before it installs
        unsafe: add `--no-cache`, for a later step that finds something in the cache today has to download it
        unsafe: add `--no-cache`, for a later step that finds something in the cache today has to download it
        -- Dockerfile --
        -    && apt-get install -y jq
        -RUN python3 -m pip install -r x.txt
        +    && apt-get install -y jq \
        +    && rm -rf /var/lib/apt/lists/*
        +RUN python3 -m pip install --no-cache-dir -r x.txt
        -    true
        -RUN yarn
        +    true && \
        +    dnf clean all
        +RUN yarn && yarn cache clean
        -- alpine/Dockerfile --
        -RUN apk add --virtual .build gcc
        -RUN apk add jq # why
        +RUN apk add --no-cache --virtual .build gcc
        +RUN apk add --no-cache jq # why
        "#);
    }

    #[test]
    fn clearing_by_hand_what_an_option_avoids_is_a_hint() {
        insta::assert_snapshot!(check("\
FROM alpine:3.22
RUN apk add --update curl && rm -rf /var/cache/apk/*
RUN pip install flask && pip cache purge
"), @r#"
        info (low) Dockerfile:2:9 `apk add` fills, and then clears, the package index
          help: add `--no-cache`, or a cache mount on `/var/cache/apk`
        info (low) Dockerfile:3:9 `pip install` fills, and then clears, its downloads
          help: add `--no-cache-dir`, or a cache mount on `/root/.cache/pip`
        "#);
    }

    #[test]
    fn a_stage_that_does_not_ship_may_keep_it() {
        insta::assert_snapshot!(check("\
FROM debian:trixie AS build
RUN apt-get update && pip install flask
FROM scratch
COPY --from=build /app /app
"), @r#"
        info (low) Dockerfile:2:27 `pip install` leaves its downloads in this stage
          help: add `--no-cache-dir`, or a cache mount on `/root/.cache/pip`
        "#);
    }

    #[test]
    fn a_cache_may_be_cleared_avoided_or_kept_outside() {
        for line in [
            "RUN apt-get update && apt-get install -y git && rm -rf /tmp/* /var/lib/apt/lists/*",
            "RUN apt-get update && apt-get dist-clean",
            "RUN sudo apt-get update && sudo bash -c 'rm -rf /var/lib/apt/lists/*'",
            "RUN apt-get update && find /var/lib/apt/lists -type f -delete",
            "RUN clean() { rm -rf /var/{cache,lib}/apt; }; apt-get update; clean",
            "RUN --mount=type=cache,target=/var/lib/apt apt-get update",
            "RUN --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update",
            "RUN yum install -y git && yum clean all",
            "RUN dnf install -y git && sudo rm -rf /var/cache/libdnf5",
            "RUN zypper -n in git && zypper cc -a",
            "RUN yarn install && yarn cache clean",
            "RUN npm install -g yarn@1.22.22 && yarn --version",
            "RUN --mount=type=cache,target=/root/.cache pip install flask",
            "ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask",
            "RUN pip --no-cache-dir install flask",
            "RUN apk --no-cache add git",
        ] {
            let dockerfile = format!("FROM debian:trixie\n{line}\n");
            assert_eq!(check(&dockerfile), "", "{line}");
        }
    }
}
