//! `dangling-path`

mod definitions;
mod evidence;
mod mentions;

use std::collections::BTreeSet;

use dockwright_environment::{Environment, Location, TreePath};

use crate::edits::path::{moved_to, rename};
use crate::images::is_fixture;
use crate::nearest;
use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, Fix, Metadata, Severity};
use definitions::{definition_paths, project_paths};
use evidence::{in_submodule, is_brought, is_local, is_made, leads_somewhere_above};

rule! {
    /// There is a path that leads to nothing.
    ///
    /// ## What it does
    ///
    /// Follows every path that a Compose or bake file names – build contexts, Dockerfiles, named contexts,
    /// `extends`, `include`, `env_file`, configs, secrets, watched paths, and bind mounts of what looks
    /// like a file – from the directory that the tool takes it from, and reports those at which there is
    /// nothing. Likewise the paths in commands, wherever they stand: scripts, Makefiles, CI, programs and
    /// documents; variables are put in, and `cd`, `make -C` and `working-directory` are followed, as are the
    /// variables that a call of make gives to the recipes of a Makefile. The directory of `make -C` has to
    /// have a Makefile. In documents also links and drawings of directory trees. Names the nearest file that
    /// there is.
    ///
    /// A file that somebody is told to bring is left alone: one that a document, script or ignore file
    /// mentions, or of which a template lies beside it. Changelogs and dated notes may name what is gone.
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
    /// Where exactly one file of the repository has the name of the file that is not there, its path is written
    /// instead. This is safe: the old path leads to nothing. Directories, and paths with variables in them, are
    /// left to you.
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
        mentions::paths(environment, &mut missing);
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
    /// Whether a document for people names it.
    prose: bool,
    /// Whether it is relative to the file that names it, and to nothing else.
    exact: bool,
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
            prose,
            exact,
        } = self;
        // Made on the machine, a template of a path, or a part of another repository.
        let is_ignored = environment.git_ignores(&path, kind == Kind::Directory);
        if is_ignored || path.as_str().contains("{{") || in_submodule(environment, &path) {
            return None;
        }
        let nearest = nearest::path(environment, &path, kind == Kind::Directory);
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
        if prose {
            finding = finding.severity(Severity::Warning);
            // What lies in a directory that is not there may be part of another repository.
            if nearest.is_none() && !has_directory(environment, &path) {
                finding = finding.confidence(Confidence::Low);
            }
        }
        if is_fixture(environment, location)
            || !exact && leads_somewhere_above(environment, &path, location)
        {
            finding = finding.confidence(Confidence::Low);
        }
        let moved = matches!(kind, Kind::File)
            .then(|| moved_to(environment, &path))
            .flatten();
        let fix = moved.and_then(|found| {
            let new = rename(environment.documents.text(location), &path, found)?;
            let why = format!("`{path}` is not there, and `{found}` is the only file of its name");
            Some(Fix::safe(format!("write `{new}`"), why).replace(location, new))
        });
        let finding = finding.fix(fix);
        Some(match nearest {
            Some(nearest) => finding.help(format!("the nearest there is: `{nearest}`")),
            None if kind == Kind::Directory => {
                finding.help("create the directory, or name the one that is meant")
            }
            None => finding.help("add the file, or name the one that is meant"),
        })
    }
}

/// Whether the directory of a path is there, and is no longer the root.
fn has_directory(environment: &Environment, path: &TreePath) -> bool {
    let parent = path.parent();
    parent.is_some_and(|it| !it.is_root() && environment.tree.entry(&it).is_some())
}

#[cfg(test)]
mod tests {
    use crate::testing::{audit, fix};

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

    const MAKE: &str = "\
-- build/docker/Makefile --
DOCKERFILE = Dockerfile
image:
	docker build -f $(DOCKERFILE) .
-- build/docker/Dockerfile --
FROM debian:trixie
-- ci/docker/Dockerfile --
FROM debian:trixie
-- Makefile --
";

    #[test]
    fn make_is_told_a_directory_without_a_makefile() {
        insta::assert_snapshot!(audit("dangling-path", &format!("{MAKE}\
images:
	$(MAKE) -C build/docker image
	$(MAKE) -C build/docker -f image.mk image
	$(MAKE) -C docker image
	$(MAKE) -C ci/docker image
	$(MAKE) -C build/docker image DOCKERFILE=Dockerfile.web
")), @r#"
        error Makefile:3:13 the makefile `build/docker/image.mk` does not exist
          help: add the file, or name the one that is meant
        error Makefile:4:13 the working directory `docker` does not exist
          help: the nearest there is: `build/docker`
        error Makefile:5:13 the makefile `ci/docker/Makefile` does not exist
          help: the nearest there is: `build/docker/Makefile`
        error Makefile:6:43 the Dockerfile `build/docker/Dockerfile.web` does not exist
          help: the nearest there is: `build/docker/Dockerfile`
        "#);
    }

    #[test]
    fn what_make_may_find_all_the_same_is_left_alone() {
        for recipe in [
            "$(MAKE) -C $(DIRECTORY) image",
            "$(MAKE) -C /usr/src/gone",
            "$(MAKE) --version -C gone",
            "git clone https://example.com/gone && $(MAKE) -C gone",
            "docker run app make -C gone",
            "$(MAKE) -C ci/docker image\n-- ci/CMakeLists.txt --\n",
            "$(MAKE) -C gone\n-- .gitmodules --\n[submodule \"gone\"]\npath = gone\n",
            "$(MAKE) -C gone\n-- .gitignore --\n/gone/\n",
            "true\n-- README.md --\n```sh\nmake -C docker-app all\n```\n",
        ] {
            let files = format!("{MAKE}all:\n\t{recipe}\n");
            assert_eq!(audit("dangling-path", &files), "", "{recipe}");
        }
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

    #[test]
    fn a_file_that_has_moved_is_followed() {
        insta::assert_snapshot!(fix("dangling-path", "\
-- compose.yaml --
services:
  web:
    build:
      context: web
      dockerfile: ./docker/web.Dockerfile # here
  two:
    build:
      context: web
      dockerfile: docker/Dockerfile
-- web/build/web.Dockerfile --
FROM debian:trixie
-- web/a/Dockerfile --
FROM debian:trixie
-- web/b/Dockerfile --
FROM debian:trixie
"), @r#"
        safe: write `./build/web.Dockerfile`, for `web/docker/web.Dockerfile` is not there, and `web/build/web.Dockerfile` is the only file of its name
        -- compose.yaml --
        -      dockerfile: ./docker/web.Dockerfile # here
        +      dockerfile: ./build/web.Dockerfile # here
        "#);
    }
}
