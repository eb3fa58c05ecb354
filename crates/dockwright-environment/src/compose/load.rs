//! From files to one merged tree, and from that to the project.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use dockwright_syntax::Span;
use dockwright_syntax::compose::schema::{FILE, Slot};
use dockwright_syntax::yaml::YamlTree;

use crate::tree::ReadError;
use crate::{CallerVariables, DocumentId, Location, TreePath, Value, VariableSource};

use super::dotenv;
use super::extends::Base;
use super::interpolate::interpolate;
use super::loader::{Loader, Source};
use super::model::{EnvironmentEntry, Extends, Project};
use super::node::{Name, Node, text_size};
use super::problem::{Problem, ProblemKind};
use super::read::{Document, Reader};
use super::roots::{FILE_NAMES, OVERRIDE_NAMES};
use super::variables::Variables;
use super::{build_model, canonical, check, consistency, merge, unique};

/// Nodes that a project may have, copies by aliases and `extends` included.
const NODE_LIMIT: usize = 200_000;

/// What to resolve.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The files, the later laid over the earlier; at least one.
    pub files: Vec<TreePath>,
    /// The name of the directory that the tree's root is on disk. A project there has its name
    /// from it; without, the name is not known.
    pub root_name: Option<String>,
    /// What a project is called that no file names; without, it has its directory's name.
    pub default_name: Option<String>,
    /// What the caller's environment sets.
    pub variables: CallerVariables,
}

/// Resolves the project that `docker compose -f FILE -f FILE …` would run.
pub fn resolve(request: &Request, loader: &dyn Loader) -> Project {
    let directory = request
        .files
        .first()
        .and_then(TreePath::parent)
        .unwrap_or_else(TreePath::root);
    let mut resolver = Resolver::new(loader);
    let mut variables =
        resolver.default_variables(&directory, &Variables::of_caller(&request.variables));
    let name = resolver.project_name(request, &directory, &variables);
    if let Some(name) = &name {
        let source = if name.is_known() {
            VariableSource::Fixed
        } else {
            VariableSource::Unset
        };
        variables.add("COMPOSE_PROJECT_NAME".to_owned(), name.text.clone(), source);
    }
    let root = resolver.model(&request.files, &directory, &variables, &[], None);
    if root.as_ref().is_none_or(|root| root.entries().is_empty())
        && let Some(first) = resolver.documents.first()
    {
        let start = Location::new(*first, Span::at(0));
        resolver
            .problems
            .push(Problem::refused(start, "a Compose file cannot be empty"));
    }
    let mut project = build_model::project(root, name, directory, &variables, &mut resolver);
    let named = |file: &TreePath| {
        let name = file.file_name();
        FILE_NAMES.contains(&name) || OVERRIDE_NAMES.contains(&name)
    };
    let open = !request.files.iter().all(named);
    consistency::check(&project, open, &mut resolver.problems);
    let mut problems = std::mem::take(&mut resolver.problems);
    let mut seen = std::collections::HashSet::new();
    problems.retain(|problem| seen.insert((problem.location, problem.message.clone())));
    project.problems = problems;
    project.asked_for.clone_from(&request.files);
    project.files = std::mem::take(&mut resolver.documents);
    project
}

/// The state of resolving one project.
pub(super) struct Resolver<'a> {
    pub(super) loader: &'a dyn Loader,
    pub(super) problems: Vec<Problem>,
    pub(super) documents: Vec<DocumentId>,
    pub(super) budget: usize,
    /// Files that services extend, by the scope of their variables.
    pub(super) bases: HashMap<(usize, TreePath), Option<Rc<Base>>>,
    /// Services after `extends`, by the number of their base.
    pub(super) extended: HashMap<(usize, Arc<str>), Option<Node>>,
    /// What the services' `extends` said before it was followed.
    pub(super) extends: HashMap<Arc<str>, Extends>,
    pub(super) next_base: usize,
    scopes: usize,
}

/// Where a file stands in a project: what it is read with.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) number: usize,
    pub(super) directory: TreePath,
    pub(super) variables: Variables,
    /// The files that include this one, outermost first.
    pub(super) included: Vec<TreePath>,
}

impl<'a> Resolver<'a> {
    fn new(loader: &'a dyn Loader) -> Self {
        Self {
            loader,
            problems: Vec::new(),
            documents: Vec::new(),
            budget: NODE_LIMIT,
            bases: HashMap::new(),
            extended: HashMap::new(),
            extends: HashMap::new(),
            next_base: 0,
            scopes: 0,
        }
    }

    /// Loads a list of files as one model. `from` is what names them, if a file does.
    pub(super) fn model(
        &mut self,
        files: &[TreePath],
        directory: &TreePath,
        variables: &Variables,
        included: &[TreePath],
        from: Option<Location>,
    ) -> Option<Node> {
        self.scopes += 1;
        let scope = Scope {
            number: self.scopes,
            directory: directory.clone(),
            variables: variables.clone(),
            included: included.to_vec(),
        };
        let mut model = None;
        for file in files {
            if let Some((source, tree)) = self.open(file, from) {
                model = self.file(file, &source, &tree, model, &scope);
            }
        }
        model
    }

