//! The plan: every image that can be built, what each needs, and the names people call them by.

use dockwright_environment::definition::DefinitionId;

use crate::bake::{BakeFile, BakeGroup, BakeTarget};

/// Every image of an environment that can be built.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The targets, each after those that it needs.
    pub targets: Vec<Target>,
    /// The groups.
    pub groups: Vec<Group>,
}

/// An image that can be built: what one or more definitions say alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name, unique in the plan and valid in a bake file.
    pub name: String,
    /// What else people call it: services, bake targets, images, paths of Dockerfiles.
    pub aliases: Vec<String>,
    /// The definitions that say how it is built; the first one decides.
    pub definitions: Vec<DefinitionId>,
    /// The targets whose images it starts or copies from: indices into [`Plan::targets`], smaller
    /// than its own.
    pub needs: Vec<usize>,
    /// How it is built.
    pub bake: BakeTarget,
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
    /// The plan as a bake file, with the groups.
    pub fn bake_file(&self) -> BakeFile {
        let name = |index: &usize| self.targets.get(*index).map(|target| target.name.clone());
        let groups = self.groups.iter().map(|group| {
            let targets = group.targets.iter().filter_map(name).collect();
            (group.name.clone(), BakeGroup { targets })
        });
        BakeFile {
            groups: groups.collect(),
            targets: self
                .targets
                .iter()
                .map(|it| (it.name.clone(), it.bake.clone()))
                .collect(),
        }
    }
}
