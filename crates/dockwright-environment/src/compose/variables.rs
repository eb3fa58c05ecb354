//! The variables that interpolation sees.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::{CallerVariables, VariableSource};

/// Names and values from the caller's environment and environment files, and what Compose itself sets.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: Rc<BTreeMap<String, (String, VariableSource)>>,
}

impl Variables {
    /// What the caller's environment sets.
    pub fn of_caller(caller: &CallerVariables) -> Self {
        let mut variables = Self::default();
        for (name, value) in caller.iter() {
            variables.add(name.to_owned(), value.to_owned(), VariableSource::Caller);
        }
        variables
    }

    /// The value of a variable, and who gave it.
    pub fn get(&self, name: &str) -> Option<(&str, VariableSource)> {
        let (value, source) = self.values.get(name)?;
        Some((value, *source))
    }

    /// Sets a variable unless it is set already.
    pub fn add(&mut self, name: String, value: String, source: VariableSource) {
        Rc::make_mut(&mut self.values)
            .entry(name)
            .or_insert((value, source));
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }
}
