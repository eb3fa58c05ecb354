//! Edits that several fixes make.

pub(crate) mod path;
pub(crate) mod tag;
pub(crate) mod word;
