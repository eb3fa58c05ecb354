//! `RUN --mount`

use super::problems::Problems;
use super::words;
use crate::Spanned;
use crate::Text;
use crate::dockerfile::{Flag, Mount, MountKind, MountOption};

/// Splits a mount into its options. What the options mean depends on variables, so `BuildKit`
/// looks at them when it builds; only `from` it looks at here.
pub(super) fn read(flag: &Flag, value: &Text, problems: &mut Problems) -> Mount {
    let fields = match words::comma_separated(value) {
        Some(fields) if !value.value.is_empty() => fields,
        _ => {
            problems.refuse(flag.span, "the mount is no list of comma-separated options");
            Vec::new()
        }
    };
    let options: Vec<MountOption> = fields.iter().map(option).collect();
    for option in options.iter().filter(|option| option.key.value == "from") {
        if let Some(value) = &option.value {
            let dollar = value.value.find('$');
            if dollar.is_some_and(|at| at + 1 != value.value.len()) {
                problems.refuse_with_help(
                    value.span,
                    "`from` of a mount cannot hold a variable",
                    "name a stage: FROM with the variable, AS name, and use that name here",
                );
            }
        }
    }
    let kind = options
        .iter()
        .rev()
        .find(|option| option.key.value == "type");
    let kind = kind.and_then(|option| option.value.as_ref());
    let kind = kind.map_or(MountKind::Bind, |kind| {
        match kind.value.to_lowercase().as_str() {
            "bind" => MountKind::Bind,
            "cache" => MountKind::Cache,
            "tmpfs" => MountKind::Tmpfs,
            "secret" => MountKind::Secret,
            "ssh" => MountKind::Ssh,
            _ => MountKind::Other,
        }
    });
    Mount {
        span: flag.span,
        kind,
        options,
    }
}

fn option(field: &Text) -> MountOption {
    let (key, value) = words::split_equals(field);
    MountOption {
        key: Spanned::new(key.value.to_lowercase(), key.span),
        value,
    }
}
