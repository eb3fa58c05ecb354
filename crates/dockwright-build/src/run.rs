//! Running a job: all at once where the engine orders its targets itself, else target by target.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use crate::engine::{Engine, EngineError, Job};
use crate::progress::Event;
use crate::{Plan, Request, metadata};

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Builds the targets of a job and tells what happens.
///
/// One call of the engine does it all unless targets have to be told apart: when independent ones
/// are to go on after a failure, when there is a bound on how many are built at once, or when the
/// engine takes a single target only. Then each target is a call of its own, in an order in which
/// it finds what it needs in the engine's cache or store.
///
/// What happens to each target is told by events; the error says why the run as a whole ended.
pub fn run(
    engine: &dyn Engine,
    job: &Job<'_>,
    tell: &mut dyn FnMut(Event),
) -> Result<(), EngineError> {
    let request = job.request;
    if engine.takes_many() && request.jobs.is_none() && !request.keep_going {
        return engine.build(job, tell);
    }
    let plan = apart(job);
    let halt = AtomicBool::new(false);
    let schedule = Schedule {
        engine,
        asked: job.stop,
        job: Job {
            plan: &plan,
            stop: &halt,
            ..*job
        },
        states: vec![State::Absent; plan.targets.len()],
        files: Vec::new(),
    };
    schedule.run(tell)
}

/// The plan for calls of their own: what is only needed leaves nothing but a cache.
fn apart(job: &Job<'_>) -> Plan {
    let mut plan = job.plan.clone();
    let targets = plan.targets.iter_mut().enumerate();
    for (_, target) in targets.filter(|(index, _)| !job.targets.contains(index)) {
        target.bake.output = vec!["type=cacheonly".to_owned()];
    }
    plan
}

/// How far a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is not part of the job.
    Absent,
    Waiting,
    Running,
    Built,
    Failed,
    /// Because of a target that failed: its index.
    Skipped(usize),
    /// It was ended before it was done.
    Ended,
}

enum Message {
    Event(Event),
    Done(usize, Result<(), EngineError>),
}

struct Schedule<'a> {
    engine: &'a dyn Engine,
    /// Set when the person has asked to stop.
    asked: &'a AtomicBool,
    job: Job<'a>,
    states: Vec<State>,
    /// What the engine writes of each target's result.
    files: Vec<(usize, PathBuf)>,
}

