//! What happens while an engine builds.

mod event;

pub use event::{Event, Step};
