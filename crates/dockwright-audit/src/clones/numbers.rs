//! Numbers for texts.

use std::collections::HashMap;

/// Gives equal texts equal numbers, and no others.
#[derive(Default)]
pub(crate) struct Numbers(HashMap<String, u32>);

impl Numbers {
    /// The number of a text.
    pub(crate) fn of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        // There is no room for more texts than that in an environment.
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(text.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_numbers() {
        let mut numbers = Numbers::default();
        let (a, b) = (numbers.of("a"), numbers.of("b"));
        assert_ne!(a, b);
        assert_eq!(a, numbers.of("a"));
    }
}
