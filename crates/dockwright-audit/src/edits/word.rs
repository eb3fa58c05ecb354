//! Words of an instruction or a command that go.

use dockwright_environment::{Document, Location};
use dockwright_syntax::Span;

use crate::fix::Fix;

/// Takes a word away with the blanks before it, those around the end of a continued line too. `None` where a
/// comment stands before it, which may be about it.
pub(crate) fn delete(fix: Fix, document: &Document, span: Span, escape: char) -> Option<Fix> {
    let before = document.text.get(..span.start as usize).unwrap_or_default();
    let mut kept = before;
    loop {
        let trimmed = kept.trim_end_matches([' ', '\t']);
        let line = trimmed
            .strip_suffix('\n')
            .map(|it| it.strip_suffix('\r').unwrap_or(it));
        match line.and_then(|line| line.trim_end_matches([' ', '\t']).strip_suffix(escape)) {
            Some(line) if !is_comment(line) => kept = line,
            _ => {
                kept = trimmed;
                break;
            }
        }
    }
    let is_behind_comment = kept.ends_with('\n');
    let span = Span::new(kept.len(), span.end as usize);
    (!is_behind_comment).then(|| fix.delete(Location::new(document.id, span)))
}

fn is_comment(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('#')
}
