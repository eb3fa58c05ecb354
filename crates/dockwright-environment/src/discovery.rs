//! stub
use crate::{Tree, TreePath};
pub struct Candidate { pub path: TreePath, pub kind: DocumentKind }
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind { Dockerfile, Compose, Bake, Ignore, Shell, Dotenv, Other }
pub fn discover(tree: &dyn Tree, _: &[String]) -> Vec<Candidate> {
    let mut v = Vec::new();
    for e in tree.entries() {
        if e.ignored || e.kind != crate::tree::EntryKind::File { continue; }
        let n = e.path.file_name();
        let kind = if n.ends_with(".dockerignore") { DocumentKind::Ignore }
            else if n.starts_with("Dockerfile") || n.ends_with("Dockerfile") { DocumentKind::Dockerfile }
            else if n.contains("compose") && (n.ends_with(".yml") || n.ends_with(".yaml")) { DocumentKind::Compose }
            else if n.ends_with(".sh") { DocumentKind::Shell } else { continue };
        v.push(Candidate { path: e.path.clone(), kind });
    }
    v
}
