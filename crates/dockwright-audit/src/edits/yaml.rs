//! Moving, removing and adding entries of a YAML collection, whole lines with the comments that belong
//! to them. Nothing is moved where it is not clear what a comment belongs to, or where an alias would
//! come to stand before its anchor.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

use dockwright_syntax::Span;
use dockwright_syntax::yaml::{Kind, Node, ScalarStyle, YamlTree};

/// New text for a place in a document.
pub(crate) type TextEdit = (Span, String);

/// A file of more nodes is left as it is: each of its findings would look at all of them.
const MAX_NODES: usize = 20_000;

/// The order of sorted entries: for each place, the number of the entry that comes there. Those
/// without a key stay where they are.
pub(crate) fn sorted<T>(keys: &[Option<T>], compare: impl Fn(&T, &T) -> Ordering) -> Vec<usize> {
    let mut known: Vec<(usize, &T)> = keys
        .iter()
        .enumerate()
        .filter_map(|(at, key)| Some((at, key.as_ref()?)))
        .collect();
    known.sort_by(|a, b| compare(a.1, b.1));
    let mut known = known.into_iter();
    let place = |(at, key): (usize, &Option<T>)| match key {
        Some(_) => known.next().map_or(at, |(from, _)| from),
        None => at,
    };
    keys.iter().enumerate().map(place).collect()
}

/// Brings the entries of a collection into another order.
pub(crate) fn reorder(
    text: &str,
    tree: &YamlTree,
    collection: Node<'_>,
    order: &[usize],
) -> Option<Vec<TextEdit>> {
    let mut moved = order
        .iter()
        .enumerate()
        .filter(|(place, from)| place != *from);
    let first = moved.next()?.0;
    let last = moved.next_back()?.0;
    if tree.len() > MAX_NODES {
        return None;
    }
    let parts = Parts::of(text, tree, collection)?;
    let blocks = parts.blocks(first..last + 1)?;
    if !keeps_anchors(tree, &parts.all, order) {
        return None;
    }
    let mut edits = Vec::new();
    for (place, from) in order.iter().enumerate().filter(|(at, from)| at != *from) {
        let block = blocks.get(place.checked_sub(first)?)?;
        let other = blocks.get(from.checked_sub(first)?)?;
        let new = text.get(other.clone())?.to_owned();
        edits.push((Span::new(block.start, block.end), new));
    }
    Some(edits)
}

/// What goes with an entry that is taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Above {
    /// The comments that stand above it.
    Goes,
    /// Nothing: they may be about more than it.
    Stays,
}

/// Takes an entry away. `None` for the only one.
pub(crate) fn remove(
    text: &str,
    tree: &YamlTree,
    collection: Node<'_>,
    index: usize,
    above: Above,
) -> Option<TextEdit> {
    let parts = Parts::of(text, tree, collection)?;
    let part = parts.all.get(index)?.clone();
    if parts.all.len() < 2 || is_referred_to(tree, &part) {
        return None;
    }
    let span = if parts.is_flow {
        match parts.all.get(index + 1) {
            Some(next) => part.start..next.start,
            None => parts.all.get(index.checked_sub(1)?)?.end..part.end,
        }
    } else {
        let start = match above {
            Above::Goes => parts.lead(index)?,
            Above::Stays => parts.head(index)?,
        };
        lines_of(text, start..parts.tail(index)?)
    };
    Some((Span::new(span.start, span.end), String::new()))
}

/// Puts an entry in at the end of a mapping.
pub(crate) fn append(
    text: &str,
    tree: &YamlTree,
    mapping: Node<'_>,
    entry: &str,
) -> Option<TextEdit> {
    let parts = Parts::of(text, tree, mapping)?;
    let last = parts.all.last()?;
    if parts.is_flow {
        return Some((Span::at(last.end), format!(", {entry}")));
    }
    let first = parts.all.first()?;
    let column = first.start - line_start(text, first.start);
    let indentation = " ".repeat(column);
    let at = line_end(text, last.end);
    Some((Span::at(at), format!("\n{indentation}{entry}")))
}

