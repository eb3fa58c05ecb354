//! The new text of a reference, in the form of the old one.

use dockwright_environment::{Environment, TreePath};
use dockwright_syntax::Span;

use super::paths::Moves;
use super::references::{Anchor, Kind, Reference};

/// What may stand before and after a path in a longer word.
const BEFORE: &str = "=,:\"'([{@! \t\n";
const AFTER: &str = ":,\"')]};#? \t\r\n/";

/// A new text, and the place in the file of the reference that gets it.
type Edit = (Span, String);

/// What a reference has to say so that it leads to the same file after the move; nothing where that is
/// what it says. An error is the reason why it cannot be told.
pub(super) fn reword(
    environment: &Environment,
    renamed: &Environment,
    moves: &Moves,
    reference: &Reference,
    counterpart: Option<&Reference>,
) -> Result<Option<Edit>, String> {
    let mut edit = None;
    let found = reference.found(environment.tree.as_ref());
    for (number, path) in &found {
        let Some(base) = reference.bases.get(*number) else {
            continue;
        };
        let word = Word {
            environment,
            renamed,
            moves,
            reference,
            counterpart: counterpart.filter(|it| it.bases.len() == reference.bases.len()),
            number: *number,
            base,
            wanted: moves.map(path),
        };
        let own = word.edit()?;
        if found.len() > 1 && own.is_some() && edit.as_ref().is_some_and(|known| *known != own) {
            return Err("it may name several files".to_owned());
        }
        edit = Some(own);
    }
    // What names a file that moves and one that stays says one thing for both.
    if found.len() > 1 && edit.as_ref().is_some_and(Option::is_some) {
        let count = found
            .iter()
            .filter(|(_, path)| moves.is_moved(path))
            .count();
        if count != found.len() && !moves.has_file(&reference.path) {
            return Err("it may name several files".to_owned());
        }
    }
    Ok(edit.flatten())
}

/// A reference, read as relative to one of its bases.
struct Word<'a> {
    environment: &'a Environment,
    renamed: &'a Environment,
    moves: &'a Moves,
    reference: &'a Reference,
    /// What is read in its place when the files have moved.
    counterpart: Option<&'a Reference>,
    number: usize,
    base: &'a TreePath,
    /// What it has to lead to.
    wanted: TreePath,
}

