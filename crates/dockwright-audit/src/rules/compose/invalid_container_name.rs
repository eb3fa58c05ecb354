//! `invalid-container-name`

use std::collections::BTreeSet;

use dockwright_environment::Value;
use dockwright_environment::compose::Project;

use crate::Finding;
use crate::rule::{Context, Describe, Rule, rule};

rule! {
    /// There is a container name that the engine refuses.
    ///
    /// ## What it does
    ///
    /// Reports names in `container_name` that do not begin with a letter or digit, have other characters than letters,
    /// digits, `_`, `.` and `-`, or are a single character. Letters are those of ASCII. A name that depends on a
    /// variable without a value is left alone.
    ///
    /// ## Why is this bad?
    ///
    /// `docker compose config` passes most of them; the container is not created: "Invalid container name".
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     container_name: shop/web
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    ///     container_name: shop-web
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: other files may know the container by another name.
    ///
    /// ## References
    ///
    /// - Engine API, `ContainerCreate`: `name`
    InvalidContainerName {
        name: "invalid-container-name",
        family: Compose,
        severity: Error,
        fix: None,
        aliases: ["service-container-name-regex"],
    }
}

impl Rule for InvalidContainerName {
    fn check_compose(&self, _: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        let names = project
            .services
            .iter()
            .filter_map(|service| service.container_name.as_ref());
        // `extends` copies a name.
        let names: BTreeSet<_> = names
            .filter_map(|name| Some((name.location, Value::known(name)?)))
            .filter(|(_, name)| !is_valid(name))
            .collect();
        for (location, name) in names {
            let message = format!("the engine refuses the container name `{name}`");
            findings.push(Finding::new(self.metadata(), location, message).help(
                "begin with a letter or digit and go on with letters, digits, `_`, `.` and `-`, two at least",
            ));
        }
    }
}

fn is_valid(name: &str) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    match name.as_bytes() {
        [first, rest @ ..] => {
            first.is_ascii_alphanumeric() && !rest.is_empty() && rest.iter().all(is_inner)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn names_are_checked_as_the_engine_does() {
        insta::assert_snapshot!(audit("invalid-container-name", "\
-- compose.yaml --
services:
  a: {image: a, container_name: _web}
  b: {image: b, container_name: \"web server\"}
  c: {image: c, container_name: w}
  d: {image: d, container_name: web_1.x-y}
  e: {image: e, container_name: \"${PREFIX}/web\"}
  f: {image: f, container_name: \"${PREFIX:-@}web\"}
"), @r#"
        error compose.yaml:2:33 the engine refuses the container name `_web`
          help: begin with a letter or digit and go on with letters, digits, `_`, `.` and `-`, two at least
        error compose.yaml:3:33 the engine refuses the container name `web server`
          help: begin with a letter or digit and go on with letters, digits, `_`, `.` and `-`, two at least
        error compose.yaml:4:33 the engine refuses the container name `w`
          help: begin with a letter or digit and go on with letters, digits, `_`, `.` and `-`, two at least
        error compose.yaml:7:33 the engine refuses the container name `@web`
          help: begin with a letter or digit and go on with letters, digits, `_`, `.` and `-`, two at least
        "#);
    }
}
