//! The Compose files of an environment as they are written, before anything is merged.

use std::cmp::Ordering;
use std::collections::HashSet;

use dockwright_environment::{DocumentId, Environment, Location};
use dockwright_syntax::Span;
use dockwright_syntax::yaml::{self, Node, YamlTree};
use rayon::prelude::*;

use crate::Fix;
use crate::edits::yaml::{TextEdit, reorder, sorted};
use crate::rule::Context;

/// A Compose file that takes part in a project.
#[derive(Debug)]
pub struct ComposeFile {
    /// Its document.
    pub document: DocumentId,
    /// Its tree.
    pub tree: YamlTree,
}

impl ComposeFile {
    /// The files of all projects, each once.
    pub(crate) fn all(environment: &Environment) -> Vec<Self> {
        let mut seen = HashSet::new();
        let files = environment
            .compose
            .iter()
            .flat_map(|project| &project.files);
        let files: Vec<DocumentId> = files.copied().filter(|file| seen.insert(*file)).collect();
        let files = files.into_par_iter();
        files
            .map(|document| Self {
                document,
                tree: yaml::parse(&environment.documents.get(document).text),
            })
            .collect()
    }

    /// The services whose bodies stand in this file, with their names. A body that an alias or a
    /// merge key brings in is not one of them, so that nothing is told twice.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        let services = self.tree.root().and_then(|root| root.get("services"));
        let services = services.into_iter().flat_map(Node::entries);
        services.filter_map(|(name, body)| Some((name.text()?, body)).filter(|_| body.is_mapping()))
    }

    /// Its text.
    pub(crate) fn text<'a>(&self, environment: &'a Environment) -> &'a str {
        &environment.documents.get(self.document).text
    }

    /// A fix with edits in this file.
    pub(crate) fn edit(&self, fix: Fix, edits: impl IntoIterator<Item = TextEdit>) -> Fix {
        let edits = edits.into_iter();
        edits.fold(fix, |fix, (span, text)| fix.replace(self.at(span), text))
    }

    /// A fix that sorts a collection whose order means nothing; entries without a key stay where they
    /// are.
    pub(crate) fn sort<T>(
        &self,
        cx: Context<'_>,
        collection: Node<'_>,
        keys: &[Option<T>],
        compare: impl Fn(&T, &T) -> Ordering,
    ) -> Option<Fix> {
        let order = sorted(keys, compare);
        let edits = reorder(self.text(cx.environment), &self.tree, collection, &order)?;
        let fix = Fix::safe("sort them", "their order means nothing");
        Some(self.edit(fix, edits))
    }

    /// A place in this file.
    pub(crate) fn at(&self, span: Span) -> Location {
        Location::new(self.document, span)
    }
}

/// The key `name` of a mapping with its value as it is written.
pub(crate) fn entry<'tree>(mapping: Node<'tree>, name: &str) -> Option<(Node<'tree>, Node<'tree>)> {
    mapping.entries().find(|(key, _)| key.text() == Some(name))
}

/// The first two names in a row that a comparison of neighbours finds in the wrong order.
pub(crate) fn first_misplaced<T>(
    items: &[T],
    mut is_behind: impl FnMut(&T, &T) -> bool,
) -> Option<(&T, &T)> {
    let mut last = items.first()?;
    for item in items.iter().skip(1) {
        if is_behind(last, item) {
            // The first of those that it should stand before.
            let mut before = items.iter();
            let before = before.find(|other| is_behind(other, item)).unwrap_or(last);
            return Some((item, before));
        }
        last = item;
    }
    None
}
