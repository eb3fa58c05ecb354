//! Edits that the fixes of several rules make.

pub(crate) mod anchor;
pub(crate) mod call;
pub(crate) mod digest;
mod dockerfile;
pub(crate) mod first_words;
pub(crate) mod ignore;
pub(crate) mod lines;
pub(crate) mod link;
pub(crate) mod path;
pub(crate) mod tag;
pub(crate) mod version;
pub(crate) mod word;
pub(crate) mod yaml;

pub(crate) use dockerfile::DockerfileEdits;
