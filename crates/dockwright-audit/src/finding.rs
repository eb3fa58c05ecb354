//! What a rule has found.

use dockwright_environment::Location;

use crate::fix::Fix;
use crate::rule::Metadata;

pub use dockwright_settings::{Confidence, Severity};

/// One thing a rule has found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Metadata,
    /// The rule's aliases that mean just this; empty when all do.
    pub codes: &'static [&'static str],
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What is wrong, in one sentence that stands alone; no full stop.
    pub message: String,
    /// The text it is about.
    pub location: Location,
    /// What to read beside the primary excerpt; empty when the message says it all.
    pub label: String,
    /// Other places that take part.
    pub related: Vec<Related>,
    /// What to do about it.
    pub help: Option<String>,
    /// How it can be repaired, if a program can do that.
    pub fix: Option<Fix>,
    /// Whether it makes the exit code 1, where the configuration of its file says that.
    pub fails: Option<bool>,
}

/// Another place that takes part in a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// The place.
    pub location: Location,
    /// What it has to do with it.
    pub label: String,
}

impl Finding {
    /// A finding of `rule` at its usual severity and high confidence.
    pub fn new(rule: &'static Metadata, location: Location, message: impl Into<String>) -> Self {
        Self {
            rule,
            codes: &[],
            severity: rule.severity,
            confidence: Confidence::High,
            message: message.into(),
            location,
            label: String::new(),
            related: Vec::new(),
            help: None,
            fix: None,
            fails: None,
        }
    }

    /// With those of the rule's aliases that mean it: a rule may unite several of another tool.
    #[must_use]
    pub fn codes(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }

    /// What other tools call it.
    pub fn known_codes(&self) -> &'static [&'static str] {
        if self.codes.is_empty() {
            self.rule.aliases
        } else {
            self.codes
        }
    }

    /// Whether another tool calls it so; case does not matter.
    pub fn has_code(&self, code: &str) -> bool {
        let mut codes = self.known_codes().iter();
        codes.any(|own| own.eq_ignore_ascii_case(code))
    }

    /// Whether `name` is its rule's name or one of its own codes; case does not matter.
    pub fn answers_to(&self, name: &str) -> bool {
        self.rule.name.eq_ignore_ascii_case(name) || self.has_code(name)
    }

    /// With a severity of its own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With a confidence of its own.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// With a label beside the excerpt.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place.
    #[must_use]
    pub fn related(mut self, location: Location, label: impl Into<String>) -> Self {
        self.related.push(Related {
            location,
            label: label.into(),
        });
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a repair.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }
}
