//! `RUN` and `SHELL`

use super::arguments::Arguments;
use super::json::Array;
use super::problems::Problems;
use super::{devices, mounts};
use crate::Text;
use crate::dockerfile::excerpt::excerpt;
use crate::dockerfile::{InstructionKind, Run};

/// `RUN`
pub(super) fn run(parts: Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    let values = |name: &'static str| {
        let flags = parts
            .flags
            .iter()
            .filter(move |flag| flag.name.value == name);
        flags.filter_map(|flag| Some((flag, flag.value.as_ref()?)))
    };
    let mounts = values("mount")
        .map(|(flag, value)| mounts::read(flag, value, problems))
        .collect();
    for (flag, value) in values("device") {
        devices::check(flag, value, problems);
    }
    for (name, known) in [
        ("network", ["default", "host", "none"].as_slice()),
        ("security", &["insecure", "sandbox"]),
    ] {
        for (_, value) in values(name) {
            if !known.contains(&value.value.as_str()) {
                problems.refuse_with_help(
                    value.span,
                    format!("`{}` is no value of `--{name}`", excerpt(&value.value)),
                    format!("it is one of {}", known.join(", ")),
                );
            }
        }
    }
    let command = parts.into_command();
    InstructionKind::Run(Run { command, mounts })
}

/// `SHELL ["…"]`
pub(super) fn shell(parts: Arguments<'_>, problems: &mut Problems) -> InstructionKind {
    match parts.array {
        Array::Strings(elements) if !elements.is_empty() => {
            let words: Vec<Text> = elements.into_iter().map(|element| element.text).collect();
            InstructionKind::Shell(words)
        }
        Array::Mixed(_) => InstructionKind::Invalid,
        Array::No if !parts.text.value.is_empty() => {
            problems.refuse_with_help(
                parts.text.span,
                "SHELL needs a JSON array",
                "write SHELL [\"program\", \"option\"]",
            );
            InstructionKind::Invalid
        }
        Array::Strings(_) | Array::No => parts.missing(problems),
    }
}
