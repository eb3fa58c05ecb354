//! Building: which images in which order, and the engines that do it.
//!
//! The way of the data: an [`Environment`](dockwright_environment::Environment) becomes a [`Plan`], a
//! [`Request`] says which part of it is built and how, an [`Engine`](engine::Engine) builds that and
//! tells [`Event`](progress::Event)s.

pub mod bake;
mod destination;
pub mod engine;
mod images;
pub mod plan;
pub mod progress;
pub mod request;

pub use destination::Destination;
pub use images::{ImageSize, ImageStore};
pub use plan::Plan;
pub use request::Request;
