//! `dependency-without-healthcheck`

use dockwright_environment::compose::{Dependency, HealthcheckTest, Service};
use dockwright_environment::configuration::Root;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location, Value};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, image_scripts};

rule! {
    /// There is a service that waits for the health of another one, which nothing checks.
    ///
    /// ## What it does
    ///
    /// Reports `condition: service_healthy` on a service that has no health check: neither in Compose nor in its image,
    /// or one that is switched off. What a base from elsewhere brings along is not known; the Docker Official Images
    /// bring none by policy, and for any other it says so at low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// Nothing starts: "dependency failed to start: container … has no healthcheck configured".
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     depends_on:
    ///       db:
    ///         condition: service_healthy
    ///   db:
    ///     image: postgres:18
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     depends_on:
    ///       db:
    ///         condition: service_healthy
    ///   db:
    ///     image: postgres:18
    ///     healthcheck:
    ///       test: pg_isready --username postgres
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: what shows that a service works is its own affair.
    ///
    /// ## References
    ///
    /// - Compose specification, `depends_on`, "Long syntax"
    /// - Docker Official Images, frequently asked questions, "Healthcheck"
    DependencyWithoutHealthcheck {
        name: "dependency-without-healthcheck",
        family: Compose,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for DependencyWithoutHealthcheck {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut told = std::collections::BTreeSet::new();
        for (number, project) in cx.environment.compose.iter().enumerate() {
            for service in &project.services {
                let waits = service.depends_on.iter();
                for dependency in waits.filter(|one| one.condition == "service_healthy") {
                    let mut others = project.services.iter().enumerate();
                    let name = &dependency.name.text;
                    let Some((index, other)) = others.find(|(_, other)| other.name.text == *name)
                    else {
                        continue;
                    };
                    let Some((why, confidence)) = unchecked(cx.environment, (number, index), other)
                    else {
                        continue;
                    };
                    let at = condition(service, dependency);
                    // `extends` and `include` bring it into several services.
                    if !told.insert((at, other.name.location)) {
                        continue;
                    }
                    let message = format!("nothing checks the health of `{name}`: {why}");
                    findings.push(
                        Finding::new(self.metadata(), at, message)
                            .confidence(confidence)
                            .related(other.name.location, format!("`{name}`"))
                            .help(format!(
                                "give `{name}` a `healthcheck`, or wait with `service_started`"
                            )),
                    );
                }
            }
        }
    }
}

/// Where a service says that it waits for the health of another.
fn condition(service: &Service, dependency: &Dependency) -> Location {
    let all = service.node.get("depends_on");
    let own = all.and_then(|all| all.get(&dependency.name.text)?.get("condition"));
    own.map_or(dependency.name.location, |condition| condition.location)
}

/// Why a service has no health check, and how sure that is; `None` when it has one.
fn unchecked(
    environment: &Environment,
    place: (usize, usize),
    service: &Service,
) -> Option<(String, Confidence)> {
    let off = |what: &str| Some((format!("{what} switches the check off"), Confidence::High));
    if let Some(check) = &service.healthcheck {
        match &check.test {
            _ if check.disable => return off("`disable`"),
            Some(HealthcheckTest::None(_)) => return off("`NONE`"),
            Some(_) => return None,
            None => {}
        }
    }
    if service.node.get("provider").is_some() {
        return None;
    }
    if let Some(stage) = image_scripts::stage_of_service(environment, place.0, place.1) {
        let configuration = environment.configuration(stage);
        return match (configuration.healthcheck, configuration.root) {
            (Some(Some(_)), _) => None,
            (Some(None), _) => off("its Dockerfile"),
            (None, Root::Scratch) => Some((
                "neither Compose nor its Dockerfile has a check".to_owned(),
                Confidence::High,
            )),
            (None, Root::External(base)) => Some((
                format!(
                    "neither Compose nor its Dockerfile has a check, and `{base}` is not known to have one"
                ),
                confidence(&base),
            )),
            (None, Root::Unknown) => Some((
                "neither Compose nor its Dockerfile has a check".to_owned(),
                Confidence::Low,
            )),
        };
    }
    let image = service.image.as_ref().and_then(Value::known)?;
    Some((
        format!("Compose has no check, and `{image}` is not known to have one"),
        confidence(image),
    ))
}

/// How sure it is that an image from elsewhere has no health check.
fn confidence(image: &str) -> Confidence {
    match ImageReference::parse(image) {
        Ok(reference) if reference.is_official() => Confidence::Medium,
        _ => Confidence::Low,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    /// A service that waits for `one`, which is the rest.
    fn check(one: &str) -> String {
        let files = format!(
            "\
-- compose.yaml --
services:
  web:
    image: acme/web
    depends_on: {{one: {{condition: service_healthy}}}}
  one: {{{one}}}
-- checked/Dockerfile --
FROM debian:trixie
HEALTHCHECK CMD /check
-- off/Dockerfile --
FROM acme/base
HEALTHCHECK NONE
-- scratch/Dockerfile --
FROM scratch
COPY a /a
"
        );
        audit("dependency-without-healthcheck", &files)
    }

    #[test]
    fn a_check_that_is_not_there_or_off() {
        insta::assert_snapshot!(check("image: 'postgres:18'"), @r#"
        error (medium) compose.yaml:4:35 nothing checks the health of `one`: Compose has no check, and `postgres:18` is not known to have one
          compose.yaml:5:3 `one`
          help: give `one` a `healthcheck`, or wait with `service_started`
        "#);
        insta::assert_snapshot!(check("image: acme/db"), @r#"
        error (low) compose.yaml:4:35 nothing checks the health of `one`: Compose has no check, and `acme/db` is not known to have one
          compose.yaml:5:3 `one`
          help: give `one` a `healthcheck`, or wait with `service_started`
        "#);
        insta::assert_snapshot!(check("build: scratch"), @r#"
        error compose.yaml:4:35 nothing checks the health of `one`: neither Compose nor its Dockerfile has a check
          compose.yaml:5:3 `one`
          help: give `one` a `healthcheck`, or wait with `service_started`
        "#);
        insta::assert_snapshot!(check("build: off"), @r#"
        error compose.yaml:4:35 nothing checks the health of `one`: its Dockerfile switches the check off
          compose.yaml:5:3 `one`
          help: give `one` a `healthcheck`, or wait with `service_started`
        "#);
        insta::assert_snapshot!(check("build: checked, healthcheck: {disable: true}"), @r#"
        error compose.yaml:4:35 nothing checks the health of `one`: `disable` switches the check off
          compose.yaml:5:3 `one`
          help: give `one` a `healthcheck`, or wait with `service_started`
        "#);
    }

    #[test]
    fn a_check_in_compose_or_in_the_image() {
        for one in [
            "image: 'postgres:18', healthcheck: {test: pg_isready}",
            "build: checked",
            "build: checked, healthcheck: {interval: 5s}",
            "image: '${DB}'",
        ] {
            assert_eq!(check(one), "", "{one}");
        }
    }
}
