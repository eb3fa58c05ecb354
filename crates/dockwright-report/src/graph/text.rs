//! The graph as trees for a terminal: from bases to what is built on them.

use std::collections::VecDeque;
use std::fmt::Write as _;

use dockwright_environment::graph::{EdgeKind, Graph, Node, NodeKind};

use super::{edge_words, edges, node_words, short};
use crate::escape::visible_line;

/// Trees of images, each with who builds and runs it; then whatever else there is. A node that is
/// needed twice stands where it comes first and is referred to elsewhere.
pub fn text(graph: &Graph) -> String {
    let mut forest = Forest::new(graph);
    // What stands on nothing comes first; what is left then stands in a cycle.
    let is_root = |index: &usize| forest.bases.get(*index).is_some_and(Vec::is_empty);
    let (roots, others): (Vec<usize>, Vec<usize>) = (0..graph.nodes.len())
        .filter(|index| is_image(graph, *index))
        .partition(is_root);
    for index in roots.into_iter().chain(others) {
        forest.tree(index);
        while let Some(index) = forest.continued.pop_front() {
            forest.tree(index);
        }
    }
    forest.users();
    forest.out
}

/// A tree deeper than this goes on in a tree of its own.
const MAX_DEPTH: usize = 24;
/// More names than this are counted, not listed.
const MAX_NAMES: usize = 8;

struct Forest<'a> {
    graph: &'a Graph,
    /// For each node what it is built on, and what is built on it.
    bases: Vec<Vec<usize>>,
    dependants: Vec<Vec<usize>>,
    /// For each node the edges that leave it and arrive at it, but for bases.
    needs: Vec<Vec<(EdgeKind, usize)>>,
    needed_by: Vec<Vec<(EdgeKind, usize)>>,
    state: Vec<State>,
    continued: VecDeque<usize>,
    above_is_large: bool,
    out: String,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// Stands in the part of the tree that leads here.
    Open,
    /// Has its place further up.
    Shown,
    /// Will have its place further down.
    Later,
}

impl<'a> Forest<'a> {
    fn new(graph: &'a Graph) -> Self {
        let count = graph.nodes.len();
        let mut forest = Self {
            graph,
            bases: vec![Vec::new(); count],
            dependants: vec![Vec::new(); count],
            needs: vec![Vec::new(); count],
            needed_by: vec![Vec::new(); count],
            state: vec![State::New; count],
            continued: VecDeque::new(),
            above_is_large: false,
            out: String::new(),
        };
        for edge in edges(graph) {
            if edge.kind == EdgeKind::Base {
                add(&mut forest.bases, edge.from, edge.to);
                add(&mut forest.dependants, edge.to, edge.from);
            } else {
                add(&mut forest.needs, edge.from, (edge.kind, edge.to));
                add(&mut forest.needed_by, edge.to, (edge.kind, edge.from));
            }
        }
        forest
    }

    fn tree(&mut self, root: usize) {
        if matches!(self.state(root), State::New | State::Later) {
            let above = std::mem::take(&mut self.out);
            self.branch(root, "", "", 0);
            let tree = std::mem::replace(&mut self.out, above);
            // Single images stand together, larger trees apart.
            let large = tree.lines().count() > 1;
            if (large || self.above_is_large) && !self.out.is_empty() {
                self.out.push('\n');
            }
            self.above_is_large = large;
            self.out += &tree;
        }
    }

    fn branch(&mut self, index: usize, first: &str, rest: &str, depth: usize) {
        let mut line = format!("{first}{}", self.title(index));
        let again = match self.state(index) {
            State::Open => Some("  (cycle: see above)"),
            State::Shown => Some("  (see above)"),
            State::Later if depth > 0 => Some("  (see below)"),
            State::New | State::Later => None,
        };
        let deep = depth >= MAX_DEPTH && again.is_none();
        if deep {
            self.set(index, State::Later);
            self.continued.push_back(index);
            line += "  (see below)";
        }
        line += again.unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{}", line.trim_end());
        if deep || again.is_some() {
            return;
        }

        self.set(index, State::Open);
        let children = self.dependants.get(index).cloned().unwrap_or_default();
        let margin = if children.is_empty() { "   " } else { "│  " };
        for note in self.notes(index) {
            let _ = writeln!(self.out, "{rest}{margin}{note}");
        }
        let last = children.len().saturating_sub(1);
        for (number, child) in children.into_iter().enumerate() {
            let (knee, margin) = if number == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            self.branch(
                child,
                &format!("{rest}{knee}"),
                &format!("{rest}{margin}"),
                depth + 1,
            );
        }
        self.set(index, State::Shown);
    }

    /// Label, kind and detail of a node.
    fn title(&self, index: usize) -> String {
        let Some(node) = self.graph.nodes.get(index) else {
            return String::new();
        };
        let kind = match node.kind {
            NodeKind::Image => None,
            NodeKind::MissingImage => Some("missing image: nothing builds it"),
            kind => Some(node_words(kind)),
        };
        let detail = node.detail.as_deref().map(visible_line);
        let mut title = short(&node.label);
        if let Some(detail) = detail {
            let _ = write!(title, "  {detail}");
        }
        if let Some(kind) = kind {
            let _ = write!(title, "  [{kind}]");
        }
        title
    }

