//! Bake files in JSON.

use super::hcl::{MAX_BYTES, function, parse_expression, validation, variable};
use super::lower::Place;
use super::tree::{
    Attribute, Block, Document, Expression, ExpressionKind, Format, Item, Validation,
};
use crate::{Problem, Span, Spanned, Text};

/// Arrays and objects inside each other; bake files need about six.
const MAX_DEPTH: usize = 64;

/// Reads a bake file in JSON. Strings are templates, names and types stand in strings too.
pub fn parse_json(source: &str) -> Document {
    let mut document = Document {
        format: Format::Json,
        ..Document::default()
    };
    if source.len() > MAX_BYTES {
        let message = format!("the file has more than {MAX_BYTES} bytes");
        let whole = Span::new(0, source.len());
        document.problems.push(Problem::new(whole, message));
        return document;
    }
    let mut reader = Reader {
        source,
        at: source.len() - source.trim_start_matches('\u{feff}').len(),
    };
    let root = reader.document();
    document.problems.extend(root.problem);
    for Member { name, value, span } in members(root.node.as_ref()) {
        match name.value.as_str() {
            "variable" | "function" | "target" | "group" => {
                for labelled in blocks(value) {
                    for block in members(Some(labelled)) {
                        for body in blocks(&block.value) {
                            add_block(&name.value, block, body, &mut document);
                        }
                    }
                }
            }
            "//" => {}
            _ => document.attributes.push(Attribute {
                span: *span,
                name: spanned(name),
                value: expression(value, &mut document.problems),
            }),
        }
    }
    document
}

/// A block may be written once or as a list of several.
fn blocks(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::Array(nodes) => nodes,
        _ => std::slice::from_ref(node),
    }
}

fn members(node: Option<&Node>) -> &[Member] {
    match node.map(|node| &node.kind) {
        Some(Kind::Object(members)) => members,
        _ => &[],
    }
}

fn add_block(keyword: &str, label: &Member, body: &Node, document: &mut Document) {
    if !matches!(body.kind, Kind::Object(_)) {
        let message = format!("a `{keyword}` must be an object");
        document.problems.push(Problem::new(body.span, message));
        return;
    }
    let problems = &mut document.problems;
    let name = spanned(&label.name);
    let mut attributes = Vec::new();
    let mut validations: Vec<Validation> = Vec::new();
    for Member { name, value, span } in members(Some(body)) {
        let key = name.value.as_str();
        if key == "//" {
            continue;
        }
        if (keyword, key) == ("variable", "validation") {
            for block in blocks(value) {
                let attributes = members(Some(block)).iter().map(|member| Attribute {
                    span: member.span,
                    name: spanned(&member.name),
                    value: expression(&member.value, problems),
                });
                let attributes = attributes.collect();
                validations.push(validation(block.span, attributes));
            }
            continue;
        }
        let is_name = matches!(
            (keyword, key),
            ("variable", "type") | ("function", "params" | "variadic_params")
        );
        attributes.push(Attribute {
            span: *span,
            name: spanned(name),
            value: if is_name {
                names(value, problems)
            } else {
                expression(value, problems)
            },
        });
    }
    match keyword {
        "variable" => {
            let variable = variable(label.span, name, attributes, validations, problems);
            document.variables.push(variable);
        }
        "function" => {
            let function = function(label.span, name, attributes, problems);
            document.functions.push(function);
        }
        _ => {
            let blocks = match keyword {
                "group" => &mut document.groups,
                _ => &mut document.targets,
            };
            blocks.push(Block {
                span: label.span,
                name,
                attributes,
            });
        }
    }
}

/// A string that holds an expression instead of a template.
fn names(node: &Node, problems: &mut Vec<Problem>) -> Expression {
    match &node.kind {
        Kind::String(text) => match parse_expression(&text.value) {
            Some(parsed) => Expression {
                span: node.span,
                kind: parsed.kind,
            },
            None => expression(node, problems),
        },
        Kind::Array(nodes) => Expression {
            span: node.span,
            kind: ExpressionKind::Array(nodes.iter().map(|it| names(it, problems)).collect()),
        },
        _ => expression(node, problems),
    }
}

