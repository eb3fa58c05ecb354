//! What can stand at a path.

use std::sync::Arc;

use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Tree, TreePath};

use crate::Refusal;

/// A file or a link, as git knows one: with its content, and whether it can be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File {
        /// Its bytes.
        content: Arc<[u8]>,
        /// Whether the owner may execute it. Always `false` where the system has no such mode.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as written.
        target: String,
    },
}

impl Node {
    /// A file that is not executable.
    pub fn file(content: impl Into<Arc<[u8]>>) -> Self {
        Self::File {
            content: content.into(),
            executable: false,
        }
    }

    /// A file that is executable.
    pub fn executable(content: impl Into<Arc<[u8]>>) -> Self {
        Self::File {
            content: content.into(),
            executable: true,
        }
    }

    /// A link.
    pub fn link(target: impl Into<String>) -> Self {
        Self::Link {
            target: target.into(),
        }
    }

    /// What stands at a path of a tree. Refused where that is neither a file nor a link, or it
    /// cannot be read.
    pub fn read(tree: &dyn Tree, path: &TreePath) -> Result<Self, Refusal> {
        let refused = |reason: &str| {
            Refusal::new(
                format!("`{path}` cannot be read: {reason}"),
                "only files and links of the repository can be changed",
            )
        };
        let entry = tree
            .entry(path)
            .ok_or_else(|| refused("there is no such file"))?;
        match entry.kind {
            EntryKind::File => Ok(Self::File {
                content: tree
                    .read(path)
                    .map_err(|error| refused(&error.to_string()))?,
                executable: entry.executable,
            }),
            EntryKind::Link(target) => Ok(Self::Link { target }),
            EntryKind::Directory | EntryKind::Other => Err(refused("it is no file")),
        }
    }

    /// The same file with another content.
    pub(crate) fn with_content(self, content: impl Into<Arc<[u8]>>) -> Self {
        match self {
            Self::File { executable, .. } => Self::File {
                content: content.into(),
                executable,
            },
            Self::Link { .. } => Self::file(content),
        }
    }

    /// The bytes of a file; the target of a link, as git stores one.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::File { content, .. } => content,
            Self::Link { target } => target.as_bytes(),
        }
    }
}
