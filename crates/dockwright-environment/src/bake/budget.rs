//! Bounds on what an evaluation may cost.

use std::cell::Cell;

/// Nodes that are evaluated, elements that are made, characters that are looked at.
const STEPS: usize = 4_000_000;

/// Bytes of text that are made.
const BYTES: usize = 64 << 20;

/// The longest text.
const TEXT: usize = 1 << 20;

/// Expressions inside each other, through variables, functions and targets.
const DEPTH: usize = 150;

/// What is left to spend.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<usize>,
    bytes: Cell<usize>,
    depth: Cell<usize>,
}

/// Nothing is left to spend.
pub(super) const SPENT: &str = "the bake file is too much to evaluate";

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            steps: Cell::new(STEPS),
            bytes: Cell::new(BYTES),
            depth: Cell::new(0),
        }
    }

    /// Pays for `count` steps.
    pub(super) fn steps(&self, count: usize) -> Result<(), String> {
        pay(&self.steps, count)
    }

    /// Pays for a text.
    pub(super) fn text(&self, length: usize) -> Result<(), String> {
        if length > TEXT {
            return Err(format!("the text has more than {TEXT} bytes"));
        }
        pay(&self.bytes, length)
    }

    /// Goes one level deeper; [`Budget::leave`] comes back.
    pub(super) fn enter(&self) -> Result<(), String> {
        if self.depth.get() >= DEPTH {
            return Err(format!("expressions nest deeper than {DEPTH} levels"));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(())
    }

    /// Comes back from [`Budget::enter`].
    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

fn pay(account: &Cell<usize>, amount: usize) -> Result<(), String> {
    match account.get().checked_sub(amount) {
        Some(left) => account.set(left),
        None => return Err(SPENT.to_owned()),
    }
    Ok(())
}
