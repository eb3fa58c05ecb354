//! Images that Kubernetes manifests and Helm values name.

use dockwright_syntax::Text;
use dockwright_syntax::yaml::{self, Node};

use super::Host;

/// Mappings inside one another.
const MAX_DEPTH: usize = 32;

pub(super) fn read(host: &mut Host<'_>) {
    let tree = yaml::parse(&host.document.text);
    for document in tree.documents() {
        walk(host, document, 0);
    }
}

fn walk(host: &mut Host<'_>, node: Node<'_>, depth: usize) {
    if depth == MAX_DEPTH {
        return;
    }
    for (key, value) in node.entries() {
        if key.text() == Some("image") {
            image(host, value);
        }
        walk(host, value, depth + 1);
    }
    for item in node.items() {
        walk(host, item, depth + 1);
    }
}

/// `image: name:tag`, or its parts as Helm charts have them.
fn image(host: &mut Host<'_>, node: Node<'_>) {
    let text = |node: Option<Node<'_>>| Some(node?.scalar()?.text.clone());
    if let Some(image) = text(Some(node)) {
        host.image(&image);
        return;
    }
    let Some(mut image) = text(node.get("repository")) else {
        return;
    };
    if let Some(registry) = text(node.get("registry")).filter(|it| !it.value.is_empty()) {
        let value = format!("{}/{}", registry.value, image.value);
        image = Text::verbatim(value, image.span);
    }
    if let Some(tag) = text(node.get("tag")).filter(|it| !it.value.is_empty()) {
        let value = format!("{}:{}", image.value, tag.value);
        image = Text::verbatim(value, image.span);
    } else {
        // The chart's own version is put in.
        image = Text::verbatim(format!("{}:${{_}}", image.value), image.span);
    }
    host.image(&image);
}
