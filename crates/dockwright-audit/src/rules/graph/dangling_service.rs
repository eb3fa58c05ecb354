//! `dangling-service`

use dockwright_environment::mentions::Named;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, dangling};

rule! {
    /// There is a command that names a service which its Compose file does not define.
    ///
    /// ## What it does
    ///
    /// Reads every `docker compose` command in scripts, Makefiles, CI, programs and documents, finds the
    /// Compose files that it works on – those of `-f`, `COMPOSE_FILE` or the default one – and reports services that
    /// none of them has. An override file counts only where Compose reads it by itself, or is told to.
    ///
    /// ## Why is this bad?
    ///
    /// Compose stops with "no such service".
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     image: busybox
    /// ```
    /// ```shell start.sh
    /// docker compose up -d workers
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   worker:
    ///     image: busybox
    /// ```
    /// ```shell start.sh
    /// docker compose up -d worker
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where one service has nearly the same name, that is written instead. This is safe: the old name leads to
    /// nothing. Otherwise somebody has to say what is meant.
    ///
    /// ## References
    ///
    /// - Docker Compose CLI reference: which commands take services
    DanglingService {
        name: "dangling-service",
        family: Graph,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for DanglingService {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let own = dangling::findings(cx.environment, self.metadata(), &Named::Service, "service");
        findings.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    const COMPOSE: &str = "-- deploy/compose.yaml --\nservices:\n  web:\n    image: nginx\n  worker:\n    image: busybox\n    profiles: [jobs]\n";

    fn check(script: &str) -> String {
        audit(
            "dangling-service",
            &format!("{COMPOSE}-- run.sh --\n{script}"),
        )
    }

    #[test]
    fn every_command_that_takes_services_is_read() {
        insta::assert_snapshot!(check("\
cd deploy
docker compose run --rm -e A=b wrker sh -c 'web2'
docker compose exec -T db psql
docker compose logs -f web db
docker-compose up --scale web=2 --exit-code-from tests
"), @r#"
        error run.sh:2:32 there is no service `wrker`
          help: the nearest there is: `worker`
        error run.sh:3:24 there is no service `db`
          help: there are: `web`, `worker`
        error run.sh:4:28 there is no service `db`
          help: there are: `web`, `worker`
        error run.sh:5:50 there is no service `tests`
          help: there are: `web`, `worker`
        "#);
    }

    #[test]
    fn what_is_defined_or_not_known_is_left_alone() {
        for script in [
            "docker compose -f deploy/compose.yaml run worker web2",
            "docker compose -f deploy/compose.yaml -f elsewhere.yaml up db",
            "docker compose -f $FILE up db",
            "cd deploy && docker compose up \"$SERVICE\" $SERVICES",
            "ssh host docker compose up db",
            "cd ../other && docker compose up db",
            "git clone https://example.com/other && cd other && docker compose up db",
        ] {
            assert_eq!(check(script), "", "{script}");
        }
    }

    #[test]
    fn an_override_file_counts_only_where_compose_reads_it() {
        let files = |script: &str| {
            format!(
                "{script}-- deploy/compose.override.yaml --\nservices:\n  db:\n    image: postgres\n"
            )
        };
        insta::assert_snapshot!(check(&files("\
docker compose -f deploy/compose.yaml up db
docker compose -f deploy/compose.yaml -f deploy/compose.override.yaml up db
COMPOSE_FILE=deploy/compose.yaml docker compose logs db
docker compose --project-directory deploy up db
cd deploy && docker compose up db
")), @r#"
        error run.sh:1:42 there is no service `db`
          help: there are: `web`, `worker`
        error run.sh:3:54 there is no service `db`
          help: there are: `web`, `worker`
        "#);
    }

    #[test]
    fn a_service_of_any_file_that_is_laid_over_another_counts() {
        let more = "-- deploy/dev.yaml --\nservices:\n  web:\n    ports: [\"80:80\"]\n  db:\n    image: postgres\n";
        let script = "docker compose -f deploy/compose.yaml -f deploy/dev.yaml up db\n";
        assert_eq!(check(&format!("{script}{more}")), "");
    }

    #[test]
    fn one_name_is_nearly_the_same() {
        insta::assert_snapshot!(fix("dangling-service", "\
-- compose.yaml --
services:
  worker: {image: busybox}
  web: {image: busybox}
-- start.sh --
docker compose up -d workers
docker compose logs proxy
"), @r#"
        safe: write `worker`, for `workers` names nothing, and one service is called nearly so
        -- start.sh --
        -docker compose up -d workers
        +docker compose up -d worker
        "#);
    }
}
