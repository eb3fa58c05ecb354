//! Paths that commands and documents name.

use dockwright_environment::commands::Voice;
use dockwright_environment::compose::FILE_NAMES;
use dockwright_environment::mentions::{Mention, Named, PathRole, Resolution};
use dockwright_environment::{Environment, TreePath};

use super::evidence::through_link;
use super::{Kind, Missing};

pub(super) fn paths(environment: &Environment, missing: &mut Vec<Missing>) {
    let mentions = environment.mentions.iter();
    missing.extend(mentions.filter_map(|mention| absent(environment, mention)));
}

fn absent(environment: &Environment, mention: &Mention) -> Option<Missing> {
    let Named::Path { role, paths } = &mention.named else {
        return None;
    };
    let is_missing = matches!(mention.resolution, Resolution::Missing(_));
    if !is_missing || mention.voice == Voice::History {
        return None;
    }
    // In prose, `compose.yaml` and `Dockerfile` by themselves are those that the reader has.
    let is_common = !mention.text.contains('/') && is_default(&mention.text);
    if mention.voice == Voice::Prose && is_common && *role != PathRole::Listing {
        return None;
    }
    let path = likeliest(environment, paths)?;
    if through_link(environment, path) {
        return None;
    }
    Some(Missing {
        role: role.noun(),
        path: path.clone(),
        location: mention.location,
        kind: match role {
            role if role.is_directory() => Kind::Directory,
            PathRole::EnvFile | PathRole::Mount => Kind::Brought,
            PathRole::Secret => Kind::Secret,
            _ => Kind::File,
        },
        prose: mention.voice == Voice::Prose,
        exact: *role == PathRole::Link,
    })
}

/// Whether it is the name that a tool looks for when none is given.
fn is_default(name: &str) -> bool {
    let others = [
        "Dockerfile",
        "Containerfile",
        ".env",
        "docker-bake.hcl",
        "docker-bake.json",
    ];
    FILE_NAMES.contains(&name) || others.contains(&name)
}

/// Of the places that a path may mean, the one whose directory is there.
fn likeliest<'a>(environment: &Environment, paths: &'a [TreePath]) -> Option<&'a TreePath> {
    let has_directory = |path: &&TreePath| {
        let parent = path.parent();
        parent.is_some_and(|it| it.is_root() || environment.tree.entry(&it).is_some())
    };
    paths.iter().find(has_directory).or(paths.first())
}
