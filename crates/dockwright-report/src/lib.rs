//! Findings and graphs, shown to people and machines. Nothing here decides anything: every
//! function takes what was found and returns text, the same text for the same input.
//!
//! File contents are hostile until escaped: each format goes through its own function of
//! [`escape`].

pub mod build;
pub mod checkstyle;
pub mod escape;
mod fingerprint;
pub mod fixes;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod hadolint;
pub mod image;
pub mod json;
pub mod junit;
pub mod page;
pub mod place;
pub mod plan;
pub mod sarif;
pub mod text;
mod units;

#[cfg(test)]
mod sample;

use dockwright_audit::{Finding, Severity};
use dockwright_environment::Documents;

use place::resolve;

pub use checkstyle::checkstyle;
pub use fixes::fixes;
pub use github::github;
pub use gitlab::gitlab;
pub use hadolint::hadolint;
pub use json::{findings_schema, json};
pub use junit::junit;
pub use sarif::{SarifOptions, sarif};
pub use text::{TextOptions, text};

/// What an audit has to show.
#[derive(Clone, Copy, Debug)]
pub struct FindingsView<'a> {
    /// The findings, in the order in which they are shown.
    pub findings: &'a [Finding],
    /// The documents they point into.
    pub documents: &'a Documents,
    /// How many files were read.
    pub files_read: usize,
    /// How many findings are left out because they are not sure enough.
    pub hidden: usize,
    /// How many findings are left out because a comment in the files says so.
    pub suppressed: usize,
    /// How many findings are left out because an earlier revision has them; `None` when there is
    /// nothing to compare with.
    pub older: Option<usize>,
}

impl FindingsView<'_> {
    /// How many findings there are of `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// Message, other places and advice, a line each.
fn details(view: &FindingsView, finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    for related in &finding.related {
        let place = resolve(view.documents, related.location);
        lines.push(format!("{}: {}", place.short(), related.label));
    }
    lines.extend(finding.help.as_ref().map(|help| format!("help: {help}")));
    lines.join("\n")
}

/// The page of a rule: `base` followed by its name.
fn rule_page(base: Option<&str>, rule: &str) -> Option<String> {
    base.map(|base| format!("{base}{rule}"))
}
