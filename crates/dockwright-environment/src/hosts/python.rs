//! Python programs: lists of words, strings for a shell, and calls of the Docker SDK.

use std::collections::HashMap;

use dockwright_syntax::python::{self, Expression, Kind, Piece, Python, Statement};
use dockwright_syntax::shell::Dialect;
use dockwright_syntax::{Span, Text};

use super::Host;
use super::names::speaks_of_docker;
use crate::commands::{Argument, Call, Directory, Form, PROGRAMS, spell, unset};
use crate::mentions::PathRole;
use crate::{TreePath, Value};

/// Names that stand for one another are followed so far.
const MAX_DEPTH: usize = 16;

/// What a string is handed to that a shell reads.
const SHELLS: &[&str] = &[
    "system",
    "popen",
    "run",
    "call",
    "check_call",
    "check_output",
    "Popen",
    "getoutput",
    "getstatusoutput",
    "shell",
    "sh",
    "cmd",
    "execute",
    "local",
];

pub(super) fn read(host: &mut Host<'_>) {
    let source = host.document.text.clone();
    if !PROGRAMS.iter().any(|program| source.contains(program)) {
        return;
    }
    let python = python::parse(&source);
    let mut program = Program {
        python: &python,
        file: host.document.path.clone(),
        document: host.document.id,
        variables: HashMap::new(),
    };
    let has_sdk = python.imports.iter().any(|module| module == "docker");
    let mut found = Vec::new();
    for (scope, statement) in &python.statements {
        match statement {
            Statement::Assign(name, value) => {
                let list = program.variables.entry((*scope, name.clone())).or_default();
                // Its last value counts, and all that is added to it.
                list.clear();
                list.push(value);
            }
            Statement::Extend(name, value) => {
                if let Some(list) = program.variables.get_mut(&(*scope, name.clone())) {
                    list.push(value);
                }
            }
            Statement::Call(_) => {}
        }
    }
    program.paths(host);
    let mut told: Vec<Span> = Vec::new();
    for (scope, statement) in &python.statements {
        if let Statement::Call(call) = statement {
            let cwd = call.keywords.iter().find(|(name, _)| name == "cwd");
            let directory = match cwd {
                Some((_, value)) => program.directory(host, *scope, value),
                None => host.anywhere(),
            };
            if has_sdk && let Some(words) = program.sdk(*scope, call) {
                found.push((words, call.span, directory.clone(), Form::Sdk));
            }
            let method = call.function.rsplit('.').next().unwrap_or_default();
            let arguments = call
                .arguments
                .iter()
                .chain(call.keywords.iter().map(|(_, it)| it));
            for argument in arguments {
                if let Some((words, place)) = program.words_of_list(*scope, argument) {
                    told.push(place);
                    found.push((words, place, directory.clone(), Form::Words));
                } else if SHELLS.contains(&method)
                    && let Some(text) = program.shell_text(*scope, argument)
                {
                    host.shell(&text, Dialect::Posix, directory.clone(), Vec::new());
                }
            }
        }
    }
    // A list that is put together and handed on in a way that is not followed.
    for (scope, statement) in &python.statements {
        if let Statement::Assign(name, value) = statement
            && let Kind::List(_) = value.kind
            && !told.contains(&value.span)
            && let Some((words, place)) = program.words_of_name(*scope, name)
        {
            found.push((words, place, host.anywhere(), Form::Words));
        }
    }
    // What a program puts into its environment is not followed.
    let location = host.location(Span::default());
    let unknown = Argument::unknown("COMPOSE_FILE", location).value;
    let is_set = source.contains("COMPOSE_FILE");
    let environment = is_set.then(|| ("COMPOSE_FILE".to_owned(), unknown));
    for (words, span, directory, form) in found {
        let call = Call {
            words,
            location: host.location(span),
            directory,
            environment: environment.iter().cloned().collect(),
        };
        host.call(&call, form);
    }
}

struct Program<'a> {
    python: &'a Python,
    file: TreePath,
    document: crate::DocumentId,
    /// What is assigned to a name of a scope, and added to it.
    variables: HashMap<(usize, String), Vec<&'a Expression>>,
}

