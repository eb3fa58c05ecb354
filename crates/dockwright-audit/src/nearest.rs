//! What is most likely meant by a name that leads to nothing.

use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, TreePath};

/// The file or directory that is most likely meant: of the same name elsewhere, or of nearly the
/// same name in the same place.
pub(crate) fn path(
    environment: &Environment,
    path: &TreePath,
    directory: bool,
) -> Option<TreePath> {
    let name = path.file_name();
    let common = |other: &TreePath| {
        let front = path
            .parts()
            .zip(other.parts())
            .take_while(|(a, b)| a == b)
            .count();
        let back = path
            .parts()
            .rev()
            .zip(other.parts().rev())
            .take_while(|(a, b)| a == b)
            .count();
        front + back
    };
    let entries = || {
        let all = environment.tree.entries().iter();
        all.filter(|entry| !entry.ignored && (entry.kind == EntryKind::Directory) == directory)
    };
    let parent = path.parent();
    let beside = entries().filter(|entry| entry.path.parent() == parent);
    let is_dockerfile = |name: &str| name.contains("Dockerfile") || name.contains("Containerfile");
    let near = beside
        .map(|entry| {
            (
                strsim::levenshtein(&name.to_lowercase(), &entry.path.file_name().to_lowercase()),
                &entry.path,
            )
        })
        .filter(|(distance, other)| {
            *distance <= 1 + name.len() / 5
                || (is_dockerfile(name) && is_dockerfile(other.file_name()))
        })
        .min();
    let same = || {
        entries()
            .filter(|entry| entry.path.file_name().eq_ignore_ascii_case(name))
            .map(|entry| &entry.path)
    };
    let most = same().map(common).max();
    let elsewhere = || same().find(|other| Some(common(other)) == most).cloned();
    near.map(|(_, other)| other.clone()).or_else(elsewhere)
}

/// The name among `names` that is most like `name`, if one is at all like it.
pub(crate) fn name<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let alike = names.into_iter().map(|other| {
        let likeness = strsim::jaro_winkler(&lower, &other.to_lowercase());
        (likeness, other)
    });
    let best = alike.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}

/// The first of the variables that two edits at most turn `name` into, as `BuildKit` suggests it.
pub(crate) fn variable<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distances = names
        .into_iter()
        .map(|other| (strsim::levenshtein(name, other), other));
    let best = distances.min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, _)| (1..3).contains(distance))
        .map(|(_, other)| other)
}
