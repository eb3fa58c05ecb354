//! From the names that a person types to targets.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::reference::ImageReference;

use super::Plan;

/// A name that no target or group answers to, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The targets that answer to it, if they are several.
    pub several: Vec<String>,
    /// The nearest names there are.
    pub nearest: Vec<String>,
}

/// Why a selection cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A target cannot be built, whatever the engine.
    Target {
        /// Its name.
        target: String,
        /// Why, such as `its Dockerfile … is not there`.
        why: String,
        /// The target that was asked for, when this one is only needed by it.
        needed_by: Option<String>,
    },
    /// Several targets give their images the same name.
    SameName {
        /// The name.
        tag: String,
        /// The targets.
        targets: Vec<String>,
    },
}

/// Names that are shown as the nearest.
const NEAREST: usize = 5;

impl Plan {
    /// The targets behind names of targets, groups, services, images or Dockerfiles; without any
    /// name, the group `default`. Indices into [`Plan::targets`], ascending.
    pub fn select(&self, names: &[String]) -> Result<Vec<usize>, UnknownName> {
        let mut targets = BTreeSet::new();
        if names.is_empty() {
            targets.extend(self.group("default").unwrap_or_default());
        }
        for name in names {
            targets.extend(self.named(name)?);
        }
        Ok(targets.into_iter().collect())
    }

    fn group(&self, name: &str) -> Option<Vec<usize>> {
        let group = self.groups.iter().find(|group| group.name == name)?;
        Some(group.targets.clone())
    }

    fn named(&self, name: &str) -> Result<Vec<usize>, UnknownName> {
        if let Some(index) = self.targets.iter().position(|target| target.name == name) {
            return Ok(vec![index]);
        }
        if let Some(group) = self.group(name) {
            return Ok(group);
        }
        let path = name.trim_start_matches("./");
        let answers = |index: &usize| {
            let aliases = self
                .targets
                .get(*index)
                .map(|target| target.aliases.as_slice());
            aliases.is_some_and(|aliases| aliases.iter().any(|it| it == name || it == path))
        };
        let found: Vec<usize> = (0..self.targets.len()).filter(answers).collect();
        if found.len() == 1 {
            return Ok(found);
        }
        Err(UnknownName {
            name: name.to_owned(),
            several: self.names(&found),
            nearest: if found.is_empty() {
                self.nearest(name)
            } else {
                Vec::new()
            },
        })
    }

    /// The names of targets, groups and other names nearest to one.
    fn nearest(&self, name: &str) -> Vec<String> {
        let targets = self.targets.iter();
        let targets = targets.flat_map(|it| std::iter::once(&it.name).chain(&it.aliases));
        let known: BTreeSet<&String> = targets
            .chain(self.groups.iter().map(|it| &it.name))
            .collect();
        let mut known: Vec<(usize, &String)> = known
            .into_iter()
            .map(|it| (strsim::levenshtein(name, it), it))
            .collect();
        known.sort_unstable();
        known
            .into_iter()
            .take(NEAREST)
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Why some targets cannot be built together, everything that they need included.
    pub fn refusals(&self, targets: &[usize]) -> Vec<Refusal> {
        let closure = self.closure(targets);
        let mut refusals = Vec::new();
        let mut makers: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for index in closure {
            let Some(target) = self.targets.get(index) else {
                continue;
            };
            if let Some(why) = &target.refusal {
                let mut asked = targets.iter().filter(|_| !targets.contains(&index));
                let needed_by = asked.find(|asked| self.closure(&[**asked]).contains(&index));
                refusals.push(Refusal::Target {
                    target: target.name.clone(),
                    why: why.clone(),
                    needed_by: needed_by
                        .and_then(|it| self.targets.get(*it))
                        .map(|it| it.name.clone()),
                });
            }
            for tag in target
                .bake
                .tags
                .iter()
                .filter_map(|tag| ImageReference::parse(tag).ok())
            {
                makers.entry(tag.normalised()).or_default().insert(index);
            }
        }
        let same = makers.into_iter().filter(|(_, makers)| makers.len() > 1);
        refusals.extend(same.map(|(tag, makers)| Refusal::SameName {
            tag: ImageReference::parse(&tag).map_or(tag, |it| it.to_string()),
            targets: self.names(&makers.into_iter().collect::<Vec<_>>()),
        }));
        refusals
    }
}
