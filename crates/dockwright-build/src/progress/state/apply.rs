//! From events to changes.

use std::time::Duration;

use super::{Activity, Change, Failure, State, Status, StepState, TargetState};
use crate::progress::tail::Tail;
use crate::progress::{Event, Step};

/// More steps than this are not kept.
const MAX_STEPS: usize = 100_000;

impl State {
    /// Takes an event and returns what it changes.
    pub fn apply(&mut self, event: Event) -> Vec<Change> {
        let mut changes = Vec::new();
        match event {
            Event::Line(line) => changes.push(Change::Line(line)),
            Event::Step(step) => self.step(step, &mut changes),
            Event::Log { step, text } => self.log(&step, &text, &mut changes),
            Event::Message(text) => changes.push(Change::Message(text)),
            Event::Started(name) => self.start(&name),
            Event::Built(name) => {
                let is_new = |target: &TargetState| !target.status.is_settled();
                self.settle(&name, is_new, |_| Status::Built, &mut changes);
            }
            Event::Failed {
                target,
                error,
                excerpt,
            } => {
                let is_new = |target: &TargetState| !matches!(target.status, Status::Failed(_));
                let failed = |step| {
                    Status::Failed(Failure {
                        step,
                        error,
                        excerpt,
                    })
                };
                self.settle(&target, is_new, failed, &mut changes);
            }
            Event::Skipped { target, because } => {
                let is_new = |target: &TargetState| !target.status.is_settled();
                self.settle(&target, is_new, |_| Status::Skipped(because), &mut changes);
            }
        }
        changes
    }

    /// Ends the run: what has begun and is not done was stopped.
    pub fn end(&mut self) {
        for index in 0..self.targets.len() {
            self.account(index, Duration::ZERO);
            if let Some(target) = self.targets.get_mut(index) {
                target.works = false;
                if target.status == Status::Running {
                    target.status = Status::Stopped;
                }
            }
        }
    }

    fn start(&mut self, name: &str) {
        let index = self.by_name.get(name);
        let Some(target) = index.and_then(|index| self.targets.get_mut(*index)) else {
            return;
        };
        match target.status {
            Status::Built | Status::Failed(_) => {
                target.again = true;
                target.announced = false;
            }
            Status::Waiting | Status::Skipped(_) => target.status = Status::Running,
            Status::Running | Status::Stopped => {
                // Another job begins with it once more.
                target.status = Status::Running;
                target.by_id.clear();
                target.running.clear();
                let steps = std::mem::take(&mut target.steps);
                let ran = steps.iter().map(|it| &it.step);
                let ran = ran.filter(|step| step.is_over() && step.error.is_none() && !step.cached);
                target.ran.extend(ran.map(label));
            }
        }
    }

    fn step(&mut self, step: Step, changes: &mut Vec<Change>) {
        let index = step.target.as_ref().and_then(|name| self.by_name.get(name));
        let Some(&index) = index else {
            return;
        };
        if !self.tell(&step.id, index) {
            return;
        }
        // All steps of a Dockerfile are told before the first of them begins.
        let announces = step.started && !step.place.is_empty() && !step.internal;
        if let Some(target) = self.targets.get_mut(index).filter(|_| announces)
            && !target.announced
        {
            target.announced = true;
            self.reconsider(index, changes);
        }
        let now = self.now;
        let target = self.targets.get_mut(index);
        let Some((number, missed)) = target.and_then(|target| target.record(step, now)) else {
            return;
        };
        self.account(index, missed);
        self.change(index, number, changes);
    }

    fn log(&mut self, id: &str, text: &str, changes: &mut Vec<Change>) {
        let Some(shared) = self.shared.get_mut(id) else {
            return;
        };
        let lines = shared.tail.push(text);
        if let Some((target, step)) = self.owner(id) {
            let output = |line| Change::Output(target, step, line);
            changes.extend(lines.into_iter().map(output));
        }
    }

