//! What shapes and lines mean.

use std::fmt::Write as _;

use dockwright_environment::graph::{Graph, NodeKind};

use super::super::layout::Rect;
use super::super::width::width;
use super::super::{edge_name, edge_words, edges, node_words};
use super::link::{KINDS, line};
use super::node::shape;
use crate::escape::xml;

pub(super) struct Legend {
    pub(super) svg: String,
    pub(super) place: Rect,
}

const ROW: f64 = 24.0;
const SAMPLE: f64 = 40.0;
const TEXT: f64 = 10.5;

/// The kinds that occur in the graph, in rows below `top` that are at most `room` wide if they
/// can be.
pub(super) fn legend(graph: &Graph, left: f64, top: f64, room: f64) -> Legend {
    let mut entries: Vec<(String, String)> = Vec::new();
    for kind in NODES {
        if graph.nodes.iter().any(|node| node.kind == kind) {
            let sample = Rect {
                x: 0.0,
                y: 0.0,
                width: SAMPLE,
                height: 16.0,
            };
            let svg = format!("<g class=\"node\">{}</g>", shape(kind, sample));
            entries.push((svg, node_words(kind).to_owned()));
        }
    }
    for kind in KINDS {
        if edges(graph).any(|edge| edge.kind == kind) {
            let path = format!("M0,8H{SAMPLE}");
            let words = format!("A {} B", edge_words(kind));
            entries.push((line(edge_name(kind), &path), words));
        }
    }

    let mut svg = String::new();
    let (mut x, mut y, mut right) = (left, top, left);
    for (sample, words) in entries {
        let wide = SAMPLE + 8.0 + width(&words, TEXT) + 18.0;
        if x > left && x + wide > left + room {
            x = left;
            y += ROW;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<g transform=\"translate({x:.1},{y:.1})\">{sample}<text class=\"quiet\" x=\"{:.1}\" y=\"12\">{}</text></g>",
            SAMPLE + 8.0,
            xml(&words),
        );
        x += wide;
        right = x.max(right);
    }
    Legend {
        svg,
        place: Rect {
            x: left,
            y: top,
            width: right - left,
            height: y + ROW - top,
        },
    }
}

const NODES: [NodeKind; 8] = [
    NodeKind::ExternalImage,
    NodeKind::Image,
    NodeKind::Stage,
    NodeKind::MissingImage,
    NodeKind::Service,
    NodeKind::BakeTarget,
    NodeKind::BakeGroup,
    NodeKind::Command,
];
