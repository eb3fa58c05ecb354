//! What a write does, as it is recorded before anything is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dockwright_environment::TreePath;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{Look, look_at};
use crate::outcome::Found;

/// The name of the journal's file.
const FILE: &str = "journal.json";

/// The form of the journal.
const VERSION: u32 = 1;

/// The largest journal that is read, in bytes.
const MAX_JOURNAL: u64 = 1 << 28;

/// What a write does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    /// A part of the names of temporary files: letters and digits.
    id: String,
    /// The entry of the undo stack that this takes back.
    pub(super) undoes: Option<u64>,
    /// Directories that are made, outermost first.
    pub(super) made: Vec<Directory>,
    /// Directories that lose all that is in them, innermost first.
    pub(super) removed: Vec<Directory>,
    pub(super) steps: Vec<Step>,
}

/// A directory that is made or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Directory {
    #[serde(with = "tree_path")]
    pub(super) path: TreePath,
    /// Its mode; nothing where it is the usual one.
    pub(super) mode: Option<u32>,
}

/// What happens at one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    #[serde(with = "tree_path")]
    pub(super) path: TreePath,
    pub(super) before: Option<State>,
    pub(super) after: Option<State>,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum State {
    File {
        /// The hash of its content.
        sha256: String,
        executable: bool,
        /// Its mode; nothing where it is the usual one, or the system has none.
        mode: Option<u32>,
    },
    Link {
        target: String,
    },
}

impl Journal {
    pub(super) fn new(id: String, undoes: Option<u64>, steps: Vec<Step>) -> Self {
        Self {
            version: VERSION,
            id,
            undoes,
            made: Vec::new(),
            removed: Vec::new(),
            steps,
        }
    }

    /// The journal in a directory of the state directory. Nothing where there is none, which is so
    /// before a write begins, and after its end.
    pub(super) fn load(directory: &Path) -> io::Result<Option<Self>> {
        let file = directory.join(FILE);
        let wrong = |reason: &str| io::Error::other(format!("`{}` {reason}", file.display()));
        match file.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_JOURNAL => {}
            Ok(_) => return Err(wrong("is no journal")),
        }
        let journal: Self = serde_json::from_slice(&fs::read(&file)?)
            .map_err(|error| wrong(&format!("is no journal: {error}")))?;
        if journal.version != VERSION {
            return Err(wrong("is from another version of Dockwright"));
        }
        if !journal.id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(wrong("is no journal"));
        }
        Ok(Some(journal))
    }

    /// The journal's file in a directory of the state directory.
    pub(super) fn file(directory: &Path) -> PathBuf {
        directory.join(FILE)
    }

    /// The text of the file.
    pub(super) fn text(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec_pretty(self)?)
    }

    /// The name of the temporary file beside the path of a step.
    pub(super) fn temporary(&self, step: usize) -> String {
        format!(".dockwright-{}-{step}", self.id)
    }
}

/// The file that holds what stood at the path of a step before.
pub(super) fn content(directory: &Path, step: usize) -> PathBuf {
    directory.join(step.to_string())
}

/// What stood at the path of a step before; nothing when that cannot be read.
pub(super) fn old_content(directory: &Path, step: usize) -> Option<Arc<[u8]>> {
    match look_at(&content(directory, step)).found {
        Found::File { content, .. } => Some(content),
        _ => None,
    }
}

impl State {
    /// What was found at a path, as far as it can be written again.
    pub(super) fn of(look: &Look) -> Option<Self> {
        match &look.found {
            Found::File {
                content,
                executable,
            } => Some(Self::File {
                sha256: sha256(content),
                executable: *executable,
                mode: look.mode,
            }),
            Found::Link { target } => Some(Self::Link {
                target: target.clone(),
            }),
            _ => None,
        }
    }

    /// Whether this is what was found, but for the modes that git does not know.
    pub(super) fn is(&self, look: &Look) -> bool {
        match (self, &look.found) {
            (
                Self::File {
                    sha256: hash,
                    executable,
                    ..
                },
                Found::File {
                    content,
                    executable: is_now,
                },
            ) => executable == is_now && *hash == sha256(content),
            (Self::Link { target }, Found::Link { target: now }) => target == now,
            _ => false,
        }
    }

    /// Whether the modes are those that were found as well.
    pub(super) fn has_mode(&self, look: &Look) -> bool {
        match self {
            Self::File {
                mode: Some(mode), ..
            } => look.mode == Some(*mode),
            _ => true,
        }
    }
}

/// The hash of a content, in hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Paths as text. One that a change set could not have is refused.
mod tree_path {
    use dockwright_environment::TreePath;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::outcome::is_free_to_change;

    pub(super) fn serialize<S: Serializer>(
        path: &TreePath,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(path.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<TreePath, D::Error> {
        let text = String::deserialize(deserializer)?;
        TreePath::new(&text)
            .filter(|path| path.as_str() == text && is_free_to_change(path).is_ok())
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no path of the repository")))
    }
}
