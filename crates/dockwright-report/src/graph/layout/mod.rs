//! Where nodes, clusters and links stand in a drawing that is read from left to right.

mod clustered;
mod layered;

/// A drawing to be laid out: everything by number.
pub(super) struct Plan<'a> {
    /// Width and height of each node.
    pub(super) sizes: &'a [(f64, f64)],
    /// Who needs whom: (needs, is needed). No node needs itself here.
    pub(super) links: &'a [(usize, usize)],
    /// The nodes of each cluster; a node is in one at most.
    pub(super) clusters: &'a [Vec<usize>],
}

/// A drawing that is laid out. What is needed stands left of what needs it, but for cycles.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    /// The place of each node.
    pub(super) nodes: Vec<Rect>,
    /// The place of each cluster; empty when clusters are not drawn.
    pub(super) clusters: Vec<Rect>,
    /// For each link the points it goes through, from the node that needs to the one needed.
    pub(super) links: Vec<Vec<Point>>,
}

/// A rectangle by its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A point; `y` grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Rect {
    pub(super) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> f64 {
        self.y + self.height
    }

    fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

pub(super) fn layout(plan: &Plan) -> Layout {
    if effort(plan) > MAX_EFFORT {
        return layered::layout(plan);
    }
    let layout = clustered::layout(plan);
    if clusters_hold(plan, &layout) {
        return layout;
    }
    // Seldom, when clusters are tightly entangled, a node ends up beside its box. A drawing
    // without boxes says less, but nothing wrong.
    clustered::layout(&Plan {
        clusters: &[],
        ..*plan
    })
}

/// Whether each node stands inside its cluster.
fn clusters_hold(plan: &Plan, layout: &Layout) -> bool {
    let mut members = plan.clusters.iter().zip(&layout.clusters);
    members.all(|(members, cluster)| {
        let mut nodes = members.iter().filter_map(|index| layout.nodes.get(*index));
        nodes.all(|node| {
            cluster.x <= node.x
                && node.right() <= cluster.right()
                && cluster.y <= node.y
                && node.bottom() <= cluster.bottom()
        })
    })
}

/// Beyond this the layout that minds crossings and clusters takes more than a second or two.
const MAX_EFFORT: usize = 900;

/// What the careful layout has to place: the nodes, and every link once per column it passes.
fn effort(plan: &Plan) -> usize {
    let ranks = layered::ranks(plan);
    let rank = |index: &usize| ranks.get(*index).copied().unwrap_or_default();
    let passed = plan
        .links
        .iter()
        .map(|(from, to)| rank(from).abs_diff(rank(to)).max(1));
    plan.sizes.len() + passed.sum::<usize>()
}

/// The ends of a link between two nodes, on the sides that face each other.
fn ports(from: Rect, to: Rect) -> (Point, Point) {
    let (from_x, to_x) = if from.x >= to.right() {
        (from.x, to.right())
    } else if to.x >= from.right() {
        (from.right(), to.x)
    } else {
        (from.right(), to.right())
    };
    let start = Point {
        x: from_x,
        y: from.middle(),
    };
    let end = Point {
        x: to_x,
        y: to.middle(),
    };
    (start, end)
}

#[cfg(test)]
mod tests {
    use crate::sample::{Numbers, rounds};

    use super::*;

    /// Any graph of some thirty nodes, cycles and clusters included, has a layout: nodes and
    /// clusters are apart, each node is inside its cluster, links end at the sides of their nodes.
    #[test]
    fn any_graph_has_a_layout() {
        let mut numbers = Numbers::default();
        for _ in 0..rounds(12) {
            let count = 1 + numbers.below(30);
            let sizes: Vec<(f64, f64)> = (0..count)
                .map(|index| {
                    (
                        60.0 + 40.0 * f64::from(u8::try_from(index % 5).unwrap()),
                        42.0,
                    )
                })
                .collect();
            let mut links: Vec<(usize, usize)> = (0..numbers.below(2 * count))
                .map(|_| (numbers.below(count), numbers.below(count)))
                .filter(|(from, to)| from != to)
                .collect();
            links.sort_unstable();
            links.dedup();
            let mut clusters = vec![Vec::new(); 1 + numbers.below(5)];
            for index in 0..count {
                let number = numbers.below(clusters.len() + 1);
                if let Some(cluster) = clusters.get_mut(number) {
                    cluster.push(index);
                }
            }
            clusters.retain(|cluster| !cluster.is_empty());
            let plan = Plan {
                sizes: &sizes,
                links: &links,
                clusters: &clusters,
            };
            check(&plan, &layout(&plan));
            check(&plan, &layered::layout(&plan));
        }
    }

    fn check(plan: &Plan, layout: &Layout) {
        assert_eq!(layout.nodes.len(), plan.sizes.len());
        assert_apart(&layout.nodes);
        assert_apart(&layout.clusters);
        assert!(clusters_hold(plan, layout));
        assert_eq!(layout.links.len(), plan.links.len());
        for ((from, to), points) in plan.links.iter().zip(&layout.links) {
            assert!(
                points
                    .iter()
                    .all(|point| point.x.is_finite() && point.y.is_finite())
            );
            for (node, end) in [(from, points.first()), (to, points.last())] {
                let (node, end) = (layout.nodes[*node], end.unwrap());
                let near = |a: f64, b: f64| (a - b).abs() < 0.01;
                assert!(near(end.x, node.x) || near(end.x, node.right()));
                assert!(near(end.y, node.middle()));
            }
        }
    }

    fn assert_apart(places: &[Rect]) {
        for (index, a) in places.iter().enumerate() {
            for b in &places[index + 1..] {
                let beside = a.right() <= b.x + 0.01 || b.right() <= a.x + 0.01;
                let above = a.bottom() <= b.y + 0.01 || b.bottom() <= a.y + 0.01;
                assert!(beside || above, "{a:?} {b:?}");
            }
        }
    }
}
