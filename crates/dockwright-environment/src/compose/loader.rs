//! Where the resolver gets its files from.

use std::sync::Arc;

use dockwright_syntax::yaml::YamlTree;

use crate::tree::ReadError;
use crate::{DocumentId, TreePath};

/// A file of the environment.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its number, which every location in it carries.
    pub document: DocumentId,
    /// Its text.
    pub text: Arc<str>,
}

/// Gives the resolver the files that it asks for.
///
/// The same path must always give the same document.
pub trait Loader {
    /// The file at `path`, for what is not YAML.
    fn file(&self, path: &TreePath) -> Result<Source, ReadError>;

    /// The YAML file at `path`.
    fn yaml(&self, path: &TreePath) -> Result<(Source, Arc<YamlTree>), ReadError>;
}
