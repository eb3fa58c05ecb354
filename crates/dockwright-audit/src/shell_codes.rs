//! The codes of `ShellCheck`, as names of what a finding means.

use std::sync::LazyLock;

static NUMBERS: LazyLock<Vec<u32>> = LazyLock::new(dockwright_shellcheck::codes);

// The names live as long as the program: there are some hundred of them.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let names = NUMBERS.iter().map(|number| format!("SC{number}"));
    names.map(|name| &*name.leak()).collect()
});

/// The name of a code that is not among [`all`].
const OTHER: &[&str] = &["ShellCheck"];

/// Every code, in order.
pub(crate) fn all() -> &'static [&'static str] {
    &NAMES
}

/// The one code with a number.
pub(crate) fn one(number: u32) -> &'static [&'static str] {
    let place = NUMBERS.binary_search(&number).ok();
    place
        .and_then(|place| NAMES.get(place..=place))
        .unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_number() {
        assert_eq!(one(2086), ["SC2086"]);
        assert_eq!(one(9999), ["ShellCheck"]);
        assert!(all().len() > 250 && all().is_sorted());
    }
}
