//! Instructions that move to another line.

use dockwright_environment::Document;
use dockwright_syntax::Span;

use crate::fix::Fix;

/// Moves instructions, in order, behind the line on which `behind` ends. `None` where a comment stands right
/// above one, as it may belong to it, or where something else is on its first line.
pub(crate) fn moved_behind(
    document: &Document,
    spans: &[Span],
    behind: Span,
    mut fix: Fix,
) -> Option<Fix> {
    let text = &document.text;
    let mut moved = String::new();
    for span in spans {
        let before = text
            .get(..span.start as usize)?
            .trim_end_matches([' ', '\t']);
        if !before.is_empty() && !before.ends_with('\n') {
            return None;
        }
        let above = before.trim_end_matches(['\r', '\n']).rsplit('\n').next()?;
        let is_blank = before.ends_with("\n\n");
        if above.trim_start().starts_with('#') && !is_blank {
            return None;
        }
        moved.push_str(&span.of(text).replace('\r', ""));
        moved.push('\n');
        fix = fix.delete_lines(document, *span);
    }
    let rest = text.get(behind.end as usize..)?;
    Some(match rest.find('\n') {
        Some(line) => {
            let at = behind.end + u32::try_from(line).ok()? + 1;
            fix.insert(document.id, at, moved)
        }
        None => fix.insert(document.id, behind.end, format!("\n{}", moved.trim_end())),
    })
}
