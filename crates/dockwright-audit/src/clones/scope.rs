//! Which files are meant to stand alone.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::tree::EntryKind;
use dockwright_environment::{DocumentId, Environment, Location, TreePath};

use crate::images;

/// Last words of directories that hold tests, or files that people copy one by one.
const ALONE: &[&str] = &[
    "demo",
    "demos",
    "example",
    "examples",
    "sample",
    "samples",
    "templates",
    "test",
    "tests",
    "tutorial",
    "tutorials",
];
/// Projects that lie side by side, each with a README of its own, are a collection if they are as
/// many.
const COLLECTION: usize = 5;

/// What is a world of its own: it says all that it needs, so that what it shares with others is no
/// duplicate.
pub(crate) struct Scope {
    /// The directories of collections of projects.
    members: BTreeSet<TreePath>,
}

impl Scope {
    /// Looks for collections.
    pub(crate) fn of(environment: &Environment) -> Self {
        let mut beside: BTreeMap<TreePath, BTreeSet<TreePath>> = BTreeMap::new();
        for project in &environment.compose {
            let directory = project.files.first().and_then(|file| {
                let directory = environment.documents.get(*file).path.parent();
                directory.filter(|directory| has_readme(environment, directory))
            });
            if let Some(directory) = directory
                && let Some(parent) = directory.parent()
            {
                beside.entry(parent).or_default().insert(directory);
            }
        }
        beside.retain(|_, members| members.len() >= COLLECTION);
        Self {
            members: beside.into_values().flatten().collect(),
        }
    }

    /// Whether a place is in a test, an example or a template, in a project of a collection, or in a
    /// file that is only a link to another.
    pub(crate) fn stands_alone(&self, environment: &Environment, location: Location) -> bool {
        let path = &environment.documents.get(location.document).path;
        let is_link = || {
            let entry = environment.tree.entry(path);
            entry.is_some_and(|entry| matches!(entry.kind, EntryKind::Link(_)))
        };
        let directories = || std::iter::successors(path.parent(), TreePath::parent);
        directories().any(|directory| is_alone(directory.file_name()))
            || path.file_name().strip_suffix(".sh").is_some_and(is_alone)
            || images::is_test(environment, location)
            || directories().any(|directory| self.members.contains(&directory))
            || is_link()
    }
}

fn has_readme(environment: &Environment, directory: &TreePath) -> bool {
    let names = ["README.md", "readme.md", "README.rst", "README"];
    let mut paths = names.iter().filter_map(|name| directory.join(name));
    paths.any(|path| environment.tree.entry(&path).is_some())
}

fn is_alone(name: &str) -> bool {
    let last = name.rsplit(|letter: char| !letter.is_ascii_alphanumeric());
    last.take(1).any(|word| ALONE.contains(&word))
}

/// The path of a document without its digits: versions of one file are alike on purpose.
pub(crate) fn without_version(environment: &Environment, document: DocumentId) -> String {
    let path = environment.documents.get(document).path.as_str();
    path.chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_says_what_it_is() {
        for name in ["tests", "_unit-test", "dev_tests", "doc-samples"] {
            assert!(is_alone(name), "{name}");
        }
        for name in ["test-runner", "testing", "sampler", "latest", ""] {
            assert!(!is_alone(name), "{name}");
        }
    }
}
