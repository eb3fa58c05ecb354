//! Finding rules by name.

use crate::rule::Metadata;
use crate::rules::RULES;

/// Every rule's metadata, by family and name.
pub fn all() -> impl Iterator<Item = &'static Metadata> {
    RULES.iter().map(|rule| rule.metadata())
}

/// The rule that answers to `name`, its own or an alias.
pub fn find(name: &str) -> Option<&'static Metadata> {
    all().find(|rule| rule.answers_to(name))
}

/// The names nearest to `name`, at most five, nearest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let mut names: Vec<(usize, &'static str)> = all()
        .map(|rule| (edit_distance(&name, rule.name), rule.name))
        .collect();
    names.sort_unstable();
    names.into_iter().take(5).map(|(_, name)| name).collect()
}

/// The number of characters to insert, delete or replace to make `a` into `b`.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.chars().take(100).enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = (diagonal + usize::from(from != *to))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rules_answer_to_one_name() {
        let mut names = BTreeSet::new();
        for rule in all() {
            for name in std::iter::once(&rule.name).chain(rule.aliases) {
                assert!(names.insert(name.to_lowercase()), "{name} is used twice");
            }
        }
    }

    #[test]
    fn distances_count_single_edits() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("abc", "abc"), 0);
    }
}
