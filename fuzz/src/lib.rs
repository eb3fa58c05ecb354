//! What the targets share.

use std::sync::Arc;

use dockwright_environment::compose::{Loader, Source};
use dockwright_environment::tree::{MemoryTree, ReadError};
use dockwright_environment::{DocumentId, Tree, TreePath};
use dockwright_syntax::yaml::{self, YamlTree};

/// The files in a text where each begins with a line `-- path --`; what stands before the first
/// such line is the file `first`.
pub fn files(text: &str, first: &str) -> Vec<(TreePath, String)> {
    let mut files = Vec::new();
    let mut path = TreePath::new(first);
    let mut file = String::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ");
        if let Some(name) = name.and_then(|line| line.strip_suffix(" --")) {
            files.extend(path.take().map(|path| (path, std::mem::take(&mut file))));
            path = TreePath::new(name);
        } else {
            file.push_str(line);
        }
    }
    files.extend(path.map(|path| (path, file)));
    files.retain(|(path, _)| !path.is_root());
    files
}

/// Files in memory.
pub fn tree(files: &[(TreePath, String)]) -> MemoryTree {
    files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.file(path.as_str(), text)
    })
}

/// Files in memory for the Compose resolver.
pub struct Files(pub Vec<(TreePath, String)>);

impl Loader for Files {
    fn file(&self, path: &TreePath) -> Result<Source, ReadError> {
        let mut files = self.0.iter().enumerate();
        let (number, (_, text)) = files
            .find(|(_, (other, _))| other == path)
            .ok_or(ReadError::Missing)?;
        Ok(Source {
            document: DocumentId(u32::try_from(number).unwrap_or_default()),
            text: Arc::from(text.as_str()),
        })
    }

    fn yaml(&self, path: &TreePath) -> Result<(Source, Arc<YamlTree>), ReadError> {
        let source = self.file(path)?;
        let tree = Arc::new(yaml::parse(&source.text));
        Ok((source, tree))
    }
}

/// Any tree as the reader of an environment takes it.
pub fn shared(tree: impl Tree + 'static) -> Arc<dyn Tree> {
    Arc::new(tree)
}
