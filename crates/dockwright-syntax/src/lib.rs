//! Text to typed trees with byte spans, one module per file kind.
//!
//! Nothing here reads files, knows of other files or has an opinion. Every parser accepts any
//! `&str`, never panics, and goes on after an error: what it could not read is a [`Problem`].

pub mod bake;
pub mod compose;
pub mod dockerfile;
pub mod gitlab;
pub mod ignore;
pub mod ini;
pub mod json;
pub mod justfile;
pub mod makefile;
pub mod markdown;
pub mod problem;
pub mod python;
pub mod shell;
pub mod span;
pub mod substitute;
pub mod taskfile;
pub mod text;
pub mod workflow;
pub mod yaml;

pub use problem::Problem;
pub use span::{LineColumn, LineIndex, Span, Spanned};
pub use text::Text;
