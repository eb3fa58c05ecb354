//! The build contexts of an environment, each with the ignore file that applies to it.
//!
//! Many definitions may share one: it is walked once, whoever asks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::context::{BuildContext, Sent, applicable_ignore_file};
use crate::definition::{BuildDefinition, DefinitionId};
use crate::git_ignored::GitIgnored;
use crate::{Environment, IgnoreDocument, TreePath};

/// A directory that is a build context, with one ignore file applied.
#[derive(Debug)]
pub struct SharedContext {
    /// The directory.
    pub directory: TreePath,
    /// The ignore file that applies: an index into the environment's ignore files.
    pub ignore: Option<usize>,
    /// The definitions that are built so; at least one.
    pub definitions: Vec<DefinitionId>,
    sent: Arc<OnceLock<Sent>>,
}

/// What is found out about contexts when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    shared: OnceLock<Vec<SharedContext>>,
    git_ignored: OnceLock<GitIgnored>,
    submodules: OnceLock<Vec<TreePath>>,
}

impl Environment {
    /// Every pair of context and ignore file that a definition is built with, in the order of the
    /// definitions. One whose context is not known, or whose ignore file could not be read, is
    /// left out.
    pub fn contexts(&self) -> &[SharedContext] {
        self.contexts.shared.get_or_init(|| {
            let ignore_files = self.ignore_files.iter().enumerate();
            let by_path: HashMap<&TreePath, usize> = ignore_files
                .map(|(index, ignore)| (&self.documents.get(ignore.document).path, index))
                .collect();
            let mut numbers: HashMap<(TreePath, Option<usize>), usize> = HashMap::new();
            let mut contexts: Vec<SharedContext> = Vec::new();
            for definition in &self.definitions {
                let Some((directory, ignore)) = self.pair(definition, &by_path) else {
                    continue;
                };
                let next = contexts.len();
                let number = *numbers.entry((directory.clone(), ignore)).or_insert(next);
                if let Some(context) = contexts.get_mut(number) {
                    context.definitions.push(definition.id);
                } else {
                    contexts.push(SharedContext {
                        directory,
                        ignore,
                        definitions: vec![definition.id],
                        sent: Arc::default(),
                    });
                }
            }
            contexts
        })
    }

    fn pair(
        &self,
        definition: &BuildDefinition,
        ignore_files: &HashMap<&TreePath, usize>,
    ) -> Option<(TreePath, Option<usize>)> {
        let directory = definition.context.directory()?;
        let dockerfile = self.dockerfile(definition.dockerfile_id()?)?;
        let path = &self.documents.get(dockerfile.document).path;
        let ignore = match applicable_ignore_file(self.tree.as_ref(), path, directory) {
            Some(path) => Some(*ignore_files.get(&path)?),
            None => None,
        };
        Some((directory.clone(), ignore))
    }

    /// A context as the engine receives it. The walk over it is shared.
    pub fn build_context<'a>(&'a self, context: &SharedContext) -> BuildContext<'a> {
        let ignore = self.ignore_of(context).map(|ignore| &ignore.file);
        BuildContext::sharing(
            self.tree.as_ref(),
            context.directory.clone(),
            ignore,
            Arc::clone(&context.sent),
        )
    }

    /// The ignore file of a context.
    pub fn ignore_of(&self, context: &SharedContext) -> Option<&IgnoreDocument> {
        self.ignore_files.get(context.ignore?)
    }

    /// Whether the `.gitignore` files of the tree ignore `path`, whether it exists or not.
    pub fn git_ignores(&self, path: &TreePath, is_directory: bool) -> bool {
        let ignored = || GitIgnored::read(self.tree.as_ref());
        let ignored = self.contexts.git_ignored.get_or_init(ignored);
        ignored.ignores(path, is_directory)
    }

    /// Whether `path` is, or lies in, a submodule of git that is not checked out: nothing can be
    /// said about it.
    pub fn is_in_absent_submodule(&self, path: &TreePath) -> bool {
        let submodules = self.contexts.submodules.get_or_init(|| {
            let bytes = TreePath::new(".gitmodules").and_then(|path| self.tree.read(&path).ok());
            let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let paths = text
                .iter()
                .flat_map(|text| text.lines())
                .filter_map(|line| {
                    let (name, value) = line.split_once('=')?;
                    let path = TreePath::new(value.trim()).filter(|_| name.trim() == "path")?;
                    self.tree.list(&path).is_empty().then_some(path)
                });
            paths.collect()
        });
        let mut submodules = submodules.iter();
        submodules.any(|submodule| path.relative_to(submodule).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadOptions;
    use crate::tree::MemoryTree;

    #[test]
    fn definitions_with_the_same_context_and_ignore_file_share_one() {
        let tree = MemoryTree::new()
            .file("Dockerfile", "FROM scratch\nCOPY . .\n")
            .file("b.Dockerfile", "FROM scratch\nCOPY . .\n")
            .file("c.Dockerfile", "FROM scratch\nCOPY . .\n")
            .file("c.Dockerfile.dockerignore", "*.md\n")
            .file(".dockerignore", "*.txt\n");
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let contexts = environment.contexts();
        let counts: Vec<usize> = contexts
            .iter()
            .map(|context| context.definitions.len())
            .collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn nothing_is_known_of_a_submodule_that_is_not_checked_out() {
        let tree = MemoryTree::new()
            .file(
                ".gitmodules",
                "[submodule \"a\"]\n\tpath = api\n\turl = ../api\n[submodule \"b\"]\n\tpath=web\n",
            )
            .file("web/package.json", "{}");
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let is_absent =
            |path: &str| environment.is_in_absent_submodule(&TreePath::new(path).unwrap());
        assert!(is_absent("api") && is_absent("api/Gemfile"));
        assert!(!is_absent("web/yarn.lock") && !is_absent("apis"));
    }

    #[test]
    fn git_ignores_what_does_not_exist_yet() {
        let tree = MemoryTree::new()
            .file(".gitignore", "/dist/\n*.log\n")
            .file("web/.gitignore", "!kept.log\nbuild\n");
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let ignores = |path: &str| environment.git_ignores(&TreePath::new(path).unwrap(), false);
        assert!(ignores("dist/app.js"));
        assert!(ignores("web/a.log"));
        assert!(ignores("web/build/x"));
        assert!(!ignores("web/kept.log"));
        assert!(!ignores("web/dist/app.js"));
    }
}
