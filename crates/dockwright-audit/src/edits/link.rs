//! Commands of a shell's list: links of `a && b`, statements of `a; b`.

use dockwright_environment::{Document, Location};
use dockwright_syntax::Span;
use dockwright_syntax::shell::{AndOrOperator, Command, Script, Statement};

use crate::fix::Fix;

/// A command of a list.
struct Link {
    own: Span,
    /// What stands before it.
    before: Option<Span>,
    /// Whether it begins a chain behind another statement.
    begins: bool,
}

/// Whether a command is a link of the whole script's list, by itself: in no pipeline, branch or function.
pub(crate) fn is_link(script: &Script, command: Span) -> bool {
    find(script, command).is_some()
}

/// Takes a command away with the operator before it. `None` for the first of a list, and where a comment or
/// something else stands around it.
pub(crate) fn delete(
    fix: Fix,
    document: &Document,
    script: &Script,
    command: Span,
    escape: char,
) -> Option<Fix> {
    let link = find(script, command)?;
    let before = link.before.filter(|_| !link.begins)?;
    let between = Span {
        start: before.end,
        end: link.own.start,
    };
    let between = between.of(&document.text).replace(escape, "");
    let span = Span {
        start: before.end,
        end: link.own.end,
    };
    matches!(between.trim(), "&&" | ";").then(|| fix.delete(Location::new(document.id, span)))
}

fn find(script: &Script, command: Span) -> Option<Link> {
    let mut before = None;
    for statement in &script.statements {
        let is_first = before.is_none();
        for (place, link) in links(statement).into_iter().enumerate() {
            let is_it = matches!(&link.command, Command::Simple(it) if it.span == command);
            if is_it && link.redirections.is_empty() && !link.negated && !link.background {
                return Some(Link {
                    own: link.span,
                    before,
                    begins: place == 0 && !is_first && link.span != statement.span,
                });
            }
            before = Some(link.span);
        }
    }
    None
}

/// The links of a chain, or the statement itself.
fn links(statement: &Statement) -> Vec<&Statement> {
    match &statement.command {
        Command::AndOr(list)
            if !statement.background
                && list
                    .rest
                    .iter()
                    .all(|(operator, _)| operator.value == AndOrOperator::And) =>
        {
            let rest = list.rest.iter().map(|(_, link)| link);
            std::iter::once(&*list.first).chain(rest).collect()
        }
        _ => vec![statement],
    }
}
