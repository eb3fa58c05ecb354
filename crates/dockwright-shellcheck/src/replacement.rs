//! What a checker would write instead.

/// New text for a part of a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// The first byte that is replaced.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// The new text.
    pub text: String,
}

impl Replacement {
    /// Several replacements in `source` as one, so that two quotes are never put in at one place. `None`
    /// where there is nothing to do, or they overlap.
    pub(crate) fn merged(source: &str, mut parts: Vec<Self>) -> Option<Self> {
        parts.sort_by_key(|it| (it.start, it.end));
        let start = parts.first()?.start;
        let mut end = start;
        let mut text = String::new();
        for part in parts {
            text.push_str(source.get(end..part.start)?);
            text.push_str(&part.text);
            source.get(part.start..part.end)?;
            end = part.end;
        }
        Some(Self { start, end, text })
    }

    /// The same in a script that begins at `offset` of this one.
    pub(crate) fn behind(mut self, offset: usize) -> Option<Self> {
        self.start = self.start.checked_sub(offset)?;
        self.end = self.end.checked_sub(offset)?;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_become_one() {
        let part = |start, end, text: &str| Replacement {
            start,
            end,
            text: text.to_owned(),
        };
        let merged = |parts| Replacement::merged("rm $x y", parts);
        let quoted = merged(vec![part(5, 5, "\""), part(3, 3, "\"")]);
        assert_eq!(quoted, Some(part(3, 5, "\"$x\"")));
        assert_eq!(merged(vec![part(0, 4, ""), part(3, 5, "")]), None);
        assert_eq!(merged(Vec::new()), None);
    }
}
