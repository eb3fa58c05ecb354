//! The graph in the language of Graphviz.

use std::fmt::Write as _;

use dockwright_environment::Documents;
use dockwright_environment::graph::{EdgeKind, Graph, NodeKind};

use super::{clusters, edge_words, edges, node_words, said_at};
use crate::escape::{dot as escape, visible_line};

/// The graph as a DOT document. What is needed stands left of what needs it.
pub fn dot(graph: &Graph, documents: &Documents) -> String {
    let mut out = String::from(
        "digraph environment {\n  rankdir=RL;\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    // Writing to a string cannot fail.
    for (number, (cluster, members)) in clusters(graph).into_iter().enumerate() {
        let _ = writeln!(
            out,
            "  subgraph cluster_{number} {{\n    label=\"{}\";\n    color=\"gray60\";",
            escape(&visible_line(cluster))
        );
        for index in members {
            out += &node(graph, documents, index, "    ");
        }
        out += "  }\n";
    }
    for (index, node_) in graph.nodes.iter().enumerate() {
        if node_.cluster.is_none() {
            out += &node(graph, documents, index, "  ");
        }
    }
    for edge in edges(graph) {
        let style = match edge.kind {
            EdgeKind::Base => "style=bold",
            EdgeKind::CopyFrom => "style=dashed",
            EdgeKind::Runs => "style=solid",
            EdgeKind::Builds => "style=solid, arrowhead=empty",
            EdgeKind::Contains => "style=dotted, arrowhead=open",
            EdgeKind::DependsOn => "style=dotted",
        };
        let words = edge_words(edge.kind);
        let tooltip = match said_at(documents, edge.location) {
            Some(place) => format!("{words}, {place}"),
            None => words.to_owned(),
        };
        let _ = writeln!(
            out,
            "  n{} -> n{} [{style}, tooltip=\"{}\"];",
            edge.from,
            edge.to,
            escape(&tooltip)
        );
    }
    out + "}\n"
}

fn node(graph: &Graph, documents: &Documents, index: usize, indent: &str) -> String {
    let Some(node) = graph.nodes.get(index) else {
        return String::new();
    };
    let shape = match node.kind {
        NodeKind::Image => "shape=box, style=\"filled,rounded\", fillcolor=\"#e8f1fd\"",
        NodeKind::Stage => "shape=box, style=\"rounded,dashed\"",
        NodeKind::ExternalImage => "shape=box, style=solid",
        NodeKind::MissingImage => "shape=octagon, style=dashed, color=\"#dc2626\"",
        NodeKind::Service => "shape=ellipse, style=filled, fillcolor=\"#e7f8f0\"",
        NodeKind::BakeTarget => "shape=hexagon, style=filled, fillcolor=\"#fff4e5\"",
        NodeKind::Command => "shape=note, style=filled, fillcolor=\"#f3f4f6\"",
        NodeKind::BakeGroup => "shape=folder, style=filled, fillcolor=\"#fff4e5\"",
    };
    let mut label = visible_line(&node.label).into_owned();
    if let Some(detail) = &node.detail {
        label = format!("{label}\n{}", visible_line(detail));
    }
    let words = node_words(node.kind);
    let tooltip = match said_at(documents, node.location) {
        Some(place) => format!("{words}, {place}"),
        None => words.to_owned(),
    };
    format!(
        "{indent}n{index} [label=\"{}\", {shape}, tooltip=\"{}\"];\n",
        escape(&label),
        escape(&tooltip)
    )
}

#[cfg(test)]
mod tests {
    use crate::sample::{Drawing, hostile_drawing};

    use super::*;

    #[test]
    fn a_graph_has_clusters_shapes_and_tooltips() {
        let drawing = Drawing::small();
        insta::assert_snapshot!(dot(&drawing.graph, &drawing.documents), @r##"
        digraph environment {
          rankdir=RL;
          node [fontname="sans-serif", fontsize=11];
          edge [fontname="sans-serif", fontsize=9];
          subgraph cluster_0 {
            label="compose.yml";
            color="gray60";
            n4 [label="base\ncompose.yml", shape=ellipse, style=filled, fillcolor="#e7f8f0", tooltip="service, compose.yml:2"];
            n5 [label="app", shape=ellipse, style=filled, fillcolor="#e7f8f0", tooltip="service"];
          }
          n0 [label="debian:trixie", shape=box, style=solid, tooltip="external image"];
          n1 [label="demo-base:latest\nbase/Dockerfile", shape=box, style="filled,rounded", fillcolor="#e8f1fd", tooltip="image, base/Dockerfile:1"];
          n2 [label="demo-app:latest\napp/Dockerfile", shape=box, style="filled,rounded", fillcolor="#e8f1fd", tooltip="image, app/Dockerfile:1"];
          n3 [label="demo-tool:latest", shape=octagon, style=dashed, color="#dc2626", tooltip="missing image"];
          n6 [label="app", shape=hexagon, style=filled, fillcolor="#fff4e5", tooltip="bake target"];
          n7 [label="default", shape=folder, style=filled, fillcolor="#fff4e5", tooltip="bake group"];
          n1 -> n0 [style=bold, tooltip="is built on"];
          n2 -> n1 [style=bold, tooltip="is built on, app/Dockerfile:1"];
          n2 -> n3 [style=dashed, tooltip="copies from"];
          n4 -> n1 [style=solid, arrowhead=empty, tooltip="builds"];
          n4 -> n1 [style=solid, tooltip="runs"];
          n5 -> n2 [style=solid, tooltip="runs"];
          n5 -> n4 [style=dotted, tooltip="starts after"];
          n6 -> n2 [style=solid, arrowhead=empty, tooltip="builds"];
          n7 -> n6 [style=dotted, arrowhead=open, tooltip="contains"];
        }
        "##);
    }

    #[test]
    fn names_stay_inside_their_quotes() {
        let drawing = hostile_drawing();
        let output = dot(&drawing.graph, &drawing.documents);
        for line in output.lines() {
            let unescaped = line.replace("\\\\", "").replace("\\\"", "");
            assert_eq!(unescaped.matches('"').count() % 2, 0, "{line}");
        }
    }
}