/// Puts an entry in behind another of a mapping.
pub(crate) fn insert_after(
    text: &str,
    tree: &YamlTree,
    mapping: Node<'_>,
    index: usize,
    entry: &str,
) -> Option<TextEdit> {
    let is_flow = matches!(mapping.data.kind, Kind::Mapping { flow: true, .. });
    if is_flow || index + 1 == mapping.entries().len() {
        return append(text, tree, mapping, entry);
    }
    let parts = Parts::of(text, tree, mapping)?;
    let indentation = " ".repeat(parts.indentation);
    let at = parts.tail(index)?;
    Some((Span::at(at), format!("\n{indentation}{entry}")))
}

/// The mapping that stands at a place.
pub(crate) fn mapping_at(tree: &YamlTree, span: Span) -> Option<Node<'_>> {
    if tree.len() > MAX_NODES {
        return None;
    }
    let mut found = None;
    visit(tree, &mut |node| {
        if node.span() == span && node.is_mapping() {
            found = Some(node);
        }
    });
    found
}

/// Where a line can be put in so that it stands before an entry of a block mapping, and before the
/// comments that belong to this.
pub(crate) fn place_before(
    text: &str,
    tree: &YamlTree,
    mapping: Node<'_>,
    index: usize,
) -> Option<usize> {
    let parts = Parts::of(text, tree, mapping)?;
    if parts.is_flow {
        return None;
    }
    if index == 0 {
        return Some(line_start(text, parts.all.first()?.start));
    }
    let block = parts.blocks(index..index + 1)?;
    Some(block.first()?.start)
}

/// The whole lines of a block, with blank ones behind it where others stand before it.
fn lines_of(text: &str, block: Range<usize>) -> Range<usize> {
    let mut end = next_line(text, block.end);
    let before = text.get(..block.start).unwrap_or_default();
    let previous = before.trim_end_matches('\n').trim_end_matches('\r');
    let previous = previous.rsplit('\n').next().unwrap_or_default();
    let is_apart = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n");
    if is_apart || previous.trim_end() == "---" {
        while end < text.len() && text.get(end..line_end(text, end)).is_some_and(is_blank) {
            end = next_line(text, end);
        }
    }
    block.start..end
}

