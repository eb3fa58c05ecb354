//! The order of an alphabet, as people sort names.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;

/// Compares two names: punctuation before digits before letters, upper and lower case as one unless
/// nothing else differs.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let keys = |text: &str| text.chars().map(weight).collect::<Vec<_>>();
    keys(a).cmp(&keys(b)).then_with(|| b.cmp(a))
}

/// Compares two texts so that numbers in them go by their value.
pub(crate) fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let order = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return compare(a, b),
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                number(&mut left).cmp(&number(&mut right))
            }
            (x, y) => {
                left.next();
                right.next();
                x.map(weight).cmp(&y.map(weight))
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits that come next, as their number's length and text, which compare as the number does.
fn number(chars: &mut Peekable<Chars<'_>>) -> (usize, String) {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        if digit != '0' || !digits.is_empty() {
            digits.push(digit);
        }
    }
    (digits.len(), digits)
}

/// Where a character stands: its class, then itself. Source: the root collation of the Unicode CLDR,
/// as far as names go.
fn weight(letter: char) -> (u8, usize, char) {
    let mark = "_-,;:!?.'\"()[]{}@*/\\&#%".find(letter);
    match mark {
        Some(place) => (0, place, letter),
        None if letter.is_ascii_digit() => (1, 0, letter),
        None => (2, 0, letter.to_lowercase().next().unwrap_or(letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_as_people_do() {
        let mut names = [
            "web2", "Web", "web", "db", "web-1", "app.b", "app_a", "DB", "7z",
        ];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            [
                "7z", "app_a", "app.b", "db", "DB", "web", "Web", "web-1", "web2"
            ]
        );
    }

    #[test]
    fn numbers_go_by_their_value() {
        let mut ports = ["8080", "80", "443", "0443", "9000-9010", "9000"];
        ports.sort_by(|a, b| compare_numbers(a, b));
        assert_eq!(ports, ["80", "0443", "443", "8080", "9000", "9000-9010"]);
    }
}
