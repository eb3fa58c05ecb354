//! Keys and types: what the Compose specification's schema refuses.

use std::collections::HashSet;

use dockwright_syntax::compose::schema::{FILE, Shape, Types};
use dockwright_syntax::yaml::ScalarType;

use super::node::{Node, NodeKind, Scalar};
use super::problem::{Problem, ProblemKind};

/// Compares a project with the schema.
pub(super) fn check(root: &Node, problems: &mut Vec<Problem>) {
    node(root, FILE, problems);
}

fn node(node: &Node, shape: &'static Shape, problems: &mut Vec<Problem>) {
    let wrong = |wanted: &str| Problem::refused(node.location, format!("this must be {wanted}"));
    match shape {
        Shape::Any => {}
        Shape::Scalar(types) | Shape::Cast(types, _) => match &node.kind {
            NodeKind::Scalar(scalar) => scalar_of(scalar, *types, problems),
            _ => problems.push(wrong(&described(*types))),
        },
        Shape::Word(words) => {
            if !node
                .scalar()
                .is_some_and(|scalar| words.contains(&scalar.value.text.as_str()))
            {
                let words = words.iter().map(|word| format!("`{word}`"));
                let mut problem = wrong(&words.collect::<Vec<_>>().join(" or "));
                if node.value().is_some_and(|value| !value.is_known()) {
                    problem.kind = ProblemKind::Unset;
                }
                problems.push(problem);
            }
        }
        Shape::List(item) => match &node.kind {
            NodeKind::Sequence(items) => {
                for one in items {
                    self::node(one, item, problems);
                }
            }
            _ => problems.push(wrong("a list")),
        },
        Shape::Set(types) => match &node.kind {
            NodeKind::Sequence(items) => set(items, *types, problems),
            _ => problems.push(wrong("a list")),
        },
        Shape::Map(item) => match &node.kind {
            NodeKind::Mapping(mapping) => {
                for entry in &mapping.entries {
                    self::node(&entry.value, item, problems);
                }
            }
            _ => problems.push(wrong("a mapping")),
        },
        Shape::Pairs => pairs(node, problems),
        Shape::Object(fields) | Shape::OpenObject(fields) => {
            let NodeKind::Mapping(mapping) = &node.kind else {
                problems.push(wrong("a mapping"));
                return;
            };
            for entry in &mapping.entries {
                let key = &*entry.key.text;
                if let Some(field) = fields.iter().find(|field| field.key == key) {
                    self::node(&entry.value, &field.shape, problems);
                } else if !key.starts_with("x-") && matches!(shape, Shape::Object(_)) {
                    let message = match nearest(key, fields.iter().map(|field| field.key)) {
                        Some(other) => {
                            format!("the key `{key}` is not known here; is `{other}` meant?")
                        }
                        None => format!("the key `{key}` is not known here"),
                    };
                    problems.push(Problem::refused(entry.key.location, message));
                }
            }
            for field in *fields {
                if field.required && mapping.get(field.key).is_none() {
                    let message = format!("the key `{}` is missing here", field.key);
                    problems.push(Problem::refused(node.location, message));
                }
            }
        }
        Shape::Either(shapes) => match shapes.iter().find(|shape| fits(node, shape)) {
            Some(shape) => self::node(node, shape, problems),
            None => problems.push(wrong(&wanted(shapes))),
        },
    }
}

/// Whether a node is of the kind that a shape is about; the details may still be wrong.
fn fits(node: &Node, shape: &Shape) -> bool {
    match (shape, &node.kind) {
        (Shape::Scalar(types) | Shape::Cast(types, _), NodeKind::Scalar(scalar)) => {
            allows(*types, scalar.scalar_type)
        }
        (Shape::Word(_), NodeKind::Scalar(_)) => !node.is_null(),
        (Shape::Any, _)
        | (Shape::List(_) | Shape::Set(_) | Shape::Pairs, NodeKind::Sequence(_))
        | (
            Shape::Map(_) | Shape::Pairs | Shape::Object(_) | Shape::OpenObject(_),
            NodeKind::Mapping(_),
        ) => true,
        (Shape::Either(shapes), _) => shapes.iter().any(|shape| fits(node, shape)),
        _ => false,
    }
}

