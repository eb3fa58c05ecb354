//! Mappings of a YAML file that say what one before them says too.

use std::collections::HashSet;

use dockwright_syntax::Span;
use dockwright_syntax::yaml::{Kind, Node, YamlTree};

use super::yaml::{Above, TextEdit, remove, visit};

/// Nodes that are compared, at most.
const MAX_COMPARED: usize = 10_000;

/// Takes out of the mappings `others` what `first`, which stands before them under `key`, says too, and
/// merges `first` into each by an anchor. YAML reads the same from them afterwards.
///
/// `None` where one of the others lacks a key of the first, or a comment would be lost.
pub(crate) fn share(
    text: &str,
    tree: &YamlTree,
    (key, first): (Node<'_>, Node<'_>),
    others: &[Node<'_>],
) -> Option<Vec<TextEdit>> {
    let mut edits = Vec::new();
    let name = match &first.data.anchor {
        Some(anchor) => anchor.value.clone(),
        None => {
            let name = new_anchor(tree, key.text()?)?;
            let at = key.span().end as usize;
            let behind = text.get(at..)?.trim_start_matches([' ', '\t']);
            let colon = text.len() - behind.strip_prefix(':')?.len();
            edits.push((Span::at(colon), format!(" &{name}")));
            name
        }
    };
    let known = comments(tree, key.span().to(first.span()));
    for other in others {
        edits.extend(merged(text, tree, first, *other, &name, &known)?);
    }
    Some(edits)
}

/// A name for an anchor that no other has.
fn new_anchor(tree: &YamlTree, name: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut is_free = name.chars().all(is_plain) && !name.is_empty();
    visit(tree, &mut |node| {
        let anchor = node.data.anchor.as_ref();
        is_free &= anchor.is_none_or(|anchor| anchor.value != name);
    });
    is_free.then(|| name.to_owned())
}

fn merged(
    text: &str,
    tree: &YamlTree,
    first: Node<'_>,
    other: Node<'_>,
    name: &str,
    known: &HashSet<&str>,
) -> Option<Vec<TextEdit>> {
    let Kind::Mapping { flow, .. } = other.data.kind else {
        return None;
    };
    let has =
        |mapping: Node<'_>, key: &str| mapping.entries().any(|(own, _)| own.text() == Some(key));
    let mut keys = first.entries().map(|(key, _)| key.text());
    let is_covered = keys.all(|key| key.is_some_and(|key| has(other, key)));
    // Both merge the same, or neither does.
    if !is_covered || has(other, "<<") != has(first, "<<") {
        return None;
    }
    let mut left = MAX_COMPARED;
    let mut is_shared = |(key, value): (Node<'_>, Node<'_>)| {
        let mut entries = first.entries();
        let found = entries.find(|(own, _)| own.text().is_some() && own.text() == key.text());
        found.is_some_and(|(_, own)| is_same(own, value, &mut left))
    };
    let shared: Vec<bool> = other.entries().map(&mut is_shared).collect();
    let merges = other.entries().zip(&shared);
    let mut merges = merges.filter(|((key, _), _)| key.text() == Some("<<"));
    if !shared.contains(&true) || merges.any(|(_, is_shared)| !is_shared) {
        return None;
    }
    if flow {
        let is_lost = !comments(tree, other.span()).is_empty();
        let kept = other
            .entries()
            .zip(&shared)
            .filter(|(_, is_shared)| !**is_shared);
        let kept = kept.map(|((key, value), _)| key.span().to(value.span()).of(text).to_owned());
        let mut entries = vec![format!("<<: *{name}")];
        entries.extend(kept);
        let text = format!("{{{}}}", entries.join(", "));
        return (!is_lost && !has_anchor(other)).then(|| vec![(other.span(), text)]);
    }
    let mut edits = Vec::new();
    for (at, _) in shared
        .iter()
        .enumerate()
        .filter(|(_, is_shared)| **is_shared)
    {
        edits.push(remove(text, tree, other, at, Above::Goes)?);
    }
    let lost = edits.iter().flat_map(|(span, _)| comments(tree, *span));
    if lost.into_iter().any(|comment| !known.contains(comment)) {
        return None;
    }
    let (key, _) = other.entries().next()?;
    let start = key.span().start as usize;
    let line = text.get(..start)?.rfind('\n')? + 1;
    let indentation = text.get(line..start)?;
    let covering = edits.iter().find(|(span, _)| span.range().contains(&line));
    let at = covering.map_or(line, |(span, _)| span.start as usize);
    edits.push((Span::at(at), format!("{indentation}<<: *{name}\n")));
    Some(edits)
}

/// Whether two values are the same, written alike or by an alias.
fn is_same(a: Node<'_>, b: Node<'_>, left: &mut usize) -> bool {
    let (a, b) = (a.resolved(), b.resolved());
    if a.id == b.id {
        return true;
    }
    let tag = |node: Node<'_>| node.data.tag.as_ref().map(|tag| tag.value.clone());
    let Some(rest) = left.checked_sub(1).filter(|_| tag(a) == tag(b)) else {
        return false;
    };
    *left = rest;
    match (&a.data.kind, &b.data.kind) {
        (Kind::Scalar(_), Kind::Scalar(_)) => {
            a.text() == b.text() && a.scalar_type() == b.scalar_type()
        }
        (Kind::Sequence { .. }, Kind::Sequence { .. }) => {
            let mut items = a.items().zip(b.items());
            a.items().len() == b.items().len() && items.all(|(a, b)| is_same(a, b, left))
        }
        (Kind::Mapping { .. }, Kind::Mapping { .. }) => {
            let mut entries = a.entries().zip(b.entries());
            a.entries().len() == b.entries().len()
                && entries
                    .all(|((key, a), (other, b))| is_same(key, other, left) && is_same(a, b, left))
        }
        _ => false,
    }
}

/// Whether something inside of a flow collection has an anchor.
fn has_anchor(node: Node<'_>) -> bool {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if node.data.anchor.is_some() {
            return true;
        }
        waiting.extend(node.items());
        waiting.extend(node.entries().flat_map(|(key, value)| [key, value]));
    }
    false
}

/// What the comments inside of a place say.
fn comments(tree: &YamlTree, span: Span) -> HashSet<&str> {
    let inside = tree.comments.iter().filter(|it| span.contains(it.span));
    inside.map(|it| it.text.trim()).collect()
}
