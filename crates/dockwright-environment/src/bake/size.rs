//! Sizes in bytes, as Compose reads and bake prints them.

/// A number with `b`, `k`, `m`, `g`, `t` or `p`, the letters counting powers of 1024.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let at = text
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let number: f64 = number.parse().ok()?;
    let unit = unit.trim_start();
    let unit = unit.strip_suffix('b').unwrap_or(unit);
    let power = match unit.strip_suffix('i').unwrap_or(unit) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number too large for the type becomes its greatest, and none is negative"
    )]
    Some((number * 1024_f64.powi(power)) as u64)
}

/// Four digits and a unit: `1.431MiB`.
pub(super) fn human(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "four digits are printed")]
    let mut number = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if number < 1024.0 {
            break;
        }
        number /= 1024.0;
        unit = next;
    }
    let decimals = match number {
        it if it < 10.0 => 3,
        it if it < 100.0 => 2,
        it if it < 1000.0 => 1,
        _ => 0,
    };
    let text = format!("{number:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::{bytes, human};

    #[test]
    fn sizes_are_read_and_written() {
        let show = |text: &str| bytes(text).map(human);
        assert_eq!(show("128m").as_deref(), Some("128MiB"));
        assert_eq!(show("1500000").as_deref(), Some("1.431MiB"));
        assert_eq!(show("1.5 GiB").as_deref(), Some("1.5GiB"));
        assert_eq!(show("1000").as_deref(), Some("1000B"));
        assert_eq!(show("-1"), None);
        assert_eq!(show("much"), None);
    }
}
