//! The plan: every image that can be built, what each needs, and the names people call them by.
//!
//! `draft` turns build definitions into targets, `names` names them, `link` finds what each needs,
//! `group` puts them together, and `select` finds what a person means.

mod draft;
mod group;
mod link;
mod names;
mod overrides;
mod reroot;
mod select;

use std::collections::BTreeMap;

use dockwright_environment::definition::DefinitionId;
use dockwright_environment::{CallerVariables, Environment};

use crate::bake::{BakeFile, BakeGroup, BakeTarget};

pub use crate::publication::Publication;
pub use overrides::{Override, OverrideError};
pub use select::{Refusal, UnknownName};

/// Every image of an environment that can be built.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The targets, each after those that it needs.
    pub targets: Vec<Target>,
    /// The groups.
    pub groups: Vec<Group>,
}

/// An image that can be built: what one or more definitions say alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Its name, unique in the plan and valid in a bake file.
    pub name: String,
    /// What else people call it: services, bake targets, images, the Dockerfile's path.
    pub aliases: Vec<String>,
    /// The definitions that say how it is built; the first one decides.
    pub definitions: Vec<DefinitionId>,
    /// The targets whose images it starts or copies from: indices into [`Plan::targets`], smaller
    /// than its own.
    pub needs: Vec<usize>,
    /// How it is built.
    pub bake: BakeTarget,
    /// The Dockerfile's path from the root of the repository; absent when it is no file of it.
    pub dockerfile: Option<String>,
    /// Why it cannot be built.
    pub refusal: Option<String>,
    /// What a person should know of it before it is built.
    pub notes: Vec<String>,
}

/// A set of targets under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its targets: indices into [`Plan::targets`], ascending.
    pub targets: Vec<usize>,
}

impl Plan {
    /// Plans every image of an environment.
    ///
    /// Where a stage of a Dockerfile is built by a bake target, that says how, and Compose
    /// services and typed commands do not; else services do, else commands, else it is inferred.
    /// Definitions that say the same are one target. `caller` gives the build arguments that
    /// definitions leave to the caller's environment.
    pub fn of(
        environment: &Environment,
        publication: &Publication,
        caller: &CallerVariables,
    ) -> Self {
        let mut drafts = draft::drafts(environment, caller);
        names::adopt(environment, &mut drafts);
        names::give(environment, &mut drafts);
        names::publish(environment, &mut drafts, publication);
        let targets = link::link(environment, drafts);
        let groups = group::groups(environment, &targets);
        Self { targets, groups }
    }

    /// The plan as a bake file, with the groups.
    pub fn bake_file(&self) -> BakeFile {
        let groups = self.groups.iter().map(|group| {
            let targets = self.names(&group.targets);
            (group.name.clone(), BakeGroup { targets })
        });
        BakeFile {
            groups: groups.collect(),
            targets: self.bake_targets(0..self.targets.len()),
        }
    }

    /// Some targets as a bake file: they are the group `default`, and what they need is there.
    pub fn bake_file_of(&self, targets: &[usize]) -> BakeFile {
        let group = BakeGroup {
            targets: self.names(targets),
        };
        BakeFile {
            groups: BTreeMap::from([("default".to_owned(), group)]),
            targets: self.bake_targets(self.closure(targets)),
        }
    }

    fn bake_targets(
        &self,
        targets: impl IntoIterator<Item = usize>,
    ) -> BTreeMap<String, BakeTarget> {
        let targets = targets
            .into_iter()
            .filter_map(|index| self.targets.get(index));
        targets
            .map(|target| (target.name.clone(), target.bake.clone()))
            .collect()
    }

    /// The names of targets.
    pub fn names(&self, targets: &[usize]) -> Vec<String> {
        let targets = targets.iter().filter_map(|index| self.targets.get(*index));
        targets.map(|target| target.name.clone()).collect()
    }

    /// Targets and all that they need, ascending.
    pub fn closure(&self, targets: &[usize]) -> Vec<usize> {
        let mut wanted = vec![false; self.targets.len()];
        for index in targets {
            if let Some(wanted) = wanted.get_mut(*index) {
                *wanted = true;
            }
        }
        for (index, target) in self.targets.iter().enumerate().rev() {
            if wanted.get(index) != Some(&true) {
                continue;
            }
            for need in &target.needs {
                if let Some(wanted) = wanted.get_mut(*need) {
                    *wanted = true;
                }
            }
        }
        let wanted = wanted.into_iter().enumerate();
        wanted
            .filter_map(|(index, wanted)| wanted.then_some(index))
            .collect()
    }
}
