//! A Dockerfile as one build definition evaluates it.

use std::collections::HashMap;

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
    pub globals: Bindings,
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
    pub bindings: Bindings,
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

/// The variables of a stage, or the global ones, in the order they are set; found by name.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    list: Vec<Binding>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Bindings {
    /// Every binding, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Binding> {
        self.list.iter()
    }

    /// Adds a binding behind the others.
    pub(crate) fn push(&mut self, binding: Binding) {
        let positions = self.by_name.entry(binding.name.clone()).or_default();
        positions.push(self.list.len());
        self.list.push(binding);
    }

    /// The bindings of one name, the last first.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Binding> + Clone {
        let positions = self.by_name.get(name).map(Vec::as_slice);
        let positions = positions.unwrap_or_default().iter().rev();
        positions.filter_map(|position| self.list.get(*position))
    }

    /// The last binding of `name` before the instruction `at`.
    pub(crate) fn before(&self, at: usize, name: &str) -> Option<&Binding> {
        let positions = self.by_name.get(name)?;
        let is_before = |position: &usize| {
            let binding = self.list.get(*position);
            binding.is_some_and(|binding| binding.instruction < at)
        };
        let count = positions.partition_point(is_before);
        self.list.get(*positions.get(count.checked_sub(1)?)?)
    }
}

impl<'a> IntoIterator for &'a Bindings {
    type Item = &'a Binding;
    type IntoIter = std::slice::Iter<'a, Binding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
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
