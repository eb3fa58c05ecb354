//! Services that extend others.

use std::rc::Rc;
use std::sync::Arc;

use dockwright_syntax::compose::schema::{SERVICE, Slot};

use crate::TreePath;

use super::load::{Resolver, Scope, reset};
use super::merge;
use super::model::Extends;
use super::node::{Mapping, Node};
use super::problem::Problem;

/// Longer chains of `extends` are not followed.
const CHAIN_LIMIT: usize = 64;

/// The services of a document before their own `extends` is followed.
pub(super) struct Base {
    number: usize,
    file: TreePath,
    services: Mapping,
    resets: Vec<Vec<Arc<str>>>,
}

impl Resolver<'_> {
    /// Follows `extends` in every service of a document.
    pub(super) fn extend_services(
        &mut self,
        file: &TreePath,
        root: &mut Node,
        resets: Vec<Vec<Arc<str>>>,
        scope: &Scope,
    ) {
        let Some(services) = root.mapping_mut().and_then(|root| root.get_mut("services")) else {
            return;
        };
        let Some(services) = services.mapping_mut() else {
            return;
        };
        if !services
            .entries
            .iter()
            .any(|entry| entry.value.get("extends").is_some())
        {
            return;
        }
        let base = self.base(file.clone(), services.clone(), resets);
        for entry in &mut services.entries {
            if let Some(extends) = entry.value.get("extends").and_then(said) {
                self.extends.insert(Arc::clone(&entry.key.text), extends);
            }
            if entry.value.get("extends").is_some()
                && let Some(extended) =
                    self.extended(&base, &entry.key.text, scope, &mut Vec::new())
            {
                entry.value = extended;
            }
        }
    }

    fn base(&mut self, file: TreePath, services: Mapping, resets: Vec<Vec<Arc<str>>>) -> Rc<Base> {
        self.next_base += 1;
        Rc::new(Base {
            number: self.next_base,
            file,
            services,
            resets,
        })
    }

    /// A service with everything that it extends.
    fn extended(
        &mut self,
        base: &Rc<Base>,
        name: &Arc<str>,
        scope: &Scope,
        chain: &mut Vec<(usize, Arc<str>)>,
    ) -> Option<Node> {
        let key = (base.number, Arc::clone(name));
        if let Some(known) = self.extended.get(&key) {
            return known.clone();
        }
        let service = base.services.get(name)?;
        let Some(extends) = service.get("extends") else {
            return Some(service.clone());
        };
        let own = without_extends(service);
        if chain.contains(&key) {
            let message = format!("the service `{name}` extends itself in the end");
            self.problems
                .push(Problem::refused(extends.location, message));
            return Some(own);
        }
        if chain.len() >= CHAIN_LIMIT {
            let message = "services extend one another over too many steps";
            self.problems
                .push(Problem::unsupported(extends.location, message));
            return Some(own);
        }
        chain.push(key.clone());
        let extended = match self.parent(base, extends, scope, chain) {
            Some(mut parent) if parent.mapping().is_some() && self.spend(&parent) => {
                reset_service(&mut parent, name, &base.resets);
                let slot = Slot::plain(&SERVICE);
                without_extends(&merge::merge(parent, own, slot, &mut self.problems))
            }
            _ => own,
        };
        chain.pop();
        self.extended.insert(key, Some(extended.clone()));
        Some(extended)
    }

    /// The service that `extends` names.
    fn parent(
        &mut self,
        base: &Rc<Base>,
        extends: &Node,
        scope: &Scope,
        chain: &mut Vec<(usize, Arc<str>)>,
    ) -> Option<Node> {
        let (service, file) = match extends.text() {
            Some(_) => (extends, None),
            None => (extends.get("service")?, extends.get("file")),
        };
        let name: Arc<str> = Arc::from(service.text()?);
        let base = match file.filter(|file| !file.is_null()) {
            None => Rc::clone(base),
            Some(file) => self.base_of(file, scope)?,
        };
        if base.services.get(&name).is_none() {
            self.problems.push(Problem::refused(
                service.location,
                format!("there is no service `{name}` in `{}` to extend", base.file),
            ));
            return None;
        }
        self.extended(&base, &name, scope, chain)
    }

    /// The services of another file.
    fn base_of(&mut self, file: &Node, scope: &Scope) -> Option<Rc<Base>> {
        let written = file.text()?;
        let Some(path) = file.directory.join(written) else {
            self.problems.push(outside(file, written));
            return None;
        };
        let key = (scope.number, path.clone());
        if let Some(known) = self.bases.get(&key) {
            return known.clone();
        }
        let base = self
            .open(&path, Some(file.location))
            .and_then(|(source, tree)| {
                let directory = path.parent().unwrap_or_else(TreePath::root);
                let (root, resets) = self.base_file(&source, &tree, &directory, &scope.variables);
                let services = root.and_then(|mut root| root.mapping_mut()?.remove("services"));
                let services =
                    services.and_then(|mut entry| entry.value.mapping_mut().map(std::mem::take));
                let Some(services) = services else {
                    self.problems.push(Problem::refused(
                        file.location,
                        format!("there are no services in `{path}` to extend"),
                    ));
                    return None;
                };
                Some(self.base(path.clone(), services, resets))
            });
        self.bases.insert(key, base.clone());
        base
    }
}

/// What an `extends` says.
fn said(node: &Node) -> Option<Extends> {
    let service = node.value().or_else(|| node.get("service")?.value())?;
    let file = node.get("file");
    Some(Extends {
        service: service.clone(),
        file: file.and_then(Node::value).cloned(),
        directory: file.unwrap_or(node).directory.clone(),
    })
}

/// A path that leads out of the tree.
pub(super) fn outside(node: &Node, written: &str) -> Problem {
    let remote =
        ["://", "git@"].iter().any(|mark| written.contains(mark)) || written.starts_with("oci:");
    let message = if remote {
        format!("`{written}` is not a file of the repository, and is not fetched")
    } else {
        format!("`{written}` is outside of the repository")
    };
    Problem::unsupported(node.location, message)
}

fn without_extends(service: &Node) -> Node {
    let mut service = service.clone();
    if let Some(mapping) = service.mapping_mut() {
        mapping.remove("extends");
    }
    service
}

/// Drops what the extending document resets in its own service `name`.
fn reset_service(parent: &mut Node, name: &str, resets: &[Vec<Arc<str>>]) {
    let inside: Vec<Vec<Arc<str>>> = resets
        .iter()
        .filter_map(|path| match path.as_slice() {
            [services, service, rest @ ..] if &**services == "services" && &**service == name => {
                Some(rest.to_vec())
            }
            _ => None,
        })
        .collect();
    reset(parent, &inside);
}
