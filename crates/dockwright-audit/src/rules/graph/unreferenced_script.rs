//! `unreferenced-script`

use std::collections::BTreeSet;

use dockwright_environment::compose::MountKind;
use dockwright_environment::text_files::TextFile;
use dockwright_environment::tree::EntryKind;
use dockwright_environment::{Environment, Location, TreePath, context_reads};
use dockwright_syntax::Span;
use rayon::prelude::*;

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, images};

rule! {
    /// There is a script for Docker that nothing calls, copies or documents.
    ///
    /// ## What it does
    ///
    /// Looks at the shell scripts that lie beside a Dockerfile or Compose file, or in a directory of
    /// scripts below it, and reports one whose name stands nowhere else in the repository. A `COPY` or a
    /// mount of its directory uses it too, and so does a text that names the files of that directory by
    /// a pattern or a variable. `COPY . .` from the root does not: it brings everything.
    ///
    /// The root of the repository is left alone, and so are tests and examples: scripts there are for
    /// people.
    ///
    /// ## Why is this bad?
    ///
    /// Nothing runs it, so it no longer fits what it was written for. Readers must find out that it does
    /// not matter, and it is kept up with the rest.
    ///
    /// ## Example
    ///
    /// ```dockerfile docker/Dockerfile
    /// FROM debian:trixie
    /// COPY docker/scripts/entrypoint.sh /usr/local/bin/
    /// ENTRYPOINT ["entrypoint.sh"]
    /// ```
    /// ```sh docker/scripts/entrypoint.sh
    /// exec "$@"
    /// ```
    /// ```sh docker/scripts/python-helper.sh
    /// python3 -m venv /opt/venv
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```dockerfile docker/Dockerfile
    /// FROM debian:trixie
    /// COPY docker/scripts/entrypoint.sh /usr/local/bin/
    /// ENTRYPOINT ["entrypoint.sh"]
    /// ```
    /// ```sh docker/scripts/entrypoint.sh
    /// exec "$@"
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: whether to remove the script or to say what it is for must be decided.
    ///
    /// ## References
    ///
    /// - Docker build documentation, "Building best practices": keep only what the image needs
    UnreferencedScript {
        name: "unreferenced-script",
        family: Graph,
        severity: Info,
        fix: None,
        aliases: [],
    }
}

/// Directories of scripts below a Docker directory.
const SCRIPT_DIRECTORIES: &[&str] = &[
    "bin",
    "entrypoints",
    "helpers",
    "script",
    "scripts",
    "tools",
];

/// Directories whose scripts are for people or for a tool that knows their names.
const FOR_OTHERS: &[&str] = &[
    ".devcontainer",
    "demo",
    "demos",
    "example",
    "examples",
    "hooks",
    "sample",
    "samples",
];

impl Rule for UnreferencedScript {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        let environment = cx.environment;
        let docker = docker_directories(environment);
        let scripts = environment.scripts.par_iter().filter_map(|script| {
            let document = environment.documents.get(script.document);
            let first_line = document.text.lines().next().unwrap_or_default().len();
            let location = Location::new(document.id, Span::new(0, first_line));
            let path = &document.path;
            let directory = path.parent()?;
            let is_meant = is_docker(&docker, &directory)
                && !path.parts().any(|part| FOR_OTHERS.contains(&part))
                && !images::is_test(environment, location);
            if !is_meant || is_brought(environment, path) || is_mentioned(environment, path) {
                return None;
            }
            let message = format!("nothing calls, copies or documents `{path}`");
            Some(
                Finding::new(self.metadata(), location, message)
                    .confidence(Confidence::Medium)
                    .help("remove it, or say in a document what it is for"),
            )
        });
        findings.par_extend(scripts);
    }
}

/// The directories that hold a Dockerfile or a Compose file, the root left out.
fn docker_directories(environment: &Environment) -> BTreeSet<TreePath> {
    let dockerfiles = environment.dockerfiles.iter();
    let dockerfiles = dockerfiles.map(|dockerfile| dockerfile.document);
    let projects = environment.compose.iter();
    let files = projects.flat_map(|project| project.files.iter().copied());
    let documents = dockerfiles.chain(files);
    let directories = documents.filter_map(|id| environment.documents.get(id).path.parent());
    directories
        .filter(|directory| !directory.is_root())
        .collect()
}

/// Whether scripts in `directory` are for Docker.
fn is_docker(docker: &BTreeSet<TreePath>, directory: &TreePath) -> bool {
    let of_scripts = SCRIPT_DIRECTORIES.contains(&directory.file_name());
    let above = directory.parent().filter(|_| of_scripts);
    docker.contains(directory) || above.is_some_and(|above| docker.contains(&above))
}

