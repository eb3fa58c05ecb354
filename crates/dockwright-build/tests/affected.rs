//! Which targets a change affects, in real git repositories.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dockwright_build::affected::{Changes, affected, changed};
use dockwright_build::{Plan, Publication};
use dockwright_environment::tree::{DiskTree, GitTree, PastTree};
use dockwright_environment::{CallerVariables, Environment, ReadOptions, Tree};

/// A shop: `base`, `api` and `web` that start from it, and `docs`, which stands alone.
const SHOP: &str = "\
-- compose.yaml --
name: shop
services:
  base:
    image: shop/base:1
    build: base
  api:
    image: shop/api:1
    build:
      context: .
      dockerfile: docker/api.Dockerfile
      args:
        LEVEL: ${LEVEL:-low}
  web:
    image: shop/web:1
    build: web
  docs:
    image: shop/docs:1
    build:
      context: docs
      additional_contexts:
        theme: theme
-- base/Dockerfile --
FROM debian:trixie
COPY *.sh /usr/local/bin/
-- base/entry.sh --
#!/bin/sh
-- docker/api.Dockerfile --
FROM shop/base:1 AS build
ARG LEVEL
COPY src/ /src/
FROM build AS unused
COPY unused /unused
FROM shop/base:1
COPY --from=build /src /src
RUN --mount=source=config/api.toml,target=/api.toml cat /api.toml
-- .dockerignore --
**/*.md
-- src/main.go --
package main
-- src/notes.md --
notes
-- config/api.toml --
[api]
-- unused/file --
unused
-- README.md --
The shop
-- web/Dockerfile --
FROM shop/base:1
COPY . /web
-- web/.dockerignore --
dist
-- web/index.html --
<html>
-- docs/Dockerfile --
FROM debian:trixie
COPY --from=theme / /theme
COPY manual /manual
-- docs/manual/a.txt --
a
-- theme/style.css --
a {}
-- .gitignore --
/web/node_modules/
";

fn git(root: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .current_dir(root)
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {done:?}");
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A repository whose only commit has the files of a text.
fn repository(files: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files.split("-- ").skip(1) {
        let (path, text) = file.split_once(" --\n").unwrap();
        write(root.path(), path, text);
    }
    git(root.path(), &["init", "-q"]);
    commit(root.path());
    root
}

fn commit(root: &Path) {
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "change"]);
}

/// The targets that are affected since a revision, with the reasons.
fn since(root: &Path, revision: &str) -> String {
    let options = ReadOptions::default();
    let caller = CallerVariables::default();
    let publication = Publication::default();
    let now: Arc<dyn Tree> = Arc::new(DiskTree::open(root).unwrap());
    let past = PastTree::new(Arc::clone(&now), GitTree::open(root, revision).unwrap());
    let now = Environment::read(now, &options);
    let past = Environment::read(Arc::new(past), &options);
    let changes = Changes::since(root, revision).unwrap();
    let of_itself = changed(&now, &past, &changes, &publication, &caller);
    let plan = Plan::of(&now, &publication, &caller);
    let affected = affected(&plan, &of_itself).into_iter();
    let told = affected.map(|it| format!("{}: {}", plan.targets[it.target].name, it.reason));
    told.collect::<Vec<_>>().join("\n")
}

/// The targets of the shop that a change of the working tree affects.
fn after(change: impl FnOnce(&Path)) -> String {
    let root = repository(SHOP);
    change(root.path());
    since(root.path(), "HEAD")
}

#[test]
fn nothing_changed() {
    assert_eq!(after(|_| ()), "");
}

#[test]
fn a_file_that_no_build_reads() {
    let told = after(|root| {
        write(root, "README.md", "Another shop");
        write(root, "src/notes.md", "ignored by .dockerignore");
        write(root, "unused/file", "copied by a stage that is not built");
        write(root, "web/dist/app.js", "ignored by the context's own file");
        write(root, "web/node_modules/a/index.js", "ignored by git");
        write(root, "docs/other.txt", "beside what is copied");
    });
    assert_eq!(told, "");
}

#[test]
fn a_file_in_a_copied_directory() {
    let told = after(|root| write(root, "src/main.go", "package other"));
    assert_eq!(told, "api: `src/main.go` changed");
}

#[test]
fn a_file_that_is_mounted() {
    let told = after(|root| write(root, "config/api.toml", "[other]"));
    assert_eq!(told, "api: `config/api.toml` changed");
}

#[test]
fn a_base_affects_all_that_need_it() {
    let told = after(|root| write(root, "base/entry.sh", "#!/bin/bash"));
    insta::assert_snapshot!(told, @"
    base: `base/entry.sh` changed
    api: it needs `base`
    web: it needs `base`
    ");
}

#[test]
fn a_dockerfile_in_another_directory() {
    let told = after(|root| write(root, "docker/api.Dockerfile", "FROM shop/base:1\n"));
    assert_eq!(told, "api: `docker/api.Dockerfile` changed");
}

#[test]
fn an_ignore_file() {
    let told = after(|root| write(root, "web/.dockerignore", "dist\n*.log\n"));
    assert_eq!(told, "web: `web/.dockerignore` changed");
    let told = after(|root| write(root, "docker/api.Dockerfile.dockerignore", "*.md\n"));
    assert_eq!(told, "api: `docker/api.Dockerfile.dockerignore` changed");
}

#[test]
fn the_default_of_an_argument_in_a_compose_file() {
    let compose = SHOP.split("-- ").nth(1).unwrap();
    let (_, compose) = compose.split_once(" --\n").unwrap();
    let told = after(|root| write(root, "compose.yaml", &compose.replace("-low", "-high")));
    assert_eq!(told, "api: its build argument `LEVEL` changed");
    let told = after(|root| write(root, ".env", "LEVEL=high\n"));
    assert_eq!(told, "api: its build argument `LEVEL` changed");
    let told = after(|root| {
        write(
            root,
            "compose.yaml",
            &compose.replace("shop/docs:1", "shop/docs:2"),
        );
    });
    assert_eq!(told, "docs: its `tags` changed");
}

#[test]
fn a_service_that_is_new() {
    let told = after(|root| {
        let compose = fs::read_to_string(root.join("compose.yaml")).unwrap();
        write(
            root,
            "compose.yaml",
            &format!("{compose}  job:\n    build: job\n"),
        );
        write(root, "job/Dockerfile", "FROM shop/web:1\n");
    });
    assert_eq!(told, "job: new");
}

#[test]
fn a_named_context() {
    let told = after(|root| write(root, "theme/style.css", "b {}"));
    assert_eq!(told, "docs: `theme/style.css` changed");
}

#[test]
fn a_file_that_is_renamed_or_removed() {
    let told = after(|root| git(root, &["mv", "src/main.go", "src/shop.go"]));
    assert_eq!(told, "api: `src/main.go` changed");
    let told = after(|root| git(root, &["mv", "src/main.go", "main.go"]));
    assert_eq!(told, "api: `src/main.go` changed");
    let told = after(|root| fs::remove_file(root.join("docs/manual/a.txt")).unwrap());
    assert_eq!(told, "docs: `docs/manual/a.txt` changed");
}

#[test]
fn a_file_that_git_does_not_know_yet() {
    let told = after(|root| write(root, "docs/manual/b.txt", "b"));
    assert_eq!(told, "docs: `docs/manual/b.txt` changed");
}

#[test]
fn a_file_that_a_wildcard_finds() {
    let told = after(|root| write(root, "base/other.sh", "#!/bin/sh\n"));
    assert!(
        told.starts_with("base: `base/other.sh` changed\n"),
        "{told}"
    );
    let told = after(|root| fs::remove_file(root.join("base/entry.sh")).unwrap());
    assert!(
        told.starts_with("base: `base/entry.sh` changed\n"),
        "{told}"
    );
    assert_eq!(after(|root| write(root, "base/other.txt", "")), "");
}

#[cfg(unix)]
#[test]
fn a_mode() {
    use std::os::unix::fs::PermissionsExt;
    let told = after(|root| {
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(root.join("base/entry.sh"), executable).unwrap();
    });
    assert!(
        told.starts_with("base: `base/entry.sh` changed\n"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_and_what_it_leads_to() {
    use std::os::unix::fs::symlink;
    let files = "\
-- Dockerfile --
FROM scratch
COPY conf*/current /conf
-- conf/one --
1
-- conf/two --
2
";
    let root = repository(files);
    let link = root.path().join("conf/current");
    symlink("one", &link).unwrap();
    commit(root.path());
    write(root.path(), "conf/two", "3");
    assert_eq!(since(root.path(), "HEAD"), "");
    write(root.path(), "conf/one", "3");
    let told = since(root.path(), "HEAD");
    assert!(told.ends_with(": `conf/one` changed"), "{told}");
    git(root.path(), &["checkout", "-q", "."]);
    fs::remove_file(&link).unwrap();
    symlink("two", &link).unwrap();
    let told = since(root.path(), "HEAD");
    assert!(told.ends_with(": `conf/current` changed"), "{told}");
}

