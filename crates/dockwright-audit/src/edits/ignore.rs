//! Lines of ignore files.

use dockwright_environment::contexts::SharedContext;
use dockwright_environment::{Document, Environment};

use crate::Fix;

/// A pattern that matches just a path. `None` where a character of it would mean something else.
pub(crate) fn pattern(path: &str) -> Option<&str> {
    let is_plain = !path.contains(['*', '?', '[', ']', '\\', '\n', '\r']);
    let is_clean = path == path.trim() && !path.starts_with(['!', '#']) && !path.is_empty();
    (is_plain && is_clean).then_some(path)
}

/// Puts lines in at the end of the ignore file of a context, or makes one.
pub(crate) fn append(
    environment: &Environment,
    context: &SharedContext,
    fix: Fix,
    lines: &[String],
) -> Option<Fix> {
    let mut text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    let Some(ignore) = environment.ignore_of(context) else {
        let path = context.directory.join(".dockerignore")?;
        return Some(fix.create(path, text));
    };
    let document: &Document = environment.documents.get(ignore.document);
    if !document.text.is_empty() && !document.text.ends_with('\n') {
        text = format!("\n{}", text.trim_end_matches('\n'));
    }
    let end = u32::try_from(document.text.len()).ok()?;
    Some(fix.insert(document.id, end, text))
}
