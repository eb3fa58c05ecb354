//! The tree of a YAML stream.

use std::fmt;

use crate::{Problem, Span, Spanned, Text};

use super::scalar::ScalarType;

/// Everything that one YAML source holds: its documents, comments and problems.
#[derive(Clone, Debug, Default)]
pub struct YamlTree {
    pub(super) nodes: Vec<NodeData>,
    pub(super) documents: Vec<NodeId>,
    /// Comments in the order of the source.
    pub comments: Vec<Comment>,
    /// What is not valid YAML, repeated keys included. The tree is what could still be read.
    pub problems: Vec<Problem>,
}

/// The number of a node in its [`YamlTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A comment, from its `#` to the end of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text behind the `#`.
    pub text: String,
    /// The whole comment.
    pub span: Span,
}

/// What is known of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeData {
    /// The value without its tag and anchor; a quoted scalar with its quotes, a block scalar from
    /// its `|` or `>`, an empty value the place where it would stand.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// An explicit tag as written, such as `!reset` or `!!str`.
    pub tag: Option<Spanned<String>>,
    /// The name of an anchor on the node, its span with the `&`.
    pub anchor: Option<Spanned<String>>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A piece of text.
    Scalar(Scalar),
    /// A list.
    Sequence {
        /// Whether it is written as `[a, b]`.
        flow: bool,
        /// Its items, in order.
        items: Vec<NodeId>,
    },
    /// Keys and values.
    Mapping {
        /// Whether it is written as `{a: b}`.
        flow: bool,
        /// Its entries in order, repeated and merge keys included.
        entries: Vec<Entry>,
    },
    /// A reference to an anchored node.
    Alias {
        /// The anchor's name.
        name: String,
        /// The node meant; absent when no such anchor stands before. It may be an ancestor.
        target: Option<NodeId>,
    },
}

/// A scalar as written and as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// How it is written.
    pub style: ScalarStyle,
    /// The value, after unquoting, unfolding and removing indentation.
    pub text: Text,
}

/// The notations of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value; an empty scalar where none is written.
    pub value: NodeId,
}

impl YamlTree {
    /// The top node of each document.
    pub fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().filter_map(|id| self.node(*id))
    }

    /// The top node of the first document.
    pub fn root(&self) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// The node with this number.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        let data = self.nodes.get(id.0 as usize)?;
        Some(Node {
            tree: self,
            id,
            data,
        })
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// A node together with its tree, to walk from.
#[derive(Clone, Copy)]
pub struct Node<'tree> {
    tree: &'tree YamlTree,
    /// Its number.
    pub id: NodeId,
    /// What is known of it.
    pub data: &'tree NodeData,
}

impl<'tree> Node<'tree> {
    /// Its span; see [`NodeData::span`].
    pub fn span(self) -> Span {
        self.data.span
    }

    /// The node itself, or what it stands for when it is an alias.
    #[must_use]
    pub fn resolved(self) -> Self {
        // An anchor is never on an alias, so one step is enough.
        match &self.data.kind {
            Kind::Alias {
                target: Some(target),
                ..
            } => self.tree.node(*target).unwrap_or(self),
            _ => self,
        }
    }

    /// The scalar, if it is one.
    pub fn scalar(self) -> Option<&'tree Scalar> {
        match &self.data.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The value of a scalar, whatever its type.
    pub fn text(self) -> Option<&'tree str> {
        self.scalar().map(|scalar| scalar.text.value.as_str())
    }

    /// The type that YAML gives to a scalar.
    pub fn scalar_type(self) -> Option<ScalarType> {
        let scalar = self.scalar()?;
        let tag = self.data.tag.as_ref().map(|tag| tag.value.as_str());
        Some(ScalarType::of(scalar.style, &scalar.text.value, tag))
    }

    /// Whether it is an empty value, `~` or `null`.
    pub fn is_null(self) -> bool {
        self.scalar_type() == Some(ScalarType::Null)
    }

    /// Whether it is a list.
    pub fn is_sequence(self) -> bool {
        matches!(self.data.kind, Kind::Sequence { .. })
    }

    /// Whether it has keys and values.
    pub fn is_mapping(self) -> bool {
        matches!(self.data.kind, Kind::Mapping { .. })
    }

    /// The items of a sequence; none for anything else.
    pub fn items(self) -> impl ExactSizeIterator<Item = Node<'tree>> {
        let items = match &self.data.kind {
            Kind::Sequence { items, .. } => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |id| self.at(*id))
    }

    /// Keys and values of a mapping; none for anything else.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (Node<'tree>, Node<'tree>)> {
        let entries = match &self.data.kind {
            Kind::Mapping { entries, .. } => entries.as_slice(),
            _ => &[],
        };
        entries
            .iter()
            .map(move |entry| (self.at(entry.key), self.at(entry.value)))
    }

    /// The value of the first entry with this key, aliases resolved.
    pub fn get(self, key: &str) -> Option<Node<'tree>> {
        self.entries()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value.resolved())
    }

    /// Ids come from the tree itself, so they always lead somewhere.
    fn at(self, id: NodeId) -> Node<'tree> {
        self.tree.node(id).unwrap_or(self)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data.fmt(formatter)
    }
}
