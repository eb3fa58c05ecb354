//! The environment graph, drawn. Everywhere an arrow points from what needs to what is needed.

mod dot;
mod json;
mod layout;
mod mermaid;
mod svg;
mod text;
mod width;

use dockwright_environment::graph::{Edge, EdgeKind, Graph, NodeKind};
use dockwright_environment::{Documents, Location};

use crate::escape::visible_line;
use crate::place::resolve;

pub use dot::dot;
pub use json::{graph_schema, json};
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// The name of a kind of node in machine formats.
fn node_name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Image => "image",
        NodeKind::Stage => "stage",
        NodeKind::ExternalImage => "external-image",
        NodeKind::MissingImage => "missing-image",
        NodeKind::Service => "service",
        NodeKind::BakeTarget => "bake-target",
        NodeKind::BakeGroup => "bake-group",
        NodeKind::Command => "command",
    }
}

/// What people call a kind of node.
fn node_words(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Image => "image",
        NodeKind::Stage => "stage",
        NodeKind::ExternalImage => "external image",
        NodeKind::MissingImage => "missing image",
        NodeKind::Service => "service",
        NodeKind::BakeTarget => "bake target",
        NodeKind::BakeGroup => "bake group",
        NodeKind::Command => "command",
    }
}

/// The name of a kind of edge in machine formats.
fn edge_name(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Base => "base",
        EdgeKind::CopyFrom => "copy-from",
        EdgeKind::Runs => "runs",
        EdgeKind::Builds => "builds",
        EdgeKind::Contains => "contains",
        EdgeKind::DependsOn => "depends-on",
    }
}

/// What the node at the beginning of an edge does with the node at its end.
fn edge_words(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Base => "is built on",
        EdgeKind::CopyFrom => "copies from",
        EdgeKind::Runs => "runs",
        EdgeKind::Builds => "builds",
        EdgeKind::Contains => "contains",
        EdgeKind::DependsOn => "starts after",
    }
}

/// The edges whose ends exist.
fn edges(graph: &Graph) -> impl Iterator<Item = &Edge> {
    let count = graph.nodes.len();
    graph
        .edges
        .iter()
        .filter(move |edge| edge.from < count && edge.to < count)
}

/// The clusters with their nodes, in order of appearance.
fn clusters(graph: &Graph) -> Vec<(&str, Vec<usize>)> {
    let mut order = Vec::new();
    let mut members = std::collections::HashMap::<&str, Vec<usize>>::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let Some(cluster) = node.cluster.as_deref() else {
            continue;
        };
        let members = members.entry(cluster).or_default();
        if members.is_empty() {
            order.push(cluster);
        }
        members.push(index);
    }
    order
        .into_iter()
        .map(|cluster| (cluster, members.remove(cluster).unwrap_or_default()))
        .collect()
}

/// A label on one line, with no more of a digest than people compare.
fn short(label: &str) -> String {
    const SHOWN: usize = 7;
    let label = visible_line(label);
    if let Some((name, digest)) = label.split_once("@sha256:")
        && let Some(start) = digest.get(..SHOWN)
        && digest.len() == 64
    {
        return format!("{name}@sha256:{start}…");
    }
    label.into_owned()
}

/// Where a node or an edge is said, as `path:line` on one line.
fn said_at(documents: &Documents, location: Option<Location>) -> Option<String> {
    let place = resolve(documents, location?);
    Some(format!(
        "{}:{}",
        visible_line(&place.path),
        place.start.line
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_shortened_and_nothing_else() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(
            short(&format!("a:1@sha256:{digest}")),
            "a:1@sha256:0123456…"
        );
        assert_eq!(short("a@sha256:${DIGEST}"), "a@sha256:${DIGEST}");
        assert_eq!(short("é@sha256:ééé"), "é@sha256:ééé");
    }
}