/// The entries of a collection.
struct Parts<'a> {
    text: &'a str,
    is_flow: bool,
    is_root: bool,
    /// Each from its key, or its value in a list, to its last character that is no comment.
    all: Vec<Range<usize>>,
    /// The column of the keys, or of the dashes.
    indentation: usize,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str, tree: &YamlTree, collection: Node<'_>) -> Option<Self> {
        let (Kind::Sequence { flow: is_flow, .. } | Kind::Mapping { flow: is_flow, .. }) =
            collection.data.kind
        else {
            return None;
        };
        let entries = collection
            .entries()
            .map(|(key, value)| Some(start(key)?..end(text, Some(key), value)?));
        let items = collection
            .items()
            .map(|item| Some(start(item)?..end(text, None, item)?));
        let parts: Vec<Range<usize>> = entries.chain(items).collect::<Option<_>>()?;
        if is_flow && has_comments(tree, collection.span()) {
            return None;
        }
        let is_root = tree.root().is_some_and(|root| root.id == collection.id);
        let mut indentation = 0;
        if !is_flow {
            for part in &parts {
                let head = text.get(line_start(text, part.start)..part.start)?;
                let before = if collection.is_sequence() {
                    head.trim_end_matches(' ').strip_suffix('-')?
                } else {
                    head
                };
                indentation = before.len();
                let behind = text.get(part.end..line_end(text, part.end))?.trim_start();
                // The first entry of a mapping in a list stands behind a dash.
                let is_first = parts.first() == Some(part) && before.trim() == "-";
                let is_alone = is_first || before.bytes().all(|byte| byte == b' ');
                if !is_alone || !(behind.is_empty() || behind.starts_with('#')) {
                    return None;
                }
            }
        }
        Some(Self {
            text,
            is_flow,
            is_root,
            all: parts,
            indentation,
        })
    }

    /// What moves with each entry of a range. `None` where a comment may belong to several.
    fn blocks(&self, range: Range<usize>) -> Option<Vec<Range<usize>>> {
        if self.is_flow {
            return Some(self.all.get(range)?.to_vec());
        }
        range
            .map(|at| Some(self.lead(at)?..self.tail(at)?))
            .collect()
    }

    /// Where the line of an entry begins, with nothing but its own dash before it.
    fn head(&self, at: usize) -> Option<usize> {
        let start = self.all.get(at)?.start;
        let head = line_start(self.text, start);
        let dash = self.text.get(head..start)?.find('-');
        dash.is_none_or(|dash| dash == self.indentation)
            .then_some(head)
    }

    /// Where the comments above an entry begin that belong to it; else its own line.
    fn lead(&self, at: usize) -> Option<usize> {
        let head = self.head(at)?;
        let from = match at.checked_sub(1) {
            Some(before) => next_line(self.text, self.tail(before)?),
            None => 0,
        };
        let mut start = head;
        let mut is_first = true;
        for line in self.text.get(from..head)?.split_inclusive('\n').rev() {
            let comment = line.trim();
            if !comment.starts_with('#') {
                if at > 0 && !comment.is_empty() {
                    return None;
                }
                if at == 0 || !comment.is_empty() {
                    break;
                }
                is_first = false;
                continue;
            }
            // A comment with a blank line below is no entry's own.
            let column = line.len() - line.trim_start().len();
            let is_header = at == 0 && self.is_root;
            if !is_first || column != self.indentation || is_header || is_apart(comment) {
                return None;
            }
            start -= line.len();
        }
        Some(start)
    }

    /// The end of the last line that belongs to an entry: comments that stand deeper do.
    fn tail(&self, at: usize) -> Option<usize> {
        let own = line_end(self.text, self.all.get(at)?.end);
        let limit = match self.all.get(at + 1) {
            Some(next) => line_start(self.text, next.start),
            None => self.text.len(),
        };
        let mut end = own;
        let mut position = next_line(self.text, own);
        let mut is_near = true;
        let mut is_over = false;
        while position < limit {
            let stop = line_end(self.text, position);
            let line = self.text.get(position..stop)?;
            let comment = line.trim();
            if comment.is_empty() {
                is_near = false;
            } else if !comment.starts_with('#') {
                break;
            } else {
                let column = line.len() - line.trim_start().len();
                if column > self.indentation {
                    // Behind one that belongs to the next entry it is nobody's.
                    if is_over {
                        return None;
                    }
                    end = stop;
                } else {
                    // Nor is what was taken out right behind an entry.
                    let is_last = at + 1 == self.all.len();
                    let is_unclear = is_last || column < self.indentation;
                    if is_near && (is_apart(comment) || !is_over && is_unclear) {
                        return None;
                    }
                    is_over = true;
                }
            }
            position = next_line(self.text, stop);
        }
        Some(end)
    }
}

/// Whether a comment looks like an entry that was taken out (`# key: value`, `# - item`), or like a part
/// of a heading over several (`# -----`).
fn is_apart(comment: &str) -> bool {
    let text = comment.trim_start_matches('#').trim();
    let key = text.split([' ', '\t']).next().unwrap_or_default();
    let is_line = comment.len() > 3 && !comment.contains(char::is_alphanumeric);
    is_line || text.starts_with("- ") || key.strip_suffix(':').is_some_and(|key| !key.is_empty())
}