    /// Reads a YAML file, and says so when it is not there.
    pub(super) fn open(
        &mut self,
        path: &TreePath,
        from: Option<Location>,
    ) -> Option<(Source, Arc<YamlTree>)> {
        match self.loader.yaml(path) {
            Ok((source, tree)) => {
                if !self.documents.contains(&source.document) {
                    self.documents.push(source.document);
                }
                Some((source, tree))
            }
            Err(error) => {
                if let Some(from) = from {
                    self.unreadable(path, &error, from);
                }
                None
            }
        }
    }

    /// Says why a file that is named at `from` cannot be read.
    pub(super) fn unreadable(&mut self, path: &TreePath, error: &ReadError, from: Location) {
        let message = match error {
            ReadError::Missing => format!("the file `{path}` does not exist"),
            error => format!("the file `{path}` cannot be read: {error}"),
        };
        self.problems.push(match error {
            ReadError::Missing => Problem::missing(from, message),
            _ => Problem::refused(from, message),
        });
    }

    /// Lays each document of a file over the model so far.
    fn file(
        &mut self,
        path: &TreePath,
        source: &Source,
        tree: &YamlTree,
        mut model: Option<Node>,
        scope: &Scope,
    ) -> Option<Node> {
        for root in tree.documents() {
            let document = self.read(source, root, &scope.directory, &scope.variables);
            let Document { mut root, resets } = document;
            if root.mapping().is_none() {
                if !root.is_null() || model.is_none() {
                    self.problems.push(Problem::refused(
                        root.location,
                        "a Compose file must be a mapping",
                    ));
                }
                continue;
            }
            self.include(path, &mut root, &resets, scope);
            if let Some(model) = &mut model {
                reset(model, &resets);
            }
            self.extend_services(path, &mut root, resets, scope);
            let mut merged = match model.take() {
                Some(model) => merge::merge(model, root, Slot::plain(FILE), &mut self.problems),
                None => root,
            };
            unique::unify(&mut merged);
            check::check(&merged, &mut self.problems);
            if let Some(mapping) = merged.mapping_mut() {
                mapping.remove("version");
            }
            canonical::expand(&mut merged, &mut self.problems);
            unique::unify(&mut merged);
            model = Some(merged);
        }
        model
    }

    /// A file of services that others extend: merged, but neither checked nor followed further.
    pub(super) fn base_file(
        &mut self,
        source: &Source,
        tree: &YamlTree,
        directory: &TreePath,
        variables: &Variables,
    ) -> (Option<Node>, Vec<Vec<Arc<str>>>) {
        let mut model: Option<Node> = None;
        let mut last_resets = Vec::new();
        for root in tree.documents() {
            let Document { root, resets } = self.read(source, root, directory, variables);
            if root.mapping().is_none() {
                continue;
            }
            if let Some(model) = &mut model {
                reset(model, &resets);
            }
            last_resets = resets;
            let mut merged = match model.take() {
                Some(model) => merge::merge(model, root, Slot::plain(FILE), &mut self.problems),
                None => root,
            };
            unique::unify(&mut merged);
            canonical::expand(&mut merged, &mut self.problems);
            unique::unify(&mut merged);
            model = Some(merged);
        }
        (model, last_resets)
    }

    fn read(
        &mut self,
        source: &Source,
        root: dockwright_syntax::yaml::Node<'_>,
        directory: &TreePath,
        variables: &Variables,
    ) -> Document {
        let reader = Reader::new(
            source,
            directory,
            variables,
            &mut self.problems,
            &mut self.budget,
        );
        reader.read(root)
    }

    /// Takes the size of a copy from what may still be made; false when that is too much.
    pub(super) fn spend(&mut self, copy: &Node) -> bool {
        let size = copy.size();
        if size > self.budget {
            self.problems.push(Problem::unsupported(
                copy.location,
                "the project is too large once its services are extended",
            ));
            return false;
        }
        self.budget -= size;
        true
    }

    /// The same for a file to be read once more.
    fn spend_text(&mut self, source: &Source) -> bool {
        let size = text_size(&source.text) + 1;
        let enough = size <= self.budget;
        if !enough {
            let start = Location::new(source.document, Span::at(0));
            let message = "the project reads too much from environment files";
            self.problems.push(Problem::unsupported(start, message));
        }
        self.budget = self.budget.saturating_sub(size);
        enough
    }

    /// The variables of a directory's `.env`, behind those that are set already.
    pub(super) fn default_variables(
        &mut self,
        directory: &TreePath,
        outer: &Variables,
    ) -> Variables {
        let mut variables = outer.clone();
        if let Some(path) = directory.join(".env")
            && let Ok(source) = self.loader.file(&path)
        {
            self.add_file(&source, outer, &mut variables);
        }
        variables
    }

