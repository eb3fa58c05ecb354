//! What no engine could build is refused before one is asked.

use crate::trial::Trial;

/// Refuses to build; if a client were run, that would be said instead.
fn refused(name: &str, files: &str, arguments: &[&str]) -> String {
    let mut trial = Trial::without_engine(name, files);
    trial.set("DOCKWRIGHT_DOCKER", "/no/such/docker");
    let run = trial.build(arguments);
    assert_eq!((run.code, run.output.as_str()), (2, ""), "{run:#?}");
    trial.said(&run)
}

#[test]
fn a_circle() {
    let files = "
-- compose.yaml --
services:
  web: {build: web, image: shop-web}
  jobs: {build: jobs, image: shop-jobs}
  base: {build: base, image: shop-base}
  alone: {build: alone}
-- web/Dockerfile --
FROM shop-jobs
-- jobs/Dockerfile --
FROM busybox
COPY --from=shop-base / /
-- base/Dockerfile --
FROM shop-web
-- alone/Dockerfile --
FROM busybox
";
    insta::assert_snapshot!(refused("circle", files, &["web"]), @r#"
    error: target `base`, which `web` needs, cannot be built: it needs itself: web → jobs → base → web
           target `jobs`, which `web` needs, cannot be built: it needs itself: web → jobs → base → web
           target `web` cannot be built: it needs itself: web → jobs → base → web
    hint: mend it, or name the targets to build; `dockwright build --list` lists them
    "#);
}

#[test]
fn one_name_for_two_images() {
    let files = "
-- compose.yaml --
services:
  web: {build: web, image: 'shop/app:1'}
  api: {build: api, image: 'docker.io/shop/app:1'}
-- web/Dockerfile --
FROM busybox
RUN echo web
-- api/Dockerfile --
FROM busybox
RUN echo api
";
    insta::assert_snapshot!(refused("same", files, &[]), @r#"
    error: the targets web and api would all be called `shop/app:1`
    hint: name one of them, or give them different names where they are defined
    "#);
}

#[test]
fn a_name_that_nothing_has() {
    let files = "
-- compose.yaml --
services:
  frontend: {build: web}
  backend: {build: api}
-- web/Dockerfile --
FROM busybox
-- api/Dockerfile --
FROM busybox
";
    insta::assert_snapshot!(refused("unknown", files, &["fronted"]), @r#"
    error: there is no target or group called `fronted`
    hint: the nearest are: frontend, backend, all, default, production; `dockwright build --list` lists all
    "#);
}

#[test]
fn a_dockerfile_that_is_missing() {
    let files = "
-- compose.yaml --
services:
  web: {build: web}
  api: {build: {context: api, dockerfile: Dockerfile.prod}}
-- web/Dockerfile --
FROM busybox
-- api/Dockerfile --
FROM busybox
";
    insta::assert_snapshot!(refused("missing", files, &[]), @r#"
    error: target `api` cannot be built: its Dockerfile `api/Dockerfile.prod` is not there
    hint: mend it, or name the targets to build; `dockwright build --list` lists them
    "#);
}

#[test]
fn a_base_that_cannot_be_built() {
    let files = "
-- compose.yaml --
services:
  web: {build: web}
  base: {build: {context: base, target: release}, image: shop-base}
-- web/Dockerfile --
FROM shop-base
-- base/Dockerfile --
FROM busybox AS debug
";
    insta::assert_snapshot!(refused("needed", files, &["web"]), @r#"
    error: target `base`, which `web` needs, cannot be built: its Dockerfile has no stage `release`
    hint: mend it, or name the targets to build; `dockwright build --list` lists them
    "#);
}

#[test]
fn an_argument_that_no_dockerfile_declares() {
    let files = "
-- Dockerfile --
ARG VERSION=1
FROM busybox
";
    insta::assert_snapshot!(refused("argument", files, &["--build-arg", "VERSON=2"]), @r#"
    error: no Dockerfile declares the build argument `VERSON`
    hint: they declare: VERSION
    "#);
}

#[test]
fn what_cannot_be_understood() {
    let dockerfile = "\n-- Dockerfile --\nFROM busybox\n";
    insta::assert_snapshot!(refused("set", dockerfile, &["--set", "app.colour=red"]), @r#"
    error: `--set app.colour=red`: a target has no key `colour`
    hint: there are: annotations, args, attest, cache-from, cache-to, context, contexts, dockerfile, entitlements, extra-hosts, labels, network, no-cache, no-cache-filter, output, platform, pull, secrets, shm-size, ssh, tags, target, ulimits
    "#);
    let settings =
        "\n-- Dockerfile --\nFROM busybox\n-- dockwright.toml --\n[build]\ntags = ['a b']\n";
    insta::assert_snapshot!(refused("tags", settings, &[]), @r#"
    error: dockwright.toml: `a b` in `build.tags` is no tag of an image
    hint: a tag has letters, digits, `_`, `.` and `-`, at most 128; `{version}` stands for the version
    "#);
}
