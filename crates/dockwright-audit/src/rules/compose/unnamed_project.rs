//! `unnamed-project`

use dockwright_environment::compose::Project;
use dockwright_environment::{Document, Environment, Location, Value};
use dockwright_syntax::yaml::{self, Node, ScalarStyle, ScalarType};

use crate::edits::yaml::place_before;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix};

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
    /// ```yaml shop/compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml shop/compose.yaml
    /// name: shop
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The name that the project has in this checkout can be written. This is unsafe: where the directory is called
    /// otherwise, volumes under that name are not found any more.
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
                .help("give it a name: `name: …` at the top of the file")
                .fix(named(cx.environment.documents.get(*first), project)),
        );
    }
}

/// Writes the name that the project has here, behind what stands before a name.
fn named(document: &Document, project: &Project) -> Option<Fix> {
    let name = project.name.as_ref().and_then(Value::known)?;
    let is_text = ScalarType::of(ScalarStyle::Plain, name, None) == ScalarType::Text;
    let line = if is_text {
        format!("name: {name}")
    } else {
        format!("name: \"{name}\"")
    };
    let tree = yaml::parse(&document.text);
    let mut keys = tree.root().into_iter().flat_map(Node::entries);
    let index = keys.position(|(key, _)| {
        let key = key.text();
        key.is_some_and(|key| key != "version" && !key.starts_with("x-"))
    })?;
    let at = place_before(&document.text, &tree, tree.root()?, index)?;
    let fix = Fix::with_care(
        format!("write `{line}`"),
        "it is called so here, and by its directory elsewhere: look at its volumes there",
    );
    let at = u32::try_from(at).ok()?;
    Some(fix.insert(document.id, at, format!("{line}\n")))
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
    use crate::testing::{audit, fix};

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
    fn the_name_it_has_is_written_behind_extensions() {
        insta::assert_snapshot!(fix("unnamed-project", "\
-- shop/compose.yaml --
# Web
services:
  web: {image: nginx}
-- 2024/compose.yaml --
version: '3'
x-web: &web {image: nginx}

# What runs
services:
  web: *web
"), @r#"
        unsafe: write `name: "2024"`, for it is called so here, and by its directory elsewhere: look at its volumes there
        unsafe: write `name: shop`, for it is called so here, and by its directory elsewhere: look at its volumes there
        -- 2024/compose.yaml --
        +name: "2024"
        -- shop/compose.yaml --
        +name: shop
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