/// Where a node begins, with its tag and anchor.
fn start(node: Node<'_>) -> Option<usize> {
    let tag = node.data.tag.as_ref().map(|tag| tag.span);
    let anchor = node.data.anchor.as_ref().map(|anchor| anchor.span);
    // The tag's place may not be known.
    if tag.is_some_and(Span::is_empty) {
        return None;
    }
    let spans = [Some(node.span()), tag, anchor].into_iter().flatten();
    spans.map(|span| span.start as usize).min()
}

/// Where the text of a value ends, or its key's where there is none.
fn end(text: &str, key: Option<Node<'_>>, value: Node<'_>) -> Option<usize> {
    match &value.data.kind {
        Kind::Sequence { flow: false, .. } => {
            return end(text, None, value.items().last()?);
        }
        Kind::Mapping { flow: false, .. } => {
            let (key, value) = value.entries().last()?;
            return end(text, Some(key), value);
        }
        Kind::Scalar(scalar) => match scalar.style {
            ScalarStyle::Plain if value.span().is_empty() => {
                let marks = [&value.data.tag, &value.data.anchor];
                let marks = marks.into_iter().flatten().map(|mark| mark.span.end);
                let key = key?.span().end as usize;
                let colon = text.get(key..)?.trim_start_matches([' ', '"', '\'']);
                let colon = colon.strip_prefix(':')?;
                let behind = text.len() - colon.len();
                return Some(marks.map(|end| end as usize).max().unwrap_or(behind));
            }
            // What is kept at its end depends on what follows.
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let header = value.span().of(text).lines().next()?;
                if header.split('#').next()?.contains('+') {
                    return None;
                }
            }
            _ => {}
        },
        _ => {}
    }
    let end = value.span().end as usize;
    Some(text.get(..end)?.trim_end().len())
}

/// Whether every alias stands behind its anchor when the entries are in another order.
fn keeps_anchors(tree: &YamlTree, parts: &[Range<usize>], order: &[usize]) -> bool {
    let mut names = HashSet::new();
    let mut is_unique = true;
    let mut references = Vec::new();
    visit(tree, &mut |node| {
        if let Some(anchor) = &node.data.anchor {
            is_unique &= names.insert(anchor.value.as_str());
        }
        if matches!(node.data.kind, Kind::Alias { .. }) {
            references.push((node.span().start as usize, node.resolved().span()));
        }
    });
    if references.is_empty() {
        return true;
    }
    let entry = |offset: usize| parts.iter().position(|part| part.contains(&offset));
    let place = |entry: usize| order.iter().position(|from| *from == entry);
    is_unique
        && references.iter().all(|(alias, anchored)| {
            let (alias, anchored) = (entry(*alias), entry(anchored.start as usize));
            match (alias, anchored) {
                (Some(alias), Some(anchored)) => place(alias) >= place(anchored),
                _ => true,
            }
        })
}

/// Whether an alias outside of an entry stands for something in it.
fn is_referred_to(tree: &YamlTree, part: &Range<usize>) -> bool {
    let mut found = false;
    visit(tree, &mut |node| {
        let is_alias = matches!(node.data.kind, Kind::Alias { .. });
        let target = node.resolved().span().start as usize;
        let is_outside = !part.contains(&(node.span().start as usize));
        found |= is_alias && is_outside && part.contains(&target);
    });
    found
}

/// Calls a function with every node of the tree.
pub(super) fn visit<'tree>(tree: &'tree YamlTree, each: &mut impl FnMut(Node<'tree>)) {
    let mut waiting: Vec<Node<'tree>> = tree.documents().collect();
    while let Some(node) = waiting.pop() {
        each(node);
        waiting.extend(node.items());
        waiting.extend(node.entries().flat_map(|(key, value)| [key, value]));
    }
}

fn has_comments(tree: &YamlTree, span: Span) -> bool {
    tree.comments
        .iter()
        .any(|comment| span.contains(comment.span))
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |at| at + 1)
}

/// The end of the line that `at` is on, without its line break.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

/// Where the line behind the one that `at` is on begins.
fn next_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |end| at + end + 1)
}
