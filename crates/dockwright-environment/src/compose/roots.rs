//! Which Compose files make up which projects.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_syntax::yaml::{Node, YamlTree};

use crate::TreePath;

use super::dotenv;
use super::loader::Loader;

/// The names that Compose looks for, the first going before the others.
pub const FILE_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// The names of override files that Compose looks for beside its file.
pub const OVERRIDE_NAMES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Groups Compose files into the projects that one would run with them.
///
/// Each directory's default file comes with its override file, or what `COMPOSE_FILE` of its
/// `.env` says. Any other file stands alone when each of its services has an image, a build or an
/// `extends`; else it is laid over the default file of its directory, if there is one. Files that
/// others include or extend are no projects of their own, unless they have an override file.
pub fn project_files(candidates: &[TreePath], loader: &dyn Loader) -> Vec<Vec<TreePath>> {
    let mut directories: BTreeMap<TreePath, Vec<&TreePath>> = BTreeMap::new();
    let mut uses: BTreeMap<&TreePath, Vec<TreePath>> = BTreeMap::new();
    for path in candidates {
        if let Some(directory) = path.parent() {
            directories.entry(directory).or_default().push(path);
            uses.insert(path, referred(path, loader));
        }
    }
    let taken: BTreeSet<&TreePath> = uses.values().flatten().collect();
    let mut projects = Vec::new();
    for (directory, mut files) in directories {
        files.sort();
        group(&directory, &files, &taken, loader, &mut projects);
    }
    // What is only used in a circle would otherwise be in no project.
    let mut reached = BTreeSet::new();
    let roots = projects.iter().flatten();
    reach(roots.cloned().collect(), &uses, &mut reached);
    for path in candidates {
        if !reached.contains(path) && taken.contains(path) {
            projects.push(vec![path.clone()]);
            reach(vec![path.clone()], &uses, &mut reached);
        }
    }
    projects
}

/// The projects of one directory.
fn group(
    directory: &TreePath,
    files: &[&TreePath],
    used: &BTreeSet<&TreePath>,
    loader: &dyn Loader,
    projects: &mut Vec<Vec<TreePath>>,
) {
    let named = |names: &[&str]| {
        let mut names = names.iter();
        names.find_map(|name| files.iter().find(|path| path.file_name() == *name).copied())
    };
    let default: Vec<TreePath> = configured(directory, loader).unwrap_or_else(|| {
        let main = named(&FILE_NAMES);
        let over = main.and_then(|_| named(&OVERRIDE_NAMES));
        main.into_iter().chain(over).cloned().collect()
    });
    if default.len() > 1 || default.iter().any(|main| !used.contains(main)) {
        projects.push(default.clone());
    }
    for path in files {
        if default.contains(path) || used.contains(path) {
            continue;
        }
        let Ok((_, tree)) = loader.yaml(path) else {
            continue;
        };
        let main = default.first().filter(|_| is_overlay(&tree)).cloned();
        projects.push(main.into_iter().chain([(*path).clone()]).collect());
    }
}

/// Everything that the files `from` use, themselves included.
fn reach(
    mut from: Vec<TreePath>,
    uses: &BTreeMap<&TreePath, Vec<TreePath>>,
    reached: &mut BTreeSet<TreePath>,
) {
    while let Some(path) = from.pop() {
        if reached.insert(path.clone()) {
            from.extend(uses.get(&path).into_iter().flatten().cloned());
        }
    }
}

/// What `COMPOSE_FILE` of the directory's `.env` says.
fn configured(directory: &TreePath, loader: &dyn Loader) -> Option<Vec<TreePath>> {
    let source = loader.file(&directory.join(".env")?).ok()?;
    let file = dotenv::parse(&source.text, &|_| None);
    let get = |name: &str| {
        let found = file.assignments.iter().rev().find(|it| it.name == name);
        found
            .and_then(|it| it.value.as_deref())
            .filter(|value| !value.is_empty())
    };
    let separator = get("COMPOSE_PATH_SEPARATOR").unwrap_or(":");
    let files: Option<Vec<_>> = get("COMPOSE_FILE")?
        .split(separator)
        .map(|file| directory.join(file))
        .collect();
    files.filter(|files| files.iter().all(|file| loader.file(file).is_ok()))
}

/// Whether a file makes no project by itself.
fn is_overlay(tree: &YamlTree) -> bool {
    let Some(root) = tree.root() else {
        return false;
    };
    if root.get("include").is_some() {
        return false;
    }
    let Some(services) = root.get("services") else {
        return true;
    };
    services.entries().any(|(_, service)| {
        let service = service.resolved();
        let has = |key: &str| service.get(key).is_some();
        // A merge key may bring in anything.
        !["image", "build", "extends", "provider", "<<"]
            .iter()
            .any(|key| has(key))
    })
}

/// The files that a file includes or extends, as far as their names are plain.
fn referred(path: &TreePath, loader: &dyn Loader) -> Vec<TreePath> {
    let Ok((_, tree)) = loader.yaml(path) else {
        return Vec::new();
    };
    let (Some(root), Some(directory)) = (tree.root(), path.parent()) else {
        return Vec::new();
    };
    let mut names: Vec<&str> = Vec::new();
    let mut add = |node: Node<'_>| names.extend(owned_text(&tree, node));
    if let Some(include) = root.get("include") {
        for item in include.items() {
            let item = item.resolved();
            let path = item.get("path").unwrap_or(item);
            add(path);
            path.items().for_each(&mut add);
        }
    }
    if let Some(services) = root.get("services") {
        for (_, service) in services.entries() {
            if let Some(file) = service
                .resolved()
                .get("extends")
                .and_then(|it| it.get("file"))
            {
                add(file);
            }
        }
    }
    names
        .iter()
        .filter_map(|name| directory.join(name))
        .filter(|used| used != path)
        .collect()
}

fn owned_text<'tree>(tree: &'tree YamlTree, node: Node<'_>) -> Option<&'tree str> {
    tree.node(node.id)?.text()
}
