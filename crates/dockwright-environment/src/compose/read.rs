//! From a YAML document to an interpolated tree.

use std::sync::Arc;

use dockwright_syntax::compose::Template;
use dockwright_syntax::compose::schema::{Cast, FILE, Shape};
use dockwright_syntax::yaml::{self, Kind, ScalarStyle, ScalarType};
use dockwright_syntax::{Span, Text};

use crate::{Location, TreePath, Value};

use super::interpolate::interpolate;
use super::loader::Source;
use super::node::{Entry, Mapping, Name, Node, NodeKind, Pieces, Scalar, Trace, text_size};
use super::problem::{Problem, ProblemKind};
use super::variables::Variables;

/// How deep a document may be once its aliases are followed.
const DEPTH_LIMIT: usize = 100;
/// How many `!reset` and `!override` of a document are followed.
const RESET_LIMIT: usize = 1000;

/// A document with its aliases and merge keys followed, its variables replaced, and what it marks
/// with `!reset` left out.
pub(super) struct Document {
    pub(super) root: Node,
    /// Where `!reset` and `!override` stand: what earlier files say there is dropped.
    pub(super) resets: Vec<Vec<Arc<str>>>,
}

pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) directory: &'a TreePath,
    pub(super) variables: &'a Variables,
    pub(super) problems: &'a mut Vec<Problem>,
    /// How many nodes may still be made.
    pub(super) budget: &'a mut usize,
    resets: Vec<Vec<Arc<str>>>,
    path: Vec<Arc<str>>,
    aliases: Vec<yaml::NodeId>,
    overridden: usize,
    exhausted: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a Source,
        directory: &'a TreePath,
        variables: &'a Variables,
        problems: &'a mut Vec<Problem>,
        budget: &'a mut usize,
    ) -> Self {
        Self {
            source,
            directory,
            variables,
            problems,
            budget,
            resets: Vec::new(),
            path: Vec::new(),
            aliases: Vec::new(),
            overridden: 0,
            exhausted: false,
        }
    }

    pub(super) fn read(mut self, root: yaml::Node<'_>) -> Document {
        let location = self.location(root.span());
        let root = self.node(root, FILE).unwrap_or_else(|| self.null(location));
        Document {
            root,
            resets: self.resets,
        }
    }

    fn location(&self, span: Span) -> Location {
        Location::new(self.source.document, span)
    }

    fn problem(&mut self, span: Span, message: impl Into<String>) {
        let location = self.location(span);
        self.problems.push(Problem::refused(location, message));
    }

    fn null(&self, location: Location) -> Node {
        Node {
            location,
            directory: self.directory.clone(),
            kind: NodeKind::Scalar(Scalar {
                value: Value::literal("", location),
                scalar_type: ScalarType::Null,
                trace: Trace::Whole,
            }),
        }
    }

    /// The node, unless it is reset.
    fn node(&mut self, node: yaml::Node<'_>, shape: &'static Shape) -> Option<Node> {
        if let Kind::Alias { target, .. } = &node.data.kind {
            let location = self.location(node.span());
            let target_node = node.resolved();
            let Some(target) = target.filter(|target| !self.aliases.contains(target)) else {
                if target.is_some() {
                    self.problem(node.span(), "this alias stands inside of what it refers to");
                }
                return Some(self.null(location));
            };
            self.aliases.push(target);
            let node = self.node(target_node, shape);
            self.aliases.pop();
            return node;
        }
        let location = self.location(node.span());
        if self.exhausted {
            return Some(self.null(location));
        }
        if *self.budget == 0 || self.path.len() > DEPTH_LIMIT {
            self.exhausted = true;
            self.problems.push(Problem::unsupported(
                location,
                "the project is too large or too deep once its aliases are followed",
            ));
            return Some(self.null(location));
        }
        *self.budget -= 1;
        let tag = node.data.tag.as_ref().map(|tag| tag.value.as_str());
        let overrides = tag == Some("!override") && self.overridden == 0;
        let resets = tag == Some("!reset") && self.overridden == 0;
        if (overrides || resets) && self.resets.len() < RESET_LIMIT {
            self.resets.push(self.path.clone());
        }
        if resets {
            return None;
        }
        self.overridden += usize::from(overrides);
        let kind = match &node.data.kind {
            Kind::Scalar(scalar) => {
                let scalar = self.scalar(node, scalar, shape);
                let size = text_size(&scalar.value.text);
                *self.budget = self.budget.saturating_sub(size);
                NodeKind::Scalar(scalar)
            }
            Kind::Sequence { .. } => {
                let mut items = Vec::with_capacity(node.items().len());
                for (index, item) in node.items().enumerate() {
                    self.path.push(Arc::from(index.to_string()));
                    items.extend(self.node(item, shape.item()));
                    self.path.pop();
                }
                NodeKind::Sequence(items)
            }
            _ => NodeKind::Mapping(self.mapping(node, shape)),
        };
        self.overridden -= usize::from(overrides);
        Some(Node {
            location,
            directory: self.directory.clone(),
            kind,
        })
    }

    fn mapping(&mut self, node: yaml::Node<'_>, shape: &'static Shape) -> Mapping {
        let mut mapping = Mapping {
            entries: Vec::with_capacity(node.entries().len()),
        };
        let mut merged = Vec::new();
        for (key, value) in node.entries() {
            if is_merge_key(key) {
                self.merge_key(value, shape, &mut merged);
                continue;
            }
            let key = key.resolved();
            let Some(text) = key.text() else {
                self.problem(key.span(), "a key must be text");
                continue;
            };
            if !matches!(key.scalar_type(), Some(ScalarType::Text)) {
                self.problem(
                    key.span(),
                    format!("the key `{text}` is not text: put it in quotes"),
                );
            }
            let name = Name {
                text: Arc::from(text),
                location: self.location(key.span()),
            };
            self.path.push(Arc::clone(&name.text));
            let value = self.node(value, shape.child(text).shape);
            self.path.pop();
            if let Some(value) = value {
                mapping.entries.push(Entry { key: name, value });
            }
        }
        unify(&mut mapping.entries, merged);
        mapping
    }

    /// What a `<<` brings in: the entries of one mapping, or of several with the first winning.
    fn merge_key(&mut self, value: yaml::Node<'_>, shape: &'static Shape, merged: &mut Vec<Entry>) {
        let target = value.resolved();
        let sources: Vec<_> = if target.is_sequence() {
            target.items().collect()
        } else {
            vec![value]
        };
        for source in sources {
            if !source.resolved().is_mapping() {
                self.problem(
                    source.span(),
                    "a merge key takes a mapping or a list of mappings",
                );
                continue;
            }
            if let Some(Node {
                kind: NodeKind::Mapping(mapping),
                ..
            }) = self.node(source, shape)
            {
                merged.extend(mapping.entries);
            }
        }
    }

    fn scalar(
        &mut self,
        node: yaml::Node<'_>,
        scalar: &yaml::Scalar,
        shape: &'static Shape,
    ) -> Scalar {
        let location = self.location(node.span());
        let scalar_type = node.scalar_type().unwrap_or(ScalarType::Text);
        let text = &scalar.text;
        if scalar_type != ScalarType::Text {
            return Scalar {
                value: Value::literal(printed(scalar_type, &text.value), location),
                scalar_type,
                trace: Trace::Whole,
            };
        }
        if scalar.style == ScalarStyle::Plain && node.data.tag.is_none() && is_date(&text.value) {
            return Scalar {
                value: Value::literal(format!("{} 00:00:00 +0000 UTC", text.value), location),
                scalar_type,
                trace: Trace::Whole,
            };
        }
        let template = Template::parse(&text.value);
        if !template.errors.is_empty() {
            self.problem(
                node.span(),
                "this is not a valid variable; a `$` that is meant is written `$$`",
            );
        }
        if template.is_literal() {
            return cast(
                Scalar {
                    value: Value::literal(text.value.clone(), location),
                    scalar_type,
                    trace: trace(scalar, &self.source.text),
                },
                shape,
                self.problems,
            );
        }
        let variables = self.variables;
        let out = interpolate(&text.value, &template, &|name| {
            let (value, source) = variables.get(name)?;
            Some((value.to_owned(), source))
        });
        for (name, message) in &out.missing {
            let message = if message.is_empty() {
                format!("the required variable {name} has no value")
            } else {
                format!("the required variable {name} has no value: {message}")
            };
            self.problems.push(Problem {
                kind: ProblemKind::Unset,
                ..Problem::refused(location, message)
            });
        }
        let pieces = out
            .pieces
            .iter()
            .map(|(at, from)| (*at, text.source_offset(*from) as usize));
        let span = text.source_span(Span::new(0, text.value.len()));
        let pieces = Pieces {
            text: Text::traced(out.text.clone(), span, pieces),
            variables: out
                .ranges
                .into_iter()
                .map(|(range, written)| (range, text.source_span(written)))
                .collect(),
        };
        let scalar = Scalar {
            value: Value {
                text: out.text,
                location,
                variables: out.variables,
            },
            scalar_type,
            trace: Trace::Pieces(Arc::new(pieces)),
        };
        if out.missing.is_empty() {
            cast(scalar, shape, self.problems)
        } else {
            scalar
        }
    }
}

