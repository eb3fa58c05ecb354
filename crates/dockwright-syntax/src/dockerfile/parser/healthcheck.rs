//! `HEALTHCHECK`

use super::arguments::{Arguments, command};
use super::json::{self, Array};
use super::problems::Problems;
use super::{duration, words};
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::{Command, InstructionKind};
use crate::{Span, Text};

/// The shortest interval, in nanoseconds; zero stands for the default.
const SHORTEST: u64 = 1_000_000;

/// Whether the arguments begin with `NONE`.
pub(super) fn is_none(text: &Text) -> bool {
    let kind = text.value.split_whitespace().next();
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("none"))
}

pub(super) fn read(parts: &Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let text = parts.text;
    if text.value.is_empty() {
        return parts.missing(problems);
    }
    let end = text
        .value
        .find(char::is_whitespace)
        .unwrap_or(text.value.len());
    let kind = text.value.get(..end).unwrap_or_default().to_uppercase();
    let rest = words::trim(text, end);
    let array = json::array(&rest);
    if let Array::Mixed(other) = array {
        problems.syntax(other, "a JSON array must hold strings only");
    }
    let is_empty = match &array {
        Array::Strings(elements) => elements.is_empty(),
        _ => rest.value.is_empty(),
    };
    if kind == "NONE" {
        if !is_empty {
            problems.refuse(rest.span, "HEALTHCHECK NONE takes no arguments");
        }
        return InstructionKind::Healthcheck(None);
    }
    check_flags(parts, problems);
    if kind != "CMD" {
        let written = text.slice(Span::new(0, end));
        problems.refuse_with_help(
            written.span,
            format!("`{}` is no kind of health check", excerpt(&written.value)),
            "write HEALTHCHECK CMD command, or HEALTHCHECK NONE",
        );
        return InstructionKind::Invalid;
    }
    if is_empty {
        problems.refuse(text.span, "HEALTHCHECK CMD needs a command");
    }
    let command: Command = command(array, &rest);
    InstructionKind::Healthcheck(Some(command))
}

fn check_flags(parts: &Arguments<'_>, problems: &mut Problems) {
    for flag in parts.flags {
        let name = flag.name.value.as_str();
        let Some(value) = flag.value.as_ref().filter(|value| !value.value.is_empty()) else {
            continue;
        };
        let message = match name {
            "interval" | "timeout" | "start-period" | "start-interval" => {
                match duration::parse(&value.value) {
                    None => format!(
                        "`{}` is no duration such as 30s or 1m30s",
                        excerpt(&value.value)
                    ),
                    Some(duration) if duration.is_zero() || duration.at_least(SHORTEST) => continue,
                    Some(_) => format!("`--{name}` cannot be less than 1ms"),
                }
            }
            "retries" => match value.value.parse::<i32>() {
                Ok(0..) => continue,
                Ok(_) => "`--retries` cannot be negative".to_owned(),
                Err(_) => format!("`{}` is no whole number", excerpt(&value.value)),
            },
            _ => continue,
        };
        problems.refuse(value.span, message);
    }
}
