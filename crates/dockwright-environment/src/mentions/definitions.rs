//! What the definitions of Compose and bake files name of a Dockerfile.

use super::{Mention, Named, Resolution, is_plain};
use crate::Environment;
use crate::commands::{Directory, Form, Voice};
use crate::definition::Origin;

/// The stages that services and bake targets ask for.
pub(super) fn stages(environment: &Environment, mentions: &mut Vec<Mention>) {
    for definition in &environment.definitions {
        let is_file = matches!(
            definition.origin,
            Origin::Service { .. } | Origin::BakeTarget { .. }
        );
        let Some(target) = definition.target.as_ref().filter(|_| is_file) else {
            continue;
        };
        let dockerfile = definition.dockerfile_id();
        let dockerfile = dockerfile.and_then(|id| environment.dockerfile(id));
        let (Some(name), Some(dockerfile)) = (target.known(), dockerfile) else {
            continue;
        };
        let known = dockerfile.tree.stage_names();
        let is_there = known.iter().any(|own| own.eq_ignore_ascii_case(name));
        // A stage may be named by its number, and a template put together of a variable.
        if is_there || name.parse::<usize>().is_ok() || !is_plain(name) {
            continue;
        }
        mentions.push(Mention {
            location: target.location,
            text: name.to_owned(),
            named: Named::Stage,
            resolution: Resolution::Missing(known),
            from: Directory::unknown(),
            voice: Voice::Program,
            form: Form::Setting,
        });
    }
}
