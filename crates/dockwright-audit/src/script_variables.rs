//! The environment variables that a script takes from its caller.

use std::collections::HashSet;

use dockwright_syntax::Span;
use dockwright_syntax::shell::{AssignmentKind, Modifier, Script};

use crate::words;

/// A variable that a script takes from its environment.
#[derive(Clone, Debug)]
pub(crate) struct Taken<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Where it is read first.
    pub(crate) span: Span,
    /// Whether the script goes on without it.
    pub(crate) is_optional: bool,
}

/// The variables, written in capitals, that a script reads before it sets them.
pub(crate) fn taken(script: &Script) -> Vec<Taken<'_>> {
    let assigned = script.variables_assigned();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for read in script.variables_read() {
        let name = read.name.value.as_str();
        if !words::is_variable_name(name) || !seen.insert(name) {
            continue;
        }
        let guarded = read.expansion.is_some_and(|expansion| {
            matches!(
                expansion.modifier,
                Modifier::Default | Modifier::Assign | Modifier::Alternative
            )
        });
        let before = assigned.iter().any(|assigned| {
            let own = assigned
                .value
                .is_some_and(|value| value.span.contains(read.name.span));
            assigned.name == name
                && assigned.span.start < read.name.span.start
                && !own
                && assigned.kind != AssignmentKind::Default
        });
        if !before {
            found.push(Taken {
                name,
                span: read
                    .expansion
                    .map_or(read.name.span, |expansion| expansion.span),
                is_optional: guarded,
            });
        }
    }
    found
}