    fn settle(
        &mut self,
        name: &str,
        is_new: impl FnOnce(&TargetState) -> bool,
        status: impl FnOnce(Option<usize>) -> Status,
        changes: &mut Vec<Change>,
    ) {
        let Some(&index) = self.by_name.get(name) else {
            return;
        };
        self.account(index, Duration::ZERO);
        let Some(target) = self.targets.get(index).filter(|target| is_new(target)) else {
            return;
        };
        let steps = target.steps.iter().enumerate();
        let failed = steps.filter(|(_, it)| it.step.error.is_some() && !it.step.is_cancelled());
        // Its own rather than one of a base.
        let culprit = failed.min_by_key(|(_, it)| self.is_inherited(target, &it.step));
        let status = status(culprit.map(|(number, _)| number));
        if let Some(target) = self.targets.get_mut(index) {
            target.status = status;
            target.works = false;
        }
        self.reconsider(index, changes);
        changes.push(Change::Settled(index));
    }

    /// Notes that a target tells a step. Whether there is room for it.
    fn tell(&mut self, id: &str, index: usize) -> bool {
        if !self.shared.contains_key(id) && self.shared.len() == MAX_STEPS {
            return false;
        }
        let shared = self.shared.entry(id.to_owned()).or_default();
        if let Err(place) = shared.tellers.binary_search(&index) {
            shared.tellers.insert(place, index);
        }
        true
    }

    /// Brings the time of a target up to now. `missed` is how long a step took that is new.
    fn account(&mut self, index: usize, missed: Duration) {
        let works = matches!(self.activity(index), Activity::Runs { .. });
        if let Some(target) = self.targets.get_mut(index) {
            let open = self.now.saturating_sub(target.since);
            target.busy += if target.works { open } else { open.min(missed) };
            target.since = self.now;
            target.works = works;
        }
    }

    /// Tells what is known now that a target has told its steps, or tells no more.
    fn reconsider(&mut self, index: usize, changes: &mut Vec<Change>) {
        for dependent in 0..self.targets.len() {
            let target = self.targets.get(dependent);
            let Some(target) = target.filter(|it| it.needs.binary_search(&index).is_ok()) else {
                continue;
            };
            let count = target.steps.len();
            self.account(dependent, Duration::ZERO);
            for number in 0..count {
                self.change(dependent, number, changes);
            }
        }
    }

    /// Tells what is new of a step.
    fn change(&mut self, index: usize, number: usize, changes: &mut Vec<Change>) {
        let Some(target) = self.targets.get(index) else {
            return;
        };
        let Some(state) = target.steps.get(number) else {
            return;
        };
        let (begins, ends) = (
            state.step.started && !state.told_begin,
            state.step.is_over() && !state.told_end,
        );
        if !(begins || ends)
            || self.is_inherited(target, &state.step)
            || !self.is_certain(target) && !state.step.internal
        {
            return;
        }
        let (id, failed) = (state.step.id.clone(), state.step.error.is_some());
        if let Some(target) = self.targets.get_mut(index)
            && let Some(state) = target.steps.get_mut(number)
        {
            state.told_begin |= begins;
            state.told_end |= ends;
        }
        if begins {
            changes.push(Change::Began(index, number));
        }
        if ends {
            if let Some(shared) = self.shared.get_mut(&id) {
                let rest = shared.tail.end();
                changes.extend(rest.map(|line| Change::Output(index, number, line)));
                if !failed {
                    shared.tail = Tail::default();
                }
            }
            changes.push(Change::Ended(index, number));
        }
    }
}

impl TargetState {
    /// Takes the last word on a step, unless the target is done with. Returns the step, and how
    /// long it took before this first word on it.
    fn record(&mut self, mut step: Step, now: Duration) -> Option<(usize, Duration)> {
        if self.again || matches!(self.status, Status::Failed(_) | Status::Skipped(_)) {
            return None;
        }
        // An export may be followed by another one.
        self.status = Status::Running;
        step.cached &= !self.ran.contains(&label(&step));
        let number = *self.by_id.entry(step.id.clone()).or_insert_with(|| {
            self.steps.push(StepState {
                step: Step::default(),
                began: now,
                told_begin: false,
                told_end: false,
            });
            self.steps.len() - 1
        });
        let state = self.steps.get_mut(number)?;
        let mut missed = Duration::ZERO;
        if !state.step.started && step.started {
            missed = step.took.unwrap_or_default();
            state.began = now.saturating_sub(missed);
        }
        // A step that has begun may be announced once more.
        if step.started || !state.step.started {
            state.step = step;
        }
        if state.step.is_running() {
            self.running.insert(number);
        } else {
            self.running.remove(&number);
        }
        Some((number, missed))
    }
}

/// What is the same of a step in every job.
fn label(step: &Step) -> String {
    format!("{} {}", step.place, step.name)
}
