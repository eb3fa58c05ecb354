//! Documents that tell what was: they may name what is gone.

use crate::TreePath;
use crate::commands::Voice;
use crate::discovery::{DocumentKind, Excludes};

/// Files and directories that hold dated history, in lower case.
const DEFAULT: &[&str] = &[
    "changelog*",
    "changes",
    "changes.*",
    "history",
    "history.*",
    "news",
    "news.*",
    "releases.*",
    "release-notes*",
    "release_notes*",
    "releasenotes*",
    "whatsnew*",
    ".changeset",
    "changesets",
    "blog",
    "adr",
    "adrs",
    "decisions",
    "rfcs",
    "postmortems",
];

/// Which documents are history.
#[derive(Clone, Debug, Default)]
pub struct History {
    also: Option<Excludes>,
}

impl History {
    /// The usual ones, and those that match `patterns`; see [`Excludes::new`].
    pub fn new<P: AsRef<str>>(
        patterns: impl IntoIterator<Item = P>,
    ) -> Result<Self, globset::Error> {
        Ok(Self {
            also: Some(Excludes::new(patterns)?),
        })
    }

    /// Whether what a document says is about the past.
    pub fn contains(&self, path: &TreePath) -> bool {
        let is_usual = path.parts().any(|part| {
            let part = part.to_lowercase();
            is_dated(&part)
                || DEFAULT.iter().any(|name| match name.strip_suffix('*') {
                    Some(start) => part.starts_with(start),
                    None => part == *name,
                })
        });
        is_usual || self.also.as_ref().is_some_and(|also| also.contain(path))
    }

    /// Who speaks in a document.
    pub(crate) fn voice(&self, path: &TreePath, kind: DocumentKind) -> Voice {
        match kind {
            DocumentKind::Markdown if self.contains(path) => Voice::History,
            DocumentKind::Markdown => Voice::Prose,
            _ => Voice::Program,
        }
    }
}

/// Whether a name begins with a date: `2025-06-12-split.md`.
fn is_dated(name: &str) -> bool {
    let digits = |range| {
        let part: Option<&str> = name.get(range);
        part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let separator = name.as_bytes().get(4);
    digits(0..4)
        && separator.is_some_and(|byte| matches!(byte, b'-' | b'_' | b'.'))
        && digits(5..7)
        && matches!(name.get(0..2), Some("19" | "20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changelogs_and_dated_notes_are_history() {
        let history = History::new(["docs/archive"]).unwrap();
        let is = |path: &str| history.contains(&TreePath::new(path).unwrap());
        for path in [
            "CHANGELOG.md",
            "docs/changelog-2.x.md",
            "docs/updates/2025-06-12-split.md",
            "docs/adr/0001-use-bake.md",
            "docs/archive/old.md",
        ] {
            assert!(is(path), "{path}");
        }
        for path in ["README.md", "docs/changing.md", "docs/2025.md"] {
            assert!(!is(path), "{path}");
        }
    }
}
