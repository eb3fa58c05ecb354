//! Building: which images in which order, and the engines that do it.
//!
//! The way of the data: an [`Environment`](dockwright_environment::Environment) becomes a [`Plan`], a
//! [`Request`] says which part of it is built and how, an [`Engine`](engine::Engine) builds that and
//! tells [`Event`](progress::Event)s.

pub mod affected;
pub mod bake;
pub mod engine;
pub mod plan;
pub mod progress;
pub mod publication;
pub mod request;

pub use plan::Plan;
pub use publication::Publication;
pub use request::Request;
