//! What `[rules]` says of the rules that there are.

use dockwright_settings::{Confidence, Level, Settings, SettingsError};

use crate::finding::Finding;
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

/// Whether no finding of a rule can be wanted.
pub(crate) fn is_off(settings: &Settings, rule: &Metadata) -> bool {
    let mut given = settings
        .rules
        .iter()
        .filter(|(name, _)| rule.answers_to(name));
    let own = settings.rules.get(rule.name);
    own == Some(&Level::Off) && given.all(|(_, level)| *level == Level::Off)
}

/// The level that a finding was given: by its code, else by its rule.
pub(crate) fn level(settings: &Settings, finding: &Finding) -> Option<Level> {
    let mut given = settings.rules.iter();
    let by_code = given.find(|(name, _)| finding.has_code(name));
    let by_code = by_code.map(|(_, level)| *level);
    by_code.or_else(|| settings.rules.get(finding.rule.name).copied())
}

/// Gives a finding the level that it was given, by `[rules]` or else by another linter's configuration;
/// false when it is not wanted.
pub(crate) fn apply(own: Option<Level>, other: Option<Level>, finding: &mut Finding) -> bool {
    if own.is_none() && other.is_some() {
        // Who gives it a level wants to see it.
        finding.confidence = finding.confidence.max(Confidence::Medium);
    }
    let Some(level) = own.or(other) else {
        return true;
    };
    finding.severity = level.severity().unwrap_or(finding.severity);
    level != Level::Off
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
