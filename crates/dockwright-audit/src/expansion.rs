//! The words that a shell makes of a word, as far as they are known.

use std::cell::OnceCell;
use std::collections::HashSet;

use dockwright_environment::build::{Lookup, StageId};
use dockwright_syntax::Span;
use dockwright_syntax::shell::{Modifier, Part, VariableUse, Word};

use crate::package_commands::UNKNOWN;
use crate::rule::Context;
use crate::steps::Step;

/// A word of a command after expansion.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    /// Its text, with [`UNKNOWN`] for what is not known.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Argument {
    /// Whether nothing of it is known: it may be an option, several words, or none.
    pub(crate) fn is_unknown(&self) -> bool {
        !self.text.is_empty() && self.text.chars().all(|letter| letter == UNKNOWN)
    }
}

/// What variables are in one step.
pub(crate) struct Expansion<'a> {
    cx: Context<'a>,
    stage: StageId,
    step: &'a Step<'a>,
    /// The variables that the step itself sets, which are not followed.
    assigned: OnceCell<HashSet<&'a str>>,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(cx: Context<'a>, stage: StageId, step: &'a Step<'a>) -> Self {
        Self {
            cx,
            stage,
            step,
            assigned: OnceCell::new(),
        }
    }

    /// The arguments that a word becomes: one, or as many as an unquoted variable has words.
    pub(crate) fn words(&self, word: &Word) -> Vec<Argument> {
        let argument = |text: &str| Argument {
            text: text.to_owned(),
            span: word.span,
        };
        if let Some(literal) = &word.literal {
            return vec![argument(literal)];
        }
        let mut text = String::new();
        let mut splits = false;
        for part in &word.parts {
            match part {
                Part::Literal(literal) => text.push_str(&literal.value),
                Part::Variable(variable) => match self.value(variable) {
                    Some(value) => {
                        text.push_str(value);
                        splits |= !variable.quoted;
                    }
                    None => text.push(UNKNOWN),
                },
                Part::Command(_) | Part::Arithmetic(_) => text.push(UNKNOWN),
            }
        }
        if splits {
            text.split_whitespace().map(argument).collect()
        } else {
            vec![argument(&text)]
        }
    }

    fn value(&self, variable: &VariableUse) -> Option<&'a str> {
        let name = variable.name.value.as_str();
        let assigned = || {
            let assigned = self.step.script.variables_assigned();
            assigned.iter().map(|assigned| assigned.name).collect()
        };
        if variable.modifier == Modifier::None
            && !self.assigned.get_or_init(assigned).contains(name)
            && let Lookup::Bound(binding) =
                self.cx.environment.variable(self.stage, self.step.at, name)
        {
            return binding.value.as_ref()?.known();
        }
        None
    }
}
