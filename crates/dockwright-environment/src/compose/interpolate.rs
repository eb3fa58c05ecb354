//! The values of text with variables.

use std::ops::Range;

use dockwright_syntax::Span;
use dockwright_syntax::compose::{Operator, Part, Template};

use crate::{Variable, VariableSource};

/// Longer texts are cut off here: values that name one another can grow without end.
const TEXT_LIMIT: usize = 1 << 16;

/// What a template comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Interpolated {
    pub(super) text: String,
    pub(super) variables: Vec<Variable>,
    /// For each variable, the bytes of the text that came from it, and its place in the template.
    pub(super) ranges: Vec<(Range<usize>, Span)>,
    /// (offset in the text, offset in the template) where the two fall in step.
    pub(super) pieces: Vec<(usize, usize)>,
    /// The required variables without a value, with their messages.
    pub(super) missing: Vec<(String, String)>,
}

/// Replaces the variables of `source`, which `template` was read from. `lookup` gives the value of
/// a name.
pub(super) fn interpolate(
    source: &str,
    template: &Template,
    lookup: &dyn Fn(&str) -> Option<(String, VariableSource)>,
) -> Interpolated {
    let mut out = Interpolated::default();
    append(source, template, lookup, &mut out);
    out
}

fn append(
    source: &str,
    template: &Template,
    lookup: &dyn Fn(&str) -> Option<(String, VariableSource)>,
    out: &mut Interpolated,
) {
    for part in &template.parts {
        let start = out.text.len();
        let grown = start > source.len() + TEXT_LIMIT;
        if grown {
            return;
        }
        out.pieces.push((start, part.span().start as usize));
        match part {
            Part::Literal(span) => out.text.push_str(span.of(source)),
            Part::Dollar(_) => out.text.push('$'),
            Part::Variable(variable) => {
                let index = out.variables.len();
                let name = variable.name.value.clone();
                out.variables.push(Variable {
                    name,
                    value: None,
                    source: VariableSource::Unset,
                });
                out.ranges.push((start..start, variable.span));
                let origin = value(source, variable, lookup, out);
                let end = out.text.len();
                let text = out.text.get(start..).unwrap_or_default().to_owned();
                if let (Some(entry), Some(range)) =
                    (out.variables.get_mut(index), out.ranges.get_mut(index))
                {
                    range.0 = start..end;
                    entry.source = origin;
                    entry.value = (origin != VariableSource::Unset).then_some(text);
                }
            }
        }
    }
}

/// Appends what a variable stands for; says who gave it.
fn value(
    source: &str,
    variable: &dockwright_syntax::compose::Variable,
    lookup: &dyn Fn(&str) -> Option<(String, VariableSource)>,
    out: &mut Interpolated,
) -> VariableSource {
    let found = lookup(&variable.name.value);
    let set = found.is_some();
    let filled = found.as_ref().is_some_and(|(value, _)| !value.is_empty());
    let (use_argument, required) = match &variable.operation {
        None => (false, false),
        Some((Operator::Default { or_empty }, _)) => (!set || (*or_empty && !filled), false),
        Some((Operator::Alternative { not_empty }, _)) => {
            (if *not_empty { filled } else { set }, false)
        }
        Some((Operator::Required { or_empty }, _)) => (false, !set || (*or_empty && !filled)),
    };
    if required && let Some((_, argument)) = &variable.operation {
        let message = interpolate(source, argument, lookup).text;
        out.missing.push((variable.name.value.clone(), message));
        return VariableSource::Unset;
    }
    if use_argument && let Some((_, argument)) = &variable.operation {
        append(source, argument, lookup, out);
        return match (found, &variable.operation) {
            (Some((_, source)), Some((Operator::Alternative { .. }, _))) => source,
            _ => VariableSource::Default,
        };
    }
    match found {
        Some((value, source)) => {
            out.text.push_str(&value);
            source
        }
        // `${A:+b}` of an unset variable is empty on purpose.
        None if variable.operation.is_some() => VariableSource::Default,
        None => VariableSource::Unset,
    }
}
