//! Strongly connected components.

/// The strongly connected components of the graph with `edges[node]` = what the node needs.
///
/// A component comes after every component that it needs. Tarjan's algorithm, without recursion.
pub(crate) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let count = edges.len();
    let mut order = vec![UNSEEN; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut result = Vec::new();
    let mut next = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                order[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&needed) = edges[node].get(edge) {
                path.push((node, edge + 1));
                if order[needed] == UNSEEN {
                    path.push((needed, 0));
                } else if on_stack[needed] {
                    low[node] = low[node].min(order[needed]);
                }
                continue;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == order[node] {
                let start = stack.iter().rposition(|other| *other == node).unwrap_or(0);
                let component: Vec<usize> = stack.drain(start..).collect();
                for member in &component {
                    on_stack[*member] = false;
                }
                result.push(component);
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn what_is_needed_comes_first_and_circles_stay_together() {
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![], vec![0]];
        assert_eq!(
            components(&edges),
            vec![vec![3], vec![1, 2], vec![0], vec![4]]
        );
        let long: Vec<Vec<usize>> = (0..100_000)
            .map(|n| (n > 0).then(|| n - 1).into_iter().collect())
            .collect();
        assert_eq!(components(&long).len(), 100_000);
    }
}
