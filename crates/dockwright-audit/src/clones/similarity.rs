//! How near two texts are to each other.

use std::collections::HashMap;

/// What two lists of tokens have in common, in hundredths: by the length of the tokens, whatever their
/// order (the coefficient of Dice).
pub(crate) fn similarity<'t>(a: &[&'t str], b: &[&'t str]) -> usize {
    let length = |tokens: &[&str]| tokens.iter().map(|token| token.len()).sum::<usize>();
    let mut left: HashMap<&str, usize> = HashMap::new();
    for token in a {
        *left.entry(token).or_default() += 1;
    }
    let mut shared = 0;
    for token in b {
        if let Some(count) = left.get_mut(token).filter(|count| **count > 0) {
            *count -= 1;
            shared += token.len();
        }
    }
    200 * shared / (length(a) + length(b)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_tokens_count_more() {
        assert_eq!(similarity(&["echo", "a"], &["echo", "b"]), 80);
        assert_eq!(similarity(&["a"], &["b"]), 0);
        assert_eq!(similarity(&[], &[]), 0);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_full_for_what_is_equal(
            a in prop::collection::vec("[ab]{1,3}", 1..8),
            b in prop::collection::vec("[ab]{1,3}", 1..8),
        ) {
            let a: Vec<&str> = a.iter().map(String::as_str).collect();
            let b: Vec<&str> = b.iter().map(String::as_str).collect();
            prop_assert_eq!(similarity(&a, &b), similarity(&b, &a));
            prop_assert_eq!(similarity(&a, &a), 100);
            prop_assert!(similarity(&a, &b) <= 100);
        }
    }
}
