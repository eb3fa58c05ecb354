//! Numbers and sizes in the options of a mount.

/// A number in digits only, below 2³².
pub(super) fn number(value: &str, radix: u32) -> Option<u32> {
    let is_plain = value.chars().all(|ch| ch.is_digit(radix));
    u32::from_str_radix(value, radix).ok().filter(|_| is_plain)
}

/// Whether `value` is a size such as `64m`, `1.5 GiB` or `1024`.
pub(super) fn is_size(value: &str) -> bool {
    let is_number = |ch: char| ch.is_ascii_digit() || matches!(ch, '.' | ' ');
    let Some(last) = value.rfind(is_number) else {
        return false;
    };
    let (number, unit) = value.split_at(last + 1);
    // One blank may part the unit from the number.
    let number = number.strip_suffix(' ').unwrap_or(number);
    // Go reads a float in more forms, which nobody writes.
    let is_odd = number.contains(['x', 'X', '_']);
    let is_amount = |size: f64| size.is_finite() && size >= 0.0;
    (is_odd || number.parse().is_ok_and(is_amount)) && is_unit(&unit.to_lowercase())
}

fn is_unit(unit: &str) -> bool {
    if matches!(unit, "" | "b") {
        return true;
    }
    unit.strip_prefix(['k', 'm', 'g', 't', 'p'])
        .is_some_and(|rest| matches!(rest, "" | "b" | "ib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_number_and_a_unit() {
        for value in [
            "0", "1024", "64m", "64MB", "64mib", "1.5 GiB", "10b", ".5k", "1e3",
        ] {
            assert!(is_size(value), "{value}");
        }
        for value in [
            "", "m", "-1", "64x", "64mbb", "1  k", "64bb", "1..5", "half",
        ] {
            assert!(!is_size(value), "{value}");
        }
    }

    #[test]
    fn numbers_have_digits_only() {
        assert_eq!(number("0755", 8), Some(0o755));
        assert_eq!(number("4294967295", 10), Some(u32::MAX));
        for value in ["", "+1", "-1", "8", "4294967296000"] {
            assert_eq!(number(value, 8), None, "{value}");
        }
    }
}
