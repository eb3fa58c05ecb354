//! The changed files that builds read.

use std::collections::{BTreeSet, HashMap};

use dockwright_environment::build::StageId;
use dockwright_environment::context::{BuildContext, Sources};
use dockwright_environment::context_reads;
use dockwright_environment::contexts::SharedContext;
use dockwright_environment::definition::{DefinitionId, NamedContextSource};
use dockwright_environment::graph::reachable;
use dockwright_environment::{Environment, TreePath, Value};

use super::Changes;
use crate::plan::Target;

/// Finds for the targets of an environment the changed files that their builds read.
pub(super) struct Inputs<'a> {
    environment: &'a Environment,
    changes: &'a Changes,
    contexts: HashMap<DefinitionId, usize>,
    /// The changed files that each context sends to the builder.
    sent: HashMap<usize, Changes>,
}

impl<'a> Inputs<'a> {
    pub(super) fn new(environment: &'a Environment, changes: &'a Changes) -> Self {
        let contexts = environment.contexts().iter().enumerate();
        let contexts = contexts.flat_map(|(number, context)| {
            let definitions = context.definitions.iter();
            definitions.map(move |id| (*id, number))
        });
        Self {
            environment,
            changes,
            contexts: contexts.collect(),
            sent: HashMap::new(),
        }
    }

    /// The changed file that says how a target is built: its Dockerfile, or the ignore file.
    pub(super) fn recipe(&self, target: &Target) -> Option<TreePath> {
        let dockerfile = target.dockerfile.as_deref().and_then(TreePath::new);
        let ignore = self.context(target).and_then(|(_, context)| {
            let ignore = self.environment.ignore_of(context)?;
            let document = self.environment.documents.get(ignore.document);
            Some(document.path.clone())
        });
        let mut files = dockerfile.into_iter().chain(ignore);
        files.find(|file| self.changes.contains(file))
    }

    /// A changed file of the contexts that a target's build reads.
    pub(super) fn content(&mut self, target: &Target) -> Option<TreePath> {
        let definition = self.environment.definition(*target.definitions.first()?)?;
        let named = definition.contexts.iter();
        let mut directories = named.filter_map(|context| match &context.source {
            NamedContextSource::Directory(directory) => Some(directory),
            _ => None,
        });
        let in_named = directories.find_map(|directory| self.changes.first_in(directory));
        if let Some(changed) = in_named {
            return Some(changed.clone());
        }
        let Some((number, context)) = self.context(target) else {
            // Its ignore file cannot be read, or it lies outside.
            let directory = definition.context.directory()?;
            return self.changes.first_in(directory).cloned();
        };
        let context = self.environment.build_context(context);
        let changes = self.changes;
        let sent = || sent(&context, changes);
        let sent = self.sent.entry(number).or_insert_with(sent);
        if sent.paths().is_empty() {
            return None;
        }
        let reads = reads(self.environment, definition.id);
        let mut found = reads
            .iter()
            .filter_map(|source| first_read(&context, source, sent));
        found.next().cloned()
    }

    fn context(&self, target: &Target) -> Option<(usize, &'a SharedContext)> {
        let number = *self.contexts.get(target.definitions.first()?)?;
        Some((number, self.environment.contexts().get(number)?))
    }
}

/// The changes that concern a context, without what its ignore file excludes.
fn sent(context: &BuildContext<'_>, changes: &Changes) -> Changes {
    let directory = context.directory();
    let inside = changes.below(directory).iter();
    let inside = inside.filter(|path| context.excluded_by(path).is_none());
    // A submodule that the context lies in is one path.
    let above = std::iter::successors(Some(directory.clone()), TreePath::parent);
    let above = above.filter(|path| changes.contains(path));
    inside.cloned().chain(above).collect()
}

/// What the stages that a build needs read of the context, each once.
fn reads(environment: &Environment, definition: DefinitionId) -> Vec<Value> {
    let Some(build) = environment.build(definition) else {
        return Vec::new();
    };
    let mut known = BTreeSet::new();
    let mut reads = Vec::new();
    for stage in reachable(build) {
        let id = StageId { definition, stage };
        let own = environment.context_reads(id).into_iter();
        let own = own.filter(|read| !read.is_trigger);
        // The triggers of the image that a stage starts from read the stage's own context.
        let base = environment.chain_stages(id).nth(1);
        let triggers = base
            .into_iter()
            .flat_map(|base| environment.context_reads(base));
        let triggers = triggers.filter(|read| read.is_trigger);
        for read in own.chain(triggers) {
            if known.insert((read.source.text.clone(), read.source.is_known())) {
                reads.push(read.source);
            }
        }
    }
    reads
}

/// The first changed file that a source finds. One that cannot be resolved may find all of them.
fn first_read<'a>(
    context: &BuildContext<'_>,
    source: &Value,
    sent: &'a Changes,
) -> Option<&'a TreePath> {
    if context_reads::is_remote(&source.text) {
        return None;
    }
    let path = context_reads::path(source);
    let found = path.and_then(|path| {
        let found = context.resolve_source(&path).ok()?;
        Some((context.directory().join(&path), found))
    });
    let Some((written, found)) = found else {
        return sent.paths().first();
    };
    let Sources {
        matched,
        links,
        broken,
        ..
    } = found;
    // What is written counts too: it may have been removed.
    let mut paths = written
        .into_iter()
        .chain(matched)
        .chain(links)
        .chain(broken);
    paths.find_map(|path| sent.first_in(&path))
}
