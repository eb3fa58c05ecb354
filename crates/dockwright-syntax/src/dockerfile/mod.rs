//! Dockerfiles, as the current `BuildKit` frontend reads them.

mod tree;

pub use tree::*;
