//! What an engine says while it builds.

use std::time::Duration;

/// One thing that an engine says.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A step began, went on or ended. A later word on the same step of the same target takes the
    /// place of an earlier one.
    Step(Step),
    /// Output of a step.
    Log {
        /// The step, by [`Step::id`].
        step: String,
        /// What it wrote: lines, or a part of one.
        text: String,
    },
    /// What the engine says beside any step: warnings, its last words. One line.
    Message(String),
    /// The engine has begun with a target.
    Started(String),
    /// A target is done.
    Built(String),
    /// A target could not be built.
    Failed {
        /// Its name.
        target: String,
        /// Why, in the engine's words.
        error: String,
        /// The place in the Dockerfile as the engine shows it, lines of source; empty when it
        /// does not say.
        excerpt: String,
    },
    /// A target was not begun, because one that it needs failed.
    Skipped {
        /// Its name.
        target: String,
        /// The one that failed.
        because: String,
    },
}

/// A step of a target: an instruction, a transfer, an export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Its identity. Several targets may share a step; then each tells it.
    pub id: String,
    /// The target; absent when the step belongs to none.
    pub target: Option<String>,
    /// What it does, such as `2/5 RUN make`, without the target's name.
    pub name: String,
    /// Whether it is work of the engine's own, such as reading the ignore file.
    pub internal: bool,
    /// Whether it has begun.
    pub started: bool,
    /// How long it took; absent while it runs.
    pub took: Option<Duration>,
    /// Whether its result was there already.
    pub cached: bool,
    /// Why it failed.
    pub error: Option<String>,
}
