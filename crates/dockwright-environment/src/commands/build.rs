//! Commands that build one image.

use super::invocation::{Invocation, Voice};
use crate::reference::ImageReference;
use crate::tree::EntryKind;
use crate::{Location, Tree, TreePath, Value};

/// Commands that build an image from a Dockerfile.
const BUILDS: &[&str] = &[
    "docker build",
    "docker buildx build",
    "podman build",
    "buildah build",
];

/// What a command says of the image that it builds.
#[derive(Clone, Debug)]
pub(crate) struct BuildCommand {
    pub(crate) location: Location,
    pub(crate) file: Option<Value>,
    pub(crate) context: Value,
    pub(crate) target: Option<Value>,
    pub(crate) tags: Vec<Value>,
    pub(crate) arguments: Vec<(String, Option<Value>, Location)>,
    pub(crate) contexts: Vec<(String, Value)>,
    pub(crate) platforms: Vec<Value>,
    /// The Dockerfile and the context, as they are found.
    pub(crate) dockerfile: TreePath,
    pub(crate) directory: TreePath,
    /// Where its paths are relative to.
    pub(crate) base: TreePath,
}

impl Invocation {
    /// Whether it builds one image from a Dockerfile.
    pub fn is_build(&self) -> bool {
        BUILDS.contains(&self.command)
    }

    /// What it builds, when its Dockerfile and its context are there.
    pub(crate) fn build(&self, tree: &dyn Tree, own: &TreePath) -> Option<BuildCommand> {
        // Exactly one operand: anything else is prose, or a placeholder.
        let [context] = self.operands.as_slice() else {
            return None;
        };
        if !self.is_build() || self.voice == Voice::History {
            return None;
        }
        let file = self.value("file").cloned();
        let (base, dockerfile, directory) = self.find(tree, own, file.as_ref(), context)?;
        let commas = |value: &Value| -> Vec<Value> {
            let parts = value.text.split(',').filter(|part| !part.is_empty());
            parts.map(|part| with_text(value, part)).collect()
        };
        Some(BuildCommand {
            location: self.location,
            context: context.clone(),
            target: self.value("target").cloned(),
            tags: self
                .values("tag")
                .filter(|tag| self.is_name(tag))
                .cloned()
                .collect(),
            arguments: self.values("build-arg").map(argument).collect(),
            contexts: self.values("build-context").filter_map(named).collect(),
            platforms: self.values("platform").flat_map(commas).collect(),
            file,
            dockerfile,
            directory,
            base,
        })
    }

    /// Whether a tag is meant as it is: in prose, what is no reference is a placeholder.
    fn is_name(&self, tag: &Value) -> bool {
        let is_reference = || {
            tag.known()
                .is_none_or(|text| ImageReference::parse(text).is_ok())
        };
        self.voice == Voice::Program || is_reference()
    }

    /// From which directory the Dockerfile and the context are found, and where they are.
    fn find(
        &self,
        tree: &dyn Tree,
        own: &TreePath,
        file: Option<&Value>,
        context: &Value,
    ) -> Option<(TreePath, TreePath, TreePath)> {
        let context = context.known()?;
        let own = own.parent()?;
        // `docker build .` in a document far from the Dockerfile is about somebody's own.
        let is_vague = file.is_none() && context == "." && self.voice == Voice::Prose;
        let is_moved = !self.directory.candidates().contains(&own);
        let mut candidates = self.directory.candidates().iter();
        candidates.find_map(|base| {
            if is_vague && !is_moved && *base != own {
                return None;
            }
            let from = super::Directory::at(base.clone());
            let directory = from.resolve(context).into_iter().next()?;
            let dockerfile = match file {
                Some(file) => from.resolve(file.known()?).into_iter().next()?,
                None => directory.join("Dockerfile")?,
            };
            let is = |path: &TreePath, kind: EntryKind| {
                tree.entry(path).is_some_and(|entry| entry.kind == kind)
            };
            let found = is(&dockerfile, EntryKind::File)
                && (directory.is_root() || is(&directory, EntryKind::Directory));
            found.then(|| (base.clone(), dockerfile, directory))
        })
    }
}

fn with_text(value: &Value, text: &str) -> Value {
    Value {
        text: text.to_owned(),
        ..value.clone()
    }
}

/// `NAME=value` or `NAME`.
fn argument(value: &Value) -> (String, Option<Value>, Location) {
    match value.text.split_once('=') {
        Some((name, given)) => {
            let given = with_text(value, given);
            (name.to_owned(), Some(given), value.location)
        }
        None => (value.text.clone(), None, value.location),
    }
}

/// `NAME=value`.
fn named(value: &Value) -> Option<(String, Value)> {
    let (name, given) = value.text.split_once('=')?;
    Some((name.to_owned(), with_text(value, given)))
}
