//! An image that was read: where its bytes come from, in several forms.

pub mod diff;
mod json;
mod markdown;
mod progress;
mod text;
mod words;

#[cfg(test)]
mod sample;

use dockwright_image::{Image, Inspection};

pub use json::{inspection_schema, json};
pub use markdown::markdown;
pub use progress::Progress;
pub use text::{TextOptions, text};

/// What `inspect` has to show.
#[derive(Clone, Copy, Debug)]
pub struct InspectionView<'a> {
    /// What the person called the image.
    pub name: &'a str,
    /// The image.
    pub image: &'a Image,
    /// Where its bytes come from.
    pub inspection: &'a Inspection,
}
