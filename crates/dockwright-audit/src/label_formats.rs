//! What the values of labels look like.

use std::sync::LazyLock;

use regex::Regex;

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

fn matches(pattern: Option<&Regex>, value: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.is_match(value))
}

/// Whether a text is a URI with a scheme. Source: RFC 3986, with non-ASCII letters let pass.
pub(crate) fn is_url(value: &str) -> bool {
    static URL: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r#"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$"#));
    matches(URL.as_ref(), value)
}

/// Whether a text is a date and time of RFC 3339, section 5.6.
pub(crate) fn is_time(value: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$",
        )
    });
    matches(TIME.as_ref(), value)
}

/// Whether a text is a version of Semantic Versioning 2.0.0.
pub(crate) fn is_version(value: &str) -> bool {
    static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"(0|[1-9]\d*)";
        let before = r"(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)";
        pattern(&format!(
            r"^{number}\.{number}\.{number}(-{before}(\.{before})*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
        ))
    });
    matches(VERSION.as_ref(), value)
}

/// Whether a text is the long or the short name of a git revision.
pub(crate) fn is_hash(value: &str) -> bool {
    matches!(value.len(), 7 | 40)
        && value
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a text is an address of RFC 5322, without a name beside it.
pub(crate) fn is_email(value: &str) -> bool {
    static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^[^\s@<>]+@[^\s@<>]+$"));
    matches(EMAIL.as_ref(), value)
}

/// Whether a text is a licence expression of SPDX.
pub(crate) fn is_licence(value: &str) -> bool {
    spdx::Expression::parse(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        assert!(is_url("https://example.com/a") && is_url("mailto:a@example.com"));
        assert!(!is_url("example.com") && !is_url("http://a b"));
        assert!(is_time("2026-01-31T10:00:00Z") && is_time("2026-01-31t10:00:00.5+01:00"));
        assert!(!is_time("2026-13-01T10:00:00Z") && !is_time("2026-01-31 10:00:00Z"));
        assert!(is_version("1.2.3") && is_version("1.2.3-rc.1+build.5"));
        assert!(!is_version("v1.2.3") && !is_version("1.2") && !is_version("01.2.3"));
        assert!(is_hash("0a1b2c3") && !is_hash("0A1B2C3") && !is_hash("0a1b2c3d"));
        assert!(is_email("a.b+c@example.com") && !is_email("a@") && !is_email("A <a@example.com>"));
        assert!(
            is_licence("MIT")
                && is_licence("MIT OR Apache-2.0")
                && !is_licence("mit")
                && !is_licence("Proprietary")
        );
    }
}
