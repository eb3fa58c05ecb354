//! From files to one linked model of a repository's Docker environment.

pub mod document;
pub mod graph;
pub mod location;
pub mod path;
pub mod tree;
pub mod value;

pub use document::{Document, Documents};
pub use location::{DocumentId, Location};
pub use path::TreePath;
pub use tree::Tree;
pub use value::{Value, Variable, VariableSource};
