//! YAML text to a tree that keeps every byte span.
//!
//! The tree says what is written and nothing more: an alias stays a reference to its anchor, a
//! merge key (`<<`) stays a key, and a tag stays a tag. What a file means by them is its reader's
//! business; nothing here can be made to grow beyond the size of the source. JSON is read too.

mod parse;
mod scalar;
mod text;
mod tree;

pub use parse::parse;
pub use scalar::ScalarType;
pub use tree::{Comment, Entry, Kind, Node, NodeData, NodeId, Scalar, ScalarStyle, YamlTree};
