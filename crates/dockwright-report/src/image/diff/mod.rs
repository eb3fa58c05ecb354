//! How two images differ, in several forms.

mod json;
mod markdown;
mod text;
mod words;

#[cfg(test)]
mod sample;

use dockwright_image::{Diff, Image};

pub use json::{diff_schema, json};
pub use markdown::markdown;
pub use text::{TextOptions, text};

/// What `diff` has to show.
#[derive(Clone, Copy, Debug)]
pub struct DiffView<'a> {
    /// The earlier image, as the person called it.
    pub before: (&'a str, &'a Image),
    /// The later image, as the person called it.
    pub after: (&'a str, &'a Image),
    /// How they differ.
    pub diff: &'a Diff,
}
