//! `unpinned-action`

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Finding, tables};

rule! {
    /// There is an action that builds, checks or publishes images and is pinned by a tag.
    ///
    /// ## What it does
    ///
    /// Reports actions of GitHub workflows that log in to registries, build, lint, scan or sign images, and are
    /// named by a tag or a branch in place of a commit.
    ///
    /// ## Why is this bad?
    ///
    /// A tag can be moved. Whoever moves it has the registry's credentials and puts what they like into the
    /// images.
    ///
    /// ## Example
    ///
    /// ```yaml .github/workflows/images.yml
    /// on: push
    /// jobs:
    ///   images:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: docker/build-push-action@v6
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml .github/workflows/images.yml
    /// on: push
    /// jobs:
    ///   images:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83 # v6.18.0
    /// ```
    /// ```dockerfile Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: which commit the tag names has to be asked of the repository, and nothing is asked of the network here.
    ///
    /// ## References
    ///
    /// - GitHub documentation, "Security hardening for GitHub Actions": pin actions to a full length commit SHA
    UnpinnedAction {
        name: "unpinned-action",
        family: Commands,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

impl Rule for UnpinnedAction {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let actions = cx.environment.actions.iter();
        let handling = actions.filter(|action| tables::handles_images(&action.name));
        let unpinned = handling.filter(|action| !is_commit(&action.version));
        findings.extend(unpinned.map(|action| {
            let message = format!(
                "`{}` is pinned by `{}`, which can be moved",
                action.name, action.version
            );
            Finding::new(self.metadata(), action.location, message)
                .help("pin it by the commit, and note the version in a comment")
        }));
    }
}

/// A full commit, or the digest of an image.
fn is_commit(version: &str) -> bool {
    version.starts_with("sha256:")
        || version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn only_what_handles_images_is_meant() {
        insta::assert_snapshot!(audit("unpinned-action", "\
-- Dockerfile --
FROM debian:trixie
-- .github/workflows/a.yml --
# docker
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
      - uses: aquasecurity/trivy-action@master
      - uses: docker/bake-action@263435318d21b8e681c14492fe198d362a7d2c83
"), @r#"
        info .github/workflows/a.yml:6:15 `docker/login-action` is pinned by `v3`, which can be moved
          help: pin it by the commit, and note the version in a comment
        info .github/workflows/a.yml:7:15 `aquasecurity/trivy-action` is pinned by `master`, which can be moved
          help: pin it by the commit, and note the version in a comment
        "#);
    }
}
