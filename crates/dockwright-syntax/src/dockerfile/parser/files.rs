//! `COPY`, `ADD` and `VOLUME`

use super::arguments::Arguments;
use super::heredocs::redirection;
use super::json::Array;
use super::problems::Problems;
use super::words;
use crate::Text;
use crate::dockerfile::{Copy, CopySource, InstructionKind};

/// The sources and the destination.
pub(super) fn read(parts: Arguments<'_>, problems: &mut Problems) -> Option<Copy> {
    let name = parts.name;
    let exec_form = matches!(parts.array, Array::Strings(_));
    let mut paths = list(parts.array, parts.text);
    let destination = paths.pop();
    let Some(destination) = destination.filter(|_| !paths.is_empty()) else {
        let span = if parts.text.value.is_empty() {
            parts.keyword
        } else {
            parts.text.span
        };
        problems.refuse(span, format!("{name} needs a source and a destination"));
        return None;
    };
    if let Ok(Some(_)) = redirection(&destination.value) {
        problems.refuse(
            destination.span,
            format!("a here-document cannot be the destination of {name}"),
        );
    }
    let source = |path: Text| {
        let name = redirection(&path.value)
            .ok()
            .flatten()
            .map(|found| found.name);
        // Of several with one name, the last counts.
        let index = name.and_then(|name| {
            let mut heredocs = parts.heredocs.iter();
            heredocs.rposition(|heredoc| heredoc.name.value == name)
        });
        index.map_or(CopySource::Path(path), CopySource::Heredoc)
    };
    Some(Copy {
        sources: paths.into_iter().map(source).collect(),
        destination,
        exec_form,
    })
}

/// `VOLUME path …` or a JSON array
pub(super) fn volume(parts: Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let keyword = parts.keyword;
    let name = parts.name;
    let paths: Vec<Text> = list(parts.array, parts.text)
        .iter()
        .map(|path| words::trim(path, 0))
        .collect();
    if paths.is_empty() {
        problems.refuse(keyword, format!("{name} needs at least one argument"));
        return InstructionKind::Invalid;
    }
    if let Some(empty) = paths.iter().find(|path| path.value.is_empty()) {
        problems.refuse(empty.span, "the path of a volume cannot be empty");
    }
    InstructionKind::Volume(paths)
}

fn list(array: Array, text: &Text) -> Vec<Text> {
    match array {
        Array::Strings(elements) => elements.into_iter().map(|element| element.text).collect(),
        Array::No | Array::Mixed(_) => words::fields(text),
    }
}
