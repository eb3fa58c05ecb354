//! What a change set would make of an environment.

use std::collections::HashMap;
use std::sync::Arc;

use dockwright_audit::{Finding, audit};
use dockwright_environment::{Environment, TreePath};

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
    let known = audit(before, cx.settings).findings;
    let found = audit(&environment, cx.settings).findings;
    let new = new_findings((before, &known), (&environment, &found));
    let new_findings = new.into_iter().cloned().collect();
    Ok(Review {
        environment,
        new_findings,
    })
}

/// The findings that are there after a change and not before it. One whose words have changed is
/// new only where its file has more of its rule than it had.
pub(crate) fn new_findings<'a>(
    (before, known): (&'a Environment, &'a [Finding]),
    (after, found): (&'a Environment, &'a [Finding]),
) -> Vec<&'a Finding> {
    let mut messages: HashMap<(&str, &TreePath, &str), usize> = HashMap::new();
    let mut counts: HashMap<(&str, &TreePath), usize> = HashMap::new();
    for finding in known {
        let (rule, path) = (finding.rule.name, file(before, finding));
        *messages.entry((rule, path, &finding.message)).or_default() += 1;
        *counts.entry((rule, path)).or_default() += 1;
    }
    let mut unknown = Vec::new();
    for finding in found {
        let (rule, path) = (finding.rule.name, file(after, finding));
        let known = messages.get_mut(&(rule, path, finding.message.as_str()));
        if let Some(left) = known.filter(|left| **left > 0) {
            *left -= 1;
            take(&mut counts, (rule, path));
        } else {
            unknown.push(finding);
        }
    }
    unknown.retain(|finding| !take(&mut counts, (finding.rule.name, file(after, finding))));
    unknown
}

/// Takes one of what is left, if there is one.
fn take<'a>(
    counts: &mut HashMap<(&'a str, &'a TreePath), usize>,
    key: (&'a str, &'a TreePath),
) -> bool {
    let left = counts.get_mut(&key).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}

/// The file that a finding is in.
fn file<'a>(environment: &'a Environment, finding: &Finding) -> &'a TreePath {
    let location = environment.documents.outermost(finding.location);
    &environment.documents.get(location.document).path
}
