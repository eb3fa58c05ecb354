//! The environment of whoever calls Compose or bake.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The variables that are set where `docker compose` or `docker buildx bake` is typed. They go
/// before environment files and defaults.
///
/// Empty for everything that has to say the same whoever asks, such as an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerVariables(Arc<BTreeMap<String, String>>);

impl CallerVariables {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for CallerVariables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }
}
