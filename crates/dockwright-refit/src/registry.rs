//! Finding refactorings by name.

use crate::Refactoring;
use crate::refactorings::REFACTORINGS;

/// Every refactoring, by name.
pub fn all() -> impl Iterator<Item = &'static dyn Refactoring> {
    REFACTORINGS.iter().copied()
}

/// The refactoring called `name`.
pub fn find(name: &str) -> Option<&'static dyn Refactoring> {
    all().find(|refactoring| refactoring.name() == name)
}

/// The names nearest to `name`, at most five, nearest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = all().map(Refactoring::name).collect();
    names.sort_by_key(|known| strsim::levenshtein(name, known));
    names.truncate(5);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refactorings_are_found_by_name() {
        for refactoring in all() {
            let found = find(refactoring.name()).unwrap();
            assert_eq!(found.summary(), refactoring.summary());
            assert!(!refactoring.summary().ends_with('.'));
        }
        assert!(find("adopt").is_none());
        assert_eq!(nearest("adopt-back").first(), Some(&"adopt-bake"));
    }
}
