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
/// `extends`; else it is laid over the default file of its directory. Files that others include or
/// extend are no projects of their own, unless they have a default name.
pub fn project_files(candidates: &[TreePath], loader: &dyn Loader) -> Vec<Vec<TreePath>> {
    let mut directories: BTreeMap<TreePath, Vec<&TreePath>> = BTreeMap::new();
    for path in candidates {
        if let Some(directory) = path.parent() {
            directories.entry(directory).or_default().push(path);
        }
    }
    let used: BTreeSet<TreePath> = candidates
        .iter()
        .flat_map(|path| referred(path, loader))
        .collect();
    let mut projects = Vec::new();
    for (directory, mut files) in directories {
        files.sort();
        let named = |names: &[&str]| {
            let mut found = names.iter();
            found.find_map(|name| files.iter().find(|path| path.file_name() == *name).copied())
        };
        let default = match configured(&directory, loader) {
            Some(files) => Some(files),
            None => named(&FILE_NAMES).map(|main| {
                let over = named(&OVERRIDE_NAMES);
                std::iter::once(main)
                    .chain(over)
                    .cloned()
                    .collect::<Vec<_>>()
            }),
        };
        let is_default = |path: &TreePath| default.iter().flatten().any(|file| file == path);
        let others: Vec<_> = files.iter().filter(|path| !is_default(path)).collect();
        projects.extend(default.clone());
        for path in others {
            if used.contains(*path) && !FILE_NAMES.contains(&path.file_name()) {
                continue;
            }
            let Ok((_, tree)) = loader.yaml(path) else {
                continue;
            };
            let main = default.as_ref().and_then(|files| files.first());
            match main {
                Some(main) if is_overlay(&tree) => {
                    projects.push(vec![main.clone(), (*path).clone()]);
                }
                _ => projects.push(vec![(*path).clone()]),
            }
        }
    }
    projects
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
