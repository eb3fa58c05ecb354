//! Collects what is refused.

use crate::{Problem, Span};

/// The problems of one file.
///
/// `BuildKit` reads in two steps: it cuts an instruction apart, then it looks at the parts. The
/// trigger of an `ONBUILD` goes through the first step only, until an image is built on it.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    in_trigger: bool,
}

/// The most problems that are told. A file with more is something else.
const MAX_PROBLEMS: usize = 1_000;

impl Problems {
    /// What the first step refuses.
    pub(super) fn syntax(&mut self, span: Span, message: impl Into<String>) {
        if !self.is_full() {
            self.list.push(Problem::new(span, message));
        }
    }

    /// What the second step refuses.
    pub(super) fn refuse(&mut self, span: Span, message: impl Into<String>) {
        self.add(Problem::new(span, message));
    }

    /// What the second step refuses, with help.
    pub(super) fn refuse_with_help(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Problem {
            help: Some(help.into()),
            ..Problem::new(span, message)
        });
    }

    /// What the second step refuses.
    pub(super) fn add(&mut self, problem: Problem) {
        if !self.in_trigger && !self.is_full() {
            self.list.push(problem);
        }
    }

    /// Whether no more problems are told.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// Says that nothing is read from `span` on.
    pub(super) fn give_up(&mut self, span: Span) {
        let what = if self.is_full() {
            "problems"
        } else {
            "instructions"
        };
        let message = format!("there are too many {what}; from here on, nothing is read");
        self.list.push(Problem::new(span, message));
    }

    /// Whether the trigger of an `ONBUILD` is being read; gives back what it was before.
    pub(super) fn enter_trigger(&mut self, in_trigger: bool) -> bool {
        std::mem::replace(&mut self.in_trigger, in_trigger)
    }

    /// Every problem, in the order of the file.
    pub(super) fn into_list(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| problem.span.start);
        self.list
    }
}
