//! Markdown documents: commands that a reader types, links, and drawings of directory trees.

use dockwright_syntax::markdown::{self, InlineCode, Listing};
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::{Spanned, Text};

use super::Host;
use super::names::speaks_of_docker;
use crate::TreePath;
use crate::commands::{Directory, PROGRAMS};
use crate::mentions::PathRole;

/// Endings of files that a repository holds itself, unlike the pages of a site.
const LINKED: &[&str] = &[
    "md", "yml", "yaml", "json", "toml", "sh", "hcl", "env", "conf", "txt", "py", "go", "rs", "js",
    "ts", "png", "jpg", "svg", "gif",
];

pub(super) fn read(host: &mut Host<'_>) {
    let document = markdown::parse(&host.document.text);
    for block in &document.blocks {
        match block.listing() {
            Some(listing) => host.listing(&listing),
            None => {
                if let Some(commands) = block.commands() {
                    host.typed(&commands);
                }
            }
        }
    }
    for code in &document.codes {
        host.inline(code);
    }
    for link in &document.links {
        host.link(link);
    }
}

impl Host<'_> {
    /// Commands that a reader types.
    fn typed(&mut self, text: &Text) {
        let directory = self.anywhere();
        self.shell(text, Dialect::Bash, directory, Vec::new());
    }

    fn inline(&mut self, code: &InlineCode) {
        let text = code.text.value.trim();
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let rest = words.count();
        if rest > 1 && PROGRAMS.contains(&first) {
            self.typed(&code.text);
        } else if rest == 0 && text.contains('/') && speaks_of_docker(text) && self.has_start(text)
        {
            let directory = self.anywhere();
            self.path(&code.text, PathRole::Prose, &directory);
        }
    }

    /// Whether the first directory of a path is there: else it is one of somebody else.
    fn has_start(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./");
        let first = path.split('/').next().unwrap_or_default();
        let places = self.anywhere().resolve(first);
        places.iter().any(|place| self.tree.entry(place).is_some())
    }

    fn link(&mut self, link: &Spanned<String>) {
        let target = link.value.split(['#', '?']).next().unwrap_or_default();
        let name = target.rsplit('/').next().unwrap_or_default();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_file = LINKED.contains(&ending) || speaks_of_docker(target);
        if !is_file || target.starts_with('/') || target.contains('%') || target.contains("://") {
            return;
        }
        // A page that is put together elsewhere links from another place.
        let here = Directory::at(self.directory());
        let span = dockwright_syntax::Span::new(
            link.span.start as usize,
            link.span.start as usize + target.len().min(link.span.len()),
        );
        self.path(&Text::verbatim(target, span), PathRole::Link, &here);
    }

    fn listing(&mut self, listing: &Listing) {
        let root = listing.root.as_deref().unwrap_or(".");
        let own_name = |name: &str| {
            let last = name.rsplit('/').next().unwrap_or(name);
            self.repository.as_deref() == Some(last)
        };
        let base = if matches!(root, "." | "./" | "/" | "") {
            self.anywhere()
        } else if own_name(root) {
            Directory::at(TreePath::root())
        } else {
            self.anywhere().enter(self.tree, root)
        };
        // A drawing of which hardly anything is there draws something else.
        let is_there = |path: &str| {
            let places = base.resolve(path);
            places.iter().any(|place| self.tree.entry(place).is_some())
        };
        let there = listing
            .entries
            .iter()
            .filter(|entry| is_there(&entry.path))
            .count();
        if there * 2 < listing.entries.len() {
            return;
        }
        for entry in listing
            .entries
            .iter()
            .filter(|entry| speaks_of_docker(&entry.path))
        {
            let text = Text::verbatim(entry.path.clone(), entry.span);
            self.path(&text, PathRole::Listing, &base);
        }
    }
}
