//! What happens while an engine builds: what it says ([`rawjson`] reads it), and what that comes
//! to ([`State`]).

mod event;
mod excerpt;
pub mod rawjson;
mod state;
mod tail;

pub use event::{Event, Step};
pub use excerpt::{Excerpt, ExcerptLine};
pub use state::{Activity, Change, Failure, State, Status, StepState, Steps, TargetState};
