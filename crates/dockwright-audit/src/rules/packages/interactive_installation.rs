//! `interactive-installation`

use crate::edits::call;
use crate::package_settings::is_set;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, StageView};

rule! {
    /// There is a package manager that asks before it goes on.
    ///
    /// ## What it does
    ///
    /// Looks at calls of `apt-get`, `dnf`, `yum` and `zypper` that install, remove or upgrade, and
    /// whether an option (`-y`, `-qq`, `--assumeyes`, `--non-interactive`) or a configuration file
    /// (`APT::Get::Assume-Yes`, `assumeyes=`) written before says yes to everything.
    ///
    /// With low confidence where a variable that is not known may hold the option, and in a pipeline,
    /// whose first part may answer.
    ///
    /// ## Why is this bad?
    ///
    /// Nobody can answer during a build: the package manager gives up, and the build fails. `apt-get`
    /// asks only when it has to install more than was named, so that the build may fail later,
    /// without any change.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// RUN apt-get update && apt-get install curl
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
    /// Adding the option is safe: a build that worked has never been asked. In a pipeline, whose first
    /// part may give the answers, it is unsafe. There is no fix in the exec form, and where a variable
    /// may hold the option.
    ///
    /// ## References
    ///
    /// - apt-get(8), `--assume-yes`; dnf(8), `--assumeyes`; zypper(8), `--non-interactive`
    InteractiveInstallation {
        name: "interactive-installation",
        family: Packages,
        severity: Warning,
        fix: Safe,
        aliases: ["DL3014", "DL3030", "DL3034", "DL3038"],
    }
}

impl Rule for InteractiveInstallation {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for call in cx.package_calls(stage) {
            let Some(prompts) = &call.command.prompts else {
                continue;
            };
            let Some(action) = call.action(&prompts.actions) else {
                continue;
            };
            if call.has_option(&prompts.options) || is_set(cx, stage, call.at, &prompts.settings) {
                continue;
            }
            let confidence = if call.pipeline || call.may_have_more_options() {
                Confidence::Low
            } else {
                Confidence::High
            };
            let option = prompts.options.first().map_or("-y", String::as_str);
            let message = format!(
                "`{}` asks, and nobody can answer during a build",
                action.name
            );
            let title = format!("add `{option}`");
            let fix = if call.pipeline {
                Fix::with_care(title, "something before the call may give the answers")
            } else {
                Fix::safe(title, "a build that worked has never been asked")
            };
            let documents = &cx.environment.documents;
            let fix = call::add_option(documents, stage, call, &action, option, fix);
            findings.push(
                Finding::new(self.metadata(), stage.location(action.span), message)
                    .codes(self.metadata().code(&prompts.code))
                    .confidence(confidence)
                    .help(format!("add `{option}`"))
                    .fix(fix.filter(|_| !call.may_have_more_options())),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    fn check(dockerfile: &str) -> String {
        audit(
            "interactive-installation",
            &format!("-- Dockerfile --\n{dockerfile}"),
        )
    }

    #[test]
    fn every_action_that_asks_needs_a_yes() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN sudo apt-get install curl && apt-get -q upgrade
RUN dnf group install tools; zypper rm vim
ONBUILD RUN [\"yum\", \"install\", \"git\"]
RUN yes | apt-get install vim && apt-get install $OPTIONS curl
"), @r#"
        warning Dockerfile:2:18 `apt-get install` asks, and nobody can answer during a build
          help: add `-y`
        warning Dockerfile:2:45 `apt-get upgrade` asks, and nobody can answer during a build
          help: add `-y`
        warning Dockerfile:3:9 `dnf group install` asks, and nobody can answer during a build
          help: add `-y`
        warning Dockerfile:3:37 `zypper rm` asks, and nobody can answer during a build
          help: add `-y`
        warning Dockerfile:4:21 `yum install` asks, and nobody can answer during a build
          help: add `-y`
        warning (low) Dockerfile:5:19 `apt-get install` asks, and nobody can answer during a build
          help: add `-y`
        warning (low) Dockerfile:5:42 `apt-get install` asks, and nobody can answer during a build
          help: add `-y`
        "#);
    }

    #[test]
    fn the_option_is_put_behind_the_action() {
        insta::assert_snapshot!(fix("interactive-installation", r#"
-- Dockerfile --
FROM debian:trixie
RUN apt-get update && \
    # tools
    apt-get install \
      curl && yes | apt-get -q upgrade
RUN dnf group install tools; zypper rm -t pattern vim
RUN ["yum", "install", "git"]
RUN apt-get install $OPTIONS curl; apt-get "$DO" install curl
"#), @r#"
        safe: add `-y`, for a build that worked has never been asked
        unsafe: add `-y`, for something before the call may give the answers
        safe: add `-y`, for a build that worked has never been asked
        safe: add `-y`, for a build that worked has never been asked
        -- Dockerfile --
        -    apt-get install \
        -      curl && yes | apt-get -q upgrade
        -RUN dnf group install tools; zypper rm -t pattern vim
        +    apt-get install -y \
        +      curl && yes | apt-get -q upgrade -y
        +RUN dnf group install -y tools; zypper rm -y -t pattern vim
        "#);
    }

    #[test]
    fn a_yes_may_be_said_in_many_ways() {
        for line in [
            "RUN apt-get install -yqq curl && apt-get -fy install && apt install --assume-yes git",
            "RUN apt-get install -qq curl && apt-get -q install -q curl && apt-get -q=2 install curl",
            "RUN apt-get install -o APT::Get::Assume-Yes=true curl",
            "RUN echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/90\nRUN apt-get install curl",
            "RUN echo assumeyes=1 >> /etc/dnf/dnf.conf\nRUN dnf install git",
            "RUN zypper -nq install git && zypper --non-interactive rm vim",
            "RUN apt-get update && dnf makecache && zypper refresh",
            "SHELL [\"powershell\"]\nRUN apt-get install curl",
        ] {
            let dockerfile = format!("FROM debian:trixie\n{line}\n");
            assert_eq!(check(&dockerfile), "", "{line}");
        }
    }

    #[test]
    fn what_a_base_of_the_repository_configures_holds_in_its_children() {
        assert_eq!(
            check(
                "FROM debian:trixie AS base\nRUN echo 'APT::Get::Assume-Yes \"true\";' > /etc/apt/apt.conf.d/90\nFROM base\nRUN apt-get install curl\n"
            ),
            ""
        );
    }
}
