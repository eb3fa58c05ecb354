//! A build, shown while it happens and after: one file for each view.

mod failure;
mod follow;
mod live;
mod plain;
mod summary;
mod words;

#[cfg(test)]
mod recorded;

use dockwright_build::progress::{Change, State};

pub use failure::failure;
pub use follow::follow;
pub use live::Live;
pub use plain::Plain;
pub use summary::{Row, summary};

/// Shows a build while it happens.
pub trait View {
    /// Something is new. The state has it already.
    fn change(&mut self, state: &State, change: &Change);

    /// Time has passed.
    fn tick(&mut self, _state: &State) {}

    /// The build is over.
    fn finish(&mut self, _state: &State) {}
}
