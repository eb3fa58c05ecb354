//! Which paths of a context an ignore file excludes.

use super::{IgnoreFile, Pattern};

/// What an ignore file says of one path: the starting point for the paths below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// For every pattern, whether it matched here or above; empty at the root.
    patterns: Vec<bool>,
    /// The pattern that decides, by its index: the last one that matched.
    pub decided_by: Option<usize>,
    /// Whether the path is excluded.
    pub excluded: bool,
}

impl Matched {
    /// Whether the pattern at `index` matched this path or one above it.
    pub fn has_matched(&self, index: usize) -> bool {
        self.patterns.get(index).copied().unwrap_or_default()
    }
}

impl IgnoreFile {
    /// The pattern that decides about `path` (relative to the context, parts separated by `/`):
    /// excluded, or included again when it is negated. `None` when no pattern speaks of it.
    pub fn matches(&self, path: &str) -> Option<&Pattern> {
        self.patterns.get(self.matched(path).decided_by?)
    }

    /// Whether `path` is excluded. An excluded directory is sent all the same when something
    /// below it is not.
    pub fn excludes(&self, path: &str) -> bool {
        self.matched(path).excluded
    }

    /// What the file says of `path`, from the root down.
    pub fn matched(&self, path: &str) -> Matched {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        slashes
            .chain([path.len()])
            .filter_map(|end| path.get(..end))
            .fold(Matched::default(), |above, path| self.below(&above, path))
    }

    /// What the file says of `path`, which lies directly in the directory that `above` is about.
    ///
    /// The engine asks a pattern only when it would change the answer so far, and remembers for
    /// the paths below which ones it asked. So a pattern can have no effect below a directory
    /// that it was not asked about.
    #[must_use]
    pub fn below(&self, above: &Matched, path: &str) -> Matched {
        let mut matched = Matched {
            patterns: vec![false; self.patterns.len()],
            decided_by: None,
            excluded: false,
        };
        let remembered = above
            .patterns
            .iter()
            .copied()
            .chain(std::iter::repeat(false));
        let patterns = self.patterns.iter().zip(&mut matched.patterns);
        for (index, ((pattern, here), above)) in patterns.zip(remembered).enumerate() {
            let would_change = pattern.negated == matched.excluded;
            if above || (would_change && pattern.matches(path)) {
                *here = true;
                matched.decided_by = Some(index);
                matched.excluded = !pattern.negated;
            }
        }
        matched
    }

    /// Whether something below the excluded directory `path` may be included again.
    pub fn may_include_below(&self, path: &str) -> bool {
        let mut negated = self.patterns.iter().filter(|pattern| pattern.negated);
        negated.any(|pattern| pattern.may_match_below(path))
    }
}
