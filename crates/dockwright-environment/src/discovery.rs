//! Which files of a tree belong to its Docker environment, by name and by content.

mod content;
mod names;

use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use crate::TreePath;
use crate::tree::{Entry, EntryKind, Tree};
use names::Guess;

/// Directories that hold what others wrote, or fixtures that are wrong on purpose.
pub const DEFAULT_EXCLUDES: &[&str] = &[
    ".git",
    ".venv",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "testdata",
    "vendor",
    "venv",
];

/// Files larger than this are not opened to learn what they are, in bytes.
const MAX_SNIFFED: u64 = 256 << 10;

/// A file that belongs to the Docker environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub path: TreePath,
    /// What it is.
    pub kind: DocumentKind,
    /// Why it cannot be read as that, as one lower-case clause without a full stop.
    pub problem: Option<String>,
    /// Its text, where discovery has read it to learn what it is.
    pub text: Option<Arc<str>>,
}

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A Compose file.
    Compose,
    /// A bake file in HCL or JSON.
    Bake,
    /// A file of patterns that a build context leaves out.
    Ignore,
    /// A shell script.
    Shell,
    /// A file of environment variables.
    Dotenv,
    /// A Markdown document.
    Markdown,
    /// A makefile.
    Makefile,
    /// A workflow of GitHub Actions.
    Workflow,
    /// The description of an action of GitHub Actions.
    Action,
    /// A configuration of GitLab CI.
    GitlabCi,
    /// A justfile.
    Justfile,
    /// A Taskfile.
    Taskfile,
    /// A `package.json`.
    PackageJson,
    /// A development container.
    Devcontainer,
    /// A Python program.
    Python,
    /// A systemd unit or quadlet.
    Unit,
    /// A Kubernetes manifest or the values of a Helm chart.
    Manifest,
    /// An INI file.
    Ini,
    /// A TOML file.
    Toml,
    /// Any other JSON or YAML file.
    Settings,
    /// A template of one of these, which is none of them before it is filled in.
    Template,
}

/// Which paths are left out.
#[derive(Clone, Debug)]
pub struct Excludes(GlobSet);

impl Excludes {
    /// Reads patterns: one without a slash leaves out every file and directory of that name, one
    /// with a slash a path from the root. `*` does not match a slash, `**` does.
    pub fn new<P: AsRef<str>>(
        patterns: impl IntoIterator<Item = P>,
    ) -> Result<Self, globset::Error> {
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            let pattern = pattern.as_ref().trim_end_matches('/');
            let anchored = match pattern.strip_prefix('/') {
                Some(pattern) => pattern.to_owned(),
                None if pattern.contains('/') => pattern.to_owned(),
                None => format!("**/{pattern}"),
            };
            for glob in [anchored.clone(), format!("{anchored}/**")] {
                globs.add(GlobBuilder::new(&glob).literal_separator(true).build()?);
            }
        }
        Ok(Self(globs.build()?))
    }

    /// Whether `path` is left out.
    pub fn contain(&self, path: &TreePath) -> bool {
        self.0.is_match(path.as_str())
    }
}

/// [`DEFAULT_EXCLUDES`].
impl Default for Excludes {
    fn default() -> Self {
        // The list is valid, as a test shows; without it nothing is left out.
        Self::new(DEFAULT_EXCLUDES).unwrap_or_else(|_| Self(GlobSet::empty()))
    }
}

/// Finds the files of the Docker environment, sorted by path. What git ignores is left out.
///
/// A name that says what a file is counts, whatever stands in it. Where a name only hints, the
/// content decides: rather no Dockerfile than a false one.
pub fn discover(tree: &dyn Tree, excludes: &Excludes) -> Vec<Candidate> {
    let entries = tree.entries().par_iter();
    entries
        .filter(|entry| !entry.ignored)
        .filter_map(|entry| candidate(tree, entry, excludes))
        .collect()
}

fn candidate(tree: &dyn Tree, entry: &Entry, excludes: &Excludes) -> Option<Candidate> {
    let guess = names::guess(&entry.path)?;
    if excludes.contain(&entry.path) {
        return None;
    }
    let candidate = |kind, problem, text| {
        Some(Candidate {
            path: entry.path.clone(),
            kind,
            problem,
            text,
        })
    };
    let found = |kind, problem| candidate(kind, problem, None);
    match (&entry.kind, guess) {
        (EntryKind::Directory, Guess::Sure(kind)) => {
            let is_meant = matches!(entry.path.file_name(), "Dockerfile" | "Containerfile");
            let problem = Some("it is a directory".to_owned());
            is_meant.then(|| found(kind, problem)).flatten()
        }
        (EntryKind::Other, Guess::Sure(kind)) => {
            found(kind, Some("it is a socket, device or pipe".to_owned()))
        }
        (EntryKind::Directory | EntryKind::Other, _) => None,
        (_, Guess::Sure(DocumentKind::Template)) => found(DocumentKind::Template, None),
        (_, Guess::Sure(kind)) => {
            let bytes = match tree.read(&entry.path) {
                Ok(bytes) => bytes,
                Err(error) => return found(kind, Some(error.to_string())),
            };
            match std::str::from_utf8(&bytes) {
                Ok(text) if content::is_template(kind, text) => found(DocumentKind::Template, None),
                Ok(text) => candidate(kind, None, Some(Arc::from(text))),
                Err(_) if bytes.contains(&0) => found(kind, Some("it is a binary file".to_owned())),
                Err(error) => {
                    let at = error.valid_up_to();
                    found(kind, Some(format!("it is not valid UTF-8 at byte {at}")))
                }
            }
        }
        (_, Guess::Maybe(kinds)) => {
            if entry.size > MAX_SNIFFED {
                return None;
            }
            let bytes = tree.read(&entry.path).ok()?;
            // A link has no size of its own.
            if bytes.len() as u64 > MAX_SNIFFED {
                return None;
            }
            let text = std::str::from_utf8(&bytes).ok()?;
            let kind = kinds.iter().find(|kind| content::is(**kind, text))?;
            candidate(*kind, None, Some(Arc::from(text)))
        }
    }
}
