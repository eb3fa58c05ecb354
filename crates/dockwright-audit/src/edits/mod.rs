//! Edits that the fixes of several rules make.

mod dockerfile;
pub(crate) mod path;
pub(crate) mod tag;
pub(crate) mod word;

pub(crate) use dockerfile::DockerfileEdits;
