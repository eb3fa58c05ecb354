//! Directory trees that are drawn with lines.

use crate::{Span, Text};

/// A drawing of a directory tree.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The directory above all of it, if its first line names one.
    pub root: Option<String>,
    /// What is in it.
    pub entries: Vec<ListingEntry>,
}

/// A file or directory in a [`Listing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingEntry {
    /// Its path below the root.
    pub path: String,
    /// Where its name stands in the source.
    pub span: Span,
    /// Whether it ends in a slash, or something is below it.
    pub directory: bool,
}

/// What lines are drawn with.
const STROKES: &[char] = &[
    '├', '└', '│', '─', '|', '`', '+', '-', '\\', ' ', '\u{a0}', '\t',
];

/// What begins a name.
const BRANCHES: [&str; 5] = ["├", "└", "|--", "`--", "+--"];

pub(super) fn of(text: &Text) -> Option<Listing> {
    let mut listing = Listing {
        root: None,
        entries: Vec::new(),
    };
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for line in text.value.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        let own = body.trim_start_matches(STROKES);
        let strokes = body.get(..body.len() - own.len()).unwrap_or_default();
        let name = name(own);
        if !BRANCHES.iter().any(|branch| strokes.contains(branch)) {
            if listing.entries.is_empty() && !own.is_empty() && strokes.is_empty() {
                listing.root = Some(name.trim_end_matches('/').to_owned());
            }
            continue;
        }
        if name.is_empty() || name.starts_with("..") || name.contains('…') {
            continue;
        }
        let depth = strokes.chars().count();
        above.retain(|(other, _)| *other < depth);
        let parents = above.iter().map(|(_, name)| name.as_str());
        let plain = name.trim_end_matches('/').trim_start_matches("./");
        let path: Vec<&str> = parents.chain([plain]).collect();
        let from = start + strokes.len();
        listing.entries.push(ListingEntry {
            path: path.join("/"),
            span: text.source_span(Span::new(from, from + name.len())),
            directory: name.ends_with('/'),
        });
        above.push((depth, plain.to_owned()));
    }
    let paths: Vec<String> = listing
        .entries
        .iter()
        .map(|entry| entry.path.clone())
        .collect();
    for (entry, next) in listing.entries.iter_mut().zip(paths.iter().skip(1)) {
        let below = next.strip_prefix(entry.path.as_str());
        entry.directory |= below.is_some_and(|below| below.starts_with('/'));
    }
    (listing.entries.len() > 1).then_some(listing)
}

/// The name at the start of a line, without the remark behind it.
fn name(line: &str) -> &str {
    let ends = ["  ", "\t", " #", " ←", " <-", " —", " –", " - ", " ("];
    let end = ends.iter().filter_map(|end| line.find(end)).min();
    line.get(..end.unwrap_or(line.len()))
        .unwrap_or_default()
        .trim_end()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn paths_are_put_together() {
        let source = "```\nshop/\n├── docker/           # images\n│   ├── Dockerfile.web\n│   └── compose/\n│       └── dev.yaml ← start here\n├── src\n└── ...\n```\n";
        let listing = parse(source).blocks[0].listing().unwrap();
        assert_eq!(listing.root.as_deref(), Some("shop"));
        let paths: Vec<(&str, bool)> = listing
            .entries
            .iter()
            .map(|it| (it.path.as_str(), it.directory))
            .collect();
        assert_eq!(
            paths,
            [
                ("docker", true),
                ("docker/Dockerfile.web", false),
                ("docker/compose", true),
                ("docker/compose/dev.yaml", false),
                ("src", false)
            ]
        );
        assert_eq!(listing.entries[3].span.of(source), "dev.yaml");
    }

    #[test]
    fn a_table_is_no_listing() {
        let text = Text::verbatim("| a | b |\n|---|---|\n| c | d |\n", Span::new(0, 30));
        assert!(of(&text).is_none_or(|listing| listing.entries.len() < 2));
    }
}
