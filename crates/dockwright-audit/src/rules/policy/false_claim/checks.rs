//! What decides whether a promise is kept.

use dockwright_environment::build::{Base, Stage, StageId};
use dockwright_environment::reference::is_official;
use dockwright_environment::{DockerfileDocument, Environment, Location, compose};
use dockwright_syntax::dockerfile::{InstructionKind, MountKind};
use serde::Deserialize;

use crate::stage::StageView;
use crate::{image_scripts, images};

/// What decides whether a promise is kept.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// Every Dockerfile that installs packages has a cache mount.
    CacheMounts,
    /// Every Dockerfile has several stages.
    MultiStage,
    /// No service runs as root.
    Unprivileged,
    /// Every service has a health check.
    Healthcheck,
    /// Every image from elsewhere has a tag that is not `latest`, or a digest.
    Pinned,
    /// Every image from elsewhere has a digest.
    Digest,
    /// Every image starts from the one that the promise names.
    Base,
}

impl Check {
    /// A place that refutes the promise, and what it says. `subject` is what the promise names.
    pub(super) fn counterexample(
        self,
        environment: &Environment,
        subject: &str,
    ) -> Option<(Location, String)> {
        match self {
            Self::CacheMounts => each_dockerfile(environment, |dockerfile, path| {
                let place = installs_without_mount(environment, dockerfile)?;
                Some((place, format!("`{path}` installs packages without one")))
            }),
            Self::MultiStage => each_dockerfile(environment, |dockerfile, path| {
                let from = dockerfile
                    .tree
                    .stage_instructions(dockerfile.tree.stages.first()?);
                let place = Location::new(dockerfile.document, from.first()?.span);
                let is_single = dockerfile.tree.stages.len() == 1;
                is_single.then(|| (place, format!("`{path}` has a single stage")))
            }),
            Self::Unprivileged => each_service(environment, |service, stage| {
                let place = runs_as_root(environment, service, stage)?;
                let name = &service.name.text;
                Some((place, format!("the service `{name}` runs as root")))
            }),
            Self::Healthcheck => each_service(environment, |service, stage| {
                let place = has_no_health_check(environment, service, stage?)?;
                let name = &service.name.text;
                Some((place, format!("the service `{name}` has none")))
            }),
            Self::Pinned => each_external(environment, |stage, image| {
                let tag = image.effective_tag();
                let is_open = image.digest.is_none() && tag.is_none_or(|tag| tag == "latest");
                let name = &stage.base_value.text;
                is_open.then(|| format!("`{name}` may be any version"))
            }),
            Self::Digest => each_external(environment, |stage, image| {
                let name = &stage.base_value.text;
                image
                    .digest
                    .is_none()
                    .then(|| format!("`{name}` has no digest"))
            }),
            Self::Base => {
                let wanted = subject.trim_end_matches('.').to_lowercase();
                let (name, tag) = wanted.split_once(':').unwrap_or((&wanted, ""));
                // Else it may be anything: a directory, a distribution, a principle.
                if !is_official(name) {
                    return None;
                }
                final_base(environment, |stage, image| {
                    let is_other = !image.path.contains(name)
                        && !image.tag.as_ref().is_some_and(|own| own.contains(name));
                    let is_other_tag = !tag.is_empty() && image.tag.as_deref() != Some(tag);
                    let base = &stage.base_value.text;
                    (is_other || is_other_tag).then(|| format!("`{base}` is the base here"))
                })
            }
        }
    }
}

type Found = Option<(Location, String)>;

/// The first Dockerfile, those of tests left out, of which something is found.
fn each_dockerfile(
    environment: &Environment,
    find: impl Fn(&DockerfileDocument, &str) -> Found,
) -> Found {
    environment.dockerfiles.iter().find_map(|dockerfile| {
        let path = &environment.documents.get(dockerfile.document).path;
        let found = find(dockerfile, path.as_str())?;
        (!images::is_test(environment, found.0)).then_some(found)
    })
}

