//! Who needs which image.

use crate::Value;
use crate::build::StageId;
use crate::definition::DefinitionId;
use crate::reference::ImageReference;

/// A place that needs an image by name.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// How it is needed.
    pub kind: UseKind,
    /// The name as written.
    pub value: Value,
    /// The name as read, or why it is no image reference; absent when it is not known.
    pub reference: Option<Result<ImageReference, String>>,
    /// Who needs it.
    pub user: User,
    /// Who makes it.
    pub producer: Producer,
}

/// How an image is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseKind {
    /// `FROM`
    From,
    /// `COPY --from`
    CopyFrom,
    /// `RUN --mount=from`
    MountFrom,
    /// `image:` of a service that has no `build:`
    Service,
    /// `docker-image://` in a named context
    NamedContext,
    /// `docker run` and its relatives
    Run,
    /// A CI job, Kubernetes, or an editor
    Container,
}

/// Who needs an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// An instruction of a stage.
    Stage {
        /// The stage.
        stage: StageId,
        /// Index of the instruction in the Dockerfile.
        instruction: usize,
    },
    /// A Compose service.
    Service {
        /// Index into the environment's Compose projects.
        project: usize,
        /// Index into the project's services.
        service: usize,
    },
    /// A build definition, by a named context.
    Definition(DefinitionId),
    /// A command: index into the environment's invocations.
    Command(usize),
    /// A document that says so.
    Document,
}

/// Who makes an image that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Producer {
    /// Definitions that give their image exactly this name and tag.
    Definitions(Vec<DefinitionId>),
    /// Definitions that give their image this name, but another tag.
    OtherTag(Vec<DefinitionId>),
    /// No definition; but Dockerfiles whose derived names say that they are meant.
    Undeclared(Vec<DefinitionId>),
    /// Nobody, and it can come from nowhere else: an unqualified name that is no official image.
    Nobody,
    /// Somebody else.
    Elsewhere,
    /// The name is not known, or is no reference.
    Unknown,
}

impl Producer {
    /// The one definition that is meant, if there is just one.
    pub fn single(&self) -> Option<DefinitionId> {
        match self {
            Self::Definitions(ids) | Self::OtherTag(ids) | Self::Undeclared(ids) => {
                ids.first().filter(|_| ids.len() == 1).copied()
            }
            Self::Nobody | Self::Elsewhere | Self::Unknown => None,
        }
    }
}