impl Schedule<'_> {
    fn run(mut self, tell: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        for index in self.job.plan.closure(self.job.targets) {
            self.set(index, State::Waiting);
        }
        let bound = self.job.request.jobs.unwrap_or_else(|| self.bound()).max(1);
        let mut failure = None;
        thread::scope(|scope| {
            let (send, messages) = channel();
            loop {
                while !self.halts() && self.running() < bound {
                    let Some(index) = self.next(tell) else {
                        break;
                    };
                    let (engine, job, send) = (self.engine, self.job, send.clone());
                    let request = self.request(index);
                    scope.spawn(move || build(engine, &job, &request, index, &send));
                }
                if self.running() == 0 {
                    break;
                }
                if let Ok(message) = messages.recv_timeout(TICK) {
                    match message {
                        Message::Event(event) => tell(event),
                        Message::Done(index, result) => {
                            self.done(index, result, &mut failure);
                        }
                    }
                }
                if self.asked.load(Ordering::Relaxed) {
                    self.job.stop.store(true, Ordering::Relaxed);
                    failure = Some(EngineError::Stopped);
                }
            }
        });
        if let Some(file) = &self.job.request.metadata_file {
            let merged =
                metadata::merge(&self.files, file).map_err(|error| EngineError::Unusable {
                    error: format!("cannot write `{}`: {error}", file.display()),
                    hint: "name a file that can be written with `--metadata-file`".to_owned(),
                });
            failure = failure.or(merged.err());
        }
        failure.map_or(Ok(()), Err)
    }

    fn done(
        &mut self,
        index: usize,
        result: Result<(), EngineError>,
        failure: &mut Option<EngineError>,
    ) {
        let error = match result {
            Ok(()) => {
                self.set(index, State::Built);
                return;
            }
            Err(error) => error,
        };
        let is_own = matches!(error, EngineError::Failed(_));
        self.set(index, if is_own { State::Failed } else { State::Ended });
        if !is_own || !self.job.request.keep_going {
            // The others are ended: there is nothing that they could still be good for.
            self.job.stop.store(true, Ordering::Relaxed);
        }
        // A target that ends because another has failed is no failure of its own.
        if failure.is_none() {
            *failure = Some(error);
        }
    }

    /// The next target whose needs are all built. Those that need one that failed are skipped.
    fn next(&mut self, tell: &mut dyn FnMut(Event)) -> Option<usize> {
        for index in 0..self.states.len() {
            if self.state(index) != State::Waiting {
                continue;
            }
            let plan = self.job.plan;
            let needs = plan
                .targets
                .get(index)
                .map(|target| target.needs.as_slice());
            let states = needs.unwrap_or_default().iter();
            let states: Vec<(usize, State)> =
                states.map(|need| (*need, self.state(*need))).collect();
            let failed = states.iter().find_map(|(need, state)| match state {
                State::Failed => Some(*need),
                State::Skipped(because) => Some(*because),
                _ => None,
            });
            if let Some(because) = failed {
                self.set(index, State::Skipped(because));
                tell(Event::Skipped {
                    target: self.name(index),
                    because: self.name(because),
                });
            } else if states.iter().all(|(_, state)| *state == State::Built) {
                self.set(index, State::Running);
                return Some(index);
            }
        }
        None
    }

    /// The request for one target: what the engine writes of it goes to a file of its own.
    fn request(&mut self, index: usize) -> Request {
        let mut request = self.job.request.clone();
        request.metadata_file = request.metadata_file.map(|file| {
            let mut own = file.into_os_string();
            own.push(format!(".{}", self.name(index)));
            PathBuf::from(own)
        });
        self.files
            .extend(request.metadata_file.clone().map(|file| (index, file)));
        request
    }

    /// How many calls run at once when nobody says: an engine that takes a single target has no
    /// bound of its own.
    fn bound(&self) -> usize {
        if self.engine.takes_many() {
            return usize::MAX;
        }
        thread::available_parallelism().map_or(1, usize::from)
    }

    fn halts(&self) -> bool {
        self.job.stop.load(Ordering::Relaxed) || self.asked.load(Ordering::Relaxed)
    }

    fn running(&self) -> usize {
        self.states
            .iter()
            .filter(|state| **state == State::Running)
            .count()
    }

    fn state(&self, index: usize) -> State {
        self.states.get(index).copied().unwrap_or(State::Absent)
    }

    fn set(&mut self, index: usize, new: State) {
        if let Some(state) = self.states.get_mut(index) {
            *state = new;
        }
    }

    fn name(&self, index: usize) -> String {
        let target = self.job.plan.targets.get(index);
        target.map(|target| target.name.clone()).unwrap_or_default()
    }
}