/// The first service, those of tests left out, of which something is found.
fn each_service(
    environment: &Environment,
    find: impl Fn(&compose::Service, Option<StageId>) -> Found,
) -> Found {
    let projects = environment.compose.iter().enumerate();
    let mut services = projects.flat_map(|(number, project)| {
        let services = project.services.iter().enumerate();
        services.map(move |(index, service)| (number, index, service))
    });
    services.find_map(|(number, index, service)| {
        let stage = image_scripts::stage_of_service(environment, number, index);
        let found = find(service, stage)?;
        (!images::is_test(environment, found.0)).then_some(found)
    })
}

/// The first stage that starts from an image from elsewhere of which something is found.
fn each_external(
    environment: &Environment,
    find: impl Fn(&Stage, &dockwright_environment::reference::ImageReference) -> Option<String>,
) -> Found {
    each_dockerfile(environment, |dockerfile, _| {
        StageView::all(environment, dockerfile).find_map(|view| {
            let Base::External(image) = &view.stage.base else {
                return None;
            };
            Some((view.stage.base_value.location, find(view.stage, image)?))
        })
    })
}

/// The same for the images from elsewhere that the images people get start from in the end.
fn final_base(
    environment: &Environment,
    find: impl Fn(&Stage, &dockwright_environment::reference::ImageReference) -> Option<String>,
) -> Found {
    each_dockerfile(environment, |dockerfile, _| {
        let mut targets = StageView::all(environment, dockerfile).filter(|view| view.is_target());
        targets.find_map(|view| {
            let last = environment.chain_stages(view.id).last()?;
            let stage = environment.stage(last)?;
            let Base::External(image) = &stage.base else {
                return None;
            };
            Some((stage.base_value.location, find(stage, image)?))
        })
    })
}

/// Where an image is named that has no health check, for a service that has none either. What an
/// image from elsewhere brings is not known; official ones bring none.
fn has_no_health_check(
    environment: &Environment,
    service: &compose::Service,
    stage: StageId,
) -> Option<Location> {
    let is_given = service.healthcheck.is_some()
        || matches!(environment.configuration(stage).healthcheck, Some(Some(_)));
    let last = environment.stage(environment.chain_stages(stage).last()?)?;
    let is_known = match &last.base {
        Base::External(image) => image.is_official(),
        base => *base == Base::Scratch,
    };
    (!is_given && is_known).then_some(service.name.location)
}

/// Where a Dockerfile without any cache mount installs packages.
fn installs_without_mount(
    environment: &Environment,
    dockerfile: &DockerfileDocument,
) -> Option<Location> {
    let has_mount = dockerfile.tree.instructions.iter().any(|instruction| {
        matches!(&instruction.kind, InstructionKind::Run(run)
            if run.mounts.iter().any(|mount| mount.kind == MountKind::Cache))
    });
    if has_mount {
        return None;
    }
    StageView::all(environment, dockerfile).find_map(|stage| {
        stage.instructions().find_map(|(at, instruction)| {
            let calls = environment.installations(stage.id, at);
            let installs = calls.iter().any(|call| !call.manager.cache.is_empty());
            installs.then(|| stage.location(instruction.keyword.span))
        })
    })
}

/// What makes a service run as root: `user: root`, `USER root`, or an official image without any `USER`.
fn runs_as_root(
    environment: &Environment,
    service: &compose::Service,
    stage: Option<StageId>,
) -> Option<Location> {
    /// Programs by which a script gives up what root may do.
    const DROPS: &[&str] = &[
        "gosu", "su-exec", "setpriv", "runuser", "sudo", "su", "chroot",
    ];
    let scripts = stage.map(|stage| image_scripts::scripts(environment, stage, Some(service)));
    let mut scripts = scripts.into_iter().flatten();
    let drops = scripts.any(|script| {
        let text = &environment.documents.get(script.document).text;
        let mut words = text.split(|letter: char| letter != '-' && !letter.is_alphanumeric());
        words.any(|word| DROPS.contains(&word))
    });
    if drops {
        return None;
    }
    let user = service.user.clone();
    let user = user.or_else(|| environment.user(stage?, usize::MAX));
    if let Some(user) = user {
        let is_root = matches!(user.known(), Some("root" | "0" | "root:root" | "0:0"));
        return is_root.then_some(user.location);
    }
    let last = environment.chain_stages(stage?).last()?;
    let last = environment.stage(last)?;
    match &last.base {
        Base::External(image) if image.is_official() => Some(last.base_value.location),
        _ => None,
    }
}
