//! What bake files and Dockerfiles name.

use dockwright_environment::TreePath;
use dockwright_environment::build::StageId;
use dockwright_environment::commands::Voice;
use dockwright_environment::context_reads;
use dockwright_environment::definition::{BuildDefinition, ContextSource};

use super::{Anchor, Collector, Kind};

/// What makes a path of a build context a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

pub(super) fn collect(collector: &mut Collector<'_>) {
    let environment = collector.environment;
    for project in &environment.bake {
        let directory = &project.directory;
        for target in project.targets.iter().filter(|target| !target.is_service()) {
            collector.path(
                target.context.as_ref(),
                directory,
                Anchor::File,
                Kind::Context,
            );
            if let Some(context) = super::context(target.context.as_ref(), directory) {
                collector.inside(target.dockerfile.as_ref(), &context, Kind::Dockerfile);
            }
            for context in target
                .contexts
                .iter()
                .filter(|it| !it.value.text.starts_with("target:"))
            {
                collector.path(Some(&context.value), directory, Anchor::File, Kind::Context);
            }
        }
    }
    for definition in &environment.definitions {
        let context = match &definition.context {
            ContextSource::Directory(directory) => Some(directory),
            ContextSource::Inferred {
                directory,
                complete,
            } => Some(directory).filter(|_| *complete),
            ContextSource::Missing(_) | ContextSource::Unknown => None,
        };
        if let Some(context) = context {
            collector.sources(definition, context);
        }
    }
}

impl Collector<'_> {
    fn sources(&mut self, definition: &BuildDefinition, context: &TreePath) {
        let environment = self.environment;
        let Some(build) = environment.build(definition.id) else {
            return;
        };
        for stage in 0..build.stages.len() {
            let id = StageId {
                definition: definition.id,
                stage,
            };
            for read in environment.context_reads(id) {
                let Some(path) = context_reads::path(&read.source) else {
                    continue;
                };
                // What stands before a wildcard is a directory.
                let text = match path.find(WILDCARDS) {
                    None => path.as_str(),
                    Some(at) => path
                        .get(..at)
                        .and_then(|it| it.rsplit_once('/'))
                        .map_or("", |it| it.0),
                };
                if !text.is_empty() {
                    let bases = std::slice::from_ref(context);
                    let location = read.source.location;
                    self.add(
                        location,
                        text,
                        bases,
                        Anchor::Directory,
                        Kind::Source,
                        Voice::Program,
                    );
                }
            }
        }
    }
}
