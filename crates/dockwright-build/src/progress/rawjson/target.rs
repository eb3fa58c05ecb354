//! What is known of a target of a run.

use std::collections::HashMap;

use crate::progress::Step;

/// What is known of a target.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    pub(super) name: String,
    exports: bool,
    pub(super) started: bool,
    /// Its vertexes in the order in which they came.
    pub(super) vertexes: Vec<(String, Phase)>,
    pub(super) by_digest: HashMap<String, usize>,
    running: usize,
    /// How many instructions it has, and how many are done.
    instructions: usize,
    done: usize,
    exported: bool,
    /// Whether it looked done after the line before. An export may be followed by another.
    pub(super) ready: bool,
    /// Whether it is told to be built or to have failed.
    pub(super) told: bool,
    /// Whether a step was told since: a builder may begin once more with one that it has done.
    pub(super) again: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Known,
    Running,
    Done,
    Failed(String),
    /// Ended because another one failed.
    Cancelled,
}

impl Target {
    pub(super) fn new(name: String, exports: bool) -> Self {
        Self {
            name,
            exports,
            ..Self::default()
        }
    }

    pub(super) fn is_known(&self, step: &Step) -> bool {
        self.by_digest.contains_key(&step.id)
    }

    pub(super) fn record(&mut self, step: &Step) {
        let phase = match &step.error {
            Some(_) if step.is_cancelled() => Phase::Cancelled,
            Some(error) => Phase::Failed(error.clone()),
            None if step.is_over() => Phase::Done,
            None if step.started => Phase::Running,
            None => Phase::Known,
        };
        let is_instruction = step.is_instruction();
        let index = *self.by_digest.entry(step.id.clone()).or_insert_with(|| {
            self.vertexes.push((step.id.clone(), Phase::Known));
            self.instructions += usize::from(is_instruction);
            self.vertexes.len() - 1
        });
        let Some((_, before)) = self.vertexes.get_mut(index) else {
            return;
        };
        if phase == Phase::Known {
            return;
        }
        let before = std::mem::replace(before, phase.clone());
        let turn = |count: &mut usize, which: &Phase| {
            *count = count.saturating_sub(usize::from(before == *which));
            *count += usize::from(phase == *which);
        };
        turn(&mut self.running, &Phase::Running);
        if is_instruction {
            turn(&mut self.done, &Phase::Done);
        }
        self.exported |= phase == Phase::Done && step.name.starts_with("exporting to ");
    }

    pub(super) fn is_done(&self) -> bool {
        let all = self.instructions > 0 && self.done == self.instructions;
        self.running == 0 && if self.exports { self.exported } else { all }
    }
}
