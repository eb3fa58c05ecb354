//! The graph as a Mermaid flowchart, which GitHub draws in Markdown.

use std::fmt::Write as _;

use dockwright_environment::graph::{EdgeKind, Graph, NodeKind};

use super::{clusters, edges};
use crate::escape::mermaid as escape;

/// The graph as a flowchart. What is needed stands left of what needs it.
///
/// Mermaid itself refuses more than 500 edges or 50,000 characters unless its page allows more.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart RL\n");
    // Writing to a string cannot fail.
    for (number, (cluster, members)) in clusters(graph).into_iter().enumerate() {
        let _ = writeln!(out, "  subgraph c{number}[\"{}\"]", escape(cluster));
        for index in members {
            out += &node(graph, index, "    ");
        }
        out += "  end\n";
    }
    for (index, node_) in graph.nodes.iter().enumerate() {
        if node_.cluster.is_none() {
            out += &node(graph, index, "  ");
        }
    }
    for edge in edges(graph) {
        let arrow = match edge.kind {
            EdgeKind::Base => "==>",
            EdgeKind::CopyFrom => "-. copies .->",
            EdgeKind::Runs => "-->",
            EdgeKind::Builds => "-- builds -->",
            EdgeKind::Contains => "--o",
            EdgeKind::DependsOn => "-. after .->",
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    for (kind, class, style) in CLASSES {
        let members: Vec<String> = (0..)
            .zip(&graph.nodes)
            .filter(|(_, node)| node.kind == kind)
            .map(|(index, _): (usize, _)| format!("n{index}"))
            .collect();
        if !members.is_empty() {
            let _ = writeln!(out, "  classDef {class} {style}");
            let _ = writeln!(out, "  class {} {class}", members.join(","));
        }
    }
    out
}

const CLASSES: [(NodeKind, &str, &str); 3] = [
    (NodeKind::Stage, "stage", "stroke-dasharray:4 3"),
    (NodeKind::ExternalImage, "external", "fill:transparent"),
    (
        NodeKind::MissingImage,
        "missing",
        "stroke:#dc2626,stroke-dasharray:4 3",
    ),
];

fn node(graph: &Graph, index: usize, indent: &str) -> String {
    let Some(node) = graph.nodes.get(index) else {
        return String::new();
    };
    let (open, close) = match node.kind {
        NodeKind::Image | NodeKind::Stage => ("(", ")"),
        NodeKind::ExternalImage => ("[", "]"),
        NodeKind::MissingImage => ("{{", "}}"),
        NodeKind::Service => ("([", "])"),
        NodeKind::BakeTarget => ("[/", "/]"),
        NodeKind::Command => (">", "]"),
        NodeKind::BakeGroup => ("[[", "]]"),
    };
    let mut label = escape(&node.label);
    if let Some(detail) = &node.detail {
        label = format!("{label}<br/>{}", escape(detail));
    }
    format!("{indent}n{index}{open}\"{label}\"{close}\n")
}

#[cfg(test)]
mod tests {
    use crate::sample::{Drawing, hostile_drawing};

    use super::*;

    #[test]
    fn a_graph_is_a_flowchart() {
        insta::assert_snapshot!(mermaid(&Drawing::small().graph), @r#"
        flowchart RL
          subgraph c0["compose.yml"]
            n4(["base<br/>compose.yml"])
            n5(["app"])
          end
          n0["debian:trixie"]
          n1("demo-base:latest<br/>base/Dockerfile")
          n2("demo-app:latest<br/>app/Dockerfile")
          n3{{"demo-tool:latest"}}
          n6[/"app"/]
          n7[["default"]]
          n1 ==> n0
          n2 ==> n1
          n2 -. copies .-> n3
          n4 -- builds --> n1
          n4 --> n1
          n5 --> n2
          n5 -. after .-> n4
          n6 -- builds --> n2
          n7 --o n6
          classDef external fill:transparent
          class n0 external
          classDef missing stroke:#dc2626,stroke-dasharray:4 3
          class n3 missing
        "#);
    }

    #[test]
    fn names_stay_inside_their_quotes() {
        let output = mermaid(&hostile_drawing().graph);
        for line in output.lines() {
            assert!(matches!(line.matches('"').count(), 0 | 2), "{line}");
            assert!(!line.contains(['`', '\\', '|']), "{line}");
        }
    }
}
