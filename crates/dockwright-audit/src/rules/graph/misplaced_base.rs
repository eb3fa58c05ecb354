//! `misplaced-base`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::definition::DockerfileId;
use dockwright_environment::image_use::{Producer, UseKind, User};
use dockwright_environment::{Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, images};

rule! {
    /// There is a base image in a directory of another purpose than the images built on it.
    ///
    /// ## What it does
    ///
    /// Reports a Dockerfile in a directory whose name says that it is for packages, releases, deployment
    /// or tests, when three Dockerfiles or more start from its image and most of them are for something
    /// else.
    ///
    /// ## Why is this bad?
    ///
    /// Who changes the packaging does not expect to change the development images, and who looks for
    /// their base does not look there.
    ///
    /// ## Example
    ///
    /// ```dockerfile packaging/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile docker/Dockerfile.test
    /// FROM shop-base
    /// ```
    /// ```dockerfile docker/Dockerfile.lint
    /// FROM shop-base
    /// ```
    /// ```dockerfile docker/Dockerfile.dev
    /// FROM shop-base
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: packaging/docker
    ///     image: shop-base
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile docker/Dockerfile.base
    /// FROM debian:trixie
    /// ```
    /// ```dockerfile docker/Dockerfile.test
    /// FROM shop-base
    /// ```
    /// ```dockerfile docker/Dockerfile.lint
    /// FROM shop-base
    /// ```
    /// ```dockerfile docker/Dockerfile.dev
    /// FROM shop-base
    /// ```
    /// ```yaml compose.yaml
    /// services:
    ///   base:
    ///     build: {context: docker, dockerfile: Dockerfile.base}
    ///     image: shop-base
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The Dockerfile can be moved and what names it rewritten. This is unsafe: somebody outside may
    /// name it too.
    ///
    /// ## References
    ///
    /// - Docker build documentation, "Base images"
    MisplacedBase {
        name: "misplaced-base",
        family: Graph,
        severity: Info,
        fix: Unsafe,
        aliases: [],
    }
}

/// Names of directories that have a purpose of their own.
const PURPOSES: &[&str] = &[
    "ci",
    "deploy",
    "deployment",
    "dist",
    "e2e",
    "package",
    "packages",
    "packaging",
    "prod",
    "production",
    "release",
    "test",
    "tests",
];

/// Images on a base that tell what it is for, at least.
const ENOUGH: usize = 3;

impl Rule for MisplacedBase {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        for (base, users) in bases(environment) {
            let Some((path, location)) = place(environment, base) else {
                continue;
            };
            let Some(purpose) = path
                .parts()
                .rev()
                .skip(1)
                .find(|part| PURPOSES.contains(part))
            else {
                continue;
            };
            let elsewhere: Vec<_> = users
                .iter()
                .filter_map(|user| place(environment, *user))
                .filter(|(user, _)| !user.parts().any(|part| part == purpose))
                .collect();
            if users.len() < ENOUGH || elsewhere.len() * 2 <= users.len() {
                continue;
            }
            let message = format!(
                "`{path}` is the base of {} images, and {} of them have nothing to do with `{purpose}`",
                users.len(),
                elsewhere.len()
            );
            let mut finding = Finding::new(self.metadata(), location, message)
                .confidence(Confidence::Medium)
                .help("move it to the images that are built on it");
            for (_, user) in elsewhere.iter().take(images::MANY) {
                finding = finding.related(*user, "starts from it");
            }
            findings.push(finding);
        }
    }
}

/// The Dockerfiles that others start from, with these.
fn bases(environment: &Environment) -> BTreeMap<DockerfileId, BTreeSet<DockerfileId>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for image_use in &environment.uses {
        let (UseKind::From, User::Stage { stage, .. }) = (image_use.kind, &image_use.user) else {
            continue;
        };
        let ids = match &image_use.producer {
            Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) => ids,
            Producer::Nobody | Producer::Elsewhere | Producer::Unknown => continue,
        };
        let bases: BTreeSet<_> = ids
            .iter()
            .filter_map(|id| environment.definition(*id)?.dockerfile_id())
            .collect();
        let user = environment.dockerfile_of(*stage).map(|user| user.id);
        // A name that several Dockerfiles give says too little.
        if let (Some(base), 1, Some(user)) = (bases.first(), bases.len(), user)
            && *base != user
        {
            found.entry(*base).or_default().insert(user);
        }
    }
    found
}

/// The path of a Dockerfile, and its first line.
fn place(environment: &Environment, id: DockerfileId) -> Option<(&TreePath, Location)> {
    let document = environment
        .documents
        .get(environment.dockerfile(id)?.document);
    let line = document.text.lines().next().unwrap_or_default().len();
    Some((
        &document.path,
        Location::new(document.id, Span::new(0, line)),
    ))
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    fn files(base: &str, users: [&str; 3]) -> String {
        let [a, b, c] = users;
        format!(
            "\
-- {base}/Dockerfile --
FROM debian:trixie
-- compose.yaml --
services:
  base:
    build: {base}
    image: shop-base
-- {a} --
FROM shop-base
-- {b} --
FROM shop-base
-- {c} --
FROM shop-base
"
        )
    }

    #[test]
    fn a_base_among_the_packaging() {
        let users = [
            "dev/Dockerfile",
            "lint/Dockerfile",
            "packaging/deb/Dockerfile",
        ];
        insta::assert_snapshot!(audit("misplaced-base", &files("packaging/docker", users)), @r"
        info (medium) packaging/docker/Dockerfile:1:1 `packaging/docker/Dockerfile` is the base of 3 images, and 2 of them have nothing to do with `packaging`
          dev/Dockerfile:1:1 starts from it
          lint/Dockerfile:1:1 starts from it
          help: move it to the images that are built on it
        ");
    }

    #[test]
    fn a_base_of_its_own_and_one_with_its_images_are_fine() {
        let users = [
            "dev/Dockerfile",
            "lint/Dockerfile",
            "packaging/deb/Dockerfile",
        ];
        assert_eq!(audit("misplaced-base", &files("base", users)), "");
        let packaging = [
            "dev/Dockerfile",
            "packaging/rpm/Dockerfile",
            "packaging/deb/Dockerfile",
        ];
        assert_eq!(
            audit("misplaced-base", &files("packaging/docker", packaging)),
            ""
        );
    }
}
