//! What a change set would make of an environment.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
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
    if let Some((path, problem)) = new_problems(before, &environment, Clone::clone).first() {
        return Err(Refusal::new(
            format!("`{path}` could not be read after the change: {problem}"),
            "this is a defect of Dockwright; nothing was written",
        ));
    }
    let known = audit(before, cx.settings).findings;
    let found = audit(&environment, cx.settings).findings;
    let new = new_findings((before, &known), (&environment, &found), Clone::clone);
    let new_findings = new.into_iter().cloned().collect();
    Ok(Review {
        environment,
        new_findings,
    })
}

/// The files that have more wrong with them than before a change, with the first thing that is new.
/// `moved` tells where a file is afterwards.
pub(crate) fn new_problems(
    before: &Environment,
    after: &Environment,
    moved: impl Fn(&TreePath) -> TreePath,
) -> Vec<(TreePath, String)> {
    let mut known: BTreeMap<TreePath, Vec<&str>> = BTreeMap::new();
    for document in before.documents.iter() {
        let messages = document.problems.iter().map(|it| it.message.as_str());
        known
            .entry(moved(&document.path))
            .or_default()
            .extend(messages);
    }
    let mut found: BTreeMap<&TreePath, Vec<&str>> = BTreeMap::new();
    for document in after.documents.iter() {
        let messages = document.problems.iter().map(|it| it.message.as_str());
        found.entry(&document.path).or_default().extend(messages);
    }
    let new = found.into_iter().filter_map(|(path, messages)| {
        let known = known.get(path).map(Vec::as_slice).unwrap_or_default();
        let is_more = messages.len() > known.len();
        let first = messages.iter().find(|it| !known.contains(it));
        is_more.then(|| (path.clone(), first.copied().unwrap_or_default().to_owned()))
    });
    new.collect()
}

/// The findings that are there after a change and not before it. One whose words have changed is
/// new only where its file has more of its rule than it had. `moved` tells where a file is afterwards.
pub(crate) fn new_findings<'a>(
    (before, known): (&'a Environment, &'a [Finding]),
    (after, found): (&'a Environment, &'a [Finding]),
    moved: impl Fn(&TreePath) -> TreePath,
) -> Vec<&'a Finding> {
    let mut messages: HashMap<(&str, TreePath, &str), usize> = HashMap::new();
    let mut counts: HashMap<(&str, TreePath), usize> = HashMap::new();
    for finding in known {
        let (rule, path) = (finding.rule.name, moved(file(before, finding)));
        *counts.entry((rule, path.clone())).or_default() += 1;
        *messages.entry((rule, path, &finding.message)).or_default() += 1;
    }
    let mut unknown = Vec::new();
    for finding in found {
        let (rule, path) = (finding.rule.name, file(after, finding).clone());
        if take(
            &mut messages,
            &(rule, path.clone(), finding.message.as_str()),
        ) {
            take(&mut counts, &(rule, path));
        } else {
            unknown.push(finding);
        }
    }
    unknown.retain(|finding| {
        let key = (finding.rule.name, file(after, finding).clone());
        !take(&mut counts, &key)
    });
    unknown
}

/// Takes one of what is left, if there is one.
fn take<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) -> bool {
    let left = counts.get_mut(key).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}

/// The file that a finding is in.
pub(crate) fn file<'a>(environment: &'a Environment, finding: &Finding) -> &'a TreePath {
    let location = environment.documents.outermost(finding.location);
    &environment.documents.get(location.document).path
}
