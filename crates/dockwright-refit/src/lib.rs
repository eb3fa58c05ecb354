//! Changes: from an environment to a change set, and from that to the disk.
//!
//! A [`Refactoring`] proposes a [`ChangeSet`]. Laid over the tree, the changes are read again as an
//! environment and [reviewed](review()); only then are they [written](write()), and can be
//! [taken back](undo()).

mod bake_text;
mod bake_variables;
mod change;
mod diff;
mod dirty;
pub mod fixes;
mod hcl;
mod index;
pub mod moves;
mod node;
mod outcome;
pub mod proof;
mod refactoring;
mod refactorings;
mod refusal;
pub mod registry;
mod release;
mod review;
mod transaction;

pub use change::{Change, ChangeSet};
pub use diff::unified;
pub use dirty::dirty;
pub use index::{stage_renames, unstage_renames};
pub use node::Node;
pub use refactoring::{Context, Proposal, Refactoring};
pub use refusal::Refusal;
pub use review::{Review, review};
pub use transaction::{Recovered, Undone, recover, undo, write};