    /// Adds what an environment file sets.
    pub(super) fn add_file(&mut self, source: &Source, outer: &Variables, into: &mut Variables) {
        if !self.spend_text(source) {
            return;
        }
        let lookup = |name: &str| outer.get(name).map(|(value, _)| value.to_owned());
        let file = dotenv::parse(&source.text, &lookup);
        if let Some((span, message)) = file.error {
            let location = Location::new(source.document, span);
            self.problems.push(Problem::refused(location, message));
        }
        // Within one file the last assignment wins.
        let mut values = BTreeMap::new();
        for assignment in file.assignments {
            if let Some(value) = assignment.value {
                values.insert(assignment.name, value);
            }
        }
        for (name, value) in values {
            into.add(name, value, VariableSource::File);
        }
    }

    /// The name that the last file gives, else `.env`, else the directory.
    fn project_name(
        &mut self,
        request: &Request,
        directory: &TreePath,
        variables: &Variables,
    ) -> Option<Value> {
        let mut found = None;
        let mut first = None;
        for file in &request.files {
            let Ok((source, tree)) = self.loader.yaml(file) else {
                continue;
            };
            first.get_or_insert(Location::new(source.document, Span::at(0)));
            for root in tree.documents() {
                let name = root.get("name");
                let written = name
                    .and_then(dockwright_syntax::yaml::Node::text)
                    .filter(|name| !name.is_empty());
                if let (Some(name), Some(written)) = (name, written) {
                    found = Some((
                        Location::new(source.document, name.span()),
                        written.to_owned(),
                    ));
                }
            }
        }
        let first = first?;
        if let Some((name, _)) = variables
            .get("COMPOSE_PROJECT_NAME")
            .filter(|it| !it.0.is_empty())
        {
            if normal_name(name) != name {
                self.problems.push(Problem::refused(
                    found.map_or(first, |(location, _)| location),
                    format!(
                        "the project name `{name}` of `.env` has characters that are not allowed"
                    ),
                ));
            }
            return Some(Value::literal(name, first));
        }
        if let Some((location, written)) = found {
            let template = dockwright_syntax::compose::Template::parse(&written);
            let out = interpolate(&written, &template, &|name| {
                let (value, source) = variables.get(name)?;
                Some((value.to_owned(), source))
            });
            let text = normal_name(&out.text);
            if !text.is_empty() {
                return Some(Value {
                    text,
                    location,
                    variables: out.variables,
                });
            }
        }
        let name = match &request.default_name {
            Some(name) => name,
            None if directory.is_root() => request.root_name.as_deref()?,
            None => directory.file_name(),
        };
        let name = normal_name(name);
        if name.is_empty() {
            self.problems.push(Problem::refused(
                first,
                "the project has no name: nothing of its directory's name can be used",
            ));
            return None;
        }
        Some(Value::literal(name, first))
    }

    /// The variables of an environment file of a service. `outer` and what the service sets go
    /// before what the file itself has set.
    pub(super) fn service_environment(
        &mut self,
        path: &TreePath,
        raw: bool,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<EnvironmentEntry>, ReadError> {
        let source = self.loader.file(path)?;
        if !self.spend_text(&source) {
            return Ok(Vec::new());
        }
        let file = if raw {
            dotenv::parse_raw(&source.text)
        } else {
            dotenv::parse(&source.text, lookup)
        };
        if let Some((span, message)) = file.error {
            let location = Location::new(source.document, span);
            self.problems.push(Problem {
                kind: ProblemKind::Refused,
                ..Problem::refused(location, message)
            });
        }
        let place = |span| Location::new(source.document, span);
        let entries = file.assignments.into_iter().map(|it| EnvironmentEntry {
            name: Name {
                text: Arc::from(it.name),
                location: place(it.name_span),
            },
            location: place(it.name_span.to(it.value_span)),
            value: it.value.map(|text| Value {
                text,
                location: place(it.value_span),
                variables: it.variables,
            }),
        });
        Ok(entries.collect())
    }
}

/// What Compose makes of a name: lower case, only letters, digits, `_` and `-`, beginning with a
/// letter or digit.
fn normal_name(name: &str) -> String {
    let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    let kept: String = name.to_lowercase().chars().filter(allowed).collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// Drops what stands at the given places.
pub(super) fn reset(node: &mut Node, paths: &[Vec<Arc<str>>]) {
    for path in paths {
        remove(node, path);
    }
}

fn remove(node: &mut Node, path: &[Arc<str>]) {
    let Some(mapping) = node.mapping_mut() else {
        return;
    };
    match path {
        [] => {}
        [key] => {
            mapping.remove(key);
        }
        [key, rest @ ..] => {
            if let Some(value) = mapping.get_mut(key) {
                remove(value, rest);
            }
        }
    }
}
