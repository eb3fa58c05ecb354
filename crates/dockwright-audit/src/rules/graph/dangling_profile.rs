//! `dangling-profile`

use dockwright_environment::mentions::Named;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, dangling};

rule! {
    /// There is a command that enables a profile which no service has.
    ///
    /// ## What it does
    ///
    /// Reads every `docker compose` command in scripts, Makefiles, CI, programs and documents, and reports the
    /// profiles of `--profile` and `COMPOSE_PROFILES` that no service of its Compose files has.
    ///
    /// ## Why is this bad?
    ///
    /// Compose says nothing and starts nothing of what was meant.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   packages:
    ///     image: busybox
    ///     profiles: [packages]
    /// ```
    /// ```shell build.sh
    /// docker compose --profile package up
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   packages:
    ///     image: busybox
    ///     profiles: [packages]
    /// ```
    /// ```shell build.sh
    /// docker compose --profile packages up
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where one profile has nearly the same name, that is written instead. This is safe: the old name leads to
    /// nothing. Otherwise somebody has to say what is meant.
    ///
    /// ## References
    ///
    /// - Docker documentation, "Using profiles with Compose"
    DanglingProfile {
        name: "dangling-profile",
        family: Graph,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for DanglingProfile {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let own = dangling::findings(cx.environment, self.metadata(), &Named::Profile, "profile");
        findings.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const COMPOSE: &str = "-- compose.yaml --\nservices:\n  web:\n    image: nginx\n    profiles: [dev, prod]\n  db:\n    image: postgres\n";

    fn check(script: &str) -> String {
        audit(
            "dangling-profile",
            &format!("{COMPOSE}-- run.sh --\n{script}"),
        )
    }

    #[test]
    fn options_and_variables_are_read() {
        insta::assert_snapshot!(check("\
docker compose --profile dev --profile production up
COMPOSE_PROFILES=dev,test docker compose up
export COMPOSE_PROFILES=staging
docker compose pull
"), @r#"
        error run.sh:1:40 there is no profile `production`
          help: the nearest there is: `prod`
        error run.sh:2:18 there is no profile `test`
          help: there are: `dev`, `prod`
        error run.sh:3:25 there is no profile `staging`
          help: there are: `dev`, `prod`
        "#);
    }

    #[test]
    fn a_profile_of_the_override_file_is_not_there_without_it() {
        let files = |script: &str| {
            format!(
                "{script}-- compose.override.yaml --\nservices:\n  debug:\n    image: busybox\n    profiles: [debug]\n"
            )
        };
        insta::assert_snapshot!(check(&files("\
docker compose --profile debug up
docker compose -f compose.yaml --profile debug up
docker compose -f compose.yaml -f compose.override.yaml --profile debug up
")), @r#"
        error run.sh:2:42 there is no profile `debug`
          help: there are: `dev`, `prod`
        "#);
    }

    #[test]
    fn what_is_there_is_left_alone() {
        for script in [
            "docker compose --profile dev --profile '*' up",
            "docker compose --profile \"$PROFILE\" up",
            "docker compose -f other.yaml --profile x up",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }
}
