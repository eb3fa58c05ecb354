//! What the events of a run come to.
//!
//! A step that several targets need is told under each of them. It belongs to a target unless
//! something that the target needs tells it as well: a base's work is the base's. An engine tells
//! the steps of a target sometimes before those of its base, so no step counts until every base
//! has told its own.

mod apply;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::Plan;
use crate::progress::tail::Tail;
use crate::progress::{Excerpt, Step};

/// A run, from the first event to the last.
#[derive(Clone, Debug, Default)]
pub struct State {
    now: Duration,
    targets: Vec<TargetState>,
    by_name: HashMap<String, usize>,
    shared: HashMap<String, Shared>,
}

/// A target in a run.
#[derive(Clone, Debug, Default)]
pub struct TargetState {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub status: Status,
    /// All it needs, by index, what its bases need as well.
    needs: Vec<usize>,
    steps: Vec<StepState>,
    by_id: HashMap<String, usize>,
    /// The steps that run.
    running: BTreeSet<usize>,
    /// Whether it has told an instruction of its Dockerfile.
    announced: bool,
    /// Whether it is told a second time though it is done: a later job needs it.
    again: bool,
    /// Steps that ran in an earlier job. If they are cached now, it is their own work.
    ran: HashSet<String>,
    busy: Duration,
    /// Up to when `busy` is known.
    since: Duration,
    works: bool,
}

/// How far a target is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// It has not begun.
    #[default]
    Waiting,
    /// It has begun.
    Running,
    /// It is done.
    Built,
    /// It could not be built.
    Failed(Failure),
    /// It was not begun, because the named target failed.
    Skipped(String),
    /// It had begun when the run ended.
    Stopped,
}

/// Why a target could not be built.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The step that failed, an index for [`TargetState::step`].
    pub step: Option<usize>,
    /// Why, in the engine's words.
    pub error: String,
    /// The place in the Dockerfile.
    pub excerpt: Option<Excerpt>,
}

/// A step of a target in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepState {
    /// The last word on it.
    pub step: Step,
    /// When it began, measured from the begin of the run.
    pub began: Duration,
    told_begin: bool,
    told_end: bool,
}

/// The instructions of a target, but for `FROM`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// How many there are, as far as is known.
    pub total: usize,
    /// How many are done.
    pub done: usize,
    /// How many of these came from the cache.
    pub cached: usize,
}

/// What a target does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A step runs: the one that has run longest, and how many others.
    Runs {
        /// The step, an index for [`TargetState::step`].
        step: usize,
        /// How many other steps run.
        others: usize,
    },
    /// It waits for another target.
    WaitsFor(usize),
    /// Nothing that is told.
    Idle,
}

/// What is new. Targets and steps are indices.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The engine wrote a line, as it is.
    Line(String),
    /// A step of a target began.
    Began(usize, usize),
    /// A step wrote a line.
    Output(usize, usize, String),
    /// A step ended.
    Ended(usize, usize),
    /// The engine says something beside any step.
    Message(String),
    /// A target is built, failed or skipped.
    Settled(usize),
}

/// What the targets that have a step share of it.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// The targets that told it.
    tellers: Vec<usize>,
    tail: Tail,
}

impl State {
    /// A run of targets: their names, and the indices of what each needs.
    pub fn new(targets: impl IntoIterator<Item = (String, Vec<usize>)>) -> Self {
        let mut state = Self::default();
        for (name, direct) in targets {
            let mut needs = direct.clone();
            let further = direct.iter().filter_map(|index| state.targets.get(*index));
            needs.extend(further.flat_map(|target: &TargetState| &target.needs));
            needs.sort_unstable();
            needs.dedup();
            state.by_name.insert(name.clone(), state.targets.len());
            state.targets.push(TargetState {
                name,
                needs,
                ..TargetState::default()
            });
        }
        state
    }

    /// A run of some targets of a plan, given as indices, ascending.
    pub fn of_plan(plan: &Plan, targets: &[usize]) -> Self {
        let chosen = targets.iter().filter_map(|index| plan.targets.get(*index));
        Self::new(chosen.map(|target| {
            let place = |need: &usize| targets.binary_search(need).ok();
            (
                target.name.clone(),
                target.needs.iter().filter_map(place).collect(),
            )
        }))
    }

