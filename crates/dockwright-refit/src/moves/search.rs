//! Mentions that no reader of a format finds: a plain search for the paths that move.

use dockwright_environment::TreePath;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::tree::{EntryKind, Tree};
use dockwright_syntax::{LineIndex, Span};

use super::edits::Edits;
use super::paths::Moves;
use super::references::Reference;
use super::{Left, Move};
use crate::Context;

/// Adds what the search finds: to the edits where it is plain what it names, to the plan where it is not.
pub(super) fn search(
    cx: Context<'_>,
    moves: &Moves,
    references: &[Reference],
    edits: &mut Edits,
    plan: &mut Move,
) {
    let tree = cx.environment.tree.as_ref();
    for file in cx.environment.text_files() {
        let is_history = cx.options.history.contains(&file.path);
        for hit in hits(file, moves, tree) {
            let overlaps = |it: &Reference| {
                it.path == file.path && it.span.start < hit.span.end && hit.span.start < it.span.end
            };
            let is_known = references.iter().any(overlaps) || edits.touches(&file.path, hit.span);
            let is_listed = |list: &[Left]| {
                list.iter()
                    .any(|left| left.path == file.path && left.line == hit.line)
            };
            if is_known || is_listed(&plan.history) {
                continue;
            }
            let left = |why: &str| Left {
                path: file.path.clone(),
                line: hit.line,
                text: hit.span.of(&file.text).to_owned(),
                why: why.to_owned(),
            };
            if is_history {
                plan.history.push(left("it tells of the past"));
            } else if !hit.is_plain(file) || !edits.add(&file.path, hit.span, &hit.new) {
                plan.uncertain
                    .push(left("it is not known what it is relative to"));
            }
        }
    }
}

/// A path that stands in a text.
struct Hit {
    span: Span,
    line: usize,
    new: String,
    /// Whether nothing that could be a directory stands before it.
    begins: bool,
}

fn hits(file: &TextFile, moves: &Moves, tree: &dyn Tree) -> Vec<Hit> {
    let here = file.path.parent().unwrap_or_else(TreePath::root);
    let mut found: Vec<Hit> = Vec::new();
    for (old, new) in &moves.roots {
        let near = old.seen_from(&here);
        let far = new.seen_from(
            &moves
                .map(&file.path)
                .parent()
                .unwrap_or_else(TreePath::root),
        );
        let mut needles = vec![(old.as_str().to_owned(), new.as_str().to_owned())];
        if near.contains('/') && near != old.as_str() {
            needles.push((near, far));
        }
        for (needle, new) in needles {
            let places = file.text.match_indices(&needle).map(|(at, _)| at);
            let places: Vec<usize> = places
                .filter(|at| names(file, *at, &needle, old, moves, tree))
                .collect();
            if places.is_empty() {
                continue;
            }
            let lines = LineIndex::new(&file.text);
            for at in places {
                let span = Span::new(at, at + needle.len());
                if !found
                    .iter()
                    .any(|hit| hit.span.contains(span) || span.contains(hit.span))
                {
                    let before = token_before(&file.text, at);
                    found.push(Hit {
                        span,
                        line: lines.line(span.start),
                        new: new.clone(),
                        begins: matches!(before, "" | "/" | "./"),
                    });
                }
            }
        }
    }
    found
}

/// Whether what stands at a place can be the path that moves.
fn names(
    file: &TextFile,
    at: usize,
    needle: &str,
    old: &TreePath,
    moves: &Moves,
    tree: &dyn Tree,
) -> bool {
    let rest = file.text.get(at + needle.len()..).unwrap_or_default();
    let mut after = rest.chars();
    let is_directory = tree
        .entry(old)
        .is_some_and(|it| it.kind == EntryKind::Directory);
    let ends = match after.next() {
        Some('/') => is_directory,
        Some('.') => !after.next().is_some_and(is_part),
        next => !next.is_some_and(is_part),
    };
    let before = token_before(&file.text, at);
    let begins = before.is_empty() || before.ends_with('/') && !before.ends_with("../");
    if !ends || !begins {
        return false;
    }
    let here = file.path.parent().unwrap_or_else(TreePath::root);
    // A name by itself may be any word, and that of a neighbour.
    if !needle.contains('/') {
        let neighbour = here.join(needle).filter(|it| tree.entry(it).is_some());
        if !here.is_root() && neighbour.is_some_and(|it| !moves.is_moved(&it)) {
            return false;
        }
        let token: String = rest
            .chars()
            .take_while(|it| is_part(*it) || "./".contains(*it))
            .collect();
        let whole = TreePath::new(format!("{needle}{token}").trim_end_matches(['.', '/']));
        let is_there = token.len() > 1 && whole.is_some_and(|it| tree.entry(&it).is_some());
        let is_path = is_there || is_path_by_place(&file.text, at, rest);
        if is_directory && !is_path || !is_directory && !needle.contains(['.', '-', '_']) {
            return false;
        }
    }
    // A longer path, to something else.
    let longer = [TreePath::root(), here]
        .into_iter()
        .filter_map(|base| base.join(&format!("{before}{needle}")));
    let mut longer =
        longer.filter(|it| !before.trim_matches(['.', '/']).is_empty() && tree.entry(it).is_some());
    !longer.any(|it| !moves.is_moved(&it))
}

