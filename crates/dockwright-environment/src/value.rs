//! Text that may depend on variables.

use crate::Location;

/// A piece of text as far as it can be known without running anything.
///
/// `text` is what the file's own tool would see when nothing is set in its environment: every
/// variable at its default, an unset one empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text after interpolation.
    pub text: String,
    /// Where the text stands, before interpolation.
    pub location: Location,
    /// The variables that took part, in order of appearance.
    pub variables: Vec<Variable>,
}

/// A variable that took part in a [`Value`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it was taken to be; absent when nothing says.
    pub value: Option<String>,
    /// Who said so.
    pub source: VariableSource,
}

/// Where the value of a [`Variable`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableSource {
    /// A default beside its use or at its declaration (`${A:-b}`, `ARG A=b`, a bake `variable`).
    Default,
    /// The environment of whoever calls the tool.
    Caller,
    /// An environment file, such as `.env`.
    File,
    /// An assignment that the caller's environment cannot override (`ENV`, a build argument).
    Fixed,
    /// Nothing: it is empty, or the tool refuses to go on.
    Unset,
}

impl Value {
    /// Text without variables.
    pub fn literal(text: impl Into<String>, location: Location) -> Self {
        Self {
            text: text.into(),
            location,
            variables: Vec::new(),
        }
    }

    /// Whether no variable took part.
    pub fn is_literal(&self) -> bool {
        self.variables.is_empty()
    }

    /// Whether every variable that took part has a value. Otherwise the text is a guess and
    /// nothing may be concluded from it.
    pub fn is_known(&self) -> bool {
        self.variables
            .iter()
            .all(|variable| variable.source != VariableSource::Unset)
    }

    /// The text, if every variable in it has a value.
    pub fn known(&self) -> Option<&str> {
        self.is_known().then_some(self.text.as_str())
    }
}
