//! What the text files of a repository mention: a plain search for names and paths, for what no
//! reader of a format finds.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::tree::{Entry, EntryKind};
use crate::{Environment, TreePath};

/// The largest file that is searched, in bytes.
const MAX_FILE_BYTES: u64 = 512 << 10;
/// How much is searched in all, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Ends of names of files that hold no text, or none that a person wrote.
const NOT_SEARCHED: &[&str] = &[
    "svg", "png", "jpg", "jpeg", "gif", "ico", "webp", "woff", "woff2", "ttf", "eot", "pdf", "zip",
    "gz", "tgz", "xz", "bz2", "jar", "class", "so", "a", "o", "exe", "dll", "wasm", "lock", "sum",
    "map", "snap", "css", "scss", "csv", "po", "mo", "mp4", "webm",
];

/// A file that is searched.
#[derive(Debug)]
pub struct TextFile {
    /// Where it is.
    pub path: TreePath,
    /// What it says.
    pub text: Arc<str>,
}

/// The text files of a tree, read when they are first asked for.
#[derive(Debug, Default)]
pub(crate) struct TextFiles(OnceLock<Vec<TextFile>>);

impl Environment {
    /// The text files of the repository, without those that git ignores, sorted by path. Files
    /// that are large or not UTF-8 are left out.
    pub fn text_files(&self) -> &[TextFile] {
        self.text_files.0.get_or_init(|| read(self))
    }
}

fn read(environment: &Environment) -> Vec<TextFile> {
    let mut left = MAX_BYTES;
    let entries: Vec<&Entry> = environment
        .tree
        .entries()
        .iter()
        .filter(|entry| {
            entry.kind == EntryKind::File && !entry.ignored && entry.size <= MAX_FILE_BYTES
        })
        .filter(|entry| {
            let extension = entry
                .path
                .file_name()
                .rsplit_once('.')
                .map_or("", |(_, extension)| extension);
            !NOT_SEARCHED.contains(&extension)
        })
        .take_while(|entry| {
            let fits = entry.size <= left;
            left = left.saturating_sub(entry.size);
            fits
        })
        .collect();
    let files = entries.par_iter().filter_map(|entry| {
        Some(TextFile {
            path: entry.path.clone(),
            text: text(environment, &entry.path)?,
        })
    });
    files.collect()
}

/// The text of a file, which may be a document that has been read.
fn text(environment: &Environment, path: &TreePath) -> Option<Arc<str>> {
    let document = environment.documents.by_path(path);
    let known = document.map(|document| &document.text);
    if let Some(known) = known.filter(|text| !text.is_empty()) {
        return Some(Arc::clone(known));
    }
    let bytes = environment.tree.read(path).ok()?;
    std::str::from_utf8(&bytes).ok().map(Arc::from)
}

impl TextFile {
    /// Whether it is a document for people.
    pub fn is_prose(&self) -> bool {
        let name = self.path.file_name().to_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        matches!(extension, "md" | "mdx" | "rst" | "adoc" | "txt" | "html") || name == "readme"
    }

    /// Whether `word` stands in it as a word of its own.
    pub fn mentions(&self, word: &str) -> bool {
        has_word(&self.text, word)
    }

    /// The lines in which `word` stands as a word of its own.
    pub fn lines_with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.places_of(word).map(|(_, line)| line)
    }

    /// Where `word` stands as a word of its own: the byte offset, and the line around it.
    pub fn places_of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        words(&self.text, word).map(|at| {
            let before = self
                .text
                .get(..at)
                .and_then(|text| text.rfind('\n'))
                .map_or(0, |end| end + 1);
            let rest = self.text.get(before..).unwrap_or_default();
            (at, rest.split('\n').next().unwrap_or_default())
        })
    }
}

/// Whether `word` stands in `text` as a word of its own: `web` does in `./web/` and `"web"`, but
/// not in `web-2`, `web.conf` or `my.web`.
pub fn has_word(text: &str, word: &str) -> bool {
    words(text, word).next().is_some()
}

fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let matches = text.match_indices(word).map(|(at, _)| at);
    matches.filter(move |at| !word.is_empty() && begins(text, *at) && ends(text, at + word.len()))
}

fn begins(text: &str, at: usize) -> bool {
    let mut before = text.get(..at).unwrap_or_default().chars().rev();
    match before.next() {
        Some('.') => !before.next().is_some_and(is_word),
        before => !before.is_some_and(is_word),
    }
}

fn ends(text: &str, at: usize) -> bool {
    let mut after = text.get(at..).unwrap_or_default().chars();
    match after.next() {
        Some('.') => !after.next().is_some_and(is_word),
        after => !after.is_some_and(is_word),
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_a_part_of_another() {
        for text in [
            "web",
            "./web/",
            "\"web\"",
            "the web.",
            "a/web/Dockerfile",
            "TARGET=web",
            "web:latest",
        ] {
            assert!(has_word(text, "web"), "{text}");
        }
        for text in ["web-2", "web.conf", "my.web", "cobweb", "web_1", ""] {
            assert!(!has_word(text, "web"), "{text}");
        }
        assert!(!has_word("web", ""));
    }

    #[test]
    fn a_line_is_found_with_its_word() {
        let file = TextFile {
            path: TreePath::root(),
            text: Arc::from("a\ndocker build --target web .\nwebs\nweb"),
        };
        assert_eq!(
            file.lines_with("web").collect::<Vec<_>>(),
            ["docker build --target web .", "web"]
        );
    }
}