#[test]
fn a_trigger_of_a_base_reads_the_context_of_what_starts_from_it() {
    let files = "\
-- compose.yaml --
name: shop
services:
  base:
    image: shop/base:1
    build: base
  app:
    build: app
-- base/Dockerfile --
FROM scratch
ONBUILD COPY src /src
-- base/src/a --
a
-- app/Dockerfile --
FROM shop/base:1
-- app/src/a --
a
";
    let root = repository(files);
    write(root.path(), "base/src/a", "b");
    assert_eq!(since(root.path(), "HEAD"), "");
    write(root.path(), "app/src/a", "b");
    assert_eq!(since(root.path(), "HEAD"), "app: `app/src/a` changed");
}

#[test]
fn a_source_that_is_not_known_may_be_anything() {
    let files = "\
-- Dockerfile --
FROM scratch
ARG WHAT
COPY $WHAT /
-- a --
a
";
    let root = repository(files);
    write(root.path(), "a", "b");
    let told = since(root.path(), "HEAD");
    assert!(told.ends_with(": `a` changed"), "{told}");
}

#[test]
fn commits_since_count_and_a_change_that_is_taken_back_does_not() {
    let root = repository(SHOP);
    let root = root.path();
    write(root, "src/main.go", "package other");
    commit(root);
    write(root, "docs/manual/a.txt", "b");
    commit(root);
    assert_eq!(
        since(root, "HEAD~2"),
        "api: `src/main.go` changed\ndocs: `docs/manual/a.txt` changed"
    );
    assert_eq!(since(root, "HEAD~1"), "docs: `docs/manual/a.txt` changed");
    write(root, "docs/manual/a.txt", "a\n");
    assert_eq!(since(root, "HEAD~2"), "api: `src/main.go` changed");
}

