//! What an engine says while it builds.

use std::time::Duration;

use super::Excerpt;

/// One thing that an engine says.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A line that the engine writes, as it is. What it says is told by other events.
    Line(String),
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
        /// The place in the Dockerfile, when the engine says.
        excerpt: Option<Excerpt>,
    },
    /// A target was not begun, because one that it needs failed.
    Skipped {
        /// Its name.
        target: String,
        /// The one that failed.
        because: String,
    },
}

impl Event {
    /// The target that it is about.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Step(step) => step.target.as_deref(),
            Self::Started(target)
            | Self::Built(target)
            | Self::Failed { target, .. }
            | Self::Skipped { target, .. } => Some(target),
            Self::Line(_) | Self::Log { .. } | Self::Message(_) => None,
        }
    }
}

/// A step of a target: an instruction, a transfer, an export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Its identity. Several targets may share a step; then each tells it.
    pub id: String,
    /// The target; absent when the step belongs to none.
    pub target: Option<String>,
    /// Where in the Dockerfile it stands: platform, stage and number, as far as the engine says
    /// them, such as `compile 2/5`. Empty for what is no instruction.
    pub place: String,
    /// What it does, such as `RUN make`.
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

impl Step {
    /// Whether it is the work of an instruction, which a cache may save. To have a base at hand
    /// is none: nothing of `FROM` is ever done again.
    pub fn is_instruction(&self) -> bool {
        let number = self.place.rsplit(' ').next().unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let is_numbered = number
            .split_once('/')
            .is_some_and(|(a, b)| digits(a) && digits(b));
        is_numbered && !self.internal && !self.name.starts_with("FROM ")
    }

    /// Whether it has come to its end, a good one or not.
    pub fn is_over(&self) -> bool {
        self.took.is_some() || self.error.is_some()
    }

    /// Whether it was ended because another one failed or somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.error
            .as_ref()
            .is_some_and(|error| error.contains("context canceled"))
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.started && !self.is_over()
    }
}
