//! Which targets a change of files affects.
//!
//! The environment is read and planned twice: as it is, and as it was
//! ([`PastTree`](dockwright_environment::tree::PastTree)). A target is affected when it is planned
//! otherwise, when a file that its build reads is among the [`Changes`], or when it needs one that
//! is affected. When in doubt it is.

mod changes;
mod inputs;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use dockwright_environment::{CallerVariables, Environment, TreePath};
use serde_json::Value;

use crate::bake::BakeTarget;
use crate::plan::Target;
use crate::{Plan, Publication};

pub use changes::Changes;
use inputs::Inputs;

/// A target that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Index into [`Plan::targets`].
    pub target: usize,
    /// The first reason that was found.
    pub reason: Reason,
}

/// Why a target is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There was no target of this name.
    New,
    /// A file that its build reads changed.
    File(TreePath),
    /// A build argument has another value.
    Argument(String),
    /// Something else of its definition changed, by the name it has in a bake file.
    Definition(String),
    /// A target that it needs is affected.
    Needs(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => formatter.write_str("new"),
            Self::File(path) => write!(formatter, "`{path}` changed"),
            Self::Argument(name) => write!(formatter, "its build argument `{name}` changed"),
            Self::Definition(key) => write!(formatter, "its `{key}` changed"),
            Self::Needs(target) => write!(formatter, "it needs `{target}`"),
        }
    }
}

/// The targets that are not as they were by themselves, by name: of the environment `now`, compared
/// with that `before`. Both are planned for the same publication and caller, and without what a person
/// asks of this build, which is the same for both.
pub fn changed(
    now: &Environment,
    before: &Environment,
    changes: &Changes,
    publication: &Publication,
    caller: &CallerVariables,
) -> BTreeMap<String, Reason> {
    let plan = Plan::of(now, publication, caller);
    let past = Plan::of(before, publication, caller);
    let past = past.targets.iter().map(|it| (it.name.as_str(), it));
    let past: HashMap<&str, &Target> = past.collect();
    let mut new_inputs = Inputs::new(now, changes);
    let mut old_inputs = Inputs::new(before, changes);
    let mut own_reason = |target: &Target| {
        let Some(old) = past.get(target.name.as_str()) else {
            return Some(Reason::New);
        };
        new_inputs
            .recipe(target)
            .or_else(|| old_inputs.recipe(old))
            .map(Reason::File)
            .or_else(|| difference(&target.bake, &old.bake))
            .or_else(|| new_inputs.content(target).map(Reason::File))
            .or_else(|| old_inputs.content(old).map(Reason::File))
    };
    let targets = plan.targets.iter();
    targets
        .filter_map(|target| Some((target.name.clone(), own_reason(target)?)))
        .collect()
}

/// The targets of a plan that changed or need one that did, ascending.
pub fn affected(plan: &Plan, changed: &BTreeMap<String, Reason>) -> Vec<Affected> {
    let mut reasons: BTreeMap<usize, Reason> = BTreeMap::new();
    for (index, target) in plan.targets.iter().enumerate() {
        let needed = || {
            let need = target.needs.iter().find(|it| reasons.contains_key(it))?;
            Some(Reason::Needs(plan.targets.get(*need)?.name.clone()))
        };
        if let Some(reason) = changed.get(&target.name).cloned().or_else(needed) {
            reasons.insert(index, reason);
        }
    }
    let affected = reasons.into_iter();
    affected
        .map(|(target, reason)| Affected { target, reason })
        .collect()
}

/// The first thing that two targets do not say alike.
fn difference(new: &BakeTarget, old: &BakeTarget) -> Option<Reason> {
    if new == old {
        return None;
    }
    let (new, old) = (fields(new), fields(old));
    let key = differing(&new, &old)?;
    let arguments = |fields: &serde_json::Map<String, Value>| {
        let arguments = fields.get("args").and_then(Value::as_object);
        arguments.cloned().unwrap_or_default()
    };
    match key.as_str() {
        "args" => differing(&arguments(&new), &arguments(&old)).map(Reason::Argument),
        _ => Some(Reason::Definition(key)),
    }
}

fn fields(target: &BakeTarget) -> serde_json::Map<String, Value> {
    match serde_json::to_value(target) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    }
}

/// The first key with different values; the keys of `new` first.
fn differing(
    new: &serde_json::Map<String, Value>,
    old: &serde_json::Map<String, Value>,
) -> Option<String> {
    let mut keys = new.keys().chain(old.keys());
    keys.find(|key| new.get(*key) != old.get(*key)).cloned()
}
