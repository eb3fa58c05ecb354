//! Repairs of findings: chosen, tried on a copy in memory, and repeated until nothing is left to do.

mod batch;
mod outcome;
mod trial;

use std::collections::HashSet;

use dockwright_audit::{Finding, Safety};
use dockwright_environment::Environment;

use crate::Context;
use crate::proof::Configurations;
use batch::{Batch, Candidate};
pub use outcome::{Outcome, Reason, Repair};
use trial::{State, Trial};

/// Which findings are repaired.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// The least sure fix that is applied: `Safe` or `Unsafe`.
    pub safety: Safety,
    /// Whether a finding is among those that are asked for.
    pub includes: &'a (dyn Fn(&Environment, &Finding) -> bool + Sync),
}

/// Times that findings are repaired and what comes out is audited again; what still goes on then goes
/// in circles.
const MAX_ROUNDS: usize = 12;

/// Repairs what is asked for, in memory.
///
/// Fixes that touch the same text wait for one another. What a batch of them makes is read and audited
/// like any repository: a fix that makes a file unreadable, brings a new finding, or is said to be safe
/// and changes the configuration of an image is left out, and told. The rest is audited again, until
/// nothing is left to repair; so a second run finds nothing to do.
pub fn fix(cx: Context<'_>, selection: Selection<'_>) -> Outcome {
    let mut endless: HashSet<&'static str> = HashSet::new();
    loop {
        match until_done(cx, selection, &endless) {
            Ok(outcome) => return outcome,
            // These do not come to an end; each try has fewer rules.
            Err(rules) => endless.extend(rules),
        }
    }
}

/// Repairs in rounds. The rules whose fixes do not come to an end, if there are such.
fn until_done(
    cx: Context<'_>,
    selection: Selection<'_>,
    endless: &HashSet<&'static str>,
) -> Result<Outcome, HashSet<&'static str>> {
    let before = Configurations::of(cx.environment);
    let mut state = State::start(cx);
    let mut fixed = Vec::new();
    let mut refused: Vec<(Candidate, Reason)> = Vec::new();
    let mut last = Batch::default();
    for _ in 0..MAX_ROUNDS {
        let mut todo = state.candidates(selection);
        todo.retain(|it| {
            let is_refused = refused
                .iter()
                .any(|(other, _)| other.identity == it.identity);
            !is_refused && !endless.contains(it.rule)
        });
        last = Batch::choose(&state, todo);
        if last.0.is_empty() {
            return Ok(outcome::of(before, selection, state, fixed, refused));
        }
        let mut trial = Trial::new(cx, &state);
        let (done, next) = trial.largest(last.clone());
        refused.append(&mut trial.refused);
        fixed.extend(done);
        state = next.unwrap_or(state);
    }
    Err(last.0.iter().map(|it| it.rule).collect())
}
