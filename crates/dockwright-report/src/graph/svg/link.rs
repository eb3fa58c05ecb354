//! Links: all edges between two nodes in one direction, drawn as one line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dockwright_environment::graph::{EdgeKind, Graph};
use dockwright_environment::{Documents, Location};

use super::super::layout::{Point, Rect};
use super::super::{edge_name, edge_words, edges, said_at};
use crate::escape::{visible_line, xml};

/// All edges between two nodes in one direction.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// What they mean and where that is said, the most important first.
    kinds: Vec<(EdgeKind, Option<Location>)>,
}

/// The kinds of edges. Of several between two nodes the first gives the line its look.
pub(super) const KINDS: [EdgeKind; 6] = [
    EdgeKind::Base,
    EdgeKind::Builds,
    EdgeKind::CopyFrom,
    EdgeKind::Runs,
    EdgeKind::Contains,
    EdgeKind::DependsOn,
];

/// The edges of the graph, those with the same ends together.
pub(super) fn links(graph: &Graph) -> Vec<Link> {
    let mut links = BTreeMap::<(usize, usize), Link>::new();
    for edge in edges(graph) {
        let link = links.entry((edge.from, edge.to)).or_insert_with(|| Link {
            from: edge.from,
            to: edge.to,
            kinds: Vec::new(),
        });
        link.kinds.push((edge.kind, edge.location));
    }
    let mut links: Vec<Link> = links.into_values().collect();
    for link in &mut links {
        link.kinds
            .sort_by_key(|(kind, _)| KINDS.iter().position(|other| other == kind));
    }
    links
}

impl Link {
    pub(super) fn draw(&self, graph: &Graph, documents: &Documents, points: &[Point]) -> String {
        self.line(graph, documents, &curve(points))
    }

    /// A link from a node to itself.
    pub(super) fn draw_loop(&self, graph: &Graph, documents: &Documents, node: Rect) -> String {
        let (x, y) = (node.right(), node.y);
        let path = format!(
            "M{:.1},{y:.1}C{:.1},{top:.1} {far:.1},{top:.1} {far:.1},{y:.1}S{far:.1},{:.1} {x:.1},{:.1}",
            x - 24.0,
            x - 24.0,
            y + 12.0,
            y + 12.0,
            top = y - 12.0,
            far = x + 12.0,
        );
        self.line(graph, documents, &path)
    }

    fn line(&self, graph: &Graph, documents: &Documents, path: &str) -> String {
        let label = |index: usize| {
            let node = graph.nodes.get(index);
            visible_line(node.map_or("", |node| &node.label))
        };
        let mut title = String::new();
        for (kind, location) in &self.kinds {
            let words = edge_words(*kind);
            // Writing to a string cannot fail.
            let _ = write!(title, "{} {words} {}", label(self.from), label(self.to));
            if let Some(place) = said_at(documents, *location) {
                let _ = write!(title, " ({place})");
            }
            title.push('\n');
        }
        let kind = self.kinds.first().map_or("", |(kind, _)| edge_name(*kind));
        format!(
            "<g><title>{}</title>{}</g>\n",
            xml(title.trim_end()),
            line(kind, path)
        )
    }
}

/// A line of one kind of edge with its arrowhead.
pub(super) fn line(kind: &str, path: &str) -> String {
    format!("<path class=\"edge {kind}\" d=\"{path}\" marker-end=\"url(#dockwright-{kind})\"/>")
}

/// The arrowheads, one per kind of edge: a marker does not take the colour of its line.
pub(super) fn arrowheads() -> String {
    let mut out = String::from("<defs>");
    for kind in KINDS {
        let name = edge_name(kind);
        let shape = match kind {
            EdgeKind::Contains | EdgeKind::DependsOn => "M1,1L9,5L1,9",
            _ => "M1,1L9,5L1,9Z",
        };
        let _ = write!(
            out,
            "<marker id=\"dockwright-{name}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip {name}\" d=\"{shape}\"/></marker>"
        );
    }
    out + "</defs>"
}

/// A smooth way through points: level at each of them, and never beyond two neighbours.
fn curve(points: &[Point]) -> String {
    let mut out = String::new();
    let mut last: Option<Point> = None;
    for Point { x, y } in points {
        // Writing to a string cannot fail.
        let _ = match last {
            None => write!(out, "M{x:.1},{y:.1}"),
            Some(last) if (last.y - y).abs() < 0.05 => write!(out, "H{x:.1}"),
            Some(last) => {
                let middle = f64::midpoint(last.x, *x);
                let from = last.y;
                write!(
                    out,
                    "C{middle:.1},{from:.1} {middle:.1},{y:.1} {x:.1},{y:.1}"
                )
            }
        };
        last = Some(Point { x: *x, y: *y });
    }
    out
}
