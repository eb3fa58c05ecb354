//! The scripts of a `package.json`, run where it is.

use dockwright_syntax::json;
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::yaml::Node;

use super::Host;
use crate::commands::Directory;

pub(super) fn read(host: &mut Host<'_>) {
    let tree = json::parse_with_comments(&host.document.text);
    let scripts = tree.root().and_then(|root| root.get("scripts"));
    for (_, script) in scripts.into_iter().flat_map(Node::entries) {
        if let Some(scalar) = script.scalar() {
            let directory = Directory::at(host.directory());
            host.shell(&scalar.text, Dialect::Posix, directory, Vec::new());
        }
    }
}