fn expression(node: &Node, problems: &mut Vec<Problem>) -> Expression {
    let kind = match &node.kind {
        Kind::Null => ExpressionKind::Null,
        Kind::Bool(value) => ExpressionKind::Bool(*value),
        Kind::Number(value) => ExpressionKind::Number(*value),
        Kind::String(text) => template(text, node.span, problems),
        Kind::Array(nodes) => {
            ExpressionKind::Array(nodes.iter().map(|it| expression(it, problems)).collect())
        }
        Kind::Object(members) => {
            let items = members.iter().map(|member| Item {
                key: Expression {
                    span: member.name.span,
                    kind: template(&member.name, member.name.span, problems),
                },
                value: expression(&member.value, problems),
            });
            ExpressionKind::Object(items.collect())
        }
    };
    Expression {
        span: node.span,
        kind,
    }
}

fn template(text: &Text, span: Span, problems: &mut Vec<Problem>) -> ExpressionKind {
    if !text.value.contains("${") && !text.value.contains("%{") {
        return ExpressionKind::String(text.value.clone());
    }
    match hcl_edit::parser::parse_template(&text.value) {
        Ok(template) => Place::Text(text).template(template.iter()),
        Err(error) => {
            let message = error.message().replace('\n', "; ");
            problems.push(Problem::new(span, message));
            ExpressionKind::String(text.value.clone())
        }
    }
}

/// A JSON value with its place.
struct Node {
    /// As written, quotes and brackets included.
    span: Span,
    kind: Kind,
}

enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    String(Text),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

struct Member {
    /// From the name to the end of the value.
    span: Span,
    /// The name, decoded.
    name: Text,
    value: Node,
}

fn spanned(text: &Text) -> Spanned<String> {
    Spanned::new(text.value.clone(), text.span)
}

/// What could be read, and why not more.
struct Root {
    node: Option<Node>,
    problem: Option<Problem>,
}

/// A reader of JSON that keeps what it has read when it meets an error.
struct Reader<'a> {
    source: &'a str,
    at: usize,
}

type Read<T> = Result<T, Problem>;

