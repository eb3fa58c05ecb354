//! `misplaced-base`

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::definition::DockerfileId;
use dockwright_environment::image_use::{Producer, UseKind, User};
use dockwright_environment::{Environment, Location, TreePath};
use dockwright_syntax::Span;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, images};

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
    ///     build: {context: ., dockerfile: packaging/docker/Dockerfile}
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
    ///     build: {context: ., dockerfile: docker/Dockerfile.base}
    ///     image: shop-base
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The Dockerfile can be moved to where most of the others are, under a name like theirs, and what
    /// names it is reworded as `dockwright mv` does. This is unsafe: somebody outside may name it too. There
    /// is no fix where the others lie apart, or where its own directory is what it is built in.
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
                .help("move it to the images that are built on it")
                .fix(relocated(environment, base, path, &elsewhere));
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

/// Moves a base to where most of the images are that are built on it.
fn relocated(
    environment: &Environment,
    base: DockerfileId,
    path: &TreePath,
    users: &[(&TreePath, Location)],
) -> Option<Fix> {
    let parent = path.parent()?;
    let mut definitions = environment.definitions_of(base);
    if definitions.any(|it| it.context.directory() == Some(&parent)) {
        return None;
    }
    let mut directories: BTreeMap<TreePath, Vec<&str>> = BTreeMap::new();
    for (user, _) in users {
        let names = directories.entry(user.parent()?).or_default();
        names.push(user.file_name());
    }
    let mut directories = directories.into_iter();
    let (directory, names) = directories.find(|(_, names)| names.len() * 2 > users.len())?;
    let are_all = |like: &dyn Fn(&str) -> bool| names.iter().all(|name| like(name));
    let name = if path.file_name() != "Dockerfile" {
        path.file_name()
    } else if are_all(&|name| name.starts_with("Dockerfile.")) {
        "Dockerfile.base"
    } else if are_all(&|name| name.ends_with(".Dockerfile")) {
        "base.Dockerfile"
    } else {
        return None;
    };
    let new = directory.join(name)?;
    let is_free = environment.tree.entry(&new).is_none();
    let fix = Fix::with_care(
        format!("move it to `{new}`"),
        "somebody outside may name it",
    );
    is_free.then(|| fix.relocate(path.clone(), new))
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
    use crate::testing::{audit, fix};

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

    #[test]
    fn it_moves_to_most_of_the_others_under_a_name_like_theirs() {
        let users = [
            "docker/Dockerfile.dev",
            "docker/Dockerfile.lint",
            "web/Dockerfile",
        ];
        let context = |text: String| {
            let dockerfile = "build: {context: ., dockerfile: ci/Dockerfile}";
            text.replace("build: ci", dockerfile)
        };
        insta::assert_snapshot!(fix("misplaced-base", &context(files("ci", users))), @r#"
        unsafe: move it to `docker/Dockerfile.base`, for somebody outside may name it
        -- ci/Dockerfile -> docker/Dockerfile.base --
        "#);
        assert_eq!(fix("misplaced-base", &files("ci", users)), "");
        let apart = ["dev/Dockerfile", "lint/Dockerfile", "web/Dockerfile"];
        assert_eq!(fix("misplaced-base", &context(files("ci", apart))), "");
    }
}
