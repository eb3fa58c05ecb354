//! Images: what is in them, and where every byte comes from.
//!
//! [`read`] takes an image from any [`Reference`]: an engine, an archive, a layout, a registry.
//! Each layer is read once, as a stream, and nothing is unpacked. What comes out is an [`Image`]:
//! its [`Config`], its [`Layer`]s as lists of entries, and the [`Tree`] that they come to.
//!
//! Images are hostile until read: sizes, names and links are bounded, and digests are checked.

pub mod attribution;
pub mod category;
mod config;
mod contents;
pub mod diff;
mod digest;
mod error;
mod image;
pub mod inspection;
mod layer;
mod limits;
mod manifest;
pub mod packages;
mod platform;
mod reference;
mod source;
mod tar;
#[cfg(feature = "testing")]
pub mod testing;
mod tree;

pub use attribution::Attribution;
pub use category::Category;
pub use config::{Config, Healthcheck, History, Process, RootFs};
pub use diff::{Diff, Verdict};
pub use error::ImageError;
pub use image::{Image, Keep, ReadOptions, read};
pub use inspection::Inspection;
pub use layer::{Compression, Entry, Kind, Layer};
pub use packages::{Package, PackageKind, Packages, Roots};
pub use platform::Platform;
pub use reference::Reference;
pub use tree::{EntryId, Fate, NodeId, Shadowed, Tree};