impl Reader<'_> {
    fn document(&mut self) -> Root {
        let mut problem = None;
        let node = self.value(0, &mut problem);
        self.skip_space();
        if problem.is_none() && self.at < self.source.len() {
            let behind = Span::new(self.at, self.source.len());
            problem = Some(Problem::new(behind, "nothing may follow the document"));
        }
        Root { node, problem }
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.source.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> Problem {
        Problem::new(Span::at(self.at), format!("expected {what}"))
    }

    /// The value at the current place. After an error the rest of the file is not read, and what
    /// was read of arrays and objects is kept.
    fn value(&mut self, depth: usize, problem: &mut Option<Problem>) -> Option<Node> {
        let first = self.peek();
        let start = self.at;
        let kind = match first {
            _ if depth > MAX_DEPTH => Err(self.expected("fewer levels of nesting")),
            Some(b'{') => Ok(self.object(depth, problem)),
            Some(b'[') => Ok(self.array(depth, problem)),
            Some(b'"') => self.string().map(Kind::String),
            _ => self.scalar(),
        };
        match kind {
            Ok(kind) => Some(Node {
                span: Span::new(start, self.at),
                kind,
            }),
            Err(error) => {
                problem.get_or_insert(error);
                None
            }
        }
    }

    fn object(&mut self, depth: usize, problem: &mut Option<Problem>) -> Kind {
        self.at += 1;
        let mut members = Vec::new();
        if self.accept(b'}') {
            return Kind::Object(members);
        }
        loop {
            match self.member(depth, problem) {
                Ok(Some(member)) => members.push(member),
                Ok(None) => {}
                Err(error) => {
                    problem.get_or_insert(error);
                }
            }
            if problem.is_some() || self.accept(b'}') {
                return Kind::Object(members);
            }
            if !self.accept(b',') {
                *problem = Some(self.expected("`,` or `}`"));
                return Kind::Object(members);
            }
        }
    }

    fn member(&mut self, depth: usize, problem: &mut Option<Problem>) -> Read<Option<Member>> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a name in double quotes"));
        }
        let start = self.at;
        let name = self.string()?;
        if !self.accept(b':') {
            return Err(self.expected("`:`"));
        }
        let value = self.value(depth + 1, problem);
        Ok(value.map(|value| Member {
            span: Span::new(start, self.at),
            name,
            value,
        }))
    }

    fn array(&mut self, depth: usize, problem: &mut Option<Problem>) -> Kind {
        self.at += 1;
        let mut nodes = Vec::new();
        if self.accept(b']') {
            return Kind::Array(nodes);
        }
        loop {
            nodes.extend(self.value(depth + 1, problem));
            if problem.is_some() || self.accept(b']') {
                return Kind::Array(nodes);
            }
            if !self.accept(b',') {
                *problem = Some(self.expected("`,` or `]`"));
                return Kind::Array(nodes);
            }
        }
    }

    fn scalar(&mut self) -> Read<Kind> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let is_end = |it: char| !it.is_ascii_alphanumeric() && !matches!(it, '-' | '+' | '.');
        let word = rest.get(..rest.find(is_end).unwrap_or(rest.len()));
        let word = word.unwrap_or_default();
        let kind = match word {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => match word.parse::<f64>() {
                Ok(number) if number.is_finite() && !word.starts_with('+') => Kind::Number(number),
                _ => return Err(self.expected("a value")),
            },
        };
        self.at += word.len();
        Ok(kind)
    }

    /// The string at the current place; the span of the text has no quotes.
    fn string(&mut self) -> Read<Text> {
        let start = self.at + 1;
        let mut pieces = Vec::new();
        let mut escapes = Vec::new();
        let mut piece = start;
        let mut at = start;
        loop {
            let rest = self.source.get(at..).unwrap_or_default();
            let Some(next) = rest.find(['"', '\\', '\n']) else {
                self.at = self.source.len();
                return Err(self.expected("the end of the string"));
            };
            at += next;
            match self.source.as_bytes().get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let (character, length) = self.escape(at)?;
                    pieces.push((piece, at));
                    escapes.push((character, at));
                    at += length;
                    piece = at;
                }
                _ => {
                    self.at = at;
                    return Err(self.expected("the end of the string"));
                }
            }
        }
        pieces.push((piece, at));
        self.at = at + 1;
        let span = Span::new(start, at);
        let mut text = Text::default();
        for (index, (from, to)) in pieces.iter().enumerate() {
            let written = self.source.get(*from..*to).unwrap_or_default();
            text.push(written, Span::new(*from, *to));
            if let Some((character, escape)) = escapes.get(index) {
                text.push(character.encode_utf8(&mut [0; 4]), Span::at(*escape));
            }
        }
        text.span = span;
        Ok(text)
    }

    /// The character that the escape at `at` stands for, and how many bytes it takes.
    fn escape(&mut self, at: usize) -> Read<(char, usize)> {
        let rest = self.source.get(at + 1..).unwrap_or_default();
        let character = match rest.chars().next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('u') => return self.unicode_escape(at),
            _ => {
                self.at = at;
                return Err(self.expected("a JSON escape"));
            }
        };
        Ok((character, 2))
    }

    fn unicode_escape(&mut self, at: usize) -> Read<(char, usize)> {
        let unit = |at: usize| {
            let digits = self.source.get(at..at + 6)?.strip_prefix("\\u")?;
            u32::from_str_radix(digits, 16).ok()
        };
        let Some(first) = unit(at) else {
            self.at = at;
            return Err(self.expected("four hexadecimal digits"));
        };
        if let Some(character) = char::from_u32(first) {
            return Ok((character, 6));
        }
        let second = unit(at + 6).filter(|low| (0xdc00..0xe000).contains(low));
        let pair = second
            .filter(|_| first < 0xdc00)
            .and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)));
        Ok(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |it| (it, 12)))
    }
}
