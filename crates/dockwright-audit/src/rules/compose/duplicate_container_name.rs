//! `duplicate-container-name`

use std::collections::BTreeMap;

use dockwright_environment::compose::{Project, Service};
use dockwright_environment::{Location, Value};

use crate::rule::{Context, Describe, Rule, rule};
use crate::running_together::running_together;
use crate::{Confidence, Finding};

rule! {
    /// There is a container name that two services have.
    ///
    /// ## What it does
    ///
    /// Compares `container_name` of the services of a project, as its files and `extends` make them. Services that only
    /// a profile enables are compared too; two that no profile enables together, and services of different projects, are
    /// reported at low confidence.
    ///
    /// ## Why is this bad?
    ///
    /// The names of an engine's containers are unique. The second container is not created.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     container_name: shop
    ///   admin:
    ///     image: acme/admin:1
    ///     container_name: shop
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     container_name: shop-web
    ///   admin:
    ///     image: acme/admin:1
    ///     container_name: shop-admin
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: other files may know either of the containers by this name.
    ///
    /// ## References
    ///
    /// - Compose specification, `container_name`
    DuplicateContainerName {
        name: "duplicate-container-name",
        family: Compose,
        severity: Error,
        fix: None,
        aliases: ["no-duplicate-container-names"],
    }
}

impl Rule for DuplicateContainerName {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let mut everywhere: BTreeMap<&str, (Location, &Project)> = BTreeMap::new();
        for project in &cx.environment.compose {
            self.project(project, findings);
            for (name, at, _) in named(project) {
                let (first, owner) = *everywhere.entry(name).or_insert((at, project));
                if first == at || std::ptr::eq(owner, project) {
                    continue;
                }
                let message = format!("the container name `{name}` is taken by another project");
                findings.push(
                    Finding::new(self.metadata(), at, message)
                        .confidence(Confidence::Low)
                        .related(first, "the other project's"),
                );
            }
        }
    }
}

impl DuplicateContainerName {
    fn project(&self, project: &Project, findings: &mut Vec<Finding>) {
        let services: Vec<_> = named(project).collect();
        for (index, (name, at, service)) in services.iter().enumerate() {
            let mut earlier = services
                .iter()
                .take(index)
                .filter(|(other, ..)| other == name);
            let Some((_, first, other, confidence)) = earlier.find_map(|(name, first, other)| {
                Some((name, *first, *other, running_together(service, other)?))
            }) else {
                continue;
            };
            let own = &service.name.text;
            let message = format!("`{}` and `{own}` are both called `{name}`", other.name.text);
            // What `extends` copies stands at one place.
            let (at, first) = if *at == first {
                (service.name.location, other.name.location)
            } else {
                (*at, first)
            };
            findings.push(
                Finding::new(self.metadata(), at, message)
                    .confidence(confidence)
                    .related(first, format!("`{}`", other.name.text))
                    .help("give each a name of its own, or leave it to Compose"),
            );
        }
    }
}

/// The services that name their container, with name and place.
fn named(project: &Project) -> impl Iterator<Item = (&str, Location, &Service)> {
    project.services.iter().filter_map(|service| {
        let value = service.container_name.as_ref()?;
        let name = Value::known(value).filter(|name| !name.is_empty())?;
        Some((name, value.location, service))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn profiles_say_how_sure_it_is() {
        insta::assert_snapshot!(audit("duplicate-container-name", "\
-- compose.yaml --
services:
  a: {image: a, container_name: app}
  b: {extends: a}
  c: {image: c, container_name: web, profiles: [dev]}
  d: {image: d, container_name: web, profiles: [prod]}
  e: {image: e, container_name: db}
  f: {image: f, container_name: db, profiles: [prod]}
  g: {image: g, container_name: db, scale: 0}
"), @r#"
        error compose.yaml:3:3 `a` and `b` are both called `app`
          compose.yaml:2:3 `a`
          help: give each a name of its own, or leave it to Compose
        error (low) compose.yaml:5:33 `c` and `d` are both called `web`
          compose.yaml:4:33 `c`
          help: give each a name of its own, or leave it to Compose
        error (medium) compose.yaml:7:33 `e` and `f` are both called `db`
          compose.yaml:6:33 `e`
          help: give each a name of its own, or leave it to Compose
        "#);
    }

    #[test]
    fn override_files_rename_and_other_projects_may_run_elsewhere() {
        insta::assert_snapshot!(audit("duplicate-container-name", "\
-- a/compose.yaml --
services:
  a: {image: a, container_name: app}
  b: {image: b, container_name: app}
-- a/compose.override.yaml --
services:
  b: {container_name: other}
-- b/compose.yaml --
services:
  a: {image: a, container_name: app}
  b: {image: a, container_name: \"${NAME}app\"}
"), @r#"
        error (low) b/compose.yaml:2:33 the container name `app` is taken by another project
          a/compose.yaml:2:33 the other project's
        "#);
    }
}