fn allows(types: Types, scalar_type: ScalarType) -> bool {
    match scalar_type {
        ScalarType::Text => types.text,
        ScalarType::Integer(_) => types.integer || types.number,
        ScalarType::Float(value) => types.number || (types.integer && value.fract() == 0.0),
        ScalarType::Bool(_) => types.bool,
        ScalarType::Null => types.null,
    }
}

fn scalar_of(scalar: &Scalar, types: Types, problems: &mut Vec<Problem>) {
    if !allows(types, scalar.scalar_type) {
        let text = &scalar.value.text;
        let message = match scalar.scalar_type {
            ScalarType::Null => format!("this must be {}, and is empty", described(types)),
            _ if types.text => format!("this must be {}: put `{text}` in quotes", described(types)),
            _ => format!("this must be {}", described(types)),
        };
        problems.push(Problem::refused(scalar.value.location, message));
    }
}

fn described(types: Types) -> String {
    let mut words = Vec::new();
    if types.text {
        words.push("text");
    }
    if types.number {
        words.push("a number");
    } else if types.integer {
        words.push("a whole number");
    }
    if types.bool {
        words.push("`true` or `false`");
    }
    if types.null {
        words.push("nothing");
    }
    words.join(", or ")
}

fn wanted(shapes: &[Shape]) -> String {
    let mut words: Vec<String> = Vec::new();
    for shape in shapes {
        let word = match shape {
            Shape::Scalar(types) | Shape::Cast(types, _) => described(*types),
            Shape::Word(_) => "text".to_owned(),
            Shape::List(_) | Shape::Set(_) => "a list".to_owned(),
            Shape::Either(shapes) => wanted(shapes),
            _ => "a mapping".to_owned(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", or ")
}

fn set(items: &[Node], types: Types, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for item in items {
        let NodeKind::Scalar(scalar) = &item.kind else {
            let message = format!("this must be {}", described(types));
            problems.push(Problem::refused(item.location, message));
            continue;
        };
        scalar_of(scalar, types, problems);
        let kind = matches!(scalar.scalar_type, ScalarType::Text);
        if !seen.insert((kind, scalar.value.text.as_str())) {
            let message = format!("`{}` stands in this list already", scalar.value.text);
            problems.push(Problem::invalid(&scalar.value, message));
        }
    }
}

fn pairs(node: &Node, problems: &mut Vec<Problem>) {
    let text = Types {
        text: true,
        integer: false,
        number: false,
        bool: false,
        null: false,
    };
    let scalar = Types {
        integer: true,
        number: true,
        bool: true,
        null: true,
        ..text
    };
    match &node.kind {
        NodeKind::Sequence(items) => set(items, text, problems),
        NodeKind::Mapping(mapping) => {
            for entry in &mapping.entries {
                match &entry.value.kind {
                    NodeKind::Scalar(value) => scalar_of(value, scalar, problems),
                    _ => problems.push(Problem::refused(
                        entry.value.location,
                        format!("this must be {}", described(scalar)),
                    )),
                }
            }
        }
        NodeKind::Scalar(_) => {
            problems.push(Problem::refused(
                node.location,
                "this must be a mapping, or a list of `KEY=VALUE`",
            ));
        }
    }
}

/// The known key that differs from `key` in at most two letters.
fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, best) = known.map(|other| (distance(key, other), other)).min()?;
    (distance <= 2 && key.len() > 2 * distance).then_some(best)
}

/// The number of letters to change, add or drop.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (place, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let above = *place;
            let cost = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            *place = cost;
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
