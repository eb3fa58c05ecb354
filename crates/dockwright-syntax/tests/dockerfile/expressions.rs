//! The expressions of `dockerfile_expressions.txt`.

/// The variables that the expressions use.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("a", "alpha"),
    ("b", "beta"),
    ("empty", ""),
    ("path", "/usr/local/lib/libfoo.so.1"),
    ("spaced", "one  two"),
];

/// Every expression with its value; none if it is refused.
pub(crate) fn expressions() -> Vec<(&'static str, Option<&'static str>)> {
    let lines = include_str!("../dockerfile_expressions.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = lines.map(|line| line.split_once(" => ").unwrap());
    split
        .map(|(text, value)| (text, Some(value).filter(|value| *value != "!")))
        .collect()
}