/// Builds one target.
fn build(
    engine: &dyn Engine,
    job: &Job<'_>,
    request: &Request,
    index: usize,
    messages: &Sender<Message>,
) {
    let job = Job {
        targets: &[index],
        request,
        ..*job
    };
    // Nobody listens any more only when the run is over.
    let mut forward = |event| drop(messages.send(Message::Event(event)));
    let result = engine.build(&job, &mut forward);
    drop(messages.send(Message::Done(index, result)));
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;
    use crate::plan::Target;

    /// An engine in which some targets fail.
    #[derive(Default)]
    struct Trial {
        many: bool,
        failing: &'static [&'static str],
        /// The targets of each call, and how many ran at the same time at most.
        calls: Mutex<(Vec<String>, usize, usize)>,
    }

    impl Engine for Trial {
        fn name(&self) -> &'static str {
            "trial"
        }

        fn cannot(&self, _: &Job<'_>) -> Vec<String> {
            Vec::new()
        }

        fn takes_many(&self) -> bool {
            self.many
        }

        fn build(&self, job: &Job<'_>, tell: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
            let names = job.plan.names(job.targets).join("+");
            {
                let (calls, running, most) = &mut *self.calls.lock().unwrap();
                calls.push(names.clone());
                *running += 1;
                *most = (*running).max(*most);
            }
            thread::sleep(Duration::from_millis(20));
            self.calls.lock().unwrap().1 -= 1;
            if self.failing.contains(&names.as_str()) {
                return Err(EngineError::Failed(names));
            }
            tell(Event::Built(names));
            Ok(())
        }
    }

    /// `a` is needed by `b` and `c`, and both are needed by `d`; `e` stands alone.
    fn diamond() -> Plan {
        let target = |name: &str, needs: &[usize]| Target {
            name: name.to_owned(),
            needs: needs.to_vec(),
            ..Target::default()
        };
        Plan {
            targets: vec![
                target("a", &[]),
                target("b", &[0]),
                target("c", &[0]),
                target("d", &[1, 2]),
                target("e", &[]),
            ],
            groups: Vec::new(),
        }
    }

    /// What each target ended as, and the result of the run.
    fn told(trial: &Trial, request: &Request) -> (String, Result<(), EngineError>) {
        let plan = diamond();
        let job = Job {
            plan: &plan,
            targets: &[3, 4],
            request,
            root: Path::new("."),
            stop: &AtomicBool::new(false),
        };
        let mut told = Vec::new();
        let result = run(trial, &job, &mut |event| match event {
            Event::Built(name) => told.push(name),
            Event::Skipped { target, because } => told.push(format!("{target} needs {because}")),
            _ => {}
        });
        told.sort();
        (told.join(", "), result)
    }

    #[test]
    fn an_engine_that_takes_many_gets_them_in_one_call() {
        let trial = Trial {
            many: true,
            ..Trial::default()
        };
        let (_, result) = told(&trial, &Request::default());
        assert_eq!(result, Ok(()));
        assert_eq!(trial.calls.lock().unwrap().0, ["d+e"]);
    }

    #[test]
    fn another_gets_each_after_what_it_needs() {
        let trial = Trial::default();
        let (built, result) = told(&trial, &Request::default());
        assert_eq!((built.as_str(), result), ("a, b, c, d, e", Ok(())));
        let calls = trial.calls.lock().unwrap();
        let place = |name: &str| calls.0.iter().position(|call| call == name).unwrap();
        assert!(place("a") < place("b").min(place("c")));
        assert_eq!(place("d"), 4);
    }

    #[test]
    fn no_more_run_at_once_than_asked() {
        let trial = Trial {
            many: true,
            ..Trial::default()
        };
        let request = Request {
            jobs: Some(1),
            ..Request::default()
        };
        assert_eq!(told(&trial, &request).1, Ok(()));
        assert_eq!(trial.calls.lock().unwrap().2, 1);
    }

    #[test]
    fn independent_targets_go_on_and_the_others_are_named() {
        let trial = Trial {
            failing: &["b"],
            ..Trial::default()
        };
        let request = Request {
            keep_going: true,
            ..Request::default()
        };
        let (built, result) = told(&trial, &request);
        assert_eq!(built, "a, c, d needs b, e");
        assert_eq!(result, Err(EngineError::Failed("b".to_owned())));
    }

    #[test]
    fn nothing_is_begun_after_a_failure() {
        let trial = Trial {
            failing: &["a"],
            ..Trial::default()
        };
        let request = Request {
            jobs: Some(1),
            ..Request::default()
        };
        let (built, result) = told(&trial, &request);
        assert_eq!(built, "");
        assert_eq!(result, Err(EngineError::Failed("a".to_owned())));
    }
}
