//! Edits that the fixes of several rules make.

mod dockerfile;

pub(crate) use dockerfile::DockerfileEdits;
