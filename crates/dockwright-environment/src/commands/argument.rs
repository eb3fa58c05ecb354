//! Words of a command after the shell has expanded them.

use dockwright_syntax::Span;

use crate::{DocumentId, Location, Value, Variable, VariableSource};

/// One word of a command, as far as it can be known without running anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it says, and where.
    pub value: Value,
    /// Whether it may be none or several words: an unquoted variable of which nothing is known.
    pub splits: bool,
}

impl Argument {
    /// A word that says what it is.
    pub(crate) fn literal(text: impl Into<String>, location: Location) -> Self {
        Self {
            value: Value::literal(text, location),
            splits: false,
        }
    }

    /// A word of which something may not be known.
    pub(crate) fn of(value: Value) -> Self {
        Self {
            value,
            splits: false,
        }
    }

    /// None or several words of which nothing is known.
    pub(crate) fn unknown(name: &str, location: Location) -> Self {
        Self {
            value: Value {
                text: String::new(),
                location,
                variables: vec![unset(name)],
            },
            splits: true,
        }
    }

    /// The text, a guess where a variable in it has no value.
    pub fn text(&self) -> &str {
        &self.value.text
    }
}

/// What a variable of a script holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// One text.
    Text(Value),
    /// The words of an array.
    List(Vec<Argument>),
}

/// Words that are put together from parts: text, and what variables hold.
pub(crate) struct Words {
    document: DocumentId,
    span: Span,
    done: Vec<Argument>,
    text: String,
    variables: Vec<Variable>,
    /// Whether there is a word, if only an empty one in quotes.
    started: bool,
    splits: bool,
}

impl Words {
    pub(crate) fn new(document: DocumentId, span: Span) -> Self {
        Self {
            document,
            span,
            done: Vec::new(),
            text: String::new(),
            variables: Vec::new(),
            started: false,
            splits: false,
        }
    }

    /// Text that stands for itself.
    pub(crate) fn literal(&mut self, text: &str) {
        self.text.push_str(text);
        self.started = true;
    }

    /// What a variable holds. Without quotes it is cut at spaces.
    pub(crate) fn value(&mut self, value: &Value, quoted: bool) {
        if !quoted && value.is_known() && value.text.contains(char::is_whitespace) {
            let mut words = value.text.split_ascii_whitespace().peekable();
            if value.text.starts_with(char::is_whitespace) {
                self.end();
            }
            while let Some(word) = words.next() {
                self.text.push_str(word);
                self.started = true;
                if words.peek().is_some() || value.text.ends_with(char::is_whitespace) {
                    self.end();
                }
            }
        } else {
            self.text.push_str(&value.text);
            self.started |= quoted || !value.text.is_empty() || !value.is_known();
            self.splits |= !quoted && !value.is_known();
        }
        self.variables.extend(value.variables.iter().cloned());
    }

    /// The words of an array.
    pub(crate) fn list(&mut self, words: &[Argument]) {
        self.end();
        self.done.extend(words.iter().cloned());
    }

    /// Something of which nothing is known; `name` says what, if it has a name.
    pub(crate) fn unknown(&mut self, name: &str, quoted: bool) {
        self.variables.push(unset(name));
        self.started = true;
        self.splits |= !quoted;
    }

    fn end(&mut self) {
        if !std::mem::take(&mut self.started) {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let variables = std::mem::take(&mut self.variables);
        // A word with text around what is unknown is one word at least.
        let splits = std::mem::take(&mut self.splits) && text.is_empty();
        let location = Location::new(self.document, self.span);
        self.done.push(Argument {
            value: Value {
                text,
                location,
                variables,
            },
            splits,
        });
    }

    pub(crate) fn finish(mut self) -> Vec<Argument> {
        self.end();
        self.done
    }
}

/// A variable that has no value.
pub(crate) fn unset(name: &str) -> Variable {
    Variable {
        name: name.to_owned(),
        value: None,
        source: VariableSource::Unset,
    }
}

/// Words as one text, as in an assignment.
pub(crate) fn joined(words: Vec<Argument>, location: Location) -> Value {
    let mut value = Value::literal("", location);
    for (index, word) in words.into_iter().enumerate() {
        if index > 0 {
            value.text.push(' ');
        }
        value.text.push_str(&word.value.text);
        value.variables.extend(word.value.variables);
    }
    value
}
