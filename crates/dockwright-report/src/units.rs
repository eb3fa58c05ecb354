//! Numbers with units.

/// `51.6 MB`. A unit is a thousand of the one before, as the engine counts.
pub(crate) fn size(bytes: u64) -> String {
    let mut rest = bytes;
    let mut tenths = 0;
    let mut units = ["B", "kB", "MB", "GB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while rest >= 1000
        && let Some(larger) = units.next()
    {
        tenths = rest % 1000 / 100;
        rest /= 1000;
        unit = larger;
    }
    if bytes < 1000 {
        format!("{rest} {unit}")
    } else {
        format!("{rest}.{tenths} {unit}")
    }
}

/// A part of a whole in per cent, rounded.
pub(crate) fn percent(part: u64, whole: u64) -> u64 {
    let whole = u128::from(whole.max(1));
    let percent = (u128::from(part) * 100 + whole / 2) / whole;
    u64::try_from(percent).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(51_603_080), "51.6 MB");
        assert_eq!(size(u64::MAX), "18446744073.7 GB");
        assert_eq!(percent(1, 3), 33);
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
        assert_eq!(percent(0, 0), 0);
    }
}