fn is_merge_key(key: yaml::Node<'_>) -> bool {
    let plain = key
        .scalar()
        .is_some_and(|scalar| scalar.style == ScalarStyle::Plain && scalar.text.value == "<<");
    plain
        && key
            .data
            .tag
            .as_ref()
            .is_none_or(|tag| tag.value == "!!merge")
}

/// Drops repeated keys: the later of those written, and what is merged only where nothing is
/// written.
fn unify(entries: &mut Vec<Entry>, merged: Vec<Entry>) {
    let mut seen = std::collections::HashSet::new();
    let mut keep = Vec::with_capacity(entries.len() + merged.len());
    for entry in entries.drain(..).rev() {
        if seen.insert(Arc::clone(&entry.key.text)) {
            keep.push(entry);
        }
    }
    keep.reverse();
    for entry in merged {
        if seen.insert(Arc::clone(&entry.key.text)) {
            keep.push(entry);
        }
    }
    *entries = keep;
}

fn trace(scalar: &yaml::Scalar, source: &str) -> Trace {
    let text = &scalar.text;
    let span = text.source_span(Span::new(0, text.value.len()));
    if span.of(source) == text.value {
        return Trace::Verbatim(span.start);
    }
    Trace::Pieces(Arc::new(Pieces {
        text: text.clone(),
        variables: Vec::new(),
    }))
}

