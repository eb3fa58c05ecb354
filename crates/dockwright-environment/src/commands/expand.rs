//! Expansion of words: what a shell would make of them, as far as that is known.

use dockwright_syntax::shell::{
    Assignment, Command, CommandSubstitution, Modifier, Part, Statement, VariableUse, Word,
};

use super::argument::{Argument, Binding, Words, joined};
use super::directory;
use super::script::{State, is_default};
use crate::{DocumentId, Location, Tree, TreePath, Value, Variable, VariableSource};

/// The longest text that a variable may grow to, in bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Substitutions inside one another.
const MAX_DEPTH: usize = 8;

/// What words are expanded with.
pub(super) struct Expander<'a> {
    pub(super) tree: &'a dyn Tree,
    pub(super) document: DocumentId,
    pub(super) file: &'a TreePath,
    pub(super) state: &'a State,
}

impl Expander<'_> {
    /// The words that a word becomes: none, one or several.
    pub(super) fn words(&self, word: &Word) -> Vec<Argument> {
        self.words_in(word, 0)
    }

    fn words_in(&self, word: &Word, depth: usize) -> Vec<Argument> {
        let mut words = Words::new(self.document, word.span);
        if word.parts.is_empty() || word.literal.as_deref() == Some("") {
            words.literal("");
        }
        for part in &word.parts {
            match part {
                Part::Literal(literal) => words.literal(&literal.value),
                Part::Variable(variable) => self.variable(variable, &mut words, depth),
                Part::Command(command) => {
                    let quoted = is_quoted(word, command.span.start);
                    match self.output(command, depth) {
                        Some(value) => words.value(&value, quoted),
                        None => words.unknown("", quoted),
                    }
                }
                Part::Arithmetic(_) => words.unknown("", true),
            }
        }
        words.finish()
    }

    /// A word as one text.
    fn text(&self, word: &Word, depth: usize) -> Value {
        let location = Location::new(self.document, word.span);
        let words = self.words_in(word, depth);
        joined(words, location)
    }

    /// What an assignment gives to its variable.
    pub(super) fn assigned(&self, assignment: &Assignment) -> Binding {
        let name = assignment.name.value.as_str();
        let location = Location::new(self.document, assignment.span);
        let old = self.state.variables.get(name).filter(|_| assignment.append);
        if !assignment.elements.is_empty() || matches!(old, Some(Binding::List(_))) {
            let mut list = match old {
                Some(Binding::List(list)) => list.clone(),
                _ => Vec::new(),
            };
            let elements = assignment.elements.iter();
            list.extend(elements.flat_map(|word| self.words(word)));
            list.truncate(MAX_TEXT / 16);
            return Binding::List(list);
        }
        let new = match &assignment.value {
            Some(word) => self.assigned_text(word),
            None => Value::literal("", location),
        };
        match old {
            Some(Binding::Text(old)) if old.text.len() < MAX_TEXT => {
                let mut value = old.clone();
                value.text.push_str(&new.text);
                value.variables.extend(new.variables);
                Binding::Text(value)
            }
            _ => Binding::Text(new),
        }
    }

    /// The value of an assignment: it is not cut at spaces.
    fn assigned_text(&self, word: &Word) -> Value {
        let mut value = Value::literal("", Location::new(self.document, word.span));
        for part in &word.parts {
            let part = match part {
                Part::Literal(literal) => {
                    value.text.push_str(&literal.value);
                    continue;
                }
                Part::Variable(variable) => {
                    let mut words = Words::new(self.document, word.span);
                    self.variable(&quoted(variable), &mut words, 0);
                    joined(words.finish(), value.location)
                }
                Part::Command(command) => {
                    let unknown = || unknown("", value.location);
                    self.output(command, 0).unwrap_or_else(unknown)
                }
                Part::Arithmetic(_) => unknown("", value.location),
            };
            value.text.push_str(&part.text);
            value.variables.extend(part.variables);
        }
        value.text.truncate(floor(&value.text, MAX_TEXT));
        value
    }

    fn variable(&self, variable: &VariableUse, words: &mut Words, depth: usize) {
        let name = variable.name.value.as_str();
        let quoted = variable.quoted;
        if matches!(name, "@" | "*") {
            return match &self.state.positional {
                Some(list) => words.list(list),
                None => words.unknown(name, false),
            };
        }
        let bound = self.bound(name, variable);
        match (variable.modifier, bound) {
            (
                Modifier::None | Modifier::Require | Modifier::Default | Modifier::Assign,
                Some(Binding::List(list)),
            ) => {
                words.list(&list);
            }
            (Modifier::None | Modifier::Require, Some(Binding::Text(value))) => {
                words.value(&value, quoted);
            }
            (modifier, bound) if is_default(modifier) => match bound {
                Some(Binding::Text(value)) if value.is_known() && !value.text.is_empty() => {
                    words.value(&value, quoted);
                }
                _ => {
                    let operand = variable.operand.as_ref().filter(|_| depth < MAX_DEPTH);
                    let mut value = match operand {
                        Some(operand) => self.text(operand, depth + 1),
                        None => Value::literal("", Location::new(self.document, variable.span)),
                    };
                    if value.is_known() {
                        value.variables.push(Variable {
                            name: name.to_owned(),
                            value: Some(value.text.clone()),
                            source: VariableSource::Default,
                        });
                    }
                    words.value(&value, quoted);
                }
            },
            (Modifier::Alternative, Some(Binding::Text(value)))
                if value.is_known() && !value.text.is_empty() && depth < MAX_DEPTH =>
            {
                if let Some(operand) = &variable.operand {
                    words.value(&self.text(operand, depth + 1), quoted);
                }
            }
            (Modifier::TrimPrefix | Modifier::TrimSuffix, Some(Binding::Text(value))) => {
                match trimmed(variable, &value) {
                    Some(value) => words.value(&value, quoted),
                    None => words.unknown(name, quoted),
                }
            }
            _ => words.unknown(name, quoted),
        }
    }

    /// What a variable holds; `None` when nothing in the script says.
    fn bound(&self, name: &str, variable: &VariableUse) -> Option<Binding> {
        let location = Location::new(self.document, variable.span);
        let text = |text: String| Some(Binding::Text(Value::literal(text, location)));
        if let Some(binding) = self.state.variables.get(name) {
            // `${LIST[0]}` is one word of an array, `${LIST[@]}` all of them.
            return Some(match binding {
                Binding::List(list) if !is_whole(variable) => match list.first() {
                    Some(first) => Binding::Text(first.value.clone()),
                    None => Binding::Text(Value::literal("", location)),
                },
                other => other.clone(),
            });
        }
        match name {
            "0" | "BASH_SOURCE" => text(directory::spell(self.file)),
            "PWD" => text(directory::spell(self.state.directory.certain()?)),
            _ => {
                let number: usize = name.parse().ok()?;
                let argument = self.state.positional.as_ref()?.get(number.checked_sub(1)?);
                Some(Binding::Text(match argument {
                    Some(argument) => argument.value.clone(),
                    None => Value::literal("", location),
                }))
            }
        }
    }

    /// What a command substitution puts out, for the few commands that scripts find their way with.
    fn output(&self, command: &CommandSubstitution, depth: usize) -> Option<Value> {
        if command.process || depth == MAX_DEPTH {
            return None;
        }
        let location = Location::new(self.document, command.span);
        let (last, before) = flat(&command.statements)?;
        let mut state = self.state.clone();
        for statement in before {
            let words = self.simple_words(statement, &state, depth)?;
            let [cd, path] = words.as_slice() else {
                return None;
            };
            if cd.text() != "cd" {
                return None;
            }
            state.directory = state.directory.enter(self.tree, path.value.known()?);
        }
        let words = self.simple_words(last, &state, depth)?;
        let (program, arguments) = words.split_first()?;
        let operand = arguments.iter().find(|word| !word.text().starts_with('-'));
        let here = || Some(directory::spell(state.directory.certain()?));
        let text = match program.text() {
            "pwd" => here()?,
            "git" if arguments.iter().any(|it| it.text() == "--show-toplevel") => {
                directory::spell(&TreePath::root())
            }
            "dirname" => parent(operand?.value.known()?).to_owned(),
            "basename" => {
                let path = operand?.value.known()?;
                path.rsplit('/').next().unwrap_or(path).to_owned()
            }
            "readlink" | "realpath" => operand?.value.known()?.to_owned(),
            "echo" => return Some(joined(arguments.to_vec(), location)),
            _ => return None,
        };
        Some(Value::literal(text, location))
    }

    fn simple_words(
        &self,
        statement: &Statement,
        state: &State,
        depth: usize,
    ) -> Option<Vec<Argument>> {
        let Command::Simple(command) = &statement.command else {
            return None;
        };
        let inner = Expander { state, ..*self };
        let words = command.words.iter();
        Some(
            words
                .flat_map(|word| inner.words_in(word, depth + 1))
                .collect(),
        )
    }
}

