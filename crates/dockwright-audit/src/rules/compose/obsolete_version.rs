//! `obsolete-version`

use crate::Finding;
use crate::compose_files::{ComposeFile, entry};
use crate::rule::{Context, Describe, Rule, rule};

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
    /// Leaving the line out is safe for Compose 2 and later. `docker-compose` 1 needs it before 1.27.
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
    fn check_compose_file(&self, _: Context<'_>, file: &ComposeFile, findings: &mut Vec<Finding>) {
        let Some((version, _)) = file.tree.root().and_then(|root| entry(root, "version")) else {
            return;
        };
        let message = "`version` means nothing to Compose";
        let place = file.at(version.span());
        findings.push(Finding::new(self.metadata(), place, message).help("leave it out"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

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
}
