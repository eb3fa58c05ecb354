//! Python programs: what they put into lists, strings and calls.
//!
//! Enough of a program to follow the commands that it runs: assignments, calls and the
//! expressions in them. What cannot be said is [`Kind::Other`].

use tree_sitter::{Node, Parser};

use crate::{Span, Spanned};

/// The largest program that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Expressions inside one another.
const MAX_DEPTH: usize = 40;

/// A Python program.
#[derive(Clone, Debug, Default)]
pub struct Python {
    /// The module, and every function and class in it. The first is the module.
    pub scopes: Vec<Scope>,
    /// What is assigned and called, in the order of the source.
    pub statements: Vec<(usize, Statement)>,
    /// The modules that are imported, by their first part.
    pub imports: Vec<String>,
}

/// A module, function or class.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The one around it; that of the module is itself.
    pub parent: usize,
}

/// Something that a program does, with the number of its scope beside it.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `name = value`, also the default of a parameter.
    Assign(String, Expression),
    /// `name += value`, `name.append(value)` as a list of one, `name.extend(value)`
    Extend(String, Expression),
    /// A call, wherever it stands.
    Call(Call),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The whole call.
    pub span: Span,
    /// What is called, with dots: `subprocess.run`; empty where it has no such name.
    pub function: String,
    /// The positional arguments.
    pub arguments: Vec<Expression>,
    /// The arguments that are named.
    pub keywords: Vec<(String, Expression)>,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What an [`Expression`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A string, or several beside each other; an f-string's values are expressions.
    String(Vec<Piece>),
    /// `[a, b]` or `(a, b)`
    List(Vec<Expression>),
    /// `*a` in a list.
    Starred(Box<Expression>),
    /// A name, or names with dots between them.
    Name(String),
    /// A call.
    Call(Box<Call>),
    /// `a.name`, where `a` is no name.
    Attribute(Box<Expression>, String),
    /// `a / b`: paths are put together so.
    Join(Box<Expression>, Box<Expression>),
    /// `a + b`
    Add(Box<Expression>, Box<Expression>),
    /// Everything else.
    Other,
}

/// A part of a string.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text, escapes decoded.
    Text(Spanned<String>),
    /// A value that is put in.
    Value(Expression),
}

/// Reads a program. What is too large is read as nothing.
pub fn parse(source: &str) -> Python {
    let mut reader = Reader {
        source,
        python: Python {
            scopes: vec![Scope { parent: 0 }],
            ..Python::default()
        },
    };
    let mut parser = Parser::new();
    let language = tree_sitter_python::LANGUAGE.into();
    if source.len() > MAX_BYTES || parser.set_language(&language).is_err() {
        return reader.python;
    }
    if let Some(tree) = parser.parse(source, None) {
        reader.walk(tree.root_node());
    }
    reader.python
}

struct Reader<'s> {
    source: &'s str,
    python: Python,
}

