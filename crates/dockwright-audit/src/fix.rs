//! How a finding can be repaired.

use dockwright_environment::{Document, DocumentId, Documents, Location, TreePath};
use dockwright_syntax::Span;

/// A change that repairs what a finding is about: all of it is made, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command without a full stop: "write `build`".
    pub title: String,
    /// How sure it is here.
    pub safety: Safety,
    /// Why it is that sure, as one clause without a full stop.
    pub why: String,
    /// What of an image's configuration it means to change, though it is safe.
    pub changes: Vec<Aspect>,
    /// New text in documents.
    pub edits: Vec<Edit>,
    /// What becomes of whole files.
    pub files: Vec<FileFix>,
}

/// How sure a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// The images that come out are the same, or differ only by what the rule says.
    Safe,
    /// Needs a build and a look.
    Unsafe,
    /// Shown, never applied: something in it is for a person to fill in.
    Display,
}

/// A part of an image's effective configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What `FROM` starts from, and with it all that is inherited.
    Base,
    /// `ENV`
    Environment,
    /// `USER`
    User,
    /// `WORKDIR`
    WorkingDirectory,
    /// `ENTRYPOINT` and `CMD`
    Command,
    /// `EXPOSE`
    Ports,
    /// `VOLUME`
    Volumes,
    /// `LABEL`
    Labels,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    StopSignal,
    /// `HEALTHCHECK`
    Healthcheck,
    /// What is copied, from where and to where.
    Copies,
}

/// New text at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// What is replaced; an empty span where text is put in.
    pub location: Location,
    /// The new text. Its line endings become those of the file.
    pub text: String,
}

/// What becomes of a whole file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileFix {
    /// There is one where there was none.
    Create {
        /// Where.
        path: TreePath,
        /// What is in it.
        text: String,
    },
    /// It is at another path, and what names it is reworded.
    Move {
        /// The path that it has.
        from: TreePath,
        /// The path that it gets.
        to: TreePath,
    },
}

impl Safety {
    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Display => "display",
        }
    }
}

impl Aspect {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "the base",
            Self::Environment => "ENV",
            Self::User => "USER",
            Self::WorkingDirectory => "WORKDIR",
            Self::Command => "ENTRYPOINT and CMD",
            Self::Ports => "EXPOSE",
            Self::Volumes => "VOLUME",
            Self::Labels => "LABEL",
            Self::Shell => "SHELL",
            Self::StopSignal => "STOPSIGNAL",
            Self::Healthcheck => "HEALTHCHECK",
            Self::Copies => "what is copied",
        }
    }
}

impl Fix {
    /// A fix after which the images are the same, or differ only by what the rule says.
    pub fn safe(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Safety::Safe, title, why)
    }

    /// A fix that needs a build and a look.
    pub fn with_care(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Safety::Unsafe, title, why)
    }

    /// A fix that is shown and never applied.
    pub fn to_show(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(Safety::Display, title, why)
    }

    /// A fix that does nothing yet.
    pub fn new(safety: Safety, title: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            safety,
            why: why.into(),
            changes: Vec::new(),
            edits: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Puts text in the place of other text.
    #[must_use]
    pub fn replace(mut self, location: Location, text: impl Into<String>) -> Self {
        let text = text.into();
        self.edits.push(Edit { location, text });
        self
    }

    /// Puts text in at an offset.
    #[must_use]
    pub fn insert(self, document: DocumentId, offset: u32, text: impl Into<String>) -> Self {
        self.replace(Location::new(document, point(offset)), text)
    }

    /// Takes text away.
    #[must_use]
    pub fn delete(self, location: Location) -> Self {
        self.replace(location, "")
    }

    /// Takes the whole lines away that a place is on. Nothing else stands on them.
    #[must_use]
    pub fn delete_lines(self, document: &Document, span: Span) -> Self {
        let lines = lines(&document.text, span);
        self.delete(Location::new(document.id, lines))
    }

    /// Puts a line in behind the one on which `span` ends, with the indentation of the one on which
    /// it starts.
    #[must_use]
    pub fn insert_line_after(self, document: &Document, span: Span, line: &str) -> Self {
        let lines = lines(&document.text, span);
        let text = lines.of(&document.text);
        let indentation = indentation(text);
        let text = if text.ends_with('\n') {
            format!("{indentation}{line}\n")
        } else {
            format!("\n{indentation}{line}")
        };
        self.insert(document.id, lines.end, text)
    }

    /// Makes a new file.
    #[must_use]
    pub fn create(mut self, path: TreePath, text: impl Into<String>) -> Self {
        let text = text.into();
        self.files.push(FileFix::Create { path, text });
        self
    }

    /// Moves a file, and rewords what names it.
    #[must_use]
    pub fn relocate(mut self, from: TreePath, to: TreePath) -> Self {
        self.files.push(FileFix::Move { from, to });
        self
    }

    /// Says what of an image's configuration it means to change.
    #[must_use]
    pub fn changing(mut self, aspect: Aspect) -> Self {
        self.changes.push(aspect);
        self
    }

    /// The edits in files of their own, with the line endings of these. `None` where one of them
    /// stands in a document inside another and cannot be carried over to it byte by byte.
    pub fn outermost(&self, documents: &Documents) -> Option<Vec<Edit>> {
        let edits = self.edits.iter();
        edits.map(|edit| carry_over(edit, documents)).collect()
    }
}

