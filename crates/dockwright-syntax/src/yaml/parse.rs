//! From parser events to a tree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, StructureStyle, Tag};

use crate::{Problem, Span, Spanned, Text};

use super::text;
use super::tree::{Comment, Entry, Kind, NodeData, NodeId, Scalar, ScalarStyle, YamlTree};

/// More nodes than any sensible file has; what follows is left out.
const NODE_LIMIT: usize = 1_000_000;
/// Deeper nesting than any sensible file has.
const DEPTH_LIMIT: usize = 100;
/// Documents after which recovery from errors is given up.
const ERROR_LIMIT: usize = 100;

/// Reads a YAML (or JSON) text. Errors are problems of the tree that comes back.
pub fn parse(source: &str) -> YamlTree {
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: usize::MAX,
        block_nesting_limit: DEPTH_LIMIT,
        flow_nesting_limit: DEPTH_LIMIT,
    };
    let mut builder = Builder::new(source);
    let mut parser = Parser::new_from_str_with_options(source, options);
    let mut errors = 0;
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                if !builder.event(event, span) {
                    break;
                }
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(source.len());
                builder.problem(Span::at(at), error.info());
                builder.close_all(at);
                errors += 1;
                if errors > ERROR_LIMIT || !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    builder.close_all(source.len());
    builder.tree
}

/// A collection whose end has not been seen.
struct Open {
    id: NodeId,
    /// The key that waits for its value.
    key: Option<NodeId>,
    /// Keys seen in this mapping.
    seen: HashSet<String>,
}

struct Builder<'source> {
    source: &'source str,
    tree: YamlTree,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    last: Option<NodeId>,
}

impl<'source> Builder<'source> {
    fn new(source: &'source str) -> Self {
        Self {
            source,
            tree: YamlTree::default(),
            open: Vec::new(),
            anchors: HashMap::new(),
            last: None,
        }
    }

    fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.tree.problems.push(Problem::new(span, message));
    }

    /// Takes one event; false when there are too many nodes to go on.
    fn event(&mut self, event: Event<'_>, place: granit_parser::Span) -> bool {
        let span = self.span(place);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Comment(text, _) => self.tree.comments.push(Comment {
                text: text.into_owned(),
                span,
            }),
            Event::Scalar(value, style, anchor, tag) => {
                let style = scalar_style(style);
                let span = self.trimmed(span, style);
                // A value that is not there is reported as `~`.
                let value = if span.is_empty() {
                    Cow::default()
                } else {
                    value
                };
                let text = text::trace(self.source, span, style, value.into_owned());
                let scalar = Kind::Scalar(Scalar { style, text });
                return self.node(scalar, span, anchor, tag.as_deref(), place);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let kind = Kind::Sequence {
                    flow: style == StructureStyle::Flow,
                    items: Vec::new(),
                };
                return self.collection(kind, span, anchor, tag.as_deref(), place);
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = Kind::Mapping {
                    flow: style == StructureStyle::Flow,
                    entries: Vec::new(),
                };
                return self.collection(kind, span, anchor, tag.as_deref(), place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                return self.alias(span, target);
            }
            Event::UnresolvedAlias(name) => {
                self.problem(span, format!("no anchor `{name}` stands before this alias"));
                return self.alias(span, None);
            }
            Event::Anchor(_, name) => self.anchor(name, span),
            _ => {}
        }
        true
    }

    fn span(&self, place: granit_parser::Span) -> Span {
        let range = place.byte_range().unwrap_or_default();
        Span::new(
            range.start.min(self.source.len()),
            range.end.min(self.source.len()),
        )
    }

    /// The parser reports a block scalar from its first text to the next token. Here it begins with
    /// its `|` or `>` and ends with its last line.
    fn trimmed(&self, span: Span, style: ScalarStyle) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return span;
        }
        let start = self.block_header(span.start as usize);
        let written = self
            .source
            .get(start..span.end as usize)
            .unwrap_or_default();
        let length = written.trim_end_matches([' ', '\n', '\r', '\t']).len();
        // The break of the last line is part of the value unless it is stripped.
        let line_end = written.get(length..).and_then(|rest| rest.find('\n'));
        let end = line_end.map_or(length, |at| length + at + 1);
        Span::new(start, start + end)
    }

    /// Where the `|` or `>` stands that begins the block scalar with its text at `content`.
    fn block_header(&self, content: usize) -> usize {
        let before = self.source.get(..content).unwrap_or_default().trim_end();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        line.match_indices(['|', '>'])
            .map(|(at, _)| at)
            .find(|at| is_block_header(line, *at))
            .map_or(content, |at| line_start + at)
    }

    fn alias(&mut self, span: Span, target: Option<NodeId>) -> bool {
        let name = span.of(self.source).trim_start_matches('*').to_owned();
        self.add(NodeData {
            span,
            kind: Kind::Alias { name, target },
            tag: None,
            anchor: None,
        })
    }

    fn anchor(&mut self, name: Cow<'_, str>, span: Span) {
        let node = self
            .last
            .and_then(|id| self.tree.nodes.get_mut(id.0 as usize));
        if let Some(node) = node {
            node.anchor = Some(Spanned::new(name.into_owned(), span));
        }
    }

    fn node(
        &mut self,
        kind: Kind,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
        place: granit_parser::Span,
    ) -> bool {
        let tag = tag.map(|tag| {
            let span = place.tag_span().map(|span| self.span(span));
            Spanned::new(tag.original(), span.unwrap_or_default())
        });
        let data = NodeData {
            span,
            kind,
            tag,
            anchor: None,
        };
        let added = self.add(data);
        if let Some(last) = self.last.filter(|_| anchor > 0) {
            self.anchors.insert(anchor, last);
        }
        added
    }

    fn collection(
        &mut self,
        kind: Kind,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
        place: granit_parser::Span,
    ) -> bool {
        let added = self.node(kind, span, anchor, tag, place);
        if let Some(id) = self.last.filter(|_| added) {
            self.open.push(Open {
                id,
                key: None,
                seen: HashSet::new(),
            });
        }
        added
    }

    /// Puts a node where its parent expects one.
    fn add(&mut self, data: NodeData) -> bool {
        if self.tree.nodes.len() >= NODE_LIMIT {
            self.problem(
                data.span,
                format!("the file has more than {NODE_LIMIT} nodes"),
            );
            return false;
        }
        let id = NodeId(Span::at(self.tree.nodes.len()).start);
        self.tree.nodes.push(data);
        self.last = Some(id);
        self.attach(id);
        true
    }

    fn attach(&mut self, id: NodeId) {
        let Some(parent) = self.open.last_mut() else {
            self.tree.documents.push(id);
            return;
        };
        let key = parent.key.take();
        match self
            .tree
            .nodes
            .get_mut(parent.id.0 as usize)
            .map(|node| &mut node.kind)
        {
            Some(Kind::Sequence { items, .. }) => items.push(id),
            Some(Kind::Mapping { entries, .. }) => {
                if let Some(key) = key {
                    entries.push(Entry { key, value: id });
                } else {
                    parent.key = Some(id);
                    self.check_key(id);
                }
            }
            _ => {}
        }
    }

    fn check_key(&mut self, id: NodeId) {
        let Some(node) = self.tree.nodes.get(id.0 as usize) else {
            return;
        };
        let (span, Kind::Scalar(scalar)) = (node.span, &node.kind) else {
            return;
        };
        let key = scalar.text.value.clone();
        let new = self
            .open
            .last_mut()
            .is_none_or(|open| open.seen.insert(key.clone()));
        if !new {
            self.problem(
                span,
                format!("the key `{key}` is already defined in this mapping"),
            );
        }
    }

    fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else {
            return;
        };
        if let Some(key) = open.key {
            self.complete(open.id, key);
        }
        let last_child = self.tree.nodes.get(open.id.0 as usize).and_then(|node| {
            let child = match &node.kind {
                Kind::Sequence { flow: false, items } => items.last().copied(),
                Kind::Mapping {
                    flow: false,
                    entries,
                } => entries.last().map(|entry| entry.value),
                _ => return Some(end),
            };
            let child = child.and_then(|id| self.tree.nodes.get(id.0 as usize));
            child.map(|child| child.span.end)
        });
        if let Some(node) = self.tree.nodes.get_mut(open.id.0 as usize) {
            // A block collection ends with its last child, not with the blank lines behind it.
            node.span.end = last_child.unwrap_or(node.span.end).max(node.span.start);
        }
    }

    /// A key at which the text broke off gets an empty value.
    fn complete(&mut self, mapping: NodeId, key: NodeId) {
        let at = self
            .tree
            .nodes
            .get(key.0 as usize)
            .map_or(0, |node| node.span.end as usize);
        let id = NodeId(Span::at(self.tree.nodes.len()).start);
        let span = Span::at(at);
        self.tree.nodes.push(NodeData {
            span,
            kind: Kind::Scalar(Scalar {
                style: ScalarStyle::Plain,
                text: Text::verbatim("", span),
            }),
            tag: None,
            anchor: None,
        });
        if let Some(NodeData {
            kind: Kind::Mapping { entries, .. },
            ..
        }) = self.tree.nodes.get_mut(mapping.0 as usize)
        {
            entries.push(Entry { key, value: id });
        }
    }

    fn close_all(&mut self, at: usize) {
        while !self.open.is_empty() {
            self.close(Span::at(at).start);
        }
    }
}

/// Whether the `|` or `>` at `at` is followed by nothing but indicators and a comment.
fn is_block_header(line: &str, at: usize) -> bool {
    let (before, header) = line.split_at_checked(at).unwrap_or_default();
    let rest = header.get(1..).unwrap_or_default();
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    let comment = rest.trim_start();
    let alone = comment.is_empty() || (comment.len() < rest.len() && comment.starts_with('#'));
    alone && (before.is_empty() || before.ends_with([' ', '\t']))
}

fn scalar_style(style: granit_parser::ScalarStyle) -> ScalarStyle {
    match style {
        granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
        granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
        granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
        granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
        granit_parser::ScalarStyle::Plain => ScalarStyle::Plain,
    }
}
