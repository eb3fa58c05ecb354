//! Durations as Go writes them: `1h30m`, `1.5s`, `-3ms`.

/// A duration in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration {
    negative: bool,
    nanoseconds: u64,
}

impl Duration {
    pub(super) fn is_zero(self) -> bool {
        self.nanoseconds == 0
    }

    pub(super) fn at_least(self, nanoseconds: u64) -> bool {
        !self.negative && self.nanoseconds >= nanoseconds
    }
}

const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration; `None` if it is none or does not fit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut nanoseconds: u64 = 0;
    if rest == "0" {
        return Some(Duration {
            negative,
            nanoseconds,
        });
    }
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (part, behind) = part(rest)?;
        nanoseconds = nanoseconds.checked_add(part)?;
        rest = behind;
    }
    // The most negative duration has one nanosecond more.
    let limit = i64::MAX.unsigned_abs() + u64::from(negative);
    (nanoseconds <= limit).then_some(Duration {
        negative,
        nanoseconds,
    })
}

/// One number with its unit, and what follows.
fn part(text: &str) -> Option<(u64, &str)> {
    let is_number = |ch: char| ch.is_ascii_digit() || ch == '.';
    let split =
        |text: &'_ str, stop: bool| text.find(|ch| is_number(ch) == stop).unwrap_or(text.len());
    let (number, behind) = text.split_at(split(text, false));
    let (unit, rest) = behind.split_at(split(behind, true));
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole = if whole.is_empty() {
        0
    } else {
        whole.parse::<u64>().ok()?
    };
    let mut nanoseconds = whole.checked_mul(*unit)?;
    let mut scale = *unit;
    for digit in fraction.chars().filter_map(|ch| ch.to_digit(10)) {
        // Nanoseconds are the smallest part; what is left of a digit is lost.
        nanoseconds = nanoseconds.checked_add(scale * u64::from(digit) / 10)?;
        scale /= 10;
    }
    Some((nanoseconds, rest))
}
