//! `dangling-target`

use dockwright_environment::mentions::Named;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, dangling};

rule! {
    /// There is a command that names a stage or bake target which its file does not define.
    ///
    /// ## What it does
    ///
    /// Reads every command that builds – in scripts, Makefiles, CI, programs and documents – and reports the
    /// stage of `--target` that the Dockerfile does not have, and targets of `docker buildx bake` that the bake file does
    /// not have. The `target:` of a service and the `target` of a bake file are looked at likewise.
    ///
    /// ## Why is this bad?
    ///
    /// The build stops: "target stage could not be found", "failed to find target".
    ///
    /// ## Example
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// FROM build AS release
    /// ```
    /// ```shell build.sh
    /// docker buildx build --target releases .
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie AS build
    /// FROM build AS release
    /// ```
    /// ```shell build.sh
    /// docker buildx build --target release .
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where one stage or target has nearly the same name, that is written instead. This is safe: the old name leads to
    /// nothing. Otherwise somebody has to say what is meant.
    ///
    /// ## References
    ///
    /// - Dockerfile reference, "FROM"; `docker buildx build --target`
    DanglingTarget {
        name: "dangling-target",
        family: Graph,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for DanglingTarget {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        for (named, noun) in [(Named::Stage, "stage"), (Named::BakeTarget, "bake target")] {
            findings.extend(dangling::findings(
                cx.environment,
                self.metadata(),
                &named,
                noun,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const FILES: &str = "\
-- Dockerfile --
FROM debian:trixie AS build
FROM build AS release
-- docker-bake.hcl --
group \"default\" { targets = [\"web\"] }
target \"web\" {
  matrix = { v = [\"a\", \"b\"] }
  name = \"web-${v}\"
}
-- run.sh --
";

    fn check(script: &str) -> String {
        audit("dangling-target", &format!("{FILES}{script}"))
    }

    #[test]
    fn stages_and_bake_targets_are_looked_for() {
        insta::assert_snapshot!(check("\
docker build --target production .
docker buildx bake web web-a api
docker compose build
-- compose.yaml --
services:
  web:
    build:
      context: .
      target: realese
"), @r#"
        error compose.yaml:5:15 there is no stage `realese`
          help: the nearest there is: `release`
        error run.sh:1:23 there is no stage `production`
          help: there are: `build`, `release`
        error run.sh:2:30 there is no bake target `api`
          help: there are: `default`, `web`, `web-a`, `web-b`
        "#);
    }

    #[test]
    fn what_is_there_or_not_known_is_left_alone() {
        for script in [
            "docker build --target release . && docker build --target 0 .",
            "docker build --target $STAGE .",
            "docker build -f elsewhere/Dockerfile --target x .",
            "docker buildx bake default web web-b",
            "docker buildx bake https://example.com/x.git x",
            "docker buildx bake -f other.hcl x",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }
}