fn point(offset: u32) -> Span {
    Span {
        start: offset,
        end: offset,
    }
}

/// The blanks that a line begins with.
pub(crate) fn indentation(line: &str) -> &str {
    let length = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..length).unwrap_or_default()
}

/// The lines that a span is on, with the ending of the last.
pub(crate) fn lines(text: &str, span: Span) -> Span {
    let before = text.get(..span.start as usize).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    // The end of a line belongs to it.
    let last = span.end.max(span.start + 1) as usize - 1;
    let rest = text.as_bytes().get(last..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n');
    Span::new(start, end.map_or(text.len(), |at| last + at + 1))
}

fn carry_over(edit: &Edit, documents: &Documents) -> Option<Edit> {
    let document = documents.get(edit.location.document);
    if document.embedded.is_none() {
        let is_crlf = document
            .text
            .split_once('\n')
            .is_some_and(|(line, _)| line.ends_with('\r'));
        let mut edit = edit.clone();
        if is_crlf {
            edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        return Some(edit);
    }
    let location = documents.outermost(edit.location);
    let text = documents.text(location);
    let is_verbatim = text == documents.text(edit.location);
    // What stands around it may be indented, or a quoted string.
    let is_plain = !edit.text.contains(['\n', '"', '\'', '\\']) && !text.contains('\n');
    (is_verbatim && is_plain).then(|| Edit {
        location,
        text: edit.text.clone(),
    })
}

/// A text with edits made. `None` where two of them are at the same place or a span does not fit.
pub fn splice(text: &str, edits: &[(Span, &str)]) -> Option<String> {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|(span, _)| *span);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    let mut last = None;
    for (span, new) in sorted {
        let range = span.range();
        if last == Some(span) && span.is_empty() {
            return None;
        }
        result.push_str(text.get(at..range.start)?);
        result.push_str(new);
        text.get(range.clone())?;
        at = range.end;
        last = Some(span);
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edits_change_nothing_but_their_spans() {
        let edit = |start, end, text| (Span::new(start, end), text);
        let spliced = |edits: &[_]| splice("one two three", edits);
        let all = [edit(4, 7, "2"), edit(0, 0, "> "), edit(13, 13, "!")];
        assert_eq!(spliced(&all).as_deref(), Some("> one 2 three!"));
        assert_eq!(spliced(&[edit(0, 5, ""), edit(4, 7, "2")]), None);
        assert_eq!(spliced(&[edit(4, 4, "a"), edit(4, 4, "b")]), None);
        assert_eq!(spliced(&[edit(4, 40, "")]), None);
    }

    #[test]
    fn whole_lines_have_their_ending() {
        let text = "a\n  b \\\n  c\nd";
        let of = |start, end| lines(text, Span::new(start, end)).of(text);
        assert_eq!(of(4, 5), "  b \\\n");
        assert_eq!(of(4, 11), "  b \\\n  c\n");
        assert_eq!(of(1, 1), "a\n");
        assert_eq!(of(12, 13), "d");
    }

    proptest! {
        /// Whatever is edited, every byte outside the spans is where it was.
        #[test]
        fn no_byte_outside_the_spans_changes(
            pieces in prop::collection::vec(("[a-zé\\n]{0,6}", "[a-z ]{0,4}", "\\PC{0,4}"), 0..8),
            tail in "\\PC{0,6}",
        ) {
            let (mut before, mut after, mut edits) = (String::new(), String::new(), Vec::new());
            for (kept, old, new) in &pieces {
                before += kept;
                after += kept;
                let start = before.len();
                before += old;
                after += new;
                // Nothing may be put in twice at one place.
                let span = Span::new(start, before.len());
                if edits.iter().any(|(other, _)| *other == span) {
                    return Ok(());
                }
                edits.push((span, new.as_str()));
            }
            before += &tail;
            after += &tail;
            edits.reverse();
            prop_assert_eq!(splice(&before, &edits), Some(after));
        }
    }
}
