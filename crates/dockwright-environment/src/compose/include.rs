//! Other projects that a Compose file takes in.

use std::collections::HashMap;
use std::sync::Arc;

use dockwright_syntax::compose::schema::{FILE, Slot};

use crate::TreePath;

use super::extends::outside;
use super::load::{Resolver, Scope, reset};
use super::merge;
use super::node::{Entry, Mapping, Node, NodeKind};
use super::problem::Problem;
use super::variables::Variables;

/// Includes nested deeper are not followed.
const DEPTH_LIMIT: usize = 32;
/// What is taken over from an included project.
const SECTIONS: [&str; 6] = [
    "services", "volumes", "networks", "secrets", "configs", "models",
];

impl Resolver<'_> {
    /// Takes in what the document names under `include`.
    pub(super) fn include(
        &mut self,
        file: &TreePath,
        root: &mut Node,
        resets: &[Vec<Arc<str>>],
        scope: &Scope,
    ) {
        let Some(entry) = root.mapping_mut().and_then(|root| root.remove("include")) else {
            return;
        };
        let include = entry.value;
        if !matches!(include.kind, NodeKind::Sequence(_)) && !include.is_null() {
            self.problems.push(Problem::refused(
                include.location,
                "`include` must be a list",
            ));
            return;
        }
        let mut included = scope.included.clone();
        included.push(file.clone());
        if included.len() > DEPTH_LIMIT {
            self.problems.push(Problem::unsupported(
                include.location,
                "includes are nested too deeply",
            ));
            return;
        }
        for item in include.items() {
            if let Some(model) = self.included(item, scope, &included) {
                self.import(model, root, resets);
            }
        }
    }

    /// The project that one item of `include` names.
    fn included(&mut self, item: &Node, scope: &Scope, included: &[TreePath]) -> Option<Node> {
        let path = item.get("path").unwrap_or(item);
        let written: Vec<&Node> = if path.text().is_some() {
            vec![path]
        } else {
            path.items().iter().collect()
        };
        let mut files = Vec::new();
        for node in &written {
            let text = node.text()?;
            let Some(file) = scope.directory.join(text) else {
                self.problems.push(outside(node, text));
                return None;
            };
            files.push(file);
        }
        let (main, at) = (files.first()?, written.first()?.location);
        if included.contains(main) {
            let message = format!("`{main}` is included by itself in the end");
            self.problems.push(Problem::refused(at, message));
            return None;
        }
        let directory = match item.get("project_directory") {
            Some(node) => {
                let text = node.text().unwrap_or_default();
                let Some(directory) = scope.directory.join(text) else {
                    self.problems.push(outside(node, text));
                    return None;
                };
                directory
            }
            None => main.parent().unwrap_or_else(TreePath::root),
        };
        let variables = self.included_variables(item, &directory, scope);
        if let Err(error) = self.loader.yaml(main) {
            self.unreadable(main, &error, at);
            return None;
        }
        self.model(&files, &directory, &variables, included, Some(at))
    }

    fn included_variables(
        &mut self,
        item: &Node,
        directory: &TreePath,
        scope: &Scope,
    ) -> Variables {
        let Some(env_file) = item.get("env_file").filter(|node| !node.is_null()) else {
            return self.default_variables(directory, &scope.variables);
        };
        let nodes = match env_file.text() {
            Some(_) => std::slice::from_ref(env_file),
            None => env_file.items(),
        };
        // Among several files the later wins, so it is added first.
        let mut variables = scope.variables.clone();
        for node in nodes.iter().rev() {
            let Some(text) = node.text().filter(|text| *text != "/dev/null") else {
                continue;
            };
            let Some(path) = scope.directory.join(text) else {
                self.problems.push(outside(node, text));
                continue;
            };
            match self.loader.file(&path) {
                Ok(source) => self.add_file(&source, &scope.variables, &mut variables),
                Err(error) => self.unreadable(&path, &error, node.location),
            }
        }
        variables
    }

    /// Adds what an included project has; what both have is merged, the including file winning.
    fn import(&mut self, mut model: Node, root: &mut Node, resets: &[Vec<Arc<str>>]) {
        let Some(model) = model.mapping_mut() else {
            return;
        };
        for section in SECTIONS {
            let Some(Entry { key, value }) = model.remove(section) else {
                continue;
            };
            let shell = value.with(NodeKind::Mapping(Mapping::default()));
            let NodeKind::Mapping(from) = value.kind else {
                continue;
            };
            let Some(target) = root.mapping_mut() else {
                return;
            };
            if target.get(section).is_none_or(Node::is_null) {
                target.set(key, shell);
            }
            let Some(target) = target.get_mut(section).and_then(Node::mapping_mut) else {
                continue;
            };
            let slot = FILE.child(section).shape;
            let places: HashMap<_, _> = (0..)
                .zip(&target.entries)
                .map(|(at, own)| (Arc::clone(&own.key.text), at))
                .collect();
            for Entry { key, mut value } in from.entries {
                let own = places
                    .get(&key.text)
                    .and_then(|at: &usize| target.entries.get_mut(*at));
                let Some(own) = own else {
                    target.entries.push(Entry { key, value });
                    continue;
                };
                reset(&mut value, &below(resets, section, &key.text));
                let over =
                    std::mem::replace(&mut own.value, value.with(NodeKind::Sequence(Vec::new())));
                let child: Slot = slot.child(&key.text);
                own.value = merge::merge(value, over, child, &mut self.problems);
            }
        }
    }
}

/// The places below one entry of a section.
fn below(resets: &[Vec<Arc<str>>], section: &str, name: &str) -> Vec<Vec<Arc<str>>> {
    let inside = |path: &Vec<Arc<str>>| match path.as_slice() {
        [first, second, rest @ ..] if &**first == section && &**second == name => {
            (!rest.is_empty()).then(|| rest.to_vec())
        }
        _ => None,
    };
    resets.iter().filter_map(inside).collect()
}
