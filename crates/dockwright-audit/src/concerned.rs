//! Which scripts have to do with containers.

use std::collections::{BTreeSet, HashSet};

use dockwright_environment::{DocumentId, Environment, TreePath};
use dockwright_syntax::dockerfile::{CopySource, InstructionKind};

/// What tells that a script has to do with containers.
pub(crate) struct Concerned<'a> {
    /// The directories of Dockerfiles and Compose files.
    directories: BTreeSet<TreePath>,
    /// The names of files and directories that Dockerfiles copy.
    copied: HashSet<&'a str>,
    /// Documents that call container programs.
    callers: HashSet<DocumentId>,
}

impl<'a> Concerned<'a> {
    /// Looks at an environment.
    pub(crate) fn of(environment: &'a Environment) -> Self {
        let dockerfiles = environment.dockerfiles.iter().map(|one| one.document);
        let projects = environment.compose.iter();
        let compose = projects.flat_map(|project| project.files.iter().copied());
        let directories = dockerfiles
            .chain(compose)
            .filter_map(|document| environment.documents.get(document).path.parent());
        let instructions = environment.dockerfiles.iter();
        let instructions = instructions.flat_map(|one| &one.tree.instructions);
        let sources = instructions.flat_map(|instruction| match &instruction.kind {
            InstructionKind::Copy(copy) | InstructionKind::Add(copy) => copy.sources.as_slice(),
            _ => &[],
        });
        let names = sources.filter_map(|source| match source {
            CopySource::Path(path) => path.value.trim_end_matches('/').rsplit('/').next(),
            CopySource::Heredoc(_) => None,
        });
        let invocations = environment.invocations.iter();
        Self {
            directories: directories.collect(),
            copied: names
                .filter(|name| !matches!(*name, "" | "." | "*"))
                .collect(),
            callers: invocations.map(|one| one.location.document).collect(),
        }
    }

    /// Whether a document lies beside a Dockerfile or Compose file.
    pub(crate) fn is_beside(&self, environment: &Environment, document: DocumentId) -> bool {
        let parent = environment.documents.get(document).path.parent();
        parent.is_some_and(|parent| self.directories.contains(&parent))
    }

    /// Whether a script lies beside a Dockerfile or Compose file that is not in the root, where
    /// everything may lie, is copied into an image, or calls a
    /// container program.
    pub(crate) fn has(&self, environment: &Environment, document: DocumentId) -> bool {
        let path = &environment.documents.get(document).path;
        let is_in_root = path.parent().is_some_and(|parent| parent.is_root());
        self.callers.contains(&document)
            || (!is_in_root && self.is_beside(environment, document))
            || path.parts().any(|part| self.copied.contains(part))
    }
}