#[test]
fn a_submodule_at_another_commit() {
    let library = repository("-- a --\na\n");
    let root = repository("-- Dockerfile --\nFROM scratch\nCOPY library/a /\n");
    let from = library.path().to_str().unwrap();
    let allow = ["-c", "protocol.file.allow=always"];
    let add = ["submodule", "--quiet", "add", from, "library"];
    git(root.path(), &[&allow[..], &add].concat());
    commit(root.path());
    assert_eq!(since(root.path(), "HEAD"), "");
    let submodule = root.path().join("library");
    write(&submodule, "a", "b");
    commit(&submodule);
    let told = since(root.path(), "HEAD");
    assert!(told.ends_with(": `library` changed"), "{told}");
}

#[test]
fn a_directory_of_a_repository() {
    let root =
        repository("-- shop/Dockerfile --\nFROM scratch\nCOPY a /\n-- shop/a --\na\n-- a --\na\n");
    let shop = root.path().join("shop");
    write(root.path(), "a", "b");
    assert_eq!(since(&shop, "HEAD"), "");
    write(&shop, "a", "b");
    assert!(since(&shop, "HEAD").ends_with(": `a` changed"));
}

#[test]
fn a_revision_that_is_not_there() {
    let root = repository(SHOP);
    for revision in ["gone", "--output=/tmp/x", ""] {
        let error = Changes::since(root.path(), revision).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the repository has no revision `{revision}`")
        );
    }
}
