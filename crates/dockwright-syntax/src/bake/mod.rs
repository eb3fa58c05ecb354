//! Bake files: HCL and its JSON form, as `docker buildx bake` reads them.
//!
//! Both forms give one tree: a JSON string is a template, as in HCL. (Compose files as bake input
//! are Compose files.)

mod detect;
mod hcl;
mod json;
mod lower;
mod recover;
mod tree;

pub use detect::is_bake;
pub use hcl::{parse_expression, parse_hcl};
pub use json::parse_json;
pub use tree::*;

/// Reads a bake file, in the form that `format` says.
pub fn parse(source: &str, format: Format) -> Document {
    match format {
        Format::Hcl => parse_hcl(source),
        Format::Json => parse_json(source),
    }
}
