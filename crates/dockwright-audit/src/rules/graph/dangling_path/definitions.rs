//! Paths that Compose and bake files name.

use std::collections::BTreeSet;

use dockwright_environment::compose::{MountKind, ProblemKind, Project, Resource, Service};
use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DockerfileSource, NamedContextSource, Origin,
};
use dockwright_environment::{Environment, TreePath, Value};

use super::evidence::through_link;
use super::{Kind, Missing};

pub(super) fn definition_paths(definition: &BuildDefinition, missing: &mut Vec<Missing>) {
    if !matches!(
        definition.origin,
        Origin::Service { .. } | Origin::BakeTarget { .. }
    ) {
        return;
    }
    let place = |value: &Option<Value>| value.as_ref().map(|value| value.location);
    match (&definition.context, &definition.dockerfile) {
        (ContextSource::Missing(path), _) => missing.push(Missing {
            role: "the build context",
            path: path.clone(),
            location: place(&definition.context_value).unwrap_or(definition.location),
            kind: Kind::Directory,
            prose: false,
            exact: false,
        }),
        (_, DockerfileSource::Missing(path)) => missing.push(Missing {
            role: "the Dockerfile",
            path: path.clone(),
            location: place(&definition.dockerfile_value)
                .or(place(&definition.context_value))
                .unwrap_or(definition.location),
            kind: Kind::File,
            prose: false,
            exact: false,
        }),
        _ => {}
    }
    for context in &definition.contexts {
        if let NamedContextSource::Missing(path) = &context.source {
            missing.push(Missing {
                role: "the named context",
                path: path.clone(),
                location: context.value.location,
                kind: Kind::Directory,
                prose: false,
                exact: false,
            });
        }
    }
}

pub(super) fn project_paths(
    environment: &Environment,
    project: &Project,
    missing: &mut Vec<Missing>,
) {
    let mut env_files = BTreeSet::new();
    for service in &project.services {
        env_files.extend(service.env_files.iter().map(|file| file.path.location));
        service_paths(environment, service, missing);
    }
    for (resources, role, kind) in [
        (&project.configs, "the config file", Kind::Brought),
        (&project.secrets, "the secret file", Kind::Secret),
    ] {
        let files = resources
            .iter()
            .filter_map(|resource: &Resource| Some((resource, resource.file.as_ref()?)));
        for (resource, file) in files {
            missing.extend(absent(environment, &resource.directory, file, role, kind));
        }
    }
    // What is left of the missing files is named by `extends` and `include`.
    for problem in project
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::MissingFile)
    {
        let document = environment.documents.get(problem.location.document);
        let written = environment
            .documents
            .text(problem.location)
            .trim()
            .trim_matches(['"', '\'']);
        let path = document
            .path
            .parent()
            .and_then(|directory| directory.join(written));
        let is_path = !written.is_empty() && !written.contains(['\n', '$', ' ']);
        if let Some(path) = path.filter(|_| is_path && !env_files.contains(&problem.location)) {
            missing.push(Missing {
                role: "the file",
                path,
                location: problem.location,
                kind: Kind::File,
                prose: false,
                exact: false,
            });
        }
    }
}

fn service_paths(environment: &Environment, service: &Service, missing: &mut Vec<Missing>) {
    // Portainer writes `stack.env` when it deploys a stack.
    let env_files = service.env_files.iter().filter(|file| file.required);
    for file in env_files.filter(|file| file.path.text != "stack.env") {
        missing.extend(absent(
            environment,
            &file.directory,
            &file.path,
            "the environment file",
            Kind::Brought,
        ));
    }
    for watch in &service.watch {
        missing.extend(absent(
            environment,
            &watch.directory,
            &watch.path,
            "the watched path",
            Kind::Brought,
        ));
    }
    for mount in service
        .volumes
        .iter()
        .filter(|mount| mount.kind == MountKind::Bind)
    {
        let Some(source) = mount
            .source
            .as_ref()
            .filter(|source| looks_like_file(&source.text))
        else {
            continue;
        };
        let same_end = mount
            .target
            .as_ref()
            .is_some_and(|target| extension(&target.text) == extension(&source.text));
        if same_end {
            missing.extend(absent(
                environment,
                &mount.directory,
                source,
                "the bind mount's source",
                Kind::Brought,
            ));
        }
    }
}

/// A path inside the tree at which there is nothing.
fn absent(
    environment: &Environment,
    directory: &TreePath,
    value: &Value,
    role: &'static str,
    kind: Kind,
) -> Option<Missing> {
    // A path in a variable is chosen by whoever starts the project.
    let path = directory.join(value.known().filter(|_| value.is_literal())?)?;
    let is_absent = !path.is_root()
        && environment.tree.entry(&path).is_none()
        && !through_link(environment, &path);
    is_absent.then_some(Missing {
        role,
        path,
        location: value.location,
        kind,
        prose: false,
        exact: false,
    })
}

fn extension(path: &str) -> Option<&str> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty()).then_some(extension)
}

/// Whether a path is that of a file which people write: `conf/nginx.conf`, not `data`,
/// `conf.d` or what a program makes by itself.
fn looks_like_file(path: &str) -> bool {
    const WRITTEN: [&str; 28] = [
        "conf",
        "cfg",
        "cnf",
        "ini",
        "toml",
        "yaml",
        "yml",
        "json",
        "xml",
        "properties",
        "sh",
        "bash",
        "py",
        "js",
        "ts",
        "sql",
        "php",
        "rb",
        "env",
        "txt",
        "html",
        "md",
        "tmpl",
        "template",
        "rules",
        "lua",
        "hcl",
        "config",
    ];
    path.starts_with('.') && extension(path).is_some_and(|extension| WRITTEN.contains(&extension))
}
