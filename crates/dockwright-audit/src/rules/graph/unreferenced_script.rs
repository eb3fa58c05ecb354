//! `unreferenced-script`

use std::collections::{BTreeSet, HashMap};

use dockwright_environment::build::StageId;
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
        let mut scripts: Vec<(Location, &TreePath)> = Vec::new();
        for script in &environment.scripts {
            let document = environment.documents.get(script.document);
            let first_line = document.text.lines().next().unwrap_or_default().len();
            let location = Location::new(document.id, Span::new(0, first_line));
            let path = &document.path;
            let is_meant = path.parent().is_some_and(|it| is_docker(&docker, &it))
                && !path.parts().any(|part| FOR_OTHERS.contains(&part))
                && !images::is_test(environment, location);
            if is_meant {
                scripts.push((location, path));
            }
        }
        if scripts.is_empty() {
            return;
        }
        let brought = brought(environment);
        scripts.retain(|(_, path)| !is_below(&brought, path));
        let named = Named::of(environment, &scripts);
        for (location, path) in scripts {
            if named.has(path) {
                continue;
            }
            let message = format!("nothing calls, copies or documents `{path}`");
            findings.push(
                Finding::new(self.metadata(), location, message)
                    .confidence(Confidence::Medium)
                    .help("remove it, or say in a document what it is for"),
            );
        }
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

/// What images and services get of the repository, the whole of it left out.
fn brought(environment: &Environment) -> BTreeSet<TreePath> {
    let mut brought = BTreeSet::new();
    for definition in &environment.definitions {
        let (Some(context), Some(build)) = (
            definition.context.directory(),
            environment.build(definition.id),
        ) else {
            continue;
        };
        for stage in 0..build.stages.len() {
            let reads = environment.context_reads(StageId {
                definition: definition.id,
                stage,
            });
            let sources = reads
                .iter()
                .filter_map(|read| context_reads::path(&read.source));
            brought.extend(sources.filter_map(|source| context.join(&source)));
        }
    }
    let services = environment
        .compose
        .iter()
        .flat_map(|project| &project.services);
    let mounts = services.flat_map(|service| &service.volumes);
    brought.extend(
        mounts
            .filter(|it| it.kind == MountKind::Bind)
            .filter_map(|mount| {
                let source = mount.source.as_ref().and_then(|source| source.known());
                mount.directory.join(source?)
            }),
    );
    brought.remove(&TreePath::root());
    brought
}

/// Whether a path is one of some, or below one.
fn is_below(paths: &BTreeSet<TreePath>, path: &TreePath) -> bool {
    let mut above = std::iter::successors(Some(path.clone()), TreePath::parent);
    above.any(|path| paths.contains(&path))
}

/// Which scripts some other file names.
struct Named(BTreeSet<TreePath>);

impl Named {
    /// Searches every text once.
    fn of(environment: &Environment, scripts: &[(Location, &TreePath)]) -> Self {
        let mut by_name: HashMap<&str, Vec<&TreePath>> = HashMap::new();
        let mut by_directory: HashMap<String, Vec<&TreePath>> = HashMap::new();
        for (_, path) in scripts {
            let name = path.file_name();
            by_name.entry(name).or_default().push(path);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            // A word of the language is no name.
            if stem != name && stem.contains(['-', '_']) {
                by_name.entry(stem).or_default().push(path);
            }
            let directory = path.parent().unwrap_or_else(TreePath::root);
            let below = by_directory.entry(directory.file_name().to_owned());
            below.or_default().push(path);
        }
        let search = |file: &TextFile| {
            let mut found: BTreeSet<TreePath> = BTreeSet::new();
            let mut add = |paths: Option<&Vec<&TreePath>>| {
                let others = paths
                    .into_iter()
                    .flatten()
                    .filter(|path| ***path != file.path);
                found.extend(others.map(|path| (*path).clone()));
            };
            for (at, word) in words(&file.text) {
                add(by_name.get(word));
                let after = file.text.get(at + word.len()..).unwrap_or_default();
                if is_pattern(after) {
                    add(by_directory.get(word));
                }
            }
            if ["*.sh", "}.sh"].iter().any(|glob| file.text.contains(glob)) {
                let beside = scripts.iter().map(|(_, path)| *path);
                let beside: Vec<&TreePath> = beside
                    .filter(|path| path.parent() == file.path.parent())
                    .collect();
                add(Some(&beside));
            }
            found
        };
        let files = environment.text_files().par_iter();
        let mut all = files.map(search).reduce(BTreeSet::new, |mut all, one| {
            all.extend(one);
            all
        });
        for entry in environment.tree.entries() {
            if let EntryKind::Link(target) = &entry.kind {
                let name = target.rsplit('/').next().unwrap_or_default();
                let linked = by_name.get(name).into_iter().flatten();
                all.extend(linked.map(|path| (*path).clone()));
            }
        }
        Self(all)
    }

    fn has(&self, path: &TreePath) -> bool {
        self.0.contains(path)
    }
}

/// The words of a text that may be names of files, with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let mut at = 0;
    let words = text.split(move |letter| !is_part(letter)).map(move |word| {
        let start = at;
        let separator = text
            .get(at + word.len()..)
            .and_then(|rest| rest.chars().next());
        at += word.len() + separator.map_or(0, char::len_utf8);
        (start, word)
    });
    words.filter_map(|(start, word)| {
        let own = word.trim_start_matches('.');
        let start = start + word.len() - own.len();
        let own = own.trim_end_matches('.');
        (!own.is_empty()).then_some((start, own))
    })
}

/// Whether what follows a directory's name stands for any file in it: a pattern or a variable.
fn is_pattern(after: &str) -> bool {
    let below = after.strip_prefix('/');
    below.is_some_and(|rest| rest.starts_with(['*', '$', '{', '<', '?', '[', '"', '\'']))
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