/// The last of statements that follow each other, and those before it.
fn flat(statements: &[Statement]) -> Option<(&Statement, Vec<&Statement>)> {
    let mut all = Vec::new();
    for statement in statements {
        match &statement.command {
            Command::AndOr(list) => {
                all.push(&*list.first);
                all.extend(list.rest.iter().map(|(_, statement)| statement));
            }
            _ => all.push(statement),
        }
    }
    let last = all.pop()?;
    Some((last, all))
}

/// Whether all words of an array are meant: a selector is no word, an index is.
fn is_whole(variable: &VariableUse) -> bool {
    variable.inner.is_empty()
}

/// Whether what stands at `start` of a word is inside double quotes, judged by its neighbours.
fn is_quoted(word: &Word, start: u32) -> bool {
    // A word that is more than the substitution, or whose own span is wider than it.
    word.span.start < start
}

fn quoted(variable: &VariableUse) -> VariableUse {
    VariableUse {
        quoted: true,
        ..variable.clone()
    }
}

fn unknown(name: &str, location: Location) -> Value {
    Value {
        text: String::new(),
        location,
        variables: vec![super::argument::unset(name)],
    }
}

/// `${path%/*}` and `${path##*/}`.
fn trimmed(variable: &VariableUse, value: &Value) -> Option<Value> {
    let pattern = variable.operand.as_ref()?.literal.as_deref()?;
    let text = match (variable.modifier, pattern) {
        (Modifier::TrimSuffix, "/*") => value
            .text
            .rsplit_once('/')
            .map_or(value.text.as_str(), |it| it.0),
        (Modifier::TrimPrefix, "*/") => value.text.rsplit('/').next()?,
        (Modifier::TrimSuffix, literal) if !literal.contains(['*', '?', '[']) => {
            value.text.strip_suffix(literal).unwrap_or(&value.text)
        }
        (Modifier::TrimPrefix, literal) if !literal.contains(['*', '?', '[']) => {
            value.text.strip_prefix(literal).unwrap_or(&value.text)
        }
        _ => return None,
    };
    Some(Value {
        text: text.to_owned(),
        ..value.clone()
    })
}

/// `dirname`.
fn parent(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => parent,
        Some(_) => "/",
        None => ".",
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