/// Keys whose values are directories, in workflows and other settings.
const DIRECTORY_KEYS: [&str; 6] = [
    "context",
    "path",
    "directory",
    "dir",
    "working-directory",
    "working_directory",
];

/// Whether a word is a path for where it stands: before `/*`, as the target of a link, or as the value
/// of a key that takes a directory.
fn is_path_by_place(text: &str, at: usize, rest: &str) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let key = line.trim_end_matches(['"', '\'', '/', '.']);
    let key = key.strip_suffix(": ").unwrap_or_default();
    let key = key
        .trim_start()
        .trim_start_matches("- ")
        .trim_matches(['"', '\'']);
    rest.starts_with("/*")
        || line.ends_with("](/")
        || line.ends_with("](") && rest.starts_with([')', '/'])
        || DIRECTORY_KEYS.contains(&key)
}

/// What stands before a place without a blank or quote between.
fn token_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let is_in = |letter: char| is_part(letter) || "./:$}{@~".contains(letter);
    let start = before.rfind(|letter| !is_in(letter));
    let start = start.map_or(0, |at| {
        at + before
            .get(at..)
            .and_then(|it| it.chars().next())
            .map_or(1, char::len_utf8)
    });
    let token = before.get(start..).unwrap_or_default();
    // `path:docker/x`
    if token.ends_with(':') { "" } else { token }
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

impl Hit {
    /// Whether it can only be the whole path from the root, and harms nothing where it stands.
    fn is_plain(&self, file: &TextFile) -> bool {
        if !self.begins {
            return false;
        }
        let (at, end) = (self.span.start as usize, self.span.end as usize);
        let before = file.text.get(..at).unwrap_or_default();
        let before = before.rsplit('\n').next().unwrap_or_default();
        let after = file.text.get(end..).unwrap_or_default();
        let after = after.split('\n').next().unwrap_or_default().trim_end();
        file.is_prose()
            || is_comment(before)
            || is_rule(&file.path, before)
            || is_value(&file.path, before, after)
    }
}

fn is_comment(before: &str) -> bool {
    let line = before.trim_start();
    ["#", "//", "/*", "* ", "<!--"]
        .iter()
        .any(|mark| line.starts_with(mark))
        || before.contains(" # ")
}

/// A line of a file that says something of paths from the root: `CODEOWNERS`, `.gitattributes`, the
/// ignore files of git and other tools.
fn is_rule(path: &TreePath, before: &str) -> bool {
    let name = path.file_name();
    let is_root = path.parent().is_some_and(|it| it.is_root());
    let is_kind = name == "CODEOWNERS"
        || is_root
            && (name == ".gitattributes" || name.starts_with('.') && name.ends_with("ignore"));
    is_kind && matches!(before, "" | "/" | "!" | "!/")
}

/// The whole value of a setting, or a path of a workflow's filter.
fn is_value(path: &TreePath, before: &str, after: &str) -> bool {
    let name = path.file_name();
    let extension = name.rsplit_once('.').map_or("", |it| it.1);
    if !matches!(extension, "yml" | "yaml" | "json" | "toml" | "ini" | "cfg") {
        return false;
    }
    let line = before.trim_start().trim_end_matches(['"', '\'', '!']);
    let begins = line.is_empty()
        || line.ends_with(": ")
        || line.ends_with("- ")
        || line.ends_with('=')
        || line.ends_with("= ")
        || line.ends_with('[')
        || line.ends_with(", ");
    let is_filter = path.as_str().starts_with(".github/workflows/") && line.ends_with("- ");
    let after = after.trim_start_matches(['"', '\'']);
    begins
        && (after.is_empty()
            || after.starts_with([',', ']', '#'])
            || is_filter && after.starts_with('/'))
}
