//! What a stage copies.

use dockwright_syntax::dockerfile::{Copy, CopySource, Instruction, InstructionKind};

use crate::build::{Base, StageId};
use crate::configuration::clean;
use crate::{Environment, Value};

/// One `COPY` or `ADD` of a stage.
#[derive(Clone, Debug)]
pub struct CopyStep<'a> {
    /// The stage.
    pub stage: StageId,
    /// Index of the instruction in the Dockerfile.
    pub index: usize,
    /// The instruction; for `ONBUILD` the trigger.
    pub instruction: &'a Instruction,
    /// Its arguments.
    pub copy: &'a Copy,
    /// Whether it is `ADD`.
    pub add: bool,
    /// Where it copies from.
    pub origin: CopyOrigin,
    /// The sources, expanded; here-documents are left out.
    pub sources: Vec<Value>,
    /// The destination, expanded and made absolute; a trailing slash is kept.
    pub destination: Value,
}

/// Where a [`CopyStep`] copies from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyOrigin {
    /// The build context.
    Context,
    /// A stage of this repository.
    Stage(StageId),
    /// An image or a context from elsewhere, or not known.
    Elsewhere,
}

impl Environment {
    /// What a stage itself copies, in order.
    pub fn copies(&self, id: StageId) -> Vec<CopyStep<'_>> {
        let instructions = self.stage_instructions(id);
        instructions
            .filter_map(|(index, instruction)| self.copy_step(id, index, instruction))
            .collect()
    }

    fn copy_step<'a>(
        &'a self,
        id: StageId,
        index: usize,
        instruction: &'a Instruction,
    ) -> Option<CopyStep<'a>> {
        let (copy, add) = match &instruction.kind {
            InstructionKind::Copy(copy) => (copy, false),
            InstructionKind::Add(copy) => (copy, true),
            _ => return None,
        };
        let sources = copy.sources.iter().filter_map(|source| match source {
            CopySource::Path(path) => Some(self.expand(id, index, path)),
            CopySource::Heredoc(_) => None,
        });
        Some(CopyStep {
            stage: id,
            index,
            instruction,
            copy,
            add,
            origin: self.copy_origin(id, index, instruction),
            sources: sources.collect(),
            destination: self.destination(id, index, copy),
        })
    }

    fn copy_origin(&self, id: StageId, index: usize, instruction: &Instruction) -> CopyOrigin {
        if instruction.flag("from").is_none() {
            return CopyOrigin::Context;
        }
        let sources = self
            .stage(id)
            .map(|stage| stage.sources.as_slice())
            .unwrap_or_default();
        let source = sources.iter().find(|source| source.instruction == index);
        match source.map(|source| &source.base) {
            Some(Base::Stage(stage)) => CopyOrigin::Stage(StageId {
                definition: id.definition,
                stage: *stage,
            }),
            Some(Base::Definition(stage)) => CopyOrigin::Stage(*stage),
            _ => CopyOrigin::Elsewhere,
        }
    }

    fn destination(&self, id: StageId, index: usize, copy: &Copy) -> Value {
        let value = self.expand(id, index, &copy.destination);
        let slash = if value.text.ends_with('/') && value.text.len() > 1 {
            "/"
        } else {
            ""
        };
        if value.text.starts_with('/') {
            let text = format!("{}{slash}", clean(&value.text).trim_end_matches('/'));
            let text = if text.is_empty() {
                "/".to_owned()
            } else {
                text
            };
            return Value { text, ..value };
        }
        let Some(directory) = self.working_directory(id, index) else {
            return value;
        };
        let joined = clean(&format!("{}/{}", directory.text, value.text));
        let mut variables = directory.variables;
        variables.extend(value.variables);
        Value {
            text: format!("{}{slash}", joined.trim_end_matches('/')),
            location: value.location,
            variables,
        }
    }
}
