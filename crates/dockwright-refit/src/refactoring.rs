//! What a refactoring is.

use dockwright_build::publication::Revision;
use dockwright_environment::{Environment, ReadOptions};
use dockwright_settings::Settings;

use crate::{ChangeSet, Refusal};

/// What a refactoring may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The environment that is to be changed.
    pub environment: &'a Environment,
    /// How it was read; a changed one is read in the same way.
    pub options: &'a ReadOptions,
    /// The policy that applies.
    pub settings: &'a Settings,
    /// The commit that is checked out, where there is one.
    pub revision: Option<&'a Revision>,
}

/// What a refactoring would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The changes.
    pub changes: ChangeSet,
    /// What people should know of it, a sentence each without a full stop.
    pub notes: Vec<String>,
}

/// A named function from an environment to a change set.
pub trait Refactoring: Sync {
    /// Its kebab-case name.
    fn name(&self) -> &'static str;

    /// What it does, in one sentence.
    fn summary(&self) -> &'static str;

    /// What it would do. It has checked that the changed tree means what it should.
    fn propose(&self, cx: Context<'_>) -> Result<Proposal, Refusal>;
}
