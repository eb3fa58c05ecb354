//! `dangling-path`

use std::collections::BTreeSet;

use dockwright_environment::compose::{
    FILE_NAMES, MountKind, ProblemKind, Project, Resource, Service,
};
use dockwright_environment::definition::{
    BuildDefinition, ContextSource, DockerfileSource, NamedContextSource, Origin,
};
use dockwright_environment::text_files::TextFile;
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath, Value};

use crate::images::is_fixture;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Metadata, Severity};

rule! {
    /// There is a path that leads to nothing.
    ///
    /// ## What it does
    ///
    /// Follows every path that a Compose or bake file names – build contexts, Dockerfiles, named contexts,
    /// `extends`, `include`, `env_file`, configs, secrets, watched paths, and bind mounts of what looks
    /// like a file – from the directory that the tool takes it from, and reports those at which there is
    /// nothing. Names the nearest file that there is.
    ///
    /// A file that somebody is told to bring is left alone: one that a document, script or ignore file
    /// mentions, or of which a template lies beside it.
    ///
    /// ## Why is this bad?
    ///
    /// The build or the start fails. A bind mount is worse: the engine makes an empty directory where the
    /// file should be.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       dockerfile: docker/Dockerfile
    /// ```
    /// ```dockerfile build/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     build:
    ///       context: .
    ///       dockerfile: build/docker/Dockerfile
    /// ```
    /// ```dockerfile build/docker/Dockerfile
    /// FROM debian:trixie
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Where the file was moved and exactly one file has its role, the path can be replaced. This is safe:
    /// the old path leads to nothing.
    ///
    /// ## References
    ///
    /// - Compose specification: paths are relative to the file that names them, a `dockerfile` to its context
    /// - Docker Engine documentation, "Bind mounts": `-v` creates a missing source as a directory
    DanglingPath {
        name: "dangling-path",
        family: Graph,
        severity: Error,
        fix: Safe,
        aliases: [],
    }
}

impl Rule for DanglingPath {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let mut missing = Vec::new();
        for definition in &environment.definitions {
            definition_paths(definition, &mut missing);
        }
        for project in &environment.compose {
            project_paths(environment, project, &mut missing);
        }
        let mut told = BTreeSet::new();
        for missing in missing {
            if told.insert(missing.location) {
                findings.extend(missing.finding(self.metadata(), environment));
            }
        }
    }
}

/// A path at which there is nothing.
struct Missing {
    /// What it is for, such as "the Dockerfile".
    role: &'static str,
    path: TreePath,
    location: Location,
    kind: Kind,
}

/// How sure it is that the path is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A file that belongs to the repository.
    File,
    /// A directory that belongs to the repository.
    Directory,
    /// A file that somebody may bring.
    Brought,
    /// A file that somebody brings, as a rule.
    Secret,
}

impl Missing {
    fn finding(self, rule: &'static Metadata, environment: &Environment) -> Option<Finding> {
        let Self {
            role,
            path,
            location,
            kind,
        } = self;
        // Made on the machine, a template of a path, or a part of another repository.
        let is_ignored = environment.git_ignores(&path, kind == Kind::Directory);
        if is_ignored || path.as_str().contains("{{") || in_submodule(environment, &path) {
            return None;
        }
        let nearest = nearest(environment, &path, kind == Kind::Directory);
        let brought = || is_brought(environment, &path);
        let message = match kind {
            Kind::Brought | Kind::Secret if brought() || is_local(environment, &path) => {
                return None;
            }
            Kind::Secret if nearest.is_none() => return None,
            Kind::File | Kind::Directory if is_made(environment, &path) => return None,
            _ => format!("{role} `{path}` does not exist"),
        };
        let mut finding = Finding::new(rule, location, message);
        if matches!(kind, Kind::Brought | Kind::Secret) {
            finding = finding
                .severity(Severity::Warning)
                .confidence(Confidence::Medium);
        }
        if is_fixture(environment, location) || leads_somewhere_above(environment, &path, location)
        {
            finding = finding.confidence(Confidence::Low);
        }
        Some(match nearest {
            Some(nearest) => finding.help(format!("the nearest there is: `{nearest}`")),
            None if kind == Kind::Directory => {
                finding.help("create the directory, or name the one that is meant")
            }
            None => finding.help("add the file, or name the one that is meant"),
        })
    }
}

