//! Words of a text.

/// Every identifier in a text: letters, digits and `_`, not beginning with a digit.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    identifiers_at(text).map(|(_, word)| word)
}

/// Every identifier in a text with its offset.
pub(crate) fn identifiers_at(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let places = words.map(move |word| {
        let start = at;
        at += word.len();
        // The separator may have several bytes.
        at += text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        (start, word)
    });
    places.filter(|(_, word)| {
        word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    })
}

/// Whether a word is written as environment variables are: capital letters, digits and `_`.
pub(crate) fn is_variable_name(word: &str) -> bool {
    word.len() > 2
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_know_their_place() {
        let found: Vec<(usize, &str)> = identifiers_at("a-B_1 – ${C} 2d").collect();
        assert_eq!(found, [(0, "a"), (2, "B_1"), (12, "C")]);
    }
}
