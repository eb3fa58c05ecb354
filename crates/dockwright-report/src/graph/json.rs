//! The graph as JSON with a version and a schema.

use dockwright_environment::Documents;
use dockwright_environment::graph::Graph;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use super::{edge_name, edges, node_name};
use crate::json::pretty;
use crate::place::{Place, resolve};

/// The version of the format. It grows when a field is removed or changes its meaning; new fields
/// may come at any time.
const VERSION: u32 = 1;

/// What makes and uses which image.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Graph")]
struct GraphRecord<'a> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Images and what makes and uses them.
    nodes: Vec<NodeRecord<'a>>,
    /// Who needs whom.
    edges: Vec<EdgeRecord<'a>>,
}

/// An image, or something that makes or uses images.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Node")]
struct NodeRecord<'a> {
    /// Its name in this document, unique.
    id: &'a str,
    /// What it stands for.
    #[schemars(extend("enum" = [
        "image", "stage", "external-image", "missing-image", "service", "bake-target", "bake-group"
    ]))]
    kind: &'static str,
    /// What people read.
    label: &'a str,
    /// A second line: a path, a stage, a tag.
    detail: Option<&'a str>,
    /// The group it belongs to: a directory, a Compose project.
    cluster: Option<&'a str>,
    /// Where it is said.
    location: Option<Place>,
}

/// One node needs another.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Edge")]
struct EdgeRecord<'a> {
    /// The `id` of the node that needs.
    from: &'a str,
    /// The `id` of the node that is needed.
    to: &'a str,
    /// How it is needed.
    #[schemars(extend("enum" = [
        "base", "copy-from", "runs", "builds", "contains", "depends-on"
    ]))]
    kind: &'static str,
    /// Where it is said.
    location: Option<Place>,
}

/// The graph as one JSON document.
pub fn json(graph: &Graph, documents: &Documents) -> String {
    let place = |location| resolve(documents, location);
    let nodes = graph.nodes.iter().map(|node| NodeRecord {
        id: &node.id,
        kind: node_name(node.kind),
        label: &node.label,
        detail: node.detail.as_deref(),
        cluster: node.cluster.as_deref(),
        location: node.location.map(place),
    });
    let id = |index: usize| graph.nodes.get(index).map_or("", |node| &node.id);
    let edges = edges(graph).map(|edge| EdgeRecord {
        from: id(edge.from),
        to: id(edge.to),
        kind: edge_name(edge.kind),
        location: edge.location.map(place),
    });
    pretty(&GraphRecord {
        version: VERSION,
        nodes: nodes.collect(),
        edges: edges.collect(),
    })
}

/// The JSON Schema of what [`json`] returns.
pub fn graph_schema() -> Value {
    schema_for!(GraphRecord).to_value()
}

#[cfg(test)]
mod tests {
    use crate::sample::{Drawing, hostile_drawing};

    use super::*;

    #[test]
    fn nodes_and_edges_have_places() {
        let mut drawing = Drawing::small();
        drawing.graph.nodes.truncate(2);
        insta::assert_snapshot!(json(&drawing.graph, &drawing.documents), @r#"
        {
          "version": 1,
          "nodes": [
            {
              "id": "image:debian:trixie",
              "kind": "external-image",
              "label": "debian:trixie",
              "detail": null,
              "cluster": null,
              "location": null
            },
            {
              "id": "image:demo-base:latest",
              "kind": "image",
              "label": "demo-base:latest",
              "detail": "base/Dockerfile",
              "cluster": null,
              "location": {
                "path": "base/Dockerfile",
                "start": {
                  "line": 1,
                  "column": 1,
                  "byte": 0
                },
                "end": {
                  "line": 1,
                  "column": 5,
                  "byte": 4
                }
              }
            }
          ],
          "edges": [
            {
              "from": "image:demo-base:latest",
              "to": "image:debian:trixie",
              "kind": "base",
              "location": null
            }
          ]
        }
        "#);
    }

    #[test]
    fn the_output_follows_its_schema() {
        let validator = jsonschema::validator_for(&graph_schema()).unwrap();
        for drawing in [Drawing::small(), hostile_drawing()] {
            let output = json(&drawing.graph, &drawing.documents);
            let mut output: Value = serde_json::from_str(&output).unwrap();
            validator.validate(&output).unwrap();
            output["nodes"][0]["kind"] = "planet".into();
            assert!(!validator.is_valid(&output));
        }
    }
}
