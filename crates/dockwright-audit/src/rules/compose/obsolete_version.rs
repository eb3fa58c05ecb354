//! `obsolete-version`

use dockwright_environment::Environment;
use dockwright_syntax::Span;
use dockwright_syntax::yaml::Node;

use crate::compose_files::ComposeFile;
use crate::edits::yaml::{Above, remove};
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, Fix};

rule! {
    /// There is a `version` in a Compose file, which means nothing.
    ///
    /// ## What it does
    ///
    /// Reports the key `version` at the top of Compose files.
    ///
    /// ## Why is this bad?
    ///
    /// Compose has ignored it since version 2, and warns of it at every call. Readers think that it decides what the
    /// file may say.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// version: "3.8"
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.29
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Leaving the line out is safe for Compose 2 and later. `docker-compose` 1 needs it before 1.27, and so did
    /// `docker stack deploy` of older engines: where something calls that, look before. A comment above the line that
    /// speaks of the version is left for you, and the line with it.
    ///
    /// ## References
    ///
    /// - Compose specification, "Version top-level element (obsolete)"
    ObsoleteVersion {
        name: "obsolete-version",
        family: Compose,
        severity: Info,
        fix: Safe,
        aliases: ["no-version-field"],
    }
}

impl Rule for ObsoleteVersion {
    fn check_compose_file(&self, cx: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let mut keys = file.tree.root().into_iter().flat_map(Node::entries);
        let Some(index) = keys.position(|(key, _)| key.text() == Some("version")) else {
            return;
        };
        let key = file.tree.root().and_then(|root| root.entries().nth(index));
        let Some((version, _)) = key else {
            return;
        };
        let message = "`version` means nothing to Compose";
        let place = file.at(version.span());
        findings.push(
            Finding::new(self.metadata(), place, message)
                .help("leave it out")
                .fix(without(cx.environment, file, index, version.span())),
        );
    }
}

/// Takes the key away, with nothing of the comments above it: they are about the file.
fn without(environment: &Environment, file: &ComposeFile, index: usize, key: Span) -> Option<Fix> {
    let text = file.text(environment);
    let above = text.get(..key.start as usize)?.lines().next_back();
    if above.is_some_and(|line| line.starts_with('#') && line.to_lowercase().contains("version")) {
        return None;
    }
    let edit = remove(text, &file.tree, file.tree.root()?, index, Above::Stays)?;
    let title = "leave `version` out";
    let is_for_swarm = || {
        let mut documents = environment.documents.iter();
        documents.any(|document| document.text.contains("docker stack deploy"))
    };
    let fix = if is_for_swarm() {
        Fix::with_care(title, "an old `docker stack deploy` may ask for it")
    } else {
        Fix::safe(title, "Compose ignores it")
    };
    Some(file.edit(fix, [edit]))
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

    #[test]
    fn every_file_of_a_project_is_looked_at() {
        insta::assert_snapshot!(audit("obsolete-version", "\
-- compose.yaml --
services:
  version: {image: nginx}
-- compose.override.yaml --
version: '2'
services:
  version: {restart: always}
"), @r#"
        info compose.override.yaml:1:1 `version` means nothing to Compose
          help: leave it out
        "#);
    }

    #[test]
    fn the_key_is_left_out_and_the_comment_of_the_file_stays() {
        insta::assert_snapshot!(fix("obsolete-version", "\
-- a/compose.yaml --
# The shop
version: '3.8' # for old tools

services:
  web: {image: nginx}
-- b/compose.yaml --
services:
  web: {image: nginx}

version: '2'

volumes: {}
-- c/compose.yaml --
# Version 2 is needed for the volumes.
version: '2'
services:
  web: {image: nginx}
"), @r#"
        safe: leave `version` out, for Compose ignores it
        safe: leave `version` out, for Compose ignores it
        -- a/compose.yaml --
        -version: '3.8' # for old tools
        -- b/compose.yaml --
        -version: '2'
        -
        "#);
    }
}
