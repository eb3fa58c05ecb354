//! `RUN --device`

use super::problems::Problems;
use super::words;
use crate::Text;
use crate::dockerfile::Flag;
use crate::dockerfile::excerpt::excerpt;

/// Checks `name[,required]`, also with `name=` and `required=`.
pub(super) fn check(flag: &Flag, value: &Text, problems: &mut Problems) {
    let fields = match words::comma_separated(value) {
        Some(fields) if !value.value.is_empty() => fields,
        _ => {
            problems.refuse(
                flag.span,
                "the device is no list of comma-separated options",
            );
            return;
        }
    };
    let mut has_name = false;
    for field in fields {
        let (key, value) = words::split_equals(&field);
        let message = match (key.value.to_lowercase().as_str(), value) {
            ("required", None) => continue,
            ("required", Some(value)) if words::boolean(&value.value).is_some() => continue,
            ("required", Some(value)) => format!("`{}` is no boolean", excerpt(&value.value)),
            ("name", Some(value)) if !has_name => {
                has_name = !value.value.is_empty();
                continue;
            }
            ("name", Some(_)) => "the device is named twice".to_owned(),
            // A qualified name may hold `=` itself.
            _ if !has_name => {
                has_name = !field.value.is_empty();
                continue;
            }
            _ => format!("`{}` is no option of `--device`", excerpt(&field.value)),
        };
        problems.refuse(field.span, message);
    }
}
