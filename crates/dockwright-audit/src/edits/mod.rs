//! Edits that several rules make, worked out so that nothing but what is meant changes.

pub(crate) mod ignore;
pub(crate) mod words;
pub(crate) mod yaml;
