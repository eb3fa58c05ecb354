//! The merged tree of a project, before and beside its typed model.

use std::ops::Range;
use std::sync::Arc;

use dockwright_syntax::yaml::ScalarType;
use dockwright_syntax::{Span, Text};

use crate::{Location, TreePath, Value};

/// A value of a project, with the place that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it is written. For what is merged from several places, the last of them.
    pub location: Location,
    /// The directory that a relative path in it is relative to.
    pub directory: TreePath,
    /// What it is.
    pub kind: NodeKind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Text, a number, a boolean or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values.
    Mapping(Mapping),
}

/// A scalar after interpolation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text as Compose sees it; of a number or boolean, as Compose would print it.
    pub value: Value,
    /// Its type.
    pub scalar_type: ScalarType,
    pub(super) trace: Trace,
}

/// How the text of a scalar came from its source.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trace {
    /// It has no bytes of its own in the source.
    Whole,
    /// It stands there as it is, from this offset on.
    Verbatim(u32),
    /// It was put together.
    Pieces(Arc<Pieces>),
}

/// A text put together from literal parts and values of variables.
#[derive(Debug, PartialEq)]
pub(super) struct Pieces {
    pub(super) text: Text,
    /// For each variable, in the order of the value's: the bytes of the text that came from it,
    /// and its place in the source.
    pub(super) variables: Vec<(Range<usize>, Span)>,
}

/// The entries of a mapping: keys are unique and in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Name,
    /// The value.
    pub value: Node,
}

/// A name and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: Arc<str>,
    /// Where it is written.
    pub location: Location,
}

impl Node {
    /// The value of a scalar that is not null.
    pub fn value(&self) -> Option<&Value> {
        self.scalar().map(|scalar| &scalar.value)
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        self.value().map(|value| value.text.as_str())
    }

    /// The scalar, unless it is null.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) if scalar.scalar_type != ScalarType::Null => Some(scalar),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar(scalar) if scalar.scalar_type == ScalarType::Null)
    }

    /// Whether it is `true`, or text that says so.
    pub fn is_true(&self) -> bool {
        match &self.kind {
            NodeKind::Scalar(scalar) => matches!(
                (&scalar.scalar_type, scalar.value.text.as_str()),
                (ScalarType::Bool(true), _)
                    | (ScalarType::Text, "true" | "1" | "t" | "T" | "TRUE" | "True")
            ),
            _ => false,
        }
    }

    /// The entries, if it is a mapping.
    pub fn mapping(&self) -> Option<&Mapping> {
        match &self.kind {
            NodeKind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    pub(super) fn mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.kind {
            NodeKind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        self.mapping().map_or(&[], |mapping| &mapping.entries)
    }

    /// The value under `key` of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.mapping()?.get(key)
    }

    /// What a copy of it costs: the number of nodes in it, long texts counting for more.
    pub(super) fn size(&self) -> usize {
        let below: usize = match &self.kind {
            NodeKind::Scalar(scalar) => text_size(&scalar.value.text),
            NodeKind::Sequence(items) => items.iter().map(Node::size).sum(),
            NodeKind::Mapping(mapping) => {
                mapping.entries.iter().map(|entry| entry.value.size()).sum()
            }
        };
        below + 1
    }

    /// A node in the place of this one.
    pub(super) fn with(&self, kind: NodeKind) -> Self {
        Self {
            location: self.location,
            directory: self.directory.clone(),
            kind,
        }
    }

    /// A part of a text in the place of this one.
    pub(super) fn with_scalar(&self, scalar: Scalar) -> Self {
        Self {
            location: scalar.value.location,
            directory: self.directory.clone(),
            kind: NodeKind::Scalar(scalar),
        }
    }

    /// What is not written but follows, in the place of this one.
    pub(super) fn implied(&self, text: &str, scalar_type: ScalarType) -> Self {
        self.with(NodeKind::Scalar(Scalar {
            value: Value::literal(text, self.location),
            scalar_type,
            trace: Trace::Whole,
        }))
    }

    /// A name in the place of this one.
    pub(super) fn name(&self, text: &str) -> Name {
        Name {
            text: Arc::from(text),
            location: self.location,
        }
    }
}

/// What a text costs beside its node.
pub(super) fn text_size(text: &str) -> usize {
    text.len() / 64
}

impl Scalar {
    /// The bytes `range` of the text, with the variables that took part in them.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let text = self.value.text.get(range.clone()).unwrap_or_default();
        let variables = match &self.trace {
            Trace::Pieces(pieces) => self
                .value
                .variables
                .iter()
                .zip(&pieces.variables)
                .filter(|(_, (from, _))| meets(from, &range))
                .map(|(variable, _)| variable.clone())
                .collect(),
            _ => self.value.variables.clone(),
        };
        let trace = match &self.trace {
            Trace::Verbatim(start) => Trace::Verbatim(start + Span::at(range.start).start),
            _ => Trace::Whole,
        };
        Self {
            value: Value {
                text: text.to_owned(),
                location: self.locate(range),
                variables,
            },
            scalar_type: ScalarType::Text,
            trace,
        }
    }

    /// Where the bytes `range` of the text are written.
    pub(super) fn locate(&self, range: Range<usize>) -> Location {
        let whole = self.value.location;
        let span = match &self.trace {
            Trace::Whole => return whole,
            Trace::Verbatim(start) => {
                let start = *start as usize;
                Span::new(start + range.start, start + range.end)
            }
            Trace::Pieces(pieces) => pieces.locate(&range),
        };
        Location::new(whole.document, span)
    }

    /// The text with the way back of each byte to the source.
    pub(super) fn traced(&self) -> Text {
        match &self.trace {
            Trace::Pieces(pieces) => pieces.text.clone(),
            Trace::Verbatim(start) => {
                let start = *start as usize;
                let span = Span::new(start, start + self.value.text.len());
                Text::verbatim(self.value.text.clone(), span)
            }
            Trace::Whole => Text::verbatim(self.value.text.clone(), self.value.location.span),
        }
    }
}

/// Whether a variable that made `from` took part in `range`. One that made nothing did where it
/// stands at the edge.
fn meets(from: &Range<usize>, range: &Range<usize>) -> bool {
    if from.is_empty() {
        return range.start <= from.start && from.end <= range.end;
    }
    from.start < range.end && range.start < from.end
}

impl Pieces {
    /// The place of the bytes `range`, with the whole of each variable in it.
    fn locate(&self, range: &Range<usize>) -> Span {
        let made = |at: usize| self.variables.iter().any(|(from, _)| from.contains(&at));
        let mut places: Vec<Span> = self
            .variables
            .iter()
            .filter(|(from, _)| meets(from, range))
            .map(|(_, place)| *place)
            .collect();
        if let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) {
            let own = [range.start, last].into_iter().filter(|at| !made(*at));
            places.extend(own.map(|at| self.text.source_span(Span::new(at, at + 1))));
        }
        places
            .into_iter()
            .reduce(Span::to)
            .unwrap_or_else(|| Span::at(self.text.source_offset(range.start) as usize))
    }
}

impl Mapping {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key.text == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| &*entry.key.text == key)
            .map(|entry| &mut entry.value)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self
            .entries
            .iter()
            .position(|entry| &*entry.key.text == key)?;
        Some(self.entries.remove(at))
    }

    /// Adds an entry, in the place of one with the same key.
    pub(super) fn set(&mut self, key: Name, value: Node) {
        match self
            .entries
            .iter_mut()
            .find(|entry| entry.key.text == key.text)
        {
            Some(entry) => *entry = Entry { key, value },
            None => self.entries.push(Entry { key, value }),
        }
    }
}
