//! `FROM`

use super::arguments::Arguments;
use super::problems::Problems;
use super::words;
use crate::Spanned;
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::{From, InstructionKind};

pub(super) fn read(parts: &Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let mut fields = words::fields(parts.text).into_iter();
    let Some(image) = fields.next() else {
        return parts.missing(problems);
    };
    let (keyword, name, more) = (fields.next(), fields.next(), fields.next());
    let is_as = |word: &str| word.eq_ignore_ascii_case("as");
    let alias = match (keyword, name, more) {
        (None, ..) => None,
        (Some(keyword), Some(name), None) if is_as(&keyword.value) => {
            if !is_stage_name(&name.value.to_lowercase()) {
                problems.refuse_with_help(
                    name.span,
                    format!("`{}` cannot name a stage", excerpt(&name.value)),
                    "a name begins with a letter; letters, digits, `-`, `_` and `.` may follow",
                );
            }
            Some(Spanned::new(name.value, name.span))
        }
        _ => {
            problems.refuse_with_help(
                parts.text.span,
                "FROM takes an image, or an image and the name of the stage",
                "write FROM image, or FROM image AS name",
            );
            None
        }
    };
    InstructionKind::From(From { image, alias })
}

fn is_stage_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|ch| ch.is_ascii_lowercase())
        && chars.all(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || "-_.".contains(ch))
}