impl Word<'_> {
    fn edit(&self) -> Result<Option<Edit>, String> {
        let is_moved = self.moves.has_file(&self.reference.path);
        let new_base = self.new_base();
        let text = self.reference.text.as_str();
        let new_text = match self.counterpart.filter(|_| is_moved) {
            Some(counterpart) => counterpart.text.as_str(),
            None => text,
        };
        if new_base.join(new_text).as_ref() == Some(&self.wanted) {
            return Ok(None);
        }
        let written = self.reference.written(self.environment);
        if let Some(at) = self.find(written, text) {
            let new = self.spell(&self.wanted, &new_base, text)?;
            return Ok(Some(self.at(at, text.len(), new)));
        }
        if let Some(edit) = self.head(written, &new_base)? {
            return Ok(Some(edit));
        }
        self.tail(written, &new_base)
    }

    /// What it is relative to afterwards.
    fn new_base(&self) -> TreePath {
        let path = &self.reference.path;
        let is_moved = self.moves.has_file(path);
        let own = path.parent();
        match self.reference.anchor {
            Anchor::File if is_moved && own.as_ref() == Some(self.base) => {
                self.moves.map(path).parent().unwrap_or_else(TreePath::root)
            }
            Anchor::Read if is_moved => {
                let read = self.counterpart.and_then(|it| it.bases.get(self.number));
                read.cloned().unwrap_or_else(|| self.moves.map(self.base))
            }
            Anchor::File | Anchor::Read | Anchor::Directory => self.moves.map(self.base),
        }
    }

    /// `docker/$NAME/Dockerfile`, `make -C docker`: the directory at the start is what moves.
    fn head(&self, written: &str, new_base: &TreePath) -> Result<Option<Edit>, String> {
        let text = self.reference.text.as_str();
        for (cut, _) in text.rmatch_indices('/') {
            let (Some(head), Some(rest)) = (text.get(..cut), text.get(cut + 1..)) else {
                continue;
            };
            let Some(at) = self.find(written, head) else {
                continue;
            };
            let Some(directory) = self.base.join(head).map(|it| self.moves.map(&it)) else {
                continue;
            };
            if directory.join(rest).as_ref() == Some(&self.wanted) {
                let new = self.spell(&directory, new_base, head)?;
                return Ok(Some(self.at(at, head.len(), new)));
            }
        }
        Ok(None)
    }

    /// `$ROOT/docker/compose.yaml`: what stands before is a variable. Where that names what moves, the
    /// place that sets it gets the new text.
    fn tail(&self, written: &str, new_base: &TreePath) -> Result<Option<Edit>, String> {
        let text = self.reference.text.as_str();
        let apart = || "it is put together from parts".to_owned();
        let cuts = std::iter::once(0).chain(text.match_indices('/').map(|(at, _)| at + 1));
        for cut in cuts {
            let (Some(prefix), Some(rest)) = (text.get(..cut), text.get(cut..)) else {
                continue;
            };
            let is_listed = self.reference.kind
                == Kind::Mention(dockwright_environment::mentions::PathRole::Listing);
            let bare = written.trim_matches(['"', '\'']);
            let is_rest = !rest.is_empty()
                && (bare
                    .strip_suffix(rest)
                    .is_some_and(|before| before.ends_with('/'))
                    || is_listed && bare == rest);
            let Some(at) = written.rfind(rest).filter(|_| is_rest) else {
                continue;
            };
            let before = written.get(..at).unwrap_or_default();
            let directory = self.directory(prefix, rest, new_base).ok_or_else(apart)?;
            let tree = self.renamed.tree.as_ref();
            if !directory.is_root() && tree.entry(&directory).is_none() {
                return self
                    .assigned(prefix.trim_end_matches('/'), rest, new_base)
                    .map(Some)
                    .ok_or_else(apart);
            }
            let new = self.spell(&self.wanted, &directory, rest)?;
            // A name put in the middle may be another one the next time.
            let is_simple = before
                .trim_end_matches('/')
                .rsplit_once(")/")
                .map_or(before, |it| it.1);
            if new.starts_with("..")
                && is_simple.trim_end_matches('/').contains('/')
                && !rest.starts_with("..")
                && !before.contains("$(")
            {
                return Err(apart());
            }
            return Ok(Some(self.at(at, rest.len(), new)));
        }
        if !self
            .moves
            .is_moved(&self.base.join(text).unwrap_or_else(TreePath::root))
        {
            // What a script finds out about itself is right wherever it is.
            return Ok(None);
        }
        if self.counterpart.is_some_and(|it| {
            it.bases
                .get(self.number)
                .and_then(|base| base.join(&it.text))
                .as_ref()
                == Some(&self.wanted)
        }) {
            return Ok(None);
        }
        let edit = self.assigned(text, "", new_base);
        edit.map(Some).ok_or_else(apart)
    }

    /// What the variables before `rest` are after the move.
    fn directory(&self, prefix: &str, rest: &str, new_base: &TreePath) -> Option<TreePath> {
        if self.moves.has_file(&self.reference.path)
            && let Some(counterpart) = self.counterpart
        {
            let prefix = counterpart.text.strip_suffix(rest)?;
            return counterpart.bases.get(self.number)?.join(prefix);
        }
        new_base.join(prefix)
    }

    /// The only place of the file that says `value` as a whole.
    fn assigned(&self, value: &str, rest: &str, new_base: &TreePath) -> Option<Edit> {
        let document = self.environment.documents.by_path(&self.reference.path)?;
        let is_alone = |at: &usize| {
            let before = document
                .text
                .get(..*at)
                .and_then(|it| it.chars().next_back());
            let after = document
                .text
                .get(at + value.len()..)
                .and_then(|it| it.chars().next());
            before.is_some_and(|it| "=\"'".contains(it))
                && after.is_none_or(|it| "\"'; \t\r\n".contains(it))
        };
        let mut places = document
            .text
            .match_indices(value)
            .map(|(at, _)| at)
            .filter(is_alone);
        let at = places
            .next()
            .filter(|_| !value.is_empty() && places.next().is_none())?;
        let named = self.moves.map(&self.base.join(value)?);
        if named.join(rest).as_ref() != Some(&self.wanted) {
            return None;
        }
        let new = self.spell(&named, new_base, value).ok()?;
        Some((Span::new(at, at + value.len()), new))
    }

    /// The only place in a word at which a path stands by itself.
    fn find(&self, written: &str, text: &str) -> Option<usize> {
        let is_inside = matches!(self.reference.kind, Kind::Source | Kind::Pattern);
        let fits = |at: &usize| {
            let before = written.get(..*at).unwrap_or_default();
            let begins = match before.chars().next_back() {
                None => true,
                Some('/') => is_inside && matches!(before.trim_start_matches('!'), "/" | "./"),
                Some(letter) => BEFORE.contains(letter),
            };
            let after = written
                .get(at + text.len()..)
                .and_then(|it| it.chars().next());
            begins && after.is_none_or(|letter| AFTER.contains(letter))
        };
        let mut places = written.match_indices(text).map(|(at, _)| at).filter(fits);
        let first = places.next().filter(|_| !text.is_empty())?;
        places.next().is_none().then_some(first)
    }

    /// A path as it is seen from a directory, written as `old` is.
    fn spell(&self, path: &TreePath, from: &TreePath, old: &str) -> Result<String, String> {
        let seen = path.seen_from(from);
        let kind = self.reference.kind;
        if kind.stays_inside() && (seen.is_empty() || seen.starts_with("..")) {
            return Err(match kind {
                Kind::Source => format!("`{path}` would be outside of the build context `{from}`"),
                Kind::Pattern => {
                    format!("`{path}` would be outside of what the ignore file is for")
                }
                _ => "it stands in the drawing of another directory".to_owned(),
            });
        }
        let needs_dot = old.starts_with("./") || kind.needs_slash() && !seen.contains('/');
        let mut new = match seen.as_str() {
            "" => ".".to_owned(),
            seen if needs_dot && !seen.starts_with("..") => format!("./{seen}"),
            seen => seen.to_owned(),
        };
        if old.ends_with('/') && !new.ends_with('/') {
            new.push('/');
        }
        Ok(new)
    }

    fn at(&self, offset: usize, length: usize, text: String) -> Edit {
        let start = self.reference.span.start as usize + offset;
        (Span::new(start, start + length), text)
    }
}
