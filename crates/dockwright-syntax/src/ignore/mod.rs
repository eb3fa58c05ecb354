//! Ignore files: `.dockerignore` and `<Dockerfile>.dockerignore`.
//!
//! Reading and matching follow the engine, which differs from git: patterns are anchored at the
//! context's root, what matches a directory matches all below it, and the last match decides.
//! Facts: `github.com/moby/patternmatcher` and Go's `path/filepath`.

pub mod filepath;
mod glob;
mod matcher;
mod regexp;

pub use matcher::Matched;

use crate::{Problem, Span};
use glob::Glob;

/// The longest line the engine reads, in bytes.
const MAX_LINE: usize = 64 * 1024 - 1;

/// An ignore file.
#[derive(Clone, Debug, Default)]
pub struct IgnoreFile {
    /// The patterns, in order; the last one that matches decides.
    pub patterns: Vec<Pattern>,
    /// The comments, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// What makes the engine refuse the file.
    pub problems: Vec<Problem>,
}

/// One line of an ignore file that is no comment.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The line without surrounding white space, `!` included.
    pub span: Span,
    /// The pattern as the engine matches it: without `!`, cleaned, relative to the context.
    pub text: String,
    /// Whether it begins with `!` and so includes again what an earlier one excluded.
    pub negated: bool,
    glob: Glob,
}

/// The most patterns that are read: each is asked about each path.
const MAX_PATTERNS: usize = 10_000;

/// Reads an ignore file.
pub fn parse(source: &str) -> IgnoreFile {
    let mut file = IgnoreFile::default();
    let mut next = 0;
    for line in source.split_inclusive('\n') {
        let mut start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = match line.strip_prefix('\u{feff}') {
            Some(rest) if start == 0 => {
                start = '\u{feff}'.len_utf8();
                rest
            }
            _ => line,
        };
        if file.patterns.len() >= MAX_PATTERNS {
            let message = format!("more than {MAX_PATTERNS} patterns; the rest is not read");
            file.problems.push(Problem::new(Span::at(start), message));
            break;
        }
        file.line(line, start);
    }
    file
}

impl IgnoreFile {
    fn line(&mut self, line: &str, start: usize) {
        let trimmed = line.trim();
        let start = start + (line.len() - line.trim_start().len());
        let span = Span::new(start, start + trimmed.len());
        if line.starts_with('#') {
            self.comments.push(span);
            return;
        }
        if line.len() > MAX_LINE {
            self.problems.push(Problem::new(
                span,
                format!("a line of more than {MAX_LINE} bytes, which the engine refuses"),
            ));
            return;
        }
        if trimmed.is_empty() {
            return;
        }
        let (negated, text) = normalised(trimmed);
        if negated && text.is_empty() {
            self.problems.push(Problem::new(
                span,
                "`!` without a pattern, which the engine refuses",
            ));
            return;
        }
        let glob = Glob::compile(&text);
        if glob.is_none() {
            self.problems.push(Problem::new(
                span,
                "the engine refuses this pattern: its syntax is wrong",
            ));
        }
        self.patterns.push(Pattern {
            span,
            text,
            negated,
            glob: glob.unwrap_or(Glob::Nothing),
        });
    }
}

/// Whether a line includes again, and its pattern.
///
/// The engine normalises twice, once as it reads the file and once as it compiles: only so does
/// `./!a` become negated, or `/ a` lose its blank.
fn normalised(line: &str) -> (bool, String) {
    let (mark, written) = match line.strip_prefix('!') {
        Some(written) => ("!", written.trim()),
        None => ("", line),
    };
    let mut text = mark.to_owned();
    if !written.is_empty() {
        let path = filepath::clean(written);
        let relative = path
            .strip_prefix('/')
            .filter(|relative| !relative.is_empty());
        text.push_str(relative.unwrap_or(&path));
    }
    let text = filepath::clean(text.trim());
    match text.strip_prefix('!') {
        Some(text) => (true, text.to_owned()),
        None => (false, text),
    }
}

impl Pattern {
    /// Whether the pattern itself matches `path`; directories above it are not asked.
    pub fn matches(&self, path: &str) -> bool {
        self.glob.matches(path)
    }

    /// Whether the pattern itself may match a path strictly below `directory`. Errs on the side
    /// of yes.
    pub fn may_match_below(&self, directory: &str) -> bool {
        self.glob.may_match_below(&self.text, directory)
    }
}
