//! The engines that build: one small interface, one file for each.

mod buildah;
mod buildx;
pub(crate) mod child;
mod plugin;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::progress::Event;
use crate::{Plan, Request};

pub use buildah::Buildah;
pub use buildx::{Buildx, CLIENT_VARIABLE};

/// Something that builds images.
pub trait Engine: Sync {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// What of a request it cannot do, a sentence each; asked before anything is built.
    fn cannot(&self, job: &Job<'_>) -> Vec<String>;

    /// Whether it orders the targets of a job itself and builds them side by side. Of another one,
    /// a job has a single target.
    fn takes_many(&self) -> bool;

    /// Builds the targets of a job, and what they need where it [takes many](Self::takes_many). Tells
    /// of each when it is built or has failed. Returns when everything is done, failed or stopped.
    fn build(&self, job: &Job<'_>, tell: &mut dyn FnMut(Event)) -> Result<(), EngineError>;
}

/// A part of a plan that an engine is to build.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The targets to build: indices into [`Plan::targets`], ascending.
    pub targets: &'a [usize],
    /// How.
    pub request: &'a Request,
    /// The root of the repository on disk, which paths are relative to.
    pub root: &'a Path,
    /// Set when the person has asked to stop: the engine then ends what it started, and returns.
    pub stop: &'a AtomicBool,
}

/// Why an engine could not build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The build itself failed: which step and why was told by events. The text is the engine's
    /// last word.
    Failed(String),
    /// The engine cannot be used: it is not there, or has gone away. An error and a hint.
    Unusable {
        /// What is wrong.
        error: String,
        /// What to do.
        hint: String,
    },
    /// The person has asked to stop.
    Stopped,
}
