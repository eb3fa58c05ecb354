//! The groups of targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dockwright_environment::definition::{BuildDefinition, DefinitionId, Origin};
use dockwright_environment::roles::{self, roles};
use dockwright_environment::{Environment, TreePath};

use super::{Group, Target};

/// Every group, sorted by name: those of bake files, Compose profiles, and by role.
pub(super) fn groups(environment: &Environment, targets: &[Target]) -> Vec<Group> {
    let mut by_definition: HashMap<DefinitionId, usize> = HashMap::new();
    for (index, target) in targets.iter().enumerate() {
        by_definition.extend(target.definitions.iter().map(|id| (*id, index)));
    }
    let mut groups: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    bake_groups(environment, targets, &mut groups);
    let is_default = groups.contains_key("default");
    by_profile(environment, targets, &mut groups);
    let declared = |target: &Target| {
        let mut definitions = target.definitions.iter();
        definitions.any(|id| {
            environment
                .definition(*id)
                .is_some_and(BuildDefinition::is_declared)
        })
    };
    let all: BTreeSet<usize> = (0..targets.len()).collect();
    if !is_default {
        let some: BTreeSet<usize> = all
            .iter()
            .copied()
            .filter(|index| targets.get(*index).is_some_and(declared))
            .collect();
        let default = if some.is_empty() { all.clone() } else { some };
        groups.insert("default".to_owned(), default);
    }
    groups.insert("all".to_owned(), all);
    for (name, members) in by_role(environment, targets) {
        groups.entry(name.to_owned()).or_insert(members);
    }
    groups.retain(|_, members| !members.is_empty());
    groups
        .into_iter()
        .map(|(name, members)| Group {
            name,
            targets: members.into_iter().collect(),
        })
        .collect()
}

/// The target that answers to a name: its own, or else another.
fn named(targets: &[Target], name: &str) -> Option<usize> {
    let own = targets.iter().position(|target| target.name == name);
    own.or_else(|| {
        let answers = |target: &Target| target.aliases.iter().any(|alias| alias == name);
        targets.iter().position(answers)
    })
}

fn bake_groups(
    environment: &Environment,
    targets: &[Target],
    groups: &mut BTreeMap<String, BTreeSet<usize>>,
) {
    for project in &environment.bake {
        // What another directory's bake file builds without names is not what the repository does.
        let first = project
            .files
            .first()
            .map(|id| &environment.documents.get(*id).path);
        let is_own = first
            .and_then(TreePath::parent)
            .is_some_and(|directory| directory.is_root());
        for group in &project.groups {
            if group.name == "default" && !is_own {
                continue;
            }
            let members = project.expand(&group.name);
            let members = members.iter().filter_map(|name| named(targets, name));
            groups
                .entry(group.name.clone())
                .or_default()
                .extend(members);
        }
    }
}

/// A profile whose name a target has already is called `NAME-profile`.
fn by_profile(
    environment: &Environment,
    targets: &[Target],
    groups: &mut BTreeMap<String, BTreeSet<usize>>,
) {
    for project in &environment.compose {
        for service in project.services.iter().filter(|it| it.build.is_some()) {
            let Some(target) = named(targets, &service.name.text) else {
                continue;
            };
            for profile in service.profiles.iter().filter_map(|it| it.known()) {
                let is_taken = targets.iter().any(|target| target.name == profile);
                let name = if is_taken {
                    format!("{profile}-profile")
                } else {
                    profile.to_owned()
                };
                groups.entry(name).or_default().insert(target);
            }
        }
    }
}

/// Images for development, by the words in their names; all others that are not only the base of
/// others are for production.
fn by_role(environment: &Environment, targets: &[Target]) -> [(&'static str, BTreeSet<usize>); 2] {
    let (mut development, mut production) = (BTreeSet::new(), BTreeSet::new());
    let roles = roles();
    let bases: BTreeSet<usize> = targets
        .iter()
        .flat_map(|it| it.needs.iter().copied())
        .collect();
    for (index, target) in targets.iter().enumerate() {
        let words = words(environment, target);
        let has = |role: &[String]| role.iter().any(|word| words.contains(word));
        let (for_development, for_production) = (has(&roles.development), has(&roles.production));
        if for_development {
            development.insert(index);
        }
        if for_production || (!for_development && !bases.contains(&index)) {
            production.insert(index);
        }
    }
    [("development", development), ("production", production)]
}

/// The words in what a target, its stage, its services and their profiles are called.
fn words(environment: &Environment, target: &Target) -> BTreeSet<String> {
    let definitions = target.definitions.iter();
    let definitions = definitions.filter_map(|id| environment.definition(*id));
    let profiles = definitions.filter_map(|definition| match definition.origin {
        Origin::Service { project, service } => {
            environment.compose.get(project)?.services.get(service)
        }
        _ => None,
    });
    let profiles = profiles.flat_map(|service| service.profiles.iter().filter_map(|it| it.known()));
    let file = target
        .dockerfile
        .as_deref()
        .and_then(|path| path.rsplit('/').next());
    let names = std::iter::once(target.name.as_str())
        .chain(target.bake.target.as_deref())
        .chain(file)
        .chain(profiles);
    names.flat_map(roles::words).collect()
}
