//! What a stage reads of its build context: `COPY`, `ADD` and bind mounts.

use dockwright_syntax::dockerfile::{CopySource, Instruction, InstructionKind, MountKind, Run};

use crate::build::StageId;
use crate::{DocumentId, Environment, Location, Value};

/// Something of its build context that a stage reads.
#[derive(Clone, Debug)]
pub struct ContextRead {
    /// Index of the instruction in the Dockerfile.
    pub instruction: usize,
    /// The instruction that reads, for `ONBUILD` the trigger.
    pub keyword: &'static str,
    /// Whether builds that start from the stage read it, not the stage itself: `ONBUILD`.
    pub is_trigger: bool,
    /// The source as written, expanded; empty for a mount of the whole context.
    pub source: Value,
}

/// The path of a source in its context, cleaned, perhaps with wildcards; empty for all of it. `None`
/// when it is not known, or is no path.
pub fn path(source: &Value) -> Option<String> {
    let text = source.known()?;
    let is_template = ["\\", "{{", "<%", "@@"]
        .iter()
        .any(|mark| text.contains(mark));
    if is_template || is_remote(text) {
        return None;
    }
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a source is an address: what `ADD` fetches is not in the context.
pub fn is_remote(source: &str) -> bool {
    source.contains("://")
        || source.starts_with("git@")
        || source.starts_with("github.com/")
        || source.contains(".git#")
}

impl Environment {
    /// What a stage reads of its build context, in order.
    pub fn context_reads(&self, id: StageId) -> Vec<ContextRead> {
        let instructions = self.stage_instructions(id);
        instructions
            .flat_map(|(index, instruction)| {
                let (is_trigger, inner) = match &instruction.kind {
                    InstructionKind::Onbuild(trigger) => (true, trigger.as_ref()),
                    _ => (false, instruction),
                };
                let sources = self.context_sources(id, index, inner).into_iter();
                sources.map(move |(keyword, source)| ContextRead {
                    instruction: index,
                    keyword,
                    is_trigger,
                    source,
                })
            })
            .collect()
    }

    fn context_sources(
        &self,
        id: StageId,
        index: usize,
        instruction: &Instruction,
    ) -> Vec<(&'static str, Value)> {
        let (keyword, copy) = match &instruction.kind {
            InstructionKind::Copy(copy) => ("COPY", copy),
            InstructionKind::Add(copy) => ("ADD", copy),
            InstructionKind::Run(run) => return self.mounted(id, index, run),
            _ => return Vec::new(),
        };
        if instruction.flag("from").is_some() {
            return Vec::new();
        }
        let paths = copy.sources.iter().filter_map(|source| match source {
            CopySource::Path(path) => Some((keyword, self.expand(id, index, path))),
            CopySource::Heredoc(_) => None,
        });
        paths.collect()
    }

    fn mounted(&self, id: StageId, index: usize, run: &Run) -> Vec<(&'static str, Value)> {
        let document: DocumentId = self.document_of(id);
        let binds = run
            .mounts
            .iter()
            .filter(|mount| mount.kind == MountKind::Bind && mount.value(&["from"]).is_none());
        let values = binds.map(|mount| match mount.value(&["source", "src"]) {
            Some(source) => self.expand(id, index, source),
            None => Value::literal("", Location::new(document, mount.span)),
        });
        values.map(|value| ("RUN --mount", value)).collect()
    }
}
