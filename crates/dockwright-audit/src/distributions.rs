//! The distribution that an image is made of.

use std::sync::LazyLock;

use dockwright_environment::Environment;
use dockwright_environment::build::{Base, StageId};
use serde::Deserialize;

/// What a distribution is known by, and what it has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distribution {
    /// The package managers that only it and its relatives have.
    managers: Vec<String>,
    images: Vec<String>,
    others: Vec<String>,
    tags: Vec<String>,
    /// Its shell that knows `pipefail`, as an array for `SHELL`.
    pub(crate) shell: String,
    /// Which `wget` it has.
    pub(crate) wget: Wget,
}

/// A `wget`, by the options that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wget {
    /// GNU wget, which knows `--progress`.
    Gnu,
    /// That of `BusyBox`, which knows `-q`.
    Busybox,
}

fn all() -> &'static [Distribution] {
    #[derive(Deserialize)]
    struct Table {
        distribution: Vec<Distribution>,
    }
    static TABLE: LazyLock<Vec<Distribution>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/distributions.toml"));
        table.map(|table| table.distribution).unwrap_or_default()
    });
    &TABLE
}

/// The distribution of a stage, as far as the name of its base or the package manager that it calls
/// tells.
pub(crate) fn of(environment: &Environment, id: StageId) -> Option<&'static Distribution> {
    by_name(environment, id).or_else(|| by_manager(environment, id))
}

/// Whether nothing before the stages of this repository sets a working directory: they start from
/// nothing, or from a plain distribution.
pub(crate) fn starts_in_root(environment: &Environment, id: StageId) -> bool {
    match root(environment, id) {
        Some(Base::Scratch) => true,
        Some(Base::External(reference)) => {
            let name = reference.familiar_name();
            all().iter().any(|it| it.images.contains(&name))
        }
        _ => false,
    }
}

fn root(environment: &Environment, id: StageId) -> Option<&Base> {
    let last = environment.chain_stages(id).last()?;
    Some(&environment.stage(last)?.base)
}

fn by_name(environment: &Environment, id: StageId) -> Option<&'static Distribution> {
    let Base::External(reference) = root(environment, id)? else {
        return None;
    };
    let tag = reference.tag.as_deref().unwrap_or_default();
    let words = tag.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut words = words.map(|word| word.trim_end_matches(|it: char| it.is_ascii_digit()));
    let by_tag = words.find_map(|word| {
        let mut distributions = all().iter();
        distributions.find(|it| it.tags.iter().any(|own| own == word))
    });
    let name = reference.familiar_name();
    by_tag.or_else(|| {
        let mut distributions = all().iter();
        distributions.find(|it| it.images.contains(&name) || it.others.contains(&name))
    })
}

fn by_manager(environment: &Environment, id: StageId) -> Option<&'static Distribution> {
    environment.chain_stages(id).find_map(|stage| {
        let instructions = environment.stage_instructions(stage);
        let mut calls = instructions.flat_map(|(index, _)| environment.installations(stage, index));
        calls.find_map(|call| {
            let mut distributions = all().iter();
            distributions.find(|it| it.managers.contains(&call.manager.name))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use dockwright_environment::ReadOptions;
    use dockwright_environment::tree::MemoryTree;

    /// The package manager of the only stage, and whether it starts in the root directory.
    fn distribution(dockerfile: &str) -> (Option<&'static str>, bool) {
        let tree = MemoryTree::new().file("Dockerfile", dockerfile);
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let definition = environment.definitions[0].id;
        let id = StageId {
            definition,
            stage: 0,
        };
        let found = of(&environment, id).map(|it| it.managers[0].as_str());
        (found, starts_in_root(&environment, id))
    }

    #[test]
    fn a_tag_says_more_than_a_name() {
        assert_eq!(distribution("FROM debian:trixie\n"), (Some("apt"), true));
        assert_eq!(distribution("FROM node:22\n"), (Some("apt"), false));
        assert_eq!(
            distribution("FROM node:22-alpine3.22\n"),
            (Some("apk"), false)
        );
        assert_eq!(distribution("FROM scratch\n"), (None, true));
        let called = "FROM acme/base\nRUN microdnf install -y git\n";
        assert_eq!(distribution(called), (Some("dnf"), false));
        assert_eq!(distribution("FROM acme/base\n"), (None, false));
    }
}
