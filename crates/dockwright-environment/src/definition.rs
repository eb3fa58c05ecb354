//! Who builds what.

use crate::reference::ImageReference;
use crate::{Location, TreePath, Value};

/// The number of a build definition in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId(pub usize);

/// The number of a Dockerfile in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DockerfileId(pub usize);

/// Dockerfile + context + target stage + arguments + names: one way to build one image.
#[derive(Clone, Debug)]
pub struct BuildDefinition {
    /// Its number.
    pub id: DefinitionId,
    /// Who says so.
    pub origin: Origin,
    /// The service's or target's name, or one derived from the Dockerfile's path.
    pub name: String,
    /// Where it is said.
    pub location: Location,
    /// What is built.
    pub dockerfile: DockerfileSource,
    /// The Dockerfile's path as written; absent when it is left to the default.
    pub dockerfile_value: Option<Value>,
    /// What the builder is given.
    pub context: ContextSource,
    /// The context as written; absent when it is left to the default.
    pub context_value: Option<Value>,
    /// The stage that is asked for by name; the last one when absent.
    pub target: Option<Value>,
    /// Build arguments.
    pub arguments: Vec<BuildArgument>,
    /// The names that the image gets.
    pub tags: Vec<Tag>,
    /// Further contexts by name.
    pub contexts: Vec<NamedContext>,
    /// The platforms it is built for; empty for the builder's own.
    pub platforms: Vec<Value>,
}

/// Who says that an image is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A Compose service.
    Service {
        /// Index into the environment's Compose projects.
        project: usize,
        /// Index into the project's services.
        service: usize,
    },
    /// A bake target.
    BakeTarget {
        /// Index into the environment's bake projects.
        project: usize,
        /// Index into the project's targets.
        target: usize,
    },
    /// A `docker build` that a script, Makefile, workflow or document says to type.
    Command,
    /// Nobody: the Dockerfile is there, and how it is built is inferred.
    Dockerfile,
}

/// The Dockerfile of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DockerfileSource {
    /// One that was read.
    Read(DockerfileId),
    /// One that is not there.
    Missing(TreePath),
    /// Not in this tree: remote, outside, or in a variable without a value.
    Unknown,
}

/// The build context of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextSource {
    /// A directory of the tree.
    Directory(TreePath),
    /// A directory of the tree, chosen because the Dockerfile's sources are found in it.
    Inferred {
        /// The directory.
        directory: TreePath,
        /// Whether every `COPY` source is found there.
        complete: bool,
    },
    /// A directory that is not there.
    Missing(TreePath),
    /// Not in this tree: remote, outside, or in a variable without a value.
    Unknown,
}

impl ContextSource {
    /// The directory, when there is one.
    pub fn directory(&self) -> Option<&TreePath> {
        match self {
            Self::Directory(directory) | Self::Inferred { directory, .. } => Some(directory),
            Self::Missing(_) | Self::Unknown => None,
        }
    }
}

/// A build argument of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildArgument {
    /// Its name.
    pub name: String,
    /// Its value; absent when it is taken from the caller's environment.
    pub value: Option<Value>,
    /// Where it is given.
    pub location: Location,
}

/// A name that an image gets.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The name as written.
    pub value: Value,
    /// The name as read, or why it is no image reference; absent when it is not known.
    pub reference: Option<Result<ImageReference, String>>,
    /// Whether nobody wrote it: Compose names an image after project and service.
    pub implicit: bool,
}

/// A named context of a definition.
#[derive(Clone, Debug)]
pub struct NamedContext {
    /// The name that `FROM`, `COPY --from` and `RUN --mount=from` use.
    pub name: String,
    /// What it is, as written.
    pub value: Value,
    /// What it is, as read.
    pub source: NamedContextSource,
    /// Where it is given.
    pub location: Location,
}

/// What a [`NamedContext`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedContextSource {
    /// What another definition builds (`target:` in bake, `service:` in Compose).
    Definition(DefinitionId),
    /// `target:` or `service:` with a name that is not defined.
    UndefinedDefinition(String),
    /// An image (`docker-image://`).
    Image(String),
    /// A directory of the tree.
    Directory(TreePath),
    /// A directory that is not there.
    Missing(TreePath),
    /// Remote, outside, an OCI layout, or in a variable without a value.
    Unknown,
}

impl BuildDefinition {
    /// Whether somebody says so; otherwise it is inferred from a Dockerfile alone.
    pub fn is_declared(&self) -> bool {
        self.origin != Origin::Dockerfile
    }

    /// The Dockerfile, when it was read.
    pub fn dockerfile_id(&self) -> Option<DockerfileId> {
        match self.dockerfile {
            DockerfileSource::Read(id) => Some(id),
            DockerfileSource::Missing(_) | DockerfileSource::Unknown => None,
        }
    }

    /// The names that are valid references.
    pub fn references(&self) -> impl Iterator<Item = (&Tag, &ImageReference)> {
        self.tags
            .iter()
            .filter_map(|tag| Some((tag, tag.reference.as_ref()?.as_ref().ok()?)))
    }
}
