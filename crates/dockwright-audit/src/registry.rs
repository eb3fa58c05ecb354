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
        .map(|rule| (strsim::levenshtein(&name, rule.name), rule.name))
        .collect();
    names.sort_unstable();
    names.into_iter().take(5).map(|(_, name)| name).collect()
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
}
