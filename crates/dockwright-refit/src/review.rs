//! What a change set would make of an environment.

use std::collections::HashMap;
use std::sync::Arc;

use dockwright_audit::{Audit, Finding, audit};
use dockwright_environment::Environment;

use crate::{ChangeSet, Context, Refusal};

/// An environment as it would be after a change.
pub struct Review {
    /// The environment, read from the changed tree.
    pub environment: Environment,
    /// What the audit finds in it and does not find now.
    pub new_findings: Vec<Finding>,
}

/// Reads and audits the tree with the changes made. Refused when a file that can be parsed now
/// could not be parsed any more, or a new one cannot be.
pub fn review(changes: &ChangeSet, cx: Context<'_>) -> Result<Review, Refusal> {
    let before = cx.environment;
    let overlay = changes.overlay(&before.tree)?;
    let environment = Environment::read(Arc::new(overlay), cx.options);
    for (path, _) in changes.iter() {
        let problem = |environment: &Environment| {
            let document = environment.documents.by_path(path);
            document.and_then(|it| it.problems.first().map(|problem| problem.message.clone()))
        };
        if let (None, Some(problem)) = (problem(before), problem(&environment)) {
            return Err(Refusal::new(
                format!("`{path}` could not be read after the change: {problem}"),
                "this is a defect of Dockwright; nothing was written",
            ));
        }
    }
    let new_findings = new_findings(cx, &environment);
    Ok(Review {
        environment,
        new_findings,
    })
}

/// The findings that are there after a change and not before it.
fn new_findings(cx: Context<'_>, after: &Environment) -> Vec<Finding> {
    let before = audit(cx.environment, cx.settings);
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in &before.findings {
        *known.entry(identity(cx.environment, finding)).or_default() += 1;
    }
    let Audit { mut findings, .. } = audit(after, cx.settings);
    findings.retain(|finding| {
        let count = known.get_mut(&identity(after, finding));
        match count.filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                false
            }
            None => true,
        }
    });
    findings
}

/// What a finding says and in which file; lines move.
fn identity(environment: &Environment, finding: &Finding) -> String {
    let location = environment.documents.outermost(finding.location);
    let path = &environment.documents.get(location.document).path;
    format!("{} {path} {}", finding.rule.name, finding.message)
}
