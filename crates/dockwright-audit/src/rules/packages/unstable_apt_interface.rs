//! `unstable-apt-interface`

use dockwright_environment::{Documents, Location};

use crate::package_calls::PackageCall;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is an `apt` where `apt-get` is meant for scripts.
    ///
    /// ## What it does
    ///
    /// Reports calls of `apt`. They work as long as nothing reads what they print, so it is a hint with
    /// low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// `apt` is made for people at a terminal. What it prints, and how its options work, may change
    /// from one release to the next; it warns of that itself. `apt-get` and `apt-cache` stay as they
    /// are.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt update && apt install -y curl
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install -y curl
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Writing `apt-get` is safe for the actions that both have. There is no fix for the others, such as
    /// `upgrade`, which installs new packages with `apt` only, `list` and `search`, and in the exec form.
    ///
    /// ## References
    ///
    /// - apt(8), section `SCRIPT USAGE AND DIFFERENCES FROM OTHER APT TOOLS`
    UnstableAptInterface {
        name: "unstable-apt-interface",
        family: Packages,
        severity: Info,
        fix: Safe,
        aliases: ["DL3027"],
    }
}

impl Rule for UnstableAptInterface {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for call in cx.package_calls(stage) {
            if call.name == "apt" {
                let message = "`apt` has no stable interface for scripts";
                let documents = &cx.environment.documents;
                let fix = fix(documents, stage.location(call.program), call);
                findings.push(
                    Finding::new(self.metadata(), stage.location(call.program), message)
                        .confidence(Confidence::Low)
                        .help("call `apt-get`, or `apt-cache` for questions")
                        .fix(fix),
                );
            }
        }
    }
}

/// What `apt` and `apt-get` both do in the same way. `upgrade` installs new packages in one of them only.
const SHARED: &[&str] = &[
    "update",
    "install",
    "remove",
    "purge",
    "autoremove",
    "clean",
    "autoclean",
    "build-dep",
    "source",
    "download",
];

fn fix(documents: &Documents, program: Location, call: &PackageCall<'_>) -> Option<Fix> {
    let shared: Vec<String> = SHARED.iter().copied().map(str::to_owned).collect();
    call.step?;
    call.action(&shared)?;
    let is_plain = documents.text(program) == "apt";
    let fix = Fix::safe("write `apt-get`", "it does the same with the same options");
    is_plain.then(|| fix.replace(program, "apt-get"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn every_call_is_reported_at_its_word() {
        insta::assert_snapshot!(audit("unstable-apt-interface", "\
-- Dockerfile --
FROM debian:trixie
RUN if true; then \\
      sudo apt update; \\
    fi
RUN [\"apt\", \"list\"]
RUN echo apt list
"), @r#"
        info (low) Dockerfile:3:12 `apt` has no stable interface for scripts
          help: call `apt-get`, or `apt-cache` for questions
        info (low) Dockerfile:5:6 `apt` has no stable interface for scripts
          help: call `apt-get`, or `apt-cache` for questions
        "#);
    }

    #[test]
    fn what_both_do_is_written_as_apt_get() {
        insta::assert_snapshot!(fix("unstable-apt-interface", r#"
-- Dockerfile --
FROM debian:trixie
RUN apt update && \
    apt -y upgrade && sudo apt install -y curl
RUN ["apt", "update"]
RUN apt list
"#), @r#"
        safe: write `apt-get`, for it does the same with the same options
        safe: write `apt-get`, for it does the same with the same options
        -- Dockerfile --
        -RUN apt update && \
        -    apt -y upgrade && sudo apt install -y curl
        +RUN apt-get update && \
        +    apt -y upgrade && sudo apt-get install -y curl
        "#);
    }
}
