//! The careful layout: clusters are boxes, crossings are few, links go around nodes.

use std::collections::BTreeMap;

use ::dagre::graph::{Graph, GraphOptions};
use ::dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

use super::{Layout, Plan, Point, Rect, ports};

/// Space between the nodes of a column.
const NODE_GAP: f64 = 18.0;
/// Space between links, and between clusters.
const EDGE_GAP: f64 = 20.0;
/// What a cluster takes of that space above its nodes, for its name, and below them.
const ABOVE: f64 = 13.0;
const BELOW: f64 = 3.0;
/// How far links go on straight beside a column.
const STUB: f64 = 11.0;

pub(super) fn layout(plan: &Plan) -> Layout {
    let mut graph = Graph::<NodeLabel, EdgeLabel>::with_options(GraphOptions {
        directed: true,
        multigraph: false,
        compound: true,
    });
    for (index, (width, height)) in plan.sizes.iter().enumerate() {
        let label = NodeLabel {
            width: *width,
            height: *height,
            ..NodeLabel::default()
        };
        graph.set_node(node_key(index), Some(label));
    }
    for (number, members) in plan.clusters.iter().enumerate() {
        graph.set_node(cluster_key(number), Some(NodeLabel::default()));
        for member in members {
            graph.set_parent(&node_key(*member), Some(&cluster_key(number)));
        }
    }
    for (from, to) in plan.links {
        let label = EdgeLabel {
            label_offset: 0.0,
            ..EdgeLabel::default()
        };
        graph.set_edge(node_key(*to), node_key(*from), Some(label), None);
    }
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: NODE_GAP,
        edgesep: EDGE_GAP,
        ranksep: 70.0,
        ..LayoutOptions::default()
    };
    ::dagre::layout(&mut graph, Some(options));

    let rect = |key: &str| {
        let label = graph.node(key);
        label.map_or(Rect::default(), |label| Rect {
            x: label.x.unwrap_or_default() - label.width / 2.0,
            y: label.y.unwrap_or_default() - label.height / 2.0,
            width: label.width,
            height: label.height,
        })
    };
    let nodes: Vec<Rect> = (0..plan.sizes.len())
        .map(|index| rect(&node_key(index)))
        .collect();
    let columns = Columns::new(&nodes);
    let links = plan.links.iter().map(|(from, to)| {
        let label = graph.edge(&node_key(*to), &node_key(*from), None);
        let points = label.map_or(&[][..], |label| label.points.as_slice());
        // The first and the last are on the borders of the nodes.
        let between = points
            .iter()
            .rev()
            .skip(1)
            .take(points.len().saturating_sub(2));
        let between = between.map(|point| Point {
            x: point.x,
            y: point.y,
        });
        let (Some(from), Some(to)) = (nodes.get(*from), nodes.get(*to)) else {
            return Vec::new();
        };
        columns.route(*from, *to, between)
    });
    Layout {
        links: links.collect(),
        clusters: (0..plan.clusters.len())
            .map(|number| {
                let place = rect(&cluster_key(number));
                Rect {
                    y: place.y - ABOVE,
                    height: place.height + ABOVE + BELOW,
                    ..place
                }
            })
            .collect(),
        nodes,
    }
}

fn node_key(index: usize) -> String {
    format!("n{index}")
}

fn cluster_key(number: usize) -> String {
    format!("c{number}")
}

/// The columns in which nodes stand: left and right side by the middle.
struct Columns(BTreeMap<i64, (f64, f64)>);

impl Columns {
    fn new(nodes: &[Rect]) -> Self {
        let mut columns = BTreeMap::new();
        for node in nodes {
            let column = columns
                .entry(key(node.x + node.width / 2.0))
                .or_insert((node.x, node.right()));
            column.0 = node.x.min(column.0);
            column.1 = node.right().max(column.1);
        }
        Self(columns)
    }

    /// The way of a link: straight through each column, so that it passes between its nodes, and
    /// up or down only between columns.
    fn route(&self, from: Rect, to: Rect, between: impl Iterator<Item = Point>) -> Vec<Point> {
        let (start, end) = ports(from, to);
        let mut route = vec![start];
        route.extend(self.out_of(from, start));
        for point in between {
            match self.0.get(&key(point.x)) {
                Some((left, right)) => {
                    let leftwards = route.last().is_none_or(|last| last.x > point.x);
                    let (first, second) = if leftwards {
                        (*right, *left)
                    } else {
                        (*left, *right)
                    };
                    route.push(Point { x: first, ..point });
                    route.push(Point { x: second, ..point });
                }
                None => route.push(point),
            }
        }
        route.extend(self.out_of(to, end));
        route.push(end);
        route
    }

    /// The point straight beside `port`, a little outside of the column of its node: arrowheads
    /// are level, and links turn where no node stands.
    fn out_of(&self, node: Rect, port: Point) -> Option<Point> {
        let middle = node.x + node.width / 2.0;
        let (left, right) = self.0.get(&key(middle))?;
        let x = if port.x < middle {
            left - STUB
        } else {
            right + STUB
        };
        Some(Point { x, y: port.y })
    }
}

/// Coordinates that should be equal may differ in their last bits.
#[allow(clippy::cast_possible_truncation)]
fn key(x: f64) -> i64 {
    (x * 8.0).round() as i64
}
