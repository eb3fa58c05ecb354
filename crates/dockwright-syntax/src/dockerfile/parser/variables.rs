//! `ARG`, `ENV` and `LABEL`

use super::arguments::Arguments;
use super::problems::Problems;
use super::words;
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::{Assignment, InstructionKind};
use crate::{Span, Text};

/// `ARG name[=default] …`
pub(super) fn arg(parts: &Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let words = words::quoted(parts.text, parts.escape);
    if words.is_empty() {
        return parts.missing(problems);
    }
    let assignments: Vec<Assignment> = words.iter().map(assignment).collect();
    check_names(&assignments, parts, problems);
    InstructionKind::Arg(assignments)
}

/// `ENV name=value …` or `ENV name value`, and the same for `LABEL`
pub(super) fn pairs(parts: &Arguments<'_>, problems: &mut Problems) -> Vec<Assignment> {
    let words = words::quoted(parts.text, parts.escape);
    let Some(first) = words.first() else {
        parts.missing(problems);
        return Vec::new();
    };
    if !first.value.contains('=') {
        return legacy(parts, problems).into_iter().collect();
    }
    if let Some(word) = words.iter().find(|word| !word.value.contains('=')) {
        problems.syntax(
            word.span,
            format!(
                "`{}` has no `=`; it must be name=value",
                excerpt(&word.value)
            ),
        );
    }
    let assignments: Vec<Assignment> = words.iter().map(assignment).collect();
    check_names(&assignments, parts, problems);
    assignments
}

/// `name value`: all that follows the name is the value.
fn legacy(parts: &Arguments<'_>, problems: &mut Problems) -> Option<Assignment> {
    let text = parts.text;
    let Some(end) = text.value.find(words::is_blank) else {
        problems.syntax(
            text.span,
            format!("{} needs a name and a value", parts.name),
        );
        return None;
    };
    let behind = text.value.get(end..).unwrap_or_default();
    let start = text.value.len() - behind.trim_start_matches(words::is_blank).len();
    Some(Assignment {
        span: text.span,
        name: text.slice(Span::new(0, end)),
        value: Some(words::tail(text, start)),
    })
}

fn assignment(word: &Text) -> Assignment {
    let (name, value) = words::split_equals(word);
    Assignment {
        span: word.span,
        name,
        value,
    }
}

fn check_names(assignments: &[Assignment], parts: &Arguments<'_>, problems: &mut Problems) {
    if let Some(blank) = assignments.iter().find(|one| one.name.value.is_empty()) {
        problems.refuse(
            blank.span,
            format!("{} needs a name before `=`", parts.name),
        );
    }
}