/// Whether the path as written leads somewhere from a directory above that of its file: the file
/// may be meant to be laid over one there.
fn leads_somewhere_above(environment: &Environment, path: &TreePath, location: Location) -> bool {
    let own = environment.documents.get(location.document).path.parent();
    let Some((own, written)) = own
        .as_ref()
        .and_then(|own| Some((own, path.relative_to(own)?)))
    else {
        return false;
    };
    let mut above = std::iter::successors(own.parent(), TreePath::parent);
    above.any(|above| {
        above
            .join(written)
            .is_some_and(|path| path.is_root() || environment.tree.entry(&path).is_some())
    })
}

fn definition_paths(definition: &BuildDefinition, missing: &mut Vec<Missing>) {
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
        }),
        (_, DockerfileSource::Missing(path)) => missing.push(Missing {
            role: "the Dockerfile",
            path: path.clone(),
            location: place(&definition.dockerfile_value)
                .or(place(&definition.context_value))
                .unwrap_or(definition.location),
            kind: Kind::File,
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
            });
        }
    }
}

fn project_paths(environment: &Environment, project: &Project, missing: &mut Vec<Missing>) {
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
    })
}

/// Whether a directory on the way is a link, so that the path may lead somewhere all the same.
fn through_link(environment: &Environment, path: &TreePath) -> bool {
    let parents = std::iter::successors(path.parent(), TreePath::parent);
    parents.into_iter().any(|parent| {
        let entry = environment.tree.entry(&parent);
        entry.is_some_and(|entry| matches!(entry.kind, EntryKind::Link(_)))
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

/// Whether a document, script or ignore file speaks of a file: somebody is told to bring it.
fn is_brought(environment: &Environment, path: &TreePath) -> bool {
    environment
        .text_files()
        .iter()
        .any(|file| !is_compose(file) && file.mentions(path.file_name()))
}

fn is_compose(file: &TextFile) -> bool {
    let name = file.path.file_name();
    FILE_NAMES.contains(&name)
        || (name.contains("compose") && (name.ends_with("yml") || name.ends_with("yaml")))
}

/// Whether a file is of the kind that stays on a machine: `.env`, or one with a template beside it.
fn is_local(environment: &Environment, path: &TreePath) -> bool {
    const TEMPLATES: [&str; 7] = [
        "example", "sample", "template", "tmpl", "dist", "default", "tpl",
    ];
    let name = path.file_name();
    let stem = name
        .trim_start_matches('.')
        .split('.')
        .next()
        .unwrap_or_default();
    let is_template = |other: &str| {
        let other = other.to_lowercase();
        other.contains(&stem.to_lowercase())
            && TEMPLATES.iter().any(|template| other.contains(template))
    };
    let entries = environment.tree.entries().iter();
    let mut beside = entries.filter(|entry| entry.path.parent() == path.parent());
    name.starts_with(".env") || beside.any(|entry| is_template(entry.path.file_name()))
}

/// Whether a path is inside a git submodule, which a checkout may not have.
fn in_submodule(environment: &Environment, path: &TreePath) -> bool {
    let files = environment.text_files().iter();
    let modules = files.filter(|file| file.path.as_str() == ".gitmodules");
    let mut lines = modules.flat_map(|file| file.text.lines());
    lines.any(|line| {
        let given = line
            .trim()
            .strip_prefix("path")
            .and_then(|rest| rest.trim_start().strip_prefix('='));
        let module = given.and_then(|given| TreePath::new(given.trim()));
        module.is_some_and(|module| path.relative_to(&module).is_some())
    })
}

/// Whether a text of the repository says that something is fetched, made or linked at a path.
fn is_made(environment: &Environment, path: &TreePath) -> bool {
    const MAKERS: [&str; 10] = [
        "clone",
        "submodule",
        "mkdir",
        "path =",
        "ln -s",
        "unzip",
        "tar ",
        "checkout",
        "cp ",
        "generate",
    ];
    environment.text_files().iter().any(|file| {
        let ignores = file.path.file_name() == ".gitignore";
        let mut lines = file.lines_with(path.file_name());
        !is_compose(file)
            && lines.any(|line| ignores || MAKERS.iter().any(|maker| line.contains(maker)))
    })
}

/// The file or directory that is most likely meant: of the same name elsewhere, or of nearly the
/// same name in the same place.
fn nearest(environment: &Environment, path: &TreePath, directory: bool) -> Option<TreePath> {
    let name = path.file_name();
    let common = |other: &TreePath| {
        let front = path
            .parts()
            .zip(other.parts())
            .take_while(|(a, b)| a == b)
            .count();
        let back = path
            .parts()
            .rev()
            .zip(other.parts().rev())
            .take_while(|(a, b)| a == b)
            .count();
        front + back
    };
    let entries = || {
        let all = environment.tree.entries().iter();
        all.filter(|entry| !entry.ignored && (entry.kind == EntryKind::Directory) == directory)
    };
    let parent = path.parent();
    let beside = entries().filter(|entry| entry.path.parent() == parent);
    let is_dockerfile = |name: &str| name.contains("Dockerfile") || name.contains("Containerfile");
    let near = beside
        .map(|entry| {
            (
                strsim::levenshtein(&name.to_lowercase(), &entry.path.file_name().to_lowercase()),
                &entry.path,
            )
        })
        .filter(|(distance, other)| {
            *distance <= 1 + name.len() / 5
                || (is_dockerfile(name) && is_dockerfile(other.file_name()))
        })
        .min();
    let same = || {
        entries()
            .filter(|entry| entry.path.file_name().eq_ignore_ascii_case(name))
            .map(|entry| &entry.path)
    };
    let most = same().map(common).max();
    let elsewhere = || same().find(|other| Some(common(other)) == most).cloned();
    near.map(|(_, other)| other.clone()).or_else(elsewhere)
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn the_nearest_is_named() {
        insta::assert_snapshot!(audit("dangling-path", "\
-- services/web/Dockerfile.prod --
FROM debian:trixie
-- config/nginx.conf --
events {}
-- compose.yaml --
include: [infra/db.yaml]
services:
  web:
    build: services/web
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ./data:/data
  api:
    build: service/web
"), @r#"
        error compose.yaml:1:11 the file `infra/db.yaml` does not exist
          help: add the file, or name the one that is meant
        error compose.yaml:4:12 the Dockerfile `services/web/Dockerfile` does not exist
          help: the nearest there is: `services/web/Dockerfile.prod`
        error compose.yaml:9:12 the build context `service/web` does not exist
          help: the nearest there is: `services/web`
        warning (medium) compose.yaml:6:9 the bind mount's source `nginx.conf` does not exist
          help: the nearest there is: `config/nginx.conf`
        "#);
    }

    #[test]
    fn a_file_that_is_brought_is_not_missing() {
        assert_eq!(
            audit(
                "dangling-path",
                "\
-- README.md --
Write your tokens to `tokens.json`.
-- app.env.example --
A=b
-- .gitignore --
/settings.yaml
-- compose.yaml --
services:
  web:
    image: nginx
    env_file: [.env, app.env]
    volumes:
      - ./tokens.json:/run/tokens.json
      - ./settings.yaml:/etc/settings.yaml
      - ./data:/data
      - ./log.d:/log.d
secrets:
  password:
    file: ./secrets/password.txt
"
            ),
            ""
        );
    }

    #[test]
    fn a_file_that_nobody_speaks_of() {
        insta::assert_snapshot!(audit("dangling-path", "\
-- compose.yaml --
services:
  web:
    image: nginx
    env_file: web.env
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf
"), @r#"
        warning (medium) compose.yaml:4:15 the environment file `web.env` does not exist
          help: add the file, or name the one that is meant
        warning (medium) compose.yaml:6:9 the bind mount's source `nginx.conf` does not exist
          help: add the file, or name the one that is meant
        "#);
    }

    #[test]
    fn a_submodule_is_fetched() {
        assert_eq!(
            audit(
                "dangling-path",
                "\
-- .gitmodules --
[submodule \"engine\"]
path = vendor-src/engine
-- compose.yaml --
services:
  web:
    build: vendor-src/engine
"
            ),
            ""
        );
    }

    #[test]
    fn bake_takes_paths_from_its_own_directory() {
        insta::assert_snapshot!(audit("dangling-path", "\
-- web/Dockerfile --
FROM debian:trixie
-- docker-bake.hcl --
target \"web\" {
  context = \"web\"
}
target \"api\" {
  context = \"api\"
}
target \"worker\" {
  context = \"web\"
  dockerfile = \"Dockerfile.worker\"
}
"), @r#"
        error docker-bake.hcl:5:13 the build context `api` does not exist
          help: create the directory, or name the one that is meant
        error docker-bake.hcl:9:16 the Dockerfile `web/Dockerfile.worker` does not exist
          help: the nearest there is: `web/Dockerfile`
        "#);
    }
}