impl Reader<'_> {
    /// Visits every node without recursion: a program may be deep.
    fn walk(&mut self, root: Node<'_>) {
        let mut pending = vec![(root, 0)];
        while let Some((node, scope)) = pending.pop() {
            let scope = match node.kind() {
                "function_definition" | "class_definition" | "lambda" => {
                    self.python.scopes.push(Scope { parent: scope });
                    self.python.scopes.len() - 1
                }
                _ => scope,
            };
            self.visit(node, scope);
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            pending.extend(children.into_iter().rev().map(|child| (child, scope)));
        }
    }

    fn visit(&mut self, node: Node<'_>, scope: usize) {
        let field = |name: &str| node.child_by_field_name(name);
        let statement = match node.kind() {
            "assignment" => self.pair(node, "left", "right", Statement::Assign),
            "augmented_assignment" => {
                let is_add = field("operator").is_some_and(|it| self.text(it) == "+=");
                is_add
                    .then(|| self.pair(node, "left", "right", Statement::Extend))
                    .flatten()
            }
            "default_parameter" | "typed_default_parameter" => {
                self.pair(node, "name", "value", Statement::Assign)
            }
            "call" => {
                let call = self.call(node, 0);
                let extension = extension(&call).map(|it| (scope, it));
                self.python.statements.extend(extension);
                Some(Statement::Call(call))
            }
            "import_statement" | "import_from_statement" => {
                let module = field("module_name").or_else(|| field("name"));
                let name = module
                    .map(|it| self.text(it).to_owned())
                    .unwrap_or_default();
                let first = name.split(['.', ' ']).next().unwrap_or_default();
                self.python.imports.push(first.to_owned());
                None
            }
            _ => None,
        };
        self.python
            .statements
            .extend(statement.map(|it| (scope, it)));
    }

    fn pair(
        &self,
        node: Node<'_>,
        left: &str,
        right: &str,
        make: fn(String, Expression) -> Statement,
    ) -> Option<Statement> {
        let name = node.child_by_field_name(left)?;
        let value = node.child_by_field_name(right)?;
        let is_name = matches!(name.kind(), "identifier" | "attribute");
        is_name.then(|| make(self.text(name).to_owned(), self.expression(value, 0)))
    }

    fn expression(&self, node: Node<'_>, depth: usize) -> Expression {
        Expression {
            span: span(node),
            kind: if depth >= MAX_DEPTH {
                Kind::Other
            } else {
                self.kind(node, depth + 1)
            },
        }
    }

    fn kind(&self, node: Node<'_>, depth: usize) -> Kind {
        let field = |name: &str| node.child_by_field_name(name);
        let inner = |node| Box::new(self.expression(node, depth));
        match node.kind() {
            "string" | "concatenated_string" => {
                let mut pieces = Vec::new();
                self.pieces(node, depth, &mut pieces);
                Kind::String(pieces)
            }
            "list" | "tuple" => Kind::List(self.children(node, depth)),
            "list_splat" => match node.named_child(0) {
                Some(list) => Kind::Starred(inner(list)),
                None => Kind::Other,
            },
            "parenthesized_expression" => match node.named_child(0) {
                Some(only) => self.expression(only, depth).kind,
                None => Kind::Other,
            },
            "identifier" => Kind::Name(self.text(node).to_owned()),
            "attribute" => match (field("object"), field("attribute")) {
                (Some(object), Some(name)) => {
                    let name = self.text(name);
                    match inner(object) {
                        object if matches!(object.kind, Kind::Name(_)) => {
                            Kind::Name(self.text(node).to_owned())
                        }
                        object => Kind::Attribute(object, name.to_owned()),
                    }
                }
                _ => Kind::Other,
            },
            "call" => Kind::Call(Box::new(self.call(node, depth))),
            "binary_operator" => {
                let operator = field("operator").map(|it| self.text(it));
                match (operator, field("left"), field("right")) {
                    (Some("/"), Some(left), Some(right)) => Kind::Join(inner(left), inner(right)),
                    (Some("+"), Some(left), Some(right)) => Kind::Add(inner(left), inner(right)),
                    _ => Kind::Other,
                }
            }
            _ => Kind::Other,
        }
    }

    fn children(&self, node: Node<'_>, depth: usize) -> Vec<Expression> {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let children = children
            .into_iter()
            .filter(|child| child.kind() != "comment");
        children
            .map(|child| self.expression(child, depth))
            .collect()
    }

    fn call(&self, node: Node<'_>, depth: usize) -> Call {
        let function = node.child_by_field_name("function");
        let dotted = function.filter(|it| matches!(it.kind(), "identifier" | "attribute"));
        let mut call = Call {
            span: span(node),
            function: dotted
                .map(|it| self.text(it).to_owned())
                .unwrap_or_default(),
            arguments: Vec::new(),
            keywords: Vec::new(),
        };
        // `Path(x).parent.resolve()` has no name, but what it is called on is part of it.
        if call.function.contains(['(', '\n'])
            && let Some(object) = function.and_then(|it| it.child_by_field_name("object"))
        {
            let method = call.function.rsplit('.').next().unwrap_or_default();
            call.function = format!(".{method}");
            call.arguments.push(self.expression(object, depth + 1));
        }
        let Some(list) = node.child_by_field_name("arguments") else {
            return call;
        };
        let mut cursor = list.walk();
        let children: Vec<Node<'_>> = list.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "keyword_argument" => {
                    let name = child.child_by_field_name("name");
                    let value = child.child_by_field_name("value");
                    if let (Some(name), Some(value)) = (name, value) {
                        let value = self.expression(value, depth + 1);
                        call.keywords.push((self.text(name).to_owned(), value));
                    }
                }
                "comment" => {}
                _ => call.arguments.push(self.expression(child, depth + 1)),
            }
        }
        call
    }

    fn pieces(&self, node: Node<'_>, depth: usize, pieces: &mut Vec<Piece>) {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let is_raw = node.kind() == "string" && {
            let prefix = self
                .text(node)
                .split(['"', '\''])
                .next()
                .unwrap_or_default();
            prefix.contains(['r', 'R', 'b', 'B'])
        };
        for child in children {
            match child.kind() {
                "string" => self.pieces(child, depth, pieces),
                "string_content" => {
                    let text = self.text(child);
                    let value = if is_raw {
                        text.to_owned()
                    } else {
                        unescaped(text)
                    };
                    pieces.push(Piece::Text(Spanned::new(value, span(child))));
                }
                "interpolation" => {
                    let value = child.child_by_field_name("expression");
                    let value = value.or_else(|| child.named_child(0));
                    if let Some(value) = value {
                        pieces.push(Piece::Value(self.expression(value, depth)));
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }
}

/// `name.append(value)`, `name.extend(values)`
fn extension(call: &Call) -> Option<Statement> {
    let (name, method) = call.function.rsplit_once('.')?;
    let [argument] = call.arguments.as_slice() else {
        return None;
    };
    let value = match method {
        "append" => Expression {
            span: argument.span,
            kind: Kind::List(vec![argument.clone()]),
        },
        "extend" => argument.clone(),
        _ => return None,
    };
    Some(Statement::Extend(name.to_owned(), value))
}

fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// Text with the usual escapes decoded.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('\n') => {}
            Some(other @ ('\\' | '\'' | '"')) => out.push(other),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(expression: &Expression) -> String {
        match &expression.kind {
            Kind::String(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => text.value.clone(),
                    Piece::Value(value) => format!("{{{}}}", shown(value)),
                });
                format!("'{}'", pieces.collect::<String>())
            }
            Kind::List(items) => {
                format!(
                    "[{}]",
                    items.iter().map(shown).collect::<Vec<_>>().join(", ")
                )
            }
            Kind::Starred(inner) => format!("*{}", shown(inner)),
            Kind::Name(name) => name.clone(),
            Kind::Call(call) => called(call),
            Kind::Attribute(inner, name) => format!("{}.{name}", shown(inner)),
            Kind::Join(left, right) => format!("{} / {}", shown(left), shown(right)),
            Kind::Add(left, right) => format!("{} + {}", shown(left), shown(right)),
            Kind::Other => "?".to_owned(),
        }
    }

    fn called(call: &Call) -> String {
        let keywords = call.keywords.iter();
        let keywords = keywords.map(|(name, value)| format!("{name}={}", shown(value)));
        let all: Vec<String> = call.arguments.iter().map(shown).chain(keywords).collect();
        format!("{}({})", call.function, all.join(", "))
    }

    fn statements(source: &str) -> Vec<String> {
        let python = parse(source);
        let statements = python.statements.iter();
        statements
            .map(|(scope, statement)| match statement {
                Statement::Assign(name, value) => format!("{scope} {name} = {}", shown(value)),
                Statement::Extend(name, value) => format!("{scope} {name} += {}", shown(value)),
                Statement::Call(call) => format!("{scope} {}", called(call)),
            })
            .collect()
    }

    #[test]
    fn assignments_calls_and_strings() {
        let source = r#"
import subprocess
ROOT = Path(__file__).resolve().parent / "docker"
def build(args, tag="app"):
    argv = ["docker", "build", f"-t={tag}:{args.v}", *extra]
    argv.append("--no-cache")
    argv += ["a" 'b', "."]
    subprocess.run(argv, cwd=ROOT, check=True)
"#;
        assert_eq!(
            statements(source),
            [
                "0 ROOT = .resolve(Path(__file__)).parent / 'docker'",
                "0 .resolve(Path(__file__))",
                "0 Path(__file__)",
                "1 tag = 'app'",
                "1 argv = ['docker', 'build', '-t={tag}:{args.v}', *extra]",
                "1 argv += ['--no-cache']",
                "1 argv.append('--no-cache')",
                "1 argv += ['ab', '.']",
                "1 subprocess.run(argv, cwd=ROOT, check=?)",
            ]
        );
        assert_eq!(parse(source).imports, ["subprocess"]);
    }

    #[test]
    fn what_is_very_deep_is_cut() {
        for (open, close) in [("f(", ")"), ("(", ")"), ("[", "]"), ("x + (", ")")] {
            let source = format!("x = {}1{}", open.repeat(5_000), close.repeat(5_000));
            parse(&source);
        }
    }

    #[test]
    fn a_program_that_is_not_finished_is_read_as_far_as_it_goes() {
        assert_eq!(statements("y = 'a'\nx = ['docker', 'ps'\n").len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[a-z\\[\\]()'\"{}=+*/.,:\n é\\\\]{0,60}") {
            parse(&text);
        }
    }
}
