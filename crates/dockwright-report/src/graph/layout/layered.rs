//! The quick layout for large graphs: columns by distance from what needs nothing, rows so that
//! each node stands beside what needs it first. It takes time in proportion to the size of the
//! graph and draws no clusters.

use super::{Layout, Plan, Rect, ports};

/// Space between columns and between the nodes of one.
const COLUMN_GAP: f64 = 90.0;
const ROW_GAP: f64 = 10.0;

pub(super) fn layout(plan: &Plan) -> Layout {
    let ranks = ranks(plan);
    let sides = columns(plan, &ranks);
    let rows = rows(plan, &ranks);
    let row = plan.sizes.iter().map(|size| size.1).fold(0.0, f64::max) + ROW_GAP;
    let nodes: Vec<Rect> = plan
        .sizes
        .iter()
        .zip(ranks.iter().zip(rows))
        .map(|((width, height), (rank, at))| Rect {
            x: sides.get(*rank).copied().unwrap_or_default(),
            y: at * row,
            width: *width,
            height: *height,
        })
        .collect();
    let links = plan.links.iter().map(|(from, to)| {
        let (Some(from), Some(to)) = (nodes.get(*from), nodes.get(*to)) else {
            return Vec::new();
        };
        let (start, end) = ports(*from, *to);
        vec![start, end]
    });
    Layout {
        links: links.collect(),
        clusters: Vec::new(),
        nodes,
    }
}

/// The left side of each column.
fn columns(plan: &Plan, ranks: &[usize]) -> Vec<f64> {
    let mut widths: Vec<f64> = Vec::new();
    for ((width, _), rank) in plan.sizes.iter().zip(ranks) {
        if widths.len() <= *rank {
            widths.resize(rank + 1, 0.0);
        }
        if let Some(widest) = widths.get_mut(*rank) {
            *widest = widest.max(*width);
        }
    }
    let mut x = 0.0;
    widths
        .into_iter()
        .map(|width| {
            let side = x;
            x += width + COLUMN_GAP;
            side
        })
        .collect()
}

/// The row of each node: a node with nobody beside it gets the next row, any other the middle of
/// theirs. So the rows of two nodes of one column never meet.
fn rows(plan: &Plan, ranks: &[usize]) -> Vec<f64> {
    let count = plan.sizes.len();
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut rooted = vec![true; count];
    for (from, to) in plan.links {
        let (Some(rank), Some(other)) = (ranks.get(*from), ranks.get(*to)) else {
            continue;
        };
        if let (Some(rooted @ true), Some(beside)) = (rooted.get_mut(*from), beside.get_mut(*to))
            && other + 1 == *rank
        {
            *rooted = false;
            beside.push(*from);
        }
    }

    let mut rows = vec![0.0; count];
    let mut next = 0.0;
    for root in (0..count).filter(|index| rooted.get(*index) == Some(&true)) {
        // A node is met twice: before those beside it, and after.
        let mut stack = vec![(root, false)];
        while let Some((index, done)) = stack.pop() {
            let beside = beside.get(index).map_or(&[][..], Vec::as_slice);
            let Some((first, last)) = beside.first().zip(beside.last()) else {
                set(&mut rows, index, next);
                next += 1.0;
                continue;
            };
            if done {
                let row = |index: &usize| rows.get(*index).copied().unwrap_or_default();
                let middle = f64::midpoint(row(first), row(last));
                set(&mut rows, index, middle);
            } else {
                stack.push((index, true));
                stack.extend(beside.iter().rev().map(|index| (*index, false)));
            }
        }
    }
    rows
}

fn set(rows: &mut [f64], index: usize, row: f64) {
    if let Some(place) = rows.get_mut(index) {
        *place = row;
    }
}

/// For each node the length of the longest way to a node that needs nothing. Nodes on a cycle
/// are taken in the order of their numbers, as if what closes the cycle were not there.
pub(super) fn ranks(plan: &Plan) -> Vec<usize> {
    let count = plan.sizes.len();
    let mut open = vec![0_usize; count];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in plan.links {
        if let (Some(open), Some(users)) = (open.get_mut(*from), users.get_mut(*to)) {
            *open += 1;
            users.push(*from);
        }
    }
    let mut ranks = vec![0; count];
    let mut placed = vec![false; count];
    let mut ready: Vec<usize> = (0..count)
        .filter(|index| open.get(*index) == Some(&0))
        .collect();
    let mut next_stuck = 0;
    loop {
        while let Some(index) = ready.pop() {
            match placed.get_mut(index) {
                Some(placed) if !*placed => *placed = true,
                _ => continue,
            }
            let rank = ranks.get(index).copied().unwrap_or_default();
            for user in users.get(index).into_iter().flatten() {
                if placed.get(*user) == Some(&true) {
                    continue;
                }
                if let (Some(open), Some(user_rank)) = (open.get_mut(*user), ranks.get_mut(*user)) {
                    *user_rank = (rank + 1).max(*user_rank);
                    *open -= 1;
                    if *open == 0 {
                        ready.push(*user);
                    }
                }
            }
        }
        // Whatever is left waits for a cycle.
        match (next_stuck..count).find(|index| placed.get(*index) == Some(&false)) {
            Some(index) => {
                next_stuck = index + 1;
                ready.push(index);
            }
            None => return ranks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stands_left_and_nothing_overlaps() {
        let sizes = [(50.0, 20.0); 5];
        // 2 needs 1 and 0; 3 and 4 need each other.
        let links = [(1, 0), (2, 1), (2, 0), (3, 4), (4, 3)];
        let layout = layout(&Plan {
            sizes: &sizes,
            links: &links,
            clusters: &[],
        });
        let x: Vec<f64> = layout.nodes.iter().map(|node| node.x).collect();
        assert!(x[0] < x[1] && x[1] < x[2] && x[3] < x[4], "{x:?}");
        for (index, a) in layout.nodes.iter().enumerate() {
            for b in &layout.nodes[index + 1..] {
                let apart = a.right() <= b.x || b.right() <= a.x;
                assert!(apart || a.bottom() <= b.y || b.bottom() <= a.y);
            }
        }
    }
}
