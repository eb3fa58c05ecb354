//! `system-upgrade`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, StageView};

rule! {
    /// There is an upgrade of all packages of the base image.
    ///
    /// ## What it does
    ///
    /// Looks at calls such as `apt-get upgrade`, `apk upgrade`, `dnf update` or `zypper dup` that name
    /// no package. Always a hint with low confidence: an upgrade also brings fixes that the base
    /// image does not have yet.
    ///
    /// ## Why is this bad?
    ///
    /// What the image holds depends on the day it is built, and every upgraded package is in the image
    /// twice, old and new. A newer base image has the same fixes, and can be pinned.
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:bookworm
    /// RUN apt-get update && apt-get -y dist-upgrade
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie-20250811
    /// ```
    ///
    /// ## Fix safety
    ///
    /// There is no fix: leaving the upgrade out may take security updates away.
    ///
    /// ## References
    ///
    /// - Docker documentation, Building best practices: rebuild your images often
    SystemUpgrade {
        name: "system-upgrade",
        family: Packages,
        severity: Info,
        fix: None,
        aliases: ["DL3005", "DL3017", "DL3031", "DL3035", "DL3039"],
    }
}

impl Rule for SystemUpgrade {
    fn check_stage(&self, cx: Context<'_>, stage: StageView<'_>, findings: &mut Vec<Finding>) {
        for call in cx.package_calls(stage) {
            let Some(upgrades) = &call.command.upgrades else {
                continue;
            };
            let action = call.action(&upgrades.actions);
            let Some(action) = action.filter(|action| action.operands.is_empty()) else {
                continue;
            };
            let message = format!("`{}` upgrades the whole base image", action.name);
            findings.push(
                Finding::new(self.metadata(), stage.location(action.span), message)
                    .codes(self.metadata().code(&upgrades.code))
                    .confidence(Confidence::Low)
                    .help("start from a newer base image, and name the packages that need more"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn check(dockerfile: &str) -> String {
        audit("system-upgrade", &format!("-- Dockerfile --\n{dockerfile}"))
    }

    #[test]
    fn upgrading_everything_is_reported() {
        insta::assert_snapshot!(check("\
FROM debian:trixie
RUN apt-get update \\
 && apt-get -y dist-upgrade
RUN apk --no-cache upgrade
RUN yum -y update; zypper -n dup
"), @r#"
        info (low) Dockerfile:3:16 `apt-get dist-upgrade` upgrades the whole base image
          help: start from a newer base image, and name the packages that need more
        info (low) Dockerfile:4:20 `apk upgrade` upgrades the whole base image
          help: start from a newer base image, and name the packages that need more
        info (low) Dockerfile:5:12 `yum update` upgrades the whole base image
          help: start from a newer base image, and name the packages that need more
        info (low) Dockerfile:5:30 `zypper dup` upgrades the whole base image
          help: start from a newer base image, and name the packages that need more
        "#);
    }

    #[test]
    fn upgrading_a_package_is_not() {
        assert_eq!(
            check("FROM fedora:42\nRUN dnf -y upgrade openssl && apt-get update\n"),
            ""
        );
    }
}
