//! What `docker compose` names.

use super::{Named, Names, PathRole};
use crate::Value;

pub(super) fn names(names: &mut Names<'_>) {
    let (environment, invocation) = (names.environment, names.invocation);
    if invocation.command.ends_with("stack deploy") {
        for file in invocation.values("compose-file") {
            names.path(file, PathRole::ComposeFile);
        }
    }
    if invocation.compose_command().is_none() {
        return;
    }
    for file in invocation.compose_files() {
        names.path(&file, PathRole::ComposeFile);
    }
    for file in invocation.values("env-file") {
        names.path(file, PathRole::EnvFile);
    }
    let Some(command) = environment.compose_command(invocation) else {
        return;
    };
    let known = |names: Vec<&str>| {
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        command.is_known().then_some(names)
    };
    let all = || {
        command
            .projects
            .iter()
            .flat_map(|project| &project.services)
    };
    let services = known(all().map(|service| &*service.name.text).collect());
    for service in &command.services {
        // `worker=3`, `web:/path`
        names.name(service, Named::Service, services.clone());
    }
    let profiles = known(
        all()
            .flat_map(|service| &service.profiles)
            .map(|profile| profile.text.as_str())
            .collect(),
    );
    for value in &command.profiles {
        let parts = value.text.split(',').map(|text| Value {
            text: text.trim().to_owned(),
            ..(*value).clone()
        });
        for profile in parts.filter(|profile| profile.text != "*") {
            names.name(&profile, Named::Profile, profiles.clone());
        }
    }
}