/// Whether an image or a service gets the script with a directory that is not the whole repository.
fn is_brought(environment: &Environment, path: &TreePath) -> bool {
    let holds = |directory: &TreePath| {
        !directory.is_root() && (directory == path || path.relative_to(directory).is_some())
    };
    let copied = environment.definitions.iter().any(|definition| {
        let (Some(context), Some(build)) = (
            definition.context.directory(),
            environment.build(definition.id),
        ) else {
            return false;
        };
        (0..build.stages.len()).any(|stage| {
            let id = dockwright_environment::build::StageId {
                definition: definition.id,
                stage,
            };
            let reads = environment.context_reads(id);
            let mut sources = reads
                .iter()
                .filter_map(|read| context_reads::path(&read.source));
            sources.any(|source| context.join(&source).is_some_and(|source| holds(&source)))
        })
    });
    copied
        || environment.compose.iter().any(|project| {
            let services = project.services.iter();
            let mut mounts = services.flat_map(|service| &service.volumes);
            mounts.any(|mount| {
                let source = mount.source.as_ref().and_then(|source| source.known());
                let source = source.filter(|_| mount.kind == MountKind::Bind);
                source
                    .and_then(|source| mount.directory.join(source))
                    .is_some_and(|source| holds(&source))
            })
        })
}

/// Whether another file names the script, or the files of its directory by a pattern or a variable.
fn is_mentioned(environment: &Environment, path: &TreePath) -> bool {
    let name = path.file_name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    // A word of the language is no name.
    let stem = Some(stem).filter(|stem| stem.contains(['-', '_']));
    let Some(directory) = path.parent() else {
        return true;
    };
    let is_linked = environment.tree.entries().iter().any(|entry| {
        matches!(&entry.kind, EntryKind::Link(target) if target.rsplit('/').next() == Some(name))
    });
    let files = environment.text_files().par_iter();
    let others = files.filter(|file| file.path != *path);
    is_linked
        || others.any(|file| {
            file.mentions(name)
                || stem.is_some_and(|stem| file.mentions(stem))
                || names_all(file, &directory)
        })
}

/// Whether a text names a directory, or files in it by a pattern or a variable.
fn names_all(file: &TextFile, directory: &TreePath) -> bool {
    let name = directory.file_name();
    let beside = file.path.parent().as_ref() == Some(directory);
    let globs = beside && ["*.sh", "}.sh"].iter().any(|glob| file.text.contains(glob));
    globs
        || file.text.match_indices(name).any(|(at, _)| {
            let before = file.text.get(..at).unwrap_or_default();
            let after = file.text.get(at + name.len()..).unwrap_or_default();
            let begins = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
            let below = after.strip_prefix('/');
            let by_pattern = below
                .is_some_and(|rest| rest.starts_with(['*', '$', '{', '<', '?', '[', '"', '\'']));
            begins && by_pattern
        })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    const FILES: &str = "\
-- docker/Dockerfile --
FROM debian:trixie
COPY . /src
-- docker/scripts/wait-for.sh --
until nc -z db 5432; do sleep 1; done
-- docker-bake.hcl --
target \"web\" {
  dockerfile = \"docker/Dockerfile\"
}
";

    #[test]
    fn a_script_beside_a_dockerfile() {
        insta::assert_snapshot!(audit("unreferenced-script", FILES), @r"
        info (medium) docker/scripts/wait-for.sh:1:1 nothing calls, copies or documents `docker/scripts/wait-for.sh`
          help: remove it, or say in a document what it is for
        ");
    }

    #[test]
    fn a_name_a_pattern_a_directory_and_a_link_use_it() {
        for use_ in [
            "-- README.md --\n`wait-for.sh` waits for the database.\n",
            "-- Makefile --\nlint:\n\tshellcheck docker/scripts/*.sh\n",
            "-- ci.sh --\nsh \"docker/scripts/$1.sh\"\n",
            "-- ci.py --\nrun('wait-for')\n",
            "-- web/Dockerfile --\nFROM debian:trixie\nCOPY docker/scripts /opt/\n-- compose.yaml --\nservices:\n  web:\n    build: {context: ., dockerfile: web/Dockerfile}\n",
            "-- compose.yaml --\nservices:\n  web:\n    image: debian\n    volumes: ['./docker/scripts:/opt']\n",
        ] {
            let files = format!("{FILES}{use_}");
            assert_eq!(audit("unreferenced-script", &files), "", "{use_}");
        }
    }

    #[test]
    fn a_mount_of_the_whole_repository_does_not_use_it() {
        let all =
            "-- compose.yaml --\nservices:\n  web:\n    image: debian\n    volumes: ['.:/src']\n";
        assert!(!audit("unreferenced-script", &format!("{FILES}{all}")).is_empty());
    }

    #[test]
    fn other_directories_are_left_alone() {
        for directory in ["scripts", "docker/hooks", "docker/examples", "tests/docker"] {
            let files = FILES.replace("docker/scripts", directory);
            assert_eq!(audit("unreferenced-script", &files), "", "{directory}");
        }
        let root = FILES.replace("docker/", "");
        assert_eq!(audit("unreferenced-script", &root), "");
    }
}
