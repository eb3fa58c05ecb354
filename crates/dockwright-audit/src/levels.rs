//! What `[rules]` says of the rules that there are.

use dockwright_settings::{Level, Settings, SettingsError};

use crate::registry;
use crate::rule::Metadata;

/// Refuses names of rules that there are not.
pub fn check(settings: &Settings) -> Result<(), SettingsError> {
    let mut names = settings.rules.keys();
    match names.find(|name| registry::find(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(SettingsError::new(
            format!("there is no rule called `{name}`"),
            format!("the nearest are: {}", registry::nearest(name).join(", ")),
        )),
    }
}

/// The level that a rule was given.
pub(crate) fn level(settings: &Settings, rule: &Metadata) -> Option<Level> {
    let mut given = settings.rules.iter();
    given
        .find(|(name, _)| rule.answers_to(name))
        .map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_rule_is_named_with_the_nearest() {
        let settings = Settings::parse("[rules]\nunbuild-image = \"off\"\n").unwrap();
        let error = check(&settings).unwrap_err();
        assert_eq!(
            error.message,
            "dockwright.toml: there is no rule called `unbuild-image`"
        );
        assert!(
            error.hint.starts_with("the nearest are: unbuilt-image"),
            "{}",
            error.hint
        );
        assert!(check(&Settings::parse("[rules]\nunbuilt-image = \"off\"\n").unwrap()).is_ok());
    }
}
