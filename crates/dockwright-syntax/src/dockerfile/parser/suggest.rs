//! The known word that a misspelt one probably means.

/// The first of `known` that two edits at most, and at most half its letters, turn `word` into.
pub(in crate::dockerfile) fn closest<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    if word.len() > 32 {
        return None;
    }
    let distances = known.into_iter().map(|name| (distance(word, name), name));
    let best = distances.min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, name)| *distance <= 2 && distance * 2 <= name.len())
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, one) in left.chars().enumerate() {
        let mut last = at + 1;
        let mut next = vec![last];
        for ((other, above), diagonal) in right.iter().zip(row.iter().skip(1)).zip(&row) {
            let replaced = diagonal + usize::from(one != *other);
            last = replaced.min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
