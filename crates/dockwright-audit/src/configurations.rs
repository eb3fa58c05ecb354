//! Configurations of other linters: for each file the one that stands nearest above it.

use std::collections::HashMap;

use dockwright_environment::tree::ReadError;
use dockwright_environment::{DocumentId, Environment, Location, TreePath};
use dockwright_syntax::yaml::Node;
use dockwright_syntax::{Problem, Span};

/// The configurations of one linter.
pub(crate) struct Configurations<T> {
    all: Vec<Configuration<T>>,
    /// The one that applies to a document.
    by_document: HashMap<DocumentId, usize>,
}

/// A configuration of another linter.
pub(crate) struct Configuration<T> {
    /// Its path from the root of the tree.
    pub(crate) path: TreePath,
    /// What it says.
    pub(crate) says: T,
    /// What of it cannot be used.
    pub(crate) problems: Vec<(Location, Problem)>,
}

impl<T> Configurations<T> {
    /// Finds the configurations of some documents under `names`, the first one first. `parse` says what one
    /// of them says and what of that cannot be used; nothing where the file is none.
    pub(crate) fn find(
        environment: &Environment,
        documents: impl IntoIterator<Item = DocumentId>,
        names: &[&str],
        parse: impl Fn(&TreePath, &str) -> Option<(T, Vec<Problem>)>,
    ) -> Self {
        let mut search = Search {
            environment,
            names,
            parse,
            files: HashMap::new(),
            directories: HashMap::new(),
            all: Vec::new(),
        };
        let mut by_document = HashMap::new();
        for id in documents {
            let directory = environment.documents.get(id).path.parent();
            // A problem of a configuration that is no document itself is told here.
            let place = Location::new(id, Span::at(0));
            if let Some(found) = directory.and_then(|it| search.nearest(&it, place)) {
                by_document.insert(id, found);
            }
        }
        Self {
            all: search.all,
            by_document,
        }
    }

    /// The configuration that applies to a document.
    pub(crate) fn get(&self, document: DocumentId) -> Option<&Configuration<T>> {
        self.all.get(*self.by_document.get(&document)?)
    }

    /// Those that apply to some document.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Configuration<T>> {
        self.all.iter()
    }
}

struct Search<'a, T, P> {
    environment: &'a Environment,
    names: &'a [&'a str],
    parse: P,
    /// What is known of each path; nothing where there is no configuration.
    files: HashMap<TreePath, Option<usize>>,
    directories: HashMap<TreePath, Option<usize>>,
    all: Vec<Configuration<T>>,
}

impl<T, P: Fn(&TreePath, &str) -> Option<(T, Vec<Problem>)>> Search<'_, T, P> {
    /// The nearest configuration in a directory or above it.
    fn nearest(&mut self, directory: &TreePath, place: Location) -> Option<usize> {
        if let Some(known) = self.directories.get(directory) {
            return *known;
        }
        let names = self.names.iter();
        let paths: Vec<TreePath> = names.filter_map(|name| directory.join(name)).collect();
        let own = paths.into_iter().find_map(|path| self.file(path, place));
        let found = own.or_else(|| self.nearest(&directory.parent()?, place));
        self.directories.insert(directory.clone(), found);
        found
    }

    fn file(&mut self, path: TreePath, place: Location) -> Option<usize> {
        if let Some(known) = self.files.get(&path) {
            return *known;
        }
        let found = self.read(&path, place).map(|configuration| {
            self.all.push(configuration);
            self.all.len() - 1
        });
        self.files.insert(path, found);
        found
    }

    fn read(&self, path: &TreePath, place: Location) -> Option<Configuration<T>> {
        let (text, error) = match self.environment.tree.read(path) {
            Err(ReadError::Missing) => return None,
            Ok(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), None),
            Err(error) => (String::new(), Some(error)),
        };
        let (says, mut problems) = (self.parse)(path, &text)?;
        let document = self.environment.documents.by_path(path);
        if document.is_none() {
            // The place of the finding is another file.
            for problem in &mut problems {
                let before = text.get(..problem.span.range().start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                problem.message = format!("line {line}: {}", problem.message);
            }
        }
        let unreadable = error.map(|error| format!("it cannot be read: {error}"));
        problems.extend(unreadable.map(|message| Problem::new(Span::at(0), message)));
        let problems = problems.into_iter().map(|problem| match document {
            Some(document) => (Location::new(document.id, problem.span), problem),
            None => (place, problem),
        });
        Some(Configuration {
            path: path.clone(),
            says,
            problems: problems.collect(),
        })
    }
}

/// The texts of a list, and a problem for each thing that is none.
pub(crate) fn texts(node: Node<'_>, problems: &mut Vec<Problem>) -> Vec<String> {
    if !node.is_sequence() {
        problems.push(Problem::new(node.span(), "this has to be a list"));
    }
    let mut texts = Vec::new();
    for item in node.items() {
        match item.resolved().text() {
            Some(text) => texts.push(text.to_owned()),
            None => problems.push(Problem::new(item.span(), "this has to be a text")),
        }
    }
    texts
}
