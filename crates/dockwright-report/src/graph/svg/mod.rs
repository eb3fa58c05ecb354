//! The graph as a drawing: one SVG file without scripts, fonts or anything else from elsewhere.

mod legend;
mod link;
mod node;

use dockwright_environment::Documents;
use dockwright_environment::graph::Graph;

use self::legend::legend;
use self::link::{Link, arrowheads, links};
use self::node::Shown;
use super::layout::{Plan, Point, Rect, layout};
use super::width::fitted;
use super::{clusters, edges};
use crate::escape::{visible_line, xml};

const STYLE: &str = include_str!("style.css");
const MARGIN: f64 = 16.0;
/// Space between a cluster's border and its name, and the size of the name.
const CLUSTER_LABEL: f64 = 10.5;
/// The legend may be this wide even below a narrow graph.
const MIN_LEGEND: f64 = 560.0;

/// The graph as an SVG document. It follows the reader's preference for light or dark. What is
/// needed stands left of what needs it.
pub fn svg(graph: &Graph, documents: &Documents) -> String {
    let shown: Vec<Shown> = graph.nodes.iter().map(Shown::new).collect();
    let sizes: Vec<(f64, f64)> = shown
        .iter()
        .map(|node| (node.width, node::HEIGHT))
        .collect();
    let (loops, links): (Vec<Link>, Vec<Link>) = links(graph)
        .into_iter()
        .partition(|link| link.from == link.to);
    let ends: Vec<(usize, usize)> = links.iter().map(|link| (link.from, link.to)).collect();
    let clusters = clusters(graph);
    let members: Vec<Vec<usize>> = clusters.iter().map(|(_, nodes)| nodes.clone()).collect();
    let layout = layout(&Plan {
        sizes: &sizes,
        links: &ends,
        clusters: &members,
    });

    let mut body = String::new();
    let mut bounds = Bounds::default();
    for ((name, _), place) in clusters.iter().zip(&layout.clusters) {
        bounds.add(*place);
        body += &cluster(name, *place);
    }
    for (link, points) in links.iter().zip(&layout.links) {
        for point in points {
            bounds.add_point(*point);
        }
        body += &link.draw(graph, documents, points);
    }
    for link in &loops {
        if let Some(place) = layout.nodes.get(link.from) {
            bounds.add(Rect {
                y: place.y - 12.0,
                width: place.width + 12.0,
                ..*place
            });
            body += &link.draw_loop(graph, documents, *place);
        }
    }
    for ((node, shown), place) in graph.nodes.iter().zip(&shown).zip(&layout.nodes) {
        bounds.add(*place);
        body += &shown.draw(node, documents, *place);
    }
    let room = (bounds.right - bounds.left).max(MIN_LEGEND);
    let legend = legend(graph, bounds.left, bounds.bottom + 1.5 * MARGIN, room);
    body += &legend.svg;
    bounds.add(legend.place);

    let (left, top) = (bounds.left - MARGIN, bounds.top - MARGIN);
    let width = bounds.right + MARGIN - left;
    let height = bounds.bottom + MARGIN - top;
    let title = format!(
        "Docker environment: {} nodes, {} edges",
        graph.nodes.len(),
        edges(graph).count()
    );
    let arrowheads = arrowheads();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"dockwright\" role=\"graphics-document document\" aria-label=\"{title}\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"{left:.1} {top:.1} {width:.1} {height:.1}\">\n\
         <style>\n{STYLE}</style>\n{arrowheads}\n\
         <rect class=\"paper\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n\
         {body}</svg>\n"
    )
}

fn cluster(name: &str, place: Rect) -> String {
    let Rect {
        x,
        y,
        width,
        height,
    } = place;
    let name = visible_line(name);
    format!(
        "<g class=\"cluster\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/><text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>\n",
        xml(&name),
        x + 6.0,
        y + 12.0,
        xml(&fitted(&name, CLUSTER_LABEL, width - 12.0)),
    )
}

/// The smallest rectangle around what was added; around nothing, that of the origin.
#[derive(Default)]
struct Bounds {
    started: bool,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Bounds {
    fn add_point(&mut self, Point { x, y }: Point) {
        if !self.started {
            (self.left, self.right, self.top, self.bottom) = (x, x, y, y);
            self.started = true;
        }
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
    }

    fn add(&mut self, place: Rect) {
        self.add_point(Point {
            x: place.x,
            y: place.y,
        });
        self.add_point(Point {
            x: place.right(),
            y: place.bottom(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{Drawing, hostile_drawing, ring};

    use super::*;

    #[test]
    fn the_same_graph_is_drawn_the_same_way() {
        let drawing = Drawing::of_size(20);
        let first = svg(&drawing.graph, &drawing.documents);
        for _ in 0..3 {
            assert_eq!(svg(&drawing.graph, &drawing.documents), first);
        }
    }

    #[test]
    fn every_graph_has_a_drawing() {
        for graph in [Graph::default(), ring(1), ring(2), ring(50)] {
            let output = svg(&graph, &Documents::default());
            assert!(
                !output.contains("NaN") && !output.contains("inf\""),
                "{output}"
            );
            assert_eq!(
                output.matches("class=\"node\"><title>").count(),
                graph.nodes.len()
            );
        }
    }

    #[test]
    fn names_stay_text() {
        let drawing = hostile_drawing();
        let output = svg(&drawing.graph, &drawing.documents);
        assert!(!output.contains("<script") && !output.contains("<b>"));
        assert_eq!(crate::escape::visible(&output), output);
        assert_eq!(output.matches("<g").count(), output.matches("</g>").count());
    }

    #[test]
    fn a_node_says_its_kind_and_where_it_stands() {
        let drawing = Drawing::small();
        let output = svg(&drawing.graph, &drawing.documents);
        let node = output
            .lines()
            .position(|line| line.contains("<title>image demo-base"))
            .unwrap();
        let lines: Vec<&str> = output.lines().skip(node).take(3).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        <g class="node"><title>image demo-base:latest
        base/Dockerfile
        base/Dockerfile:1</title><rect class="image" x="193.2" y="59.0" width="166.3" height="42.0" rx="7.0"/><text x="276.4" y="77.0" text-anchor="middle">demo-base:latest</text><text class="quiet" x="276.4" y="92.0" text-anchor="middle">image · base/Dockerfile</text></g>
        "#);
    }

    /// Writes drawings to look at into the directory named by `DRAWINGS`, with the time each took.
    #[test]
    #[ignore = "needs a directory in DRAWINGS"]
    fn drawings_to_look_at() {
        let directory = std::env::var("DRAWINGS").unwrap();
        for size in [0, 1, 5, 20, 50, 300, 1000, 5500] {
            let drawing = match size {
                0 => Drawing::small(),
                1 => hostile_drawing(),
                size => Drawing::of_size(size),
            };
            let start = std::time::Instant::now();
            let output = svg(&drawing.graph, &drawing.documents);
            let nodes = drawing.graph.nodes.len();
            let edges = drawing.graph.edges.len();
            println!(
                "{size}: {nodes} nodes, {edges} edges, {:?}",
                start.elapsed()
            );
            let file = |ending| format!("{directory}/{size}.{ending}");
            std::fs::write(file("svg"), output).unwrap();
            let dot = crate::graph::dot(&drawing.graph, &drawing.documents);
            std::fs::write(file("dot"), dot).unwrap();
            std::fs::write(file("mmd"), crate::graph::mermaid(&drawing.graph)).unwrap();
            std::fs::write(file("txt"), crate::graph::text(&drawing.graph)).unwrap();
        }
    }
}
