//! Everything that names a file or directory of the repository.

mod builds;
mod compose;
mod ignore;
mod mentions;

use std::collections::BTreeMap;

use dockwright_environment::commands::Voice;
use dockwright_environment::context_reads::is_remote;
use dockwright_environment::mentions::PathRole;
use dockwright_environment::{Environment, Location, Tree, TreePath, Value};
use dockwright_syntax::Span;

use super::Left;
use super::paths::Moves;

/// A path that stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The file that it stands in.
    pub(super) path: TreePath,
    /// Its bytes there, perhaps with others of the same word.
    pub(super) span: Span,
    /// The path as it is understood, variables put in.
    pub(super) text: String,
    /// The directories that it may be relative to.
    pub(super) bases: Vec<TreePath>,
    /// What becomes of these when the file moves.
    pub(super) anchor: Anchor,
    /// What it is for.
    pub(super) kind: Kind,
    /// Who speaks.
    pub(super) voice: Voice,
}

/// What a path stays relative to when the file that it stands in moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The directory, which may itself move.
    Directory,
    /// The directory of the file, if it was relative to that.
    File,
    /// What is read of the file at its new place.
    Read,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What a command or document names.
    Mention(PathRole),
    /// The context of a build.
    Context,
    /// The Dockerfile of a build.
    Dockerfile,
    /// The source of a bind mount.
    Mount,
    /// Another file of a Compose project.
    Compose,
    /// A source in a build context.
    Source,
    /// A pattern of an ignore file that is a path.
    Pattern,
}

/// What tells a reference from others when the files have been read again.
pub(super) type Key = (TreePath, Span, Kind);

impl Kind {
    /// Whether `..` would lead out of what it can name.
    pub(super) fn stays_inside(self) -> bool {
        matches!(
            self,
            Self::Source | Self::Pattern | Self::Mention(PathRole::Listing)
        )
    }

    /// Whether a name without a slash would be taken for something else.
    pub(super) fn needs_slash(self) -> bool {
        matches!(
            self,
            Self::Mount | Self::Mention(PathRole::Mount | PathRole::Script | PathRole::Action)
        )
    }
}

impl Reference {
    pub(super) fn key_at(&self, path: &TreePath, span: Span) -> Key {
        (path.clone(), span, self.kind)
    }

    /// What it leads to in a tree, once for each base from which it leads anywhere.
    pub(super) fn found(&self, tree: &dyn Tree) -> Vec<(usize, TreePath)> {
        let mut found: Vec<(usize, TreePath)> = Vec::new();
        for (number, base) in self.bases.iter().enumerate() {
            if let Some(path) = base.join(&self.text)
                && (path.is_root() || tree.entry(&path).is_some())
                && !found.iter().any(|(_, known)| *known == path)
            {
                found.push((number, path));
            }
        }
        found
    }

    /// Whether what it leads to moves.
    pub(super) fn is_moved(&self, environment: &Environment, moves: &Moves) -> bool {
        let found = self.found(environment.tree.as_ref());
        found.iter().any(|(_, path)| moves.is_moved(path))
    }

    /// What its file says in its place.
    pub(super) fn written<'a>(&self, environment: &'a Environment) -> &'a str {
        let document = environment.documents.by_path(&self.path);
        document.map_or("", |document| self.span.of(&document.text))
    }

    /// It, as something that stays.
    pub(super) fn left(&self, environment: &Environment, why: String) -> Left {
        let document = environment.documents.by_path(&self.path);
        Left {
            path: self.path.clone(),
            line: document.map_or(1, |it| it.lines().line(self.span.start)),
            text: self.written(environment).to_owned(),
            why,
        }
    }
}

/// Collects references; those at the same place that say the same become one.
struct Collector<'a> {
    environment: &'a Environment,
    all: Vec<Reference>,
    numbers: BTreeMap<(Key, String), usize>,
}

impl Collector<'_> {
    fn add(
        &mut self,
        location: Location,
        text: &str,
        bases: &[TreePath],
        anchor: Anchor,
        kind: Kind,
        voice: Voice,
    ) {
        let place = self.environment.documents.outermost(location);
        let path = &self.environment.documents.get(place.document).path;
        let key = ((path.clone(), place.span, kind), text.to_owned());
        let next = self.all.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if let Some(known) = self.all.get_mut(number) {
            let new = bases.iter().filter(|base| !known.bases.contains(base));
            let new: Vec<TreePath> = new.cloned().collect();
            known.bases.extend(new);
            return;
        }
        self.all.push(Reference {
            path: path.clone(),
            span: place.span,
            text: text.to_owned(),
            bases: bases.to_vec(),
            anchor,
            kind,
            voice,
        });
    }
}

/// The directory of the tree that a build is given: the one that is said, or the one that says it.
fn context(said: Option<&Value>, directory: &TreePath) -> Option<TreePath> {
    let Some(said) = said else {
        return Some(directory.clone());
    };
    let path = said.known().filter(|it| !is_remote(it))?;
    directory.join(path)
}

/// Every reference of an environment.
pub(super) fn all(environment: &Environment) -> Vec<Reference> {
    let mut collector = Collector {
        environment,
        all: Vec::new(),
        numbers: BTreeMap::new(),
    };
    mentions::collect(&mut collector);
    compose::collect(&mut collector);
    builds::collect(&mut collector);
    ignore::collect(&mut collector);
    collector.all
}

/// References by what tells them from others.
pub(super) fn by_key(references: Vec<Reference>) -> BTreeMap<Key, Vec<Reference>> {
    let mut map: BTreeMap<Key, Vec<Reference>> = BTreeMap::new();
    for reference in references {
        let key = reference.key_at(&reference.path, reference.span);
        map.entry(key).or_default().push(reference);
    }
    map
}
