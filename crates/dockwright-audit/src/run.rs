//! Running the rules.

use dockwright_environment::Environment;
use dockwright_settings::Settings;
use rayon::prelude::*;

use crate::build_checks;
use crate::finding::{Finding, Severity};
use crate::levels;
use crate::rule::{Context, Shared};
use crate::rules::RULES;
use crate::suppression::Suppressions;

/// What an audit has found.
#[derive(Debug, Default)]
pub struct Audit {
    /// The findings to report: worst first, then by place.
    pub findings: Vec<Finding>,
    /// Findings below the confidence that is asked for.
    pub hidden: usize,
    /// Findings that a comment suppresses.
    pub suppressed: usize,
}

/// Runs every rule that the settings leave on.
pub fn audit(environment: &Environment, settings: &Settings) -> Audit {
    // What many rules ask for comes first: a rule that has it made inside the thread pool may have
    // to wait for itself.
    environment.text_files();
    let shared = Shared::new(environment, settings);
    let cx = Context {
        environment,
        settings,
        shared: &shared,
    };
    let policies = shared.policies();
    let mut findings: Vec<Finding> = RULES
        .par_iter()
        .filter(|rule| !levels::is_off(settings, rule.metadata()))
        .flat_map_iter(|rule| {
            let mut findings = Vec::new();
            rule.check_environment(cx, &mut findings);
            findings.retain_mut(|finding| {
                if build_checks::fails_build(environment, finding) {
                    finding.severity = Severity::Error;
                }
                policies.apply(environment, settings, finding)
            });
            findings
        })
        .collect();
    sort(environment, &mut findings);
    let mut audit = Audit::default();
    let suppressions = Suppressions::read(environment);
    for finding in findings {
        let pragmas = policies.honours_comments(&finding);
        if suppressions.cover(environment, &finding, pragmas) {
            audit.suppressed += 1;
        } else if finding.confidence < settings.audit.confidence {
            audit.hidden += 1;
        } else {
            audit.findings.push(finding);
        }
    }
    audit
}

/// Worst first, then by place; the same finding only once.
fn sort(environment: &Environment, findings: &mut Vec<Finding>) {
    let place = |finding: &Finding| {
        let location = environment.documents.outermost(finding.location);
        let path = &environment.documents.get(location.document).path;
        (path.clone(), location.span)
    };
    findings.sort_by_cached_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            place(finding),
            finding.rule.name,
            finding.message.clone(),
        )
    });
    findings.dedup_by(|a, b| {
        a.rule.name == b.rule.name && a.location == b.location && a.message == b.message
    });
}
