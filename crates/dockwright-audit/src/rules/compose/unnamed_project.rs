//! `unnamed-project`

use dockwright_environment::compose::Project;
use dockwright_environment::{Environment, Location};
use dockwright_syntax::yaml;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding};

rule! {
    /// There is a Compose project without a name of its own.
    ///
    /// ## What it does
    ///
    /// Reports projects that none of their files, nor `COMPOSE_PROJECT_NAME` of their `.env`, gives a name.
    ///
    /// ## Why is this bad?
    ///
    /// The project is called after its directory. Its containers, networks and volumes have other names in another
    /// checkout, and the same names as those of any other directory called so.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// name: shop
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Fix safety
    ///
    /// A name can be written. This is unsafe: volumes under the old name are not found any more.
    ///
    /// ## References
    ///
    /// - Compose specification, "Name top-level element"
    UnnamedProject {
        name: "unnamed-project",
        family: Compose,
        severity: Info,
        fix: Unsafe,
        aliases: ["require-project-name-field"],
    }
}

impl Rule for UnnamedProject {
    fn check_compose(&self, cx: Context<'_>, project: &Project, findings: &mut Vec<Finding>) {
        let Some(first) = project
            .files
            .first()
            .filter(|_| !project.services.is_empty())
        else {
            return;
        };
        let trees = project
            .files
            .iter()
            .map(|file| yaml::parse(&cx.environment.documents.get(*file).text));
        let trees: Vec<_> = trees.collect();
        let roots = || trees.iter().filter_map(yaml::YamlTree::root);
        if roots().any(|root| root.get("name").is_some())
            || is_named_by_file(cx.environment, project)
        {
            return;
        }
        let key = roots().next().and_then(|root| root.entries().next());
        let Some((key, _)) = key else {
            return;
        };
        let message = "this Compose project is called after its directory";
        findings.push(
            Finding::new(self.metadata(), Location::new(*first, key.span()), message)
                .confidence(Confidence::Low)
                .help("give it a name: `name: …` at the top of the file"),
        );
    }
}

/// Whether the project's `.env` names it.
fn is_named_by_file(environment: &Environment, project: &Project) -> bool {
    let path = project.directory.join(".env");
    let bytes = path.and_then(|path| environment.tree.read(&path).ok());
    let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    text.is_some_and(|text| {
        let mut lines = text.lines();
        lines.any(|line| line.trim_start().starts_with("COMPOSE_PROJECT_NAME="))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn a_project_is_told_once() {
        insta::assert_snapshot!(audit("unnamed-project", "\
-- a/compose.yaml --
# Web
services:
  web: {image: nginx}
-- a/compose.override.yaml --
services:
  web: {restart: always}
"), @r#"
        info (low) a/compose.yaml:2:1 this Compose project is called after its directory
          help: give it a name: `name: …` at the top of the file
        "#);
    }

    #[test]
    fn an_override_file_and_an_environment_file_name_it_too() {
        for file in [
            "-- compose.override.yaml --\nname: shop\n",
            "-- .env --\nCOMPOSE_PROJECT_NAME=shop\n",
        ] {
            let files = format!("-- compose.yaml --\nservices:\n  web: {{image: nginx}}\n{file}");
            assert_eq!(audit("unnamed-project", &files), "", "{file}");
        }
    }
}