/// A number or boolean as Compose prints it where text is expected.
fn printed(scalar_type: ScalarType, written: &str) -> String {
    match scalar_type {
        ScalarType::Bool(value) => value.to_string(),
        ScalarType::Integer(value) => value.to_string(),
        ScalarType::Float(value) => float(value),
        ScalarType::Null => String::new(),
        ScalarType::Text => written.to_owned(),
    }
}

/// Whether unquoted text is a day, which Compose reads as a time and prints as one.
fn is_date(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| part.parse::<u8>().unwrap_or(0);
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let lengths = (year.len(), month.len(), day.len()) == (4, 2, 2);
    let in_range = (1..=12).contains(&number(month)) && (1..=31).contains(&number(day));
    lengths && digits(year) && digits(month) && digits(day) && in_range
}

/// A float as Go prints it: the shortest digits, with an exponent when it is very large or small.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    value.to_string()
}

/// Turns text into the type that Compose gives it at this place.
fn cast(mut scalar: Scalar, shape: &'static Shape, problems: &mut Vec<Problem>) -> Scalar {
    let Some(wanted) = wanted_cast(shape) else {
        return scalar;
    };
    let text = scalar.value.text.as_str();
    let scalar_type = match wanted {
        Cast::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "y" | "yes" | "on" => Some(ScalarType::Bool(true)),
            "false" | "n" | "no" | "off" => Some(ScalarType::Bool(false)),
            _ => None,
        },
        Cast::Integer => text
            .parse::<i64>()
            .ok()
            .map(|value| ScalarType::Integer(value.into())),
        Cast::Float => text.parse::<f64>().ok().map(ScalarType::Float),
    };
    if let Some(scalar_type) = scalar_type {
        scalar.value.text = printed(scalar_type, text);
        scalar.scalar_type = scalar_type;
        scalar.trace = Trace::Whole;
    } else {
        let kind = match wanted {
            Cast::Bool => "`true` or `false`",
            Cast::Integer => "a whole number",
            Cast::Float => "a number",
        };
        let message = match text {
            "" => format!("this must be {kind}, and is empty"),
            text => format!("`{text}` is not {kind}"),
        };
        problems.push(Problem::invalid(&scalar.value, message));
    }
    scalar
}

fn wanted_cast(shape: &'static Shape) -> Option<Cast> {
    match shape {
        Shape::Cast(_, cast) => Some(*cast),
        Shape::Either(shapes) => shapes.iter().find_map(wanted_cast),
        _ => None,
    }
}
