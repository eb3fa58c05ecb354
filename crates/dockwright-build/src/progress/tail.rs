//! The last lines of a step's output, within bounds.

use std::collections::VecDeque;

/// More lines than this are not kept.
const MAX_LINES: usize = 20;
/// A longer line is cut.
const MAX_LINE: usize = 2000;

/// The last lines that were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    /// A line that has no end yet.
    open: String,
}

impl Tail {
    /// Takes what was written, and returns the lines that this completes.
    pub(super) fn push(&mut self, text: &str) -> Vec<String> {
        let mut complete = Vec::new();
        for part in text.split_inclusive('\n') {
            let (line, ends) = match part.strip_suffix('\n') {
                Some(line) => (line, true),
                None => (part, false),
            };
            let room = MAX_LINE.saturating_sub(self.open.len());
            self.open.push_str(cut(line, room));
            if ends {
                complete.push(self.close());
            }
        }
        complete
    }

    /// Ends the line that has no end yet, and returns it.
    pub(super) fn end(&mut self) -> Option<String> {
        (!self.open.is_empty()).then(|| self.close())
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        let open = Some(self.open.as_str()).filter(|open| !open.is_empty());
        self.lines.iter().map(String::as_str).chain(open)
    }

    fn close(&mut self) -> String {
        let line = std::mem::take(&mut self.open);
        let line = overwritten(&line).to_owned();
        if self.lines.len() == MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.clone());
        line
    }
}

/// The beginning of a text, no more than `bytes` of it.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let mut ends = (0..=bytes.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// What is left to see of a line that returns to its beginning, as bars of progress do.
fn overwritten(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rsplit('\r').next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_lines() {
        let mut tail = Tail::default();
        assert_eq!(tail.push("one\ntw"), ["one"]);
        assert_eq!(tail.push("o\r\n10 %\r20 %\nthree"), ["two", "20 %"]);
        assert_eq!(
            tail.lines().collect::<Vec<_>>(),
            ["one", "two", "20 %", "three"]
        );
        assert_eq!(tail.end().as_deref(), Some("three"));
        assert_eq!(tail.end(), None);
    }

    #[test]
    fn only_the_last_lines_are_kept_and_long_ones_are_cut() {
        let mut tail = Tail::default();
        for number in 0..100 {
            tail.push(&format!("{number}\n"));
        }
        tail.push(&"é".repeat(10_000));
        let lines: Vec<&str> = tail.lines().collect();
        assert_eq!(lines.first(), Some(&"80"));
        assert_eq!(lines.last().map(|line| line.len()), Some(MAX_LINE));
    }
}
