//! Building: which images in which order, and the engines that do it.
//!
//! The way of the data: an [`Environment`](dockwright_environment::Environment) becomes a [`Plan`], a
//! [`Request`] says how it is built, [`run`] has an [`Engine`](engine::Engine) do that, which tells
//! [`Event`](progress::Event)s.

pub mod affected;
mod ask;
pub mod bake;
mod destination;
mod digest;
pub mod engine;
mod images;
mod installed;
mod metadata;
pub mod plan;
pub mod prepare;
pub mod progress;
pub mod publication;
mod redact;
pub mod rehearse;
mod request;
mod results;
mod run;

pub use destination::Destination;
pub use digest::digest;
pub use images::{ImageSize, ImageStore};
pub use installed::{Packages, installed};
pub use plan::Plan;
pub use prepare::prepare;
pub use publication::Publication;
pub use request::{Options, Request};
pub use results::{ImageResult, Stored, results};
pub use run::run;
