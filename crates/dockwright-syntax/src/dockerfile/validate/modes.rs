//! `--chmod`

use super::{excerpt, problem as with_help};
use crate::{Problem, Span};

/// Why `value` is no mode: octal up to 7777, or symbolic as `chmod` takes it. Empty is none given.
pub(super) fn problem(value: &str, span: Span) -> Option<Problem> {
    if value.is_empty() || is_octal(value) || value.split(',').all(is_clause) {
        return None;
    }
    Some(with_help(
        span,
        format!("`{}` is no mode", excerpt(value)),
        "it is octal, such as 755, or symbolic, such as u=rwX,go=rX",
    ))
}

fn is_octal(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
        && matches!(u32::from_str_radix(value, 8), Ok(0..=0o7777))
}

/// Whether `clause` is `[ugoa]` and, at least once, an operator with `[rwxXstugo]`.
fn is_clause(clause: &str) -> bool {
    let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
    actions.starts_with(['+', '-', '=']) && actions.chars().all(|ch| "+-=rwxXstugo".contains(ch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_or_symbolic() {
        let is_mode = |value| problem(value, Span::default()).is_none();
        for value in [
            "",
            "0",
            "755",
            "07777",
            "u+x",
            "+x",
            "a=",
            "u=rwX,go=rX",
            "g=u-w",
            "a+s-t",
        ] {
            assert!(is_mode(value), "{value}");
        }
        for value in [
            "10000", "888", "-755", "rwx", "u", "u+q", "u+x,", "u+x o+x", "u+a",
        ] {
            assert!(!is_mode(value), "{value}");
        }
    }
}