    /// Sets the clock: the time since the run began.
    pub fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// The time since the run began.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// The targets.
    pub fn targets(&self) -> &[TargetState] {
        &self.targets
    }

    /// A target.
    pub fn target(&self, index: usize) -> Option<&TargetState> {
        self.targets.get(index)
    }

    /// The last lines that a step wrote.
    pub fn output(&self, step: &Step) -> Vec<&str> {
        let shared = self.shared.get(&step.id);
        shared.into_iter().flat_map(|it| it.tail.lines()).collect()
    }

    /// How long a target has had something of its own to do. To wait for a base is none.
    pub fn elapsed(&self, target: &TargetState) -> Duration {
        let open = self.now.saturating_sub(target.since);
        target.busy + if target.works { open } else { Duration::ZERO }
    }

    /// The instructions of a target's own Dockerfile.
    pub fn steps(&self, index: usize) -> Steps {
        let mut steps = Steps::default();
        let Some(target) = self.targets.get(index) else {
            return steps;
        };
        if !self.is_certain(target) {
            return steps;
        }
        let own = target
            .steps
            .iter()
            .filter(|it| !self.is_inherited(target, &it.step));
        for StepState { step, .. } in own.filter(|it| it.step.is_instruction()) {
            let is_done = step.is_over() && step.error.is_none();
            // What was not even begun was not needed.
            steps.total += usize::from(is_done || target.status != Status::Built);
            steps.done += usize::from(is_done);
            steps.cached += usize::from(is_done && step.cached);
        }
        steps
    }

    /// What a target does at the moment.
    pub fn activity(&self, index: usize) -> Activity {
        let Some(target) = self.targets.get(index) else {
            return Activity::Idle;
        };
        let running = target.running.iter();
        let running = running.filter_map(|number| Some((*number, target.steps.get(*number)?)));
        let is_certain = self.is_certain(target);
        let own = running.filter(|(_, it)| {
            !self.is_inherited(target, &it.step) && (is_certain || it.step.internal)
        });
        if let Some((step, _)) = own.clone().min_by_key(|(_, it)| it.began) {
            let others = own.count() - 1;
            return Activity::Runs { step, others };
        }
        let open = |need: &&usize| {
            let need = self.targets.get(**need);
            need.is_some_and(|need| !need.status.is_settled())
        };
        let mut needs = target.needs.iter();
        match needs.find(open) {
            Some(need) => Activity::WaitsFor(*need),
            None => Activity::Idle,
        }
    }

    /// The first target that a step belongs to, and its number there.
    fn owner(&self, id: &str) -> Option<(usize, usize)> {
        let tellers = self.shared.get(id)?.tellers.iter();
        tellers.into_iter().find_map(|&index| {
            let target = self.targets.get(index)?;
            let number = *target.by_id.get(id)?;
            let state = target.steps.get(number)?;
            (!self.is_inherited(target, &state.step)).then_some((index, number))
        })
    }

    /// Whether a step belongs to something that the target needs.
    fn is_inherited(&self, target: &TargetState, step: &Step) -> bool {
        let tellers = self.shared.get(&step.id).map(|it| it.tellers.as_slice());
        let needs = |teller| target.needs.binary_search(teller).is_ok();
        tellers.unwrap_or_default().iter().any(needs)
    }

    /// Whether it is known which steps are a target's own.
    fn is_certain(&self, target: &TargetState) -> bool {
        target.needs.iter().all(|need| {
            let need = self.targets.get(*need);
            need.is_none_or(|need| need.announced || need.status.is_settled() && !need.again)
        })
    }
}

impl TargetState {
    /// A step.
    pub fn step(&self, number: usize) -> Option<&StepState> {
        self.steps.get(number)
    }
}

impl Status {
    /// Whether nothing more is to come.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Built | Self::Failed(_) | Self::Skipped(_))
    }
}