    /// Who builds and runs an image, and whom it copies from.
    fn notes(&self, index: usize) -> Vec<String> {
        let needed_by = self.needed_by.get(index).map_or(&[][..], Vec::as_slice);
        let needs = self.needs.get(index).map_or(&[][..], Vec::as_slice);
        let built = self.names(EdgeKind::Builds, needed_by);
        let run = self.names(EdgeKind::Runs, needed_by);
        let both = built.is_some() && built == run;
        [
            ("built and run by", built.clone().filter(|_| both)),
            ("built by", built.filter(|_| !both)),
            ("run by", run.filter(|_| !both)),
            (
                edge_words(EdgeKind::CopyFrom),
                self.names(EdgeKind::CopyFrom, needs),
            ),
        ]
        .into_iter()
        .filter_map(|(words, names)| Some(format!("{words} {}", names?)))
        .collect()
    }

    /// The nodes at the other ends of the edges of one kind.
    fn names(&self, kind: EdgeKind, edges: &[(EdgeKind, usize)]) -> Option<String> {
        let mut names: Vec<String> = edges
            .iter()
            .filter(|(other, _)| *other == kind)
            .filter_map(|(_, index)| self.graph.nodes.get(*index))
            .map(name)
            .collect();
        // One node may need another in several places.
        names.dedup();
        let more = names.len().saturating_sub(MAX_NAMES);
        names.truncate(MAX_NAMES);
        if names.is_empty() {
            return None;
        }
        let mut listed = names.join(", ");
        if more > 0 {
            let _ = write!(listed, " and {more} more");
        }
        Some(listed)
    }

    /// Services, targets and groups that need each other, or no image at all.
    fn users(&mut self) {
        let mut lines = String::new();
        for index in 0..self.graph.nodes.len() {
            let needs = self.needs.get(index).map_or(&[][..], Vec::as_slice);
            if is_image(self.graph, index) {
                continue;
            }
            let notes: Vec<String> = [EdgeKind::Contains, EdgeKind::DependsOn]
                .into_iter()
                .filter_map(|kind| {
                    Some(format!("{} {}", edge_words(kind), self.names(kind, needs)?))
                })
                .collect();
            if !notes.is_empty() || needs.is_empty() {
                let _ = writeln!(lines, "{}", self.title(index));
                for note in notes {
                    let _ = writeln!(lines, "   {note}");
                }
            }
        }
        if !lines.is_empty() && !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out += &lines;
    }

    fn state(&self, index: usize) -> State {
        self.state.get(index).copied().unwrap_or(State::Shown)
    }

    fn set(&mut self, index: usize, state: State) {
        if let Some(place) = self.state.get_mut(index) {
            *place = state;
        }
    }
}

fn add<T>(lists: &mut [Vec<T>], index: usize, value: T) {
    if let Some(list) = lists.get_mut(index) {
        list.push(value);
    }
}

fn is_image(graph: &Graph, index: usize) -> bool {
    use NodeKind::{ExternalImage, Image, MissingImage, Stage};
    let kind = graph.nodes.get(index).map(|node| node.kind);
    matches!(kind, Some(Image | Stage | ExternalImage | MissingImage))
}

/// A node in a list: services and targets by kind, images by name alone.
fn name(node: &Node) -> String {
    let label = short(&node.label);
    match node.kind {
        kind @ (NodeKind::Service
        | NodeKind::BakeTarget
        | NodeKind::BakeGroup
        | NodeKind::Command) => {
            format!("{} {label}", node_words(kind))
        }
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{Drawing, chain, hostile_drawing, ring};

    use super::*;

    #[test]
    fn images_stand_below_their_bases() {
        insta::assert_snapshot!(text(&Drawing::small().graph), @r#"
        debian:trixie  [external image]
        └─ demo-base:latest  base/Dockerfile
           │  built and run by service base
           └─ demo-app:latest  app/Dockerfile
                 built by bake target app
                 run by service app
                 copies from demo-tool:latest

        demo-tool:latest  [missing image: nothing builds it]

        app  [service]
           starts after service base
        default  [bake group]
           contains bake target app
        "#);
    }

    #[test]
    fn cycles_are_marked() {
        insta::assert_snapshot!(text(&ring(3)), @r#"
        image0
        └─ image1
           └─ image2
              └─ image0  (cycle: see above)
        "#);
    }

    #[test]
    fn a_long_chain_is_cut_into_pieces() {
        let output = text(&chain(1000));
        assert!(output.len() < 200 * 1000, "{}", output.len());
        for index in 0..1000 {
            assert!(
                output.contains(&format!("image{index}\n"))
                    || output.contains(&format!("image{index} "))
            );
        }
    }

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        let output = text(&hostile_drawing().graph);
        assert_eq!(crate::escape::visible(&output), output);
        assert!(!output.contains('\t'));
    }
}
