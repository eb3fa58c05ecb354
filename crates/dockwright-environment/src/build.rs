//! A Dockerfile as one build definition evaluates it.

use dockwright_syntax::Span;
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use crate::definition::{DefinitionId, DockerfileId};
use crate::reference::ImageReference;
use crate::{Location, Value};

/// A stage as one definition evaluates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageId {
    /// The definition.
    pub definition: DefinitionId,
    /// Index of the stage in the Dockerfile.
    pub stage: usize,
}

/// A Dockerfile under the arguments and named contexts of one definition.
#[derive(Clone, Debug)]
pub struct Build {
    /// The definition.
    pub definition: DefinitionId,
    /// The Dockerfile.
    pub dockerfile: DockerfileId,
    /// The global `ARG`s, in order.
    pub globals: Vec<Binding>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// The stage that is built; absent when the definition names one that is not there.
    pub target: Option<usize>,
}

/// A stage of a [`Build`].
#[derive(Clone, Debug)]
pub struct Stage {
    /// What `FROM` names, expanded.
    pub base_value: Value,
    /// What that is.
    pub base: Base,
    /// `--platform`, expanded.
    pub platform: Option<Value>,
    /// Its `ARG` and `ENV` variables, in the order they are set.
    pub bindings: Vec<Binding>,
    /// The other stages and images that it copies or mounts from.
    pub sources: Vec<Source>,
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `scratch`: nothing.
    Scratch,
    /// An earlier stage of the same Dockerfile.
    Stage(usize),
    /// The image that another definition builds.
    Definition(StageId),
    /// An image from elsewhere.
    External(ImageReference),
    /// Not known.
    Unknown,
}

/// A `COPY --from` or `RUN --mount=from` of a stage.
#[derive(Clone, Debug)]
pub struct Source {
    /// Index of the instruction in the Dockerfile.
    pub instruction: usize,
    /// What it names.
    pub name: Value,
    /// Whether it is a mount.
    pub mount: bool,
    /// What that is.
    pub base: Base,
}

/// A variable of a stage, or a global `ARG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// Its value; absent for an `ARG` that nothing sets.
    pub value: Option<Value>,
    /// Whether it is an `ARG` or an `ENV`.
    pub kind: BindingKind,
    /// Where the Dockerfile declares it.
    pub location: Location,
    /// Index of the instruction in the Dockerfile.
    pub instruction: usize,
}

/// Which instruction set a [`Binding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BindingKind {
    /// `ARG`
    Argument,
    /// `ENV`
    Environment,
}

/// What is known of a variable at some instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// This says what it is.
    Bound(&'a Binding),
    /// Nothing sets it, back to `scratch`.
    Unset,
    /// A base that is not in this repository may set it.
    Unknown,
}

impl Stage {
    /// The last binding of `name` before the instruction `at`.
    pub(crate) fn own_binding(&self, name: &str, at: usize) -> Option<&Binding> {
        self.bindings
            .iter()
            .rev()
            .find(|binding| binding.instruction < at && binding.name == name)
    }
}

/// What a `COPY --from` or `RUN --mount=from` names, with the place it stands in.
pub(crate) fn source_names(instruction: &Instruction) -> Vec<(String, Span, bool)> {
    match &instruction.kind {
        InstructionKind::Copy(_) => instruction
            .flag("from")
            .and_then(|flag| flag.value.as_ref())
            .map(|value| (value.value.clone(), value.span, false))
            .into_iter()
            .collect(),
        InstructionKind::Run(run) => run
            .mounts
            .iter()
            .filter_map(|mount| mount.value(&["from"]))
            .map(|value| (value.value.clone(), value.span, true))
            .collect(),
        InstructionKind::Onbuild(trigger) => source_names(trigger),
        _ => Vec::new(),
    }
}