impl<'a> Program<'a> {
    /// What a name holds, from the scope it is used in outwards.
    fn lookup(&self, scope: usize, name: &str) -> Option<(usize, &[&'a Expression])> {
        let mut scope = scope;
        loop {
            if let Some(found) = self.variables.get(&(scope, name.to_owned())) {
                return Some((scope, found));
            }
            let parent = self.python.scopes.get(scope)?.parent;
            if parent == scope {
                return None;
            }
            scope = parent;
        }
    }

    fn location(&self, span: Span) -> crate::Location {
        crate::Location::new(self.document, span)
    }

    /// The words of a list, if they are a container command; and where the list stands.
    fn words_of_list(&self, scope: usize, value: &Expression) -> Option<(Vec<Argument>, Span)> {
        match &value.kind {
            Kind::List(_) | Kind::Add(..) => {
                let mut words = Vec::new();
                self.add_words(scope, value, &mut words, 0);
                is_command(&words).then_some((words, value.span))
            }
            Kind::Name(name) => self.words_of_name(scope, name),
            // `[str(word) for word in argv]` and the like.
            _ => None,
        }
    }

    fn words_of_name(&self, scope: usize, name: &str) -> Option<(Vec<Argument>, Span)> {
        let (own, values) = self.lookup(scope, name)?;
        let first = values.first()?;
        if !matches!(first.kind, Kind::List(_)) {
            return None;
        }
        let mut words = Vec::new();
        for value in values {
            self.add_words(own, value, &mut words, 0);
        }
        is_command(&words).then_some((words, first.span))
    }

    fn add_words(&self, scope: usize, value: &Expression, words: &mut Vec<Argument>, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        match &value.kind {
            Kind::List(items) => {
                for item in items {
                    match &item.kind {
                        Kind::Starred(list) => self.add_words(scope, list, words, depth + 1),
                        _ => words.push(Argument::of(self.value(scope, item, 0))),
                    }
                }
            }
            Kind::Add(left, right) => {
                self.add_words(scope, left, words, depth + 1);
                self.add_words(scope, right, words, depth + 1);
            }
            Kind::Name(name) => match self.lookup(scope, name) {
                Some((own, values)) => {
                    for value in values {
                        self.add_words(own, value, words, depth + 1);
                    }
                }
                None => words.push(Argument::unknown(name, self.location(value.span))),
            },
            _ => words.push(Argument::unknown("", self.location(value.span))),
        }
    }

    /// What an expression is as text.
    fn value(&self, scope: usize, expression: &Expression, depth: usize) -> Value {
        let location = self.location(expression.span);
        let mut value = Value::literal("", location);
        let unknown = |name: &str| Value {
            text: String::new(),
            location,
            variables: vec![unset(name)],
        };
        if depth == MAX_DEPTH {
            return unknown("");
        }
        match &expression.kind {
            Kind::String(pieces) => {
                for piece in pieces {
                    let part = match piece {
                        Piece::Text(text) => Value::literal(text.value.clone(), location),
                        Piece::Value(inner) => self.value(scope, inner, depth + 1),
                    };
                    value.text.push_str(&part.text);
                    value.variables.extend(part.variables);
                }
                value
            }
            Kind::Name(name) if name == "__file__" => Value::literal(spell(&self.file), location),
            Kind::Name(name) => self
                .named(scope, name, depth)
                .map_or_else(|| unknown(name), |found| Value { location, ..found }),
            Kind::Join(left, right) => {
                let left = self.value(scope, left, depth + 1);
                let right = self.value(scope, right, depth + 1);
                joined(left, right)
            }
            Kind::Add(left, right) => {
                value = self.value(scope, left, depth + 1);
                let right = self.value(scope, right, depth + 1);
                value.text.push_str(&right.text);
                value.variables.extend(right.variables);
                value
            }
            Kind::Attribute(inner, name) if name == "parent" => {
                parent(self.value(scope, inner, depth + 1))
            }
            Kind::Call(call) => {
                let method = call.function.rsplit('.').next().unwrap_or_default();
                let mut arguments = call.arguments.iter();
                match (method, arguments.next()) {
                    (
                        "str" | "Path" | "PurePath" | "resolve" | "absolute" | "abspath"
                        | "realpath" | "fspath",
                        Some(inner),
                    ) => self.value(scope, inner, depth + 1),
                    ("resolve" | "absolute", None) => {
                        let name = call.function.rsplit_once('.').map_or("", |(name, _)| name);
                        self.named(scope, name, depth)
                            .unwrap_or_else(|| unknown(name))
                    }
                    ("dirname", Some(inner)) => parent(self.value(scope, inner, depth + 1)),
                    ("join", Some(first)) if call.function.ends_with("path.join") => {
                        let first = self.value(scope, first, depth + 1);
                        arguments.fold(first, |path, part| {
                            joined(path, self.value(scope, part, depth + 1))
                        })
                    }
                    _ => unknown(""),
                }
            }
            _ => unknown(""),
        }
    }

    /// What a name holds; `ROOT.parent` is the directory above what `ROOT` holds.
    fn named(&self, scope: usize, name: &str, depth: usize) -> Option<Value> {
        if let Some((own, [only])) = self.lookup(scope, name) {
            return Some(self.value(own, only, depth + 1));
        }
        let inner = name.strip_suffix(".parent")?;
        Some(parent(self.named(scope, inner, depth)?))
    }

    fn directory(&self, host: &Host<'_>, scope: usize, value: &Expression) -> Directory {
        match self.value(scope, value, 0).known() {
            Some(path) => host.anywhere().enter(host.tree, path),
            None => Directory::unknown(),
        }
    }

    /// A string that begins with the name of a container program.
    fn shell_text(&self, scope: usize, argument: &Expression) -> Option<Text> {
        let pieces = match &argument.kind {
            Kind::String(pieces) => pieces,
            Kind::Name(name) => match self.lookup(scope, name)?.1 {
                [
                    Expression {
                        kind: Kind::String(pieces),
                        ..
                    },
                ] => pieces,
                _ => return None,
            },
            _ => return None,
        };
        let mut text = Text::default();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.append(&Text::verbatim(part.value.clone(), part.span)),
                Piece::Value(inner) => {
                    let value = self.value(scope, inner, 0);
                    let value = value.known().map_or("${_}".to_owned(), str::to_owned);
                    text.append(&Text::verbatim(value, Span::at(inner.span.start as usize)));
                }
            }
        }
        let first = text.value.split_whitespace().next()?;
        (PROGRAMS.contains(&first) || first == "cd").then_some(text)
    }

    /// Whether a method is called on a client of the SDK: on something that `docker` has made, or
    /// that is called so.
    fn is_client(&self, scope: usize, call: &python::Call) -> bool {
        let root = call.function.split(".images").next().unwrap_or_default();
        let root = root.split(".containers").next().unwrap_or_default();
        let made = self.lookup(scope, root).is_some_and(|(_, values)| {
            values.iter().any(|value| match &value.kind {
                Kind::Call(made) => made.function.to_lowercase().contains("docker"),
                _ => false,
            })
        });
        let name = root.to_lowercase();
        made || name.contains("client") || name.contains("docker")
    }

    /// Paths of Docker's files that the program puts together to read them.
    fn paths(&self, host: &mut Host<'_>) {
        const READERS: [&str; 3] = ["open", "read_bytes", "read_text"];
        for (scope, statement) in &self.python.statements {
            let path = match statement {
                Statement::Assign(_, value) => Some(value),
                Statement::Call(call) => {
                    let method = call.function.rsplit('.').next().unwrap_or_default();
                    let first = call.arguments.first();
                    first.filter(|_| READERS.contains(&method) && call.arguments.len() == 1)
                }
                Statement::Extend(..) => None,
            };
            let Some(path) = path.filter(|path| matches!(path.kind, Kind::Join(..))) else {
                continue;
            };
            let value = self.value(*scope, path, 0);
            if value.text.starts_with('\0') && speaks_of_docker(&value.text) {
                let nowhere = Directory::unknown();
                host.named(&value, PathRole::Setting, &nowhere, Form::Setting);
            }
        }
    }

    /// `client.images.build(path=…)` and `client.containers.run(image)` as commands.
    fn sdk(&self, scope: usize, call: &python::Call) -> Option<Vec<Argument>> {
        let location = self.location(call.span);
        let word = |text: &str| Argument::literal(text, location);
        let keyword = |name: &str| {
            let found = call.keywords.iter().find(|(own, _)| own == name)?;
            Some(Argument::of(self.value(scope, &found.1, 0)))
        };
        // `docker.from_env().images.build(…)` is called on what is its first argument here.
        let is_on = |object: &Expression| matches!(&object.kind, Kind::Attribute(_, name) if name == "images");
        let on_call = call.function == ".build" && call.arguments.first().is_some_and(is_on);
        if call.function.ends_with(".images.build") && self.is_client(scope, call) || on_call {
            let mut words = vec![word("docker"), word("build")];
            for (name, option) in [
                ("dockerfile", "--file"),
                ("tag", "--tag"),
                ("target", "--target"),
            ] {
                if let Some(value) = keyword(name) {
                    words.extend([word(option), value]);
                }
            }
            let mut arguments = call.arguments.iter().skip(usize::from(on_call));
            let path = arguments
                .next()
                .map(|it| Argument::of(self.value(scope, it, 0)));
            words.push(keyword("path").or(path)?);
            return Some(words);
        }
        if call.function.ends_with(".containers.run") && self.is_client(scope, call) {
            let image = call
                .arguments
                .first()
                .map(|it| Argument::of(self.value(scope, it, 0)));
            return Some(vec![
                word("docker"),
                word("run"),
                keyword("image").or(image)?,
            ]);
        }
        None
    }
}

/// Whether a list of words is a container command.
fn is_command(words: &[Argument]) -> bool {
    let program = words
        .iter()
        .find(|word| !matches!(word.text(), "sudo" | "env" | "-E"));
    words.len() > 1 && program.is_some_and(|word| PROGRAMS.contains(&word.text()))
}

fn joined(mut left: Value, right: Value) -> Value {
    if right.text.starts_with('\0') {
        return right;
    }
    left.text = format!("{}/{}", left.text.trim_end_matches('/'), right.text);
    left.variables.extend(right.variables);
    left
}

fn parent(mut path: Value) -> Value {
    let end = path.text.rfind('/').unwrap_or(0);
    path.text.truncate(end);
    path
}
