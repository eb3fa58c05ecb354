//! Dockerfiles, as the current `BuildKit` frontend reads them.
//!
//! [`parse`] gives the typed tree of a file, [`validate`](fn@validate) what `BuildKit` refuses
//! beyond its grammar, and [`expand`](mod@expand) reads and evaluates the variables in its words.

mod excerpt;
pub mod expand;
mod parser;
pub mod predefined;
mod tree;
mod validate;

pub use parser::{KEYWORDS, parse};
pub use tree::*;
pub use validate::validate;
