//! Nodes: a shape per kind, a name, and a quieter line that says the kind.

use std::fmt::Write as _;

use dockwright_environment::Documents;
use dockwright_environment::graph::{Node, NodeKind};

use super::super::layout::Rect;
use super::super::width::{fitted, width};
use super::super::{node_name, node_words, said_at, short};
use crate::escape::{visible_line, xml};

/// Sizes of the two lines of text, as in the style sheet. Widths are those of bold text; the
/// second line is not bold.
const LABEL: f64 = 12.5;
const DETAIL: f64 = 10.5 * 0.9;
/// The most that the text of a node may take.
const MAX_TEXT: f64 = 290.0;
pub(super) const HEIGHT: f64 = 42.0;

/// A node as it is drawn.
pub(super) struct Shown {
    label: String,
    detail: String,
    pub(super) width: f64,
}

impl Shown {
    pub(super) fn new(node: &Node) -> Self {
        let label = fitted(&short(&node.label), LABEL, MAX_TEXT);
        let words = node_words(node.kind);
        let detail = match &node.detail {
            Some(detail) => format!("{words} · {}", visible_line(detail)),
            None => words.to_owned(),
        };
        let detail = fitted(&detail, DETAIL, MAX_TEXT);
        let text = width(&label, LABEL).max(width(&detail, DETAIL));
        Self {
            width: text + 2.0 * side(node.kind),
            label,
            detail,
        }
    }

    pub(super) fn draw(&self, node: &Node, documents: &Documents, place: Rect) -> String {
        let mut title = format!("{} {}", node_words(node.kind), visible_line(&node.label));
        if let Some(detail) = &node.detail {
            let _ = write!(title, "\n{}", visible_line(detail));
        }
        if let Some(place) = said_at(documents, node.location) {
            let _ = write!(title, "\n{place}");
        }
        let x = place.x + place.width / 2.0;
        format!(
            "<g class=\"node\"><title>{}</title>{}<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text><text class=\"quiet\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></g>\n",
            xml(&title),
            shape(node.kind, place),
            place.y + 18.0,
            xml(&self.label),
            place.y + 33.0,
            xml(&self.detail),
        )
    }
}

/// The space that a shape needs left and right of its text.
fn side(kind: NodeKind) -> f64 {
    match kind {
        NodeKind::Image | NodeKind::Stage | NodeKind::ExternalImage | NodeKind::Command => 12.0,
        NodeKind::MissingImage | NodeKind::BakeTarget => 18.0,
        NodeKind::Service | NodeKind::BakeGroup => 20.0,
    }
}

pub(super) fn shape(kind: NodeKind, place: Rect) -> String {
    let Rect {
        x,
        y,
        width,
        height,
    } = place;
    let class = node_name(kind);
    let rounded = |radius: f64| {
        format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.1}\"/>"
        )
    };
    // Corners cut by `dx` and `dy`.
    let cut = |dx: f64, dy: f64| {
        format!(
            "<path class=\"{class}\" d=\"M{:.1},{y:.1}H{:.1}L{:.1},{:.1}V{:.1}L{:.1},{:.1}H{:.1}L{x:.1},{:.1}V{:.1}Z\"/>",
            x + dx,
            x + width - dx,
            x + width,
            y + dy,
            y + height - dy,
            x + width - dx,
            y + height,
            x + dx,
            y + height - dy,
            y + dy,
        )
    };
    match kind {
        NodeKind::Image | NodeKind::Stage => rounded(7.0),
        NodeKind::ExternalImage => rounded(0.0),
        // A sheet of paper with a folded corner.
        NodeKind::Command => format!(
            "<path class=\"{class}\" d=\"M{x:.1},{y:.1}H{fold:.1}L{right:.1},{below:.1}V{bottom:.1}H{x:.1}ZM{fold:.1},{y:.1}V{below:.1}H{right:.1}\"/>",
            fold = x + width - 9.0,
            right = x + width,
            below = y + 9.0,
            bottom = y + height,
        ),
        NodeKind::MissingImage => cut(height / 4.5, height / 4.5),
        NodeKind::Service => rounded(height / 2.0),
        NodeKind::BakeTarget => cut(height / 3.5, height / 2.0),
        NodeKind::BakeGroup => format!(
            "{}<path class=\"{class}\" d=\"M{left:.1},{y:.1}V{bottom:.1}M{right:.1},{y:.1}V{bottom:.1}\"/>",
            rounded(0.0),
            left = x + 7.0,
            right = x + width - 7.0,
            bottom = y + height,
        ),
    }
}
