//! Edits that the fixes of several rules make.

mod dockerfile;
pub(crate) mod ignore;
pub(crate) mod path;
pub(crate) mod tag;
pub(crate) mod word;
pub(crate) mod words;
pub(crate) mod yaml;

pub(crate) use dockerfile::DockerfileEdits;
