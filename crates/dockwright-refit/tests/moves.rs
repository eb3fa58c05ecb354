//! Moving files together with everything that names them, one kind of document after the other.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write;
use std::sync::Arc;

use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions, Tree, TreePath};
use dockwright_refit::Context;
use dockwright_refit::moves::plan;
use dockwright_settings::Settings;

const IMAGE: &str = "FROM debian:trixie\nCOPY run.sh /run.sh\nCMD [\"/run.sh\"]\n";
const SCRIPT: &str = "#!/bin/sh\necho\n";

/// What moving a file of a small tree says: the new texts, and what cannot be told.
fn moved(files: &[(&str, &str)], old: &str, new: &str) -> String {
    let mut tree = MemoryTree::new();
    for (path, text) in files {
        tree = tree.file(path, text);
    }
    let tree: Arc<dyn Tree> = Arc::new(tree);
    let options = ReadOptions::default();
    let environment = Environment::read(tree, &options);
    let context = Context {
        environment: &environment,
        options: &options,
        settings: &Settings::default(),
        revision: None,
    };
    let path = |path| TreePath::new(path).unwrap();
    let plan = match plan(context, &path(old), &path(new)) {
        Ok(plan) => plan,
        Err(refusal) => return format!("error: {}\nhint: {}", refusal.error, refusal.hint),
    };
    let mut text = String::new();
    for one in &plan.reworded {
        let _ = writeln!(
            text,
            "{}:{}: {} -> {}",
            one.path, one.line, one.old, one.new
        );
    }
    for one in &plan.uncertain {
        let _ = writeln!(
            text,
            "uncertain {}:{}: `{}`: {}",
            one.path, one.line, one.text, one.why
        );
    }
    for one in &plan.history {
        let _ = writeln!(text, "history {}:{}: `{}`", one.path, one.line, one.text);
    }
    text
}

#[test]
fn compose_and_bake_files() {
    insta::assert_snapshot!(moved(&[
        ("docker/web/Dockerfile", "FROM debian:trixie\nCOPY docker/web/run.sh /run.sh\nCMD [\"/run.sh\"]\n"),
        ("docker/web/run.sh", SCRIPT),
        ("docker/web/app.env", "A=1\n"),
        ("compose.yaml", "services:\n  web:\n    build:\n      context: .\n      dockerfile: ./docker/web/Dockerfile\n    env_file: 'docker/web/app.env'\n    volumes: [\"./docker/web/run.sh:/run.sh:ro\"]\n"),
        ("docker-bake.hcl", "target \"web\" {\n  context = \".\"\n  dockerfile = \"docker/web/Dockerfile\"\n  tags = [\"web\"]\n}\n"),
    ], "docker", "images"), @r#"
    compose.yaml:5: ./docker/web/Dockerfile -> ./images/web/Dockerfile
    compose.yaml:6: docker/web/app.env -> images/web/app.env
    compose.yaml:7: ./docker/web/run.sh -> ./images/web/run.sh
    docker-bake.hcl:3: docker/web/Dockerfile -> images/web/Dockerfile
    images/web/Dockerfile:2: docker/web/run.sh -> images/web/run.sh
    "#);
}

#[test]
fn a_compose_file_that_names_others() {
    insta::assert_snapshot!(moved(&[
        ("web/Dockerfile", IMAGE),
        ("web/run.sh", SCRIPT),
        ("base.yaml", "services:\n  base: {image: 'debian:trixie'}\n"),
        ("deploy/compose.yaml", "include: [../base.yaml]\nservices:\n  web:\n    build: ../web\n    env_file: [web.env]\n    extends: {file: ../base.yaml, service: base}\n"),
        ("deploy/web.env", "A=1\n"),
        ("up.sh", "#!/bin/sh\ncd deploy\ndocker compose -f compose.yaml up\n"),
    ], "deploy", "ops/deploy"), @r#"
    ops/deploy/compose.yaml:1: ../base.yaml -> ../../base.yaml
    ops/deploy/compose.yaml:4: ../web -> ../../web
    ops/deploy/compose.yaml:6: ../base.yaml -> ../../base.yaml
    up.sh:2: deploy -> ops/deploy
    "#);
}

#[test]
fn scripts_makefiles_and_workflows() {
    insta::assert_snapshot!(moved(&[
        ("docker/web/Dockerfile", IMAGE),
        ("docker/web/run.sh", SCRIPT),
        ("scripts/build.sh", "#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")/..\"\ndocker build -t web -f docker/web/Dockerfile docker/web\n(cd docker/web && docker build -t web .)\n"),
        ("scripts/one.sh", "#!/bin/sh\nROOT=\"$(cd \"$(dirname \"$0\")/..\" && pwd)\"\ndocker build -t web \"$ROOT/docker/web\"\n"),
        ("Makefile", "web:\n\tdocker build -t web docker/web\n"),
        (".github/workflows/ci.yml", "on:\n  push:\n    paths:\n      - 'docker/web/**'\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker build -t web ./docker/web\n"),
        ("build.py", "import subprocess\nsubprocess.run([\"docker\", \"build\", \"-t\", \"web\", \"docker/web\"])\n"),
    ], "docker/web", "images/web"), @r#"
    .github/workflows/ci.yml:4: docker/web -> images/web
    .github/workflows/ci.yml:9: ./docker/web -> ./images/web
    Makefile:2: docker/web -> images/web
    build.py:2: docker/web -> images/web
    scripts/build.sh:4: docker/web -> images/web
    scripts/build.sh:4: docker/web/Dockerfile -> images/web/Dockerfile
    scripts/build.sh:5: docker/web -> images/web
    scripts/one.sh:3: docker/web -> images/web
    "#);
}

#[test]
fn documents_and_settings() {
    insta::assert_snapshot!(moved(&[
        ("docker/web.Dockerfile", "FROM debian:trixie\n"),
        ("README.md", "See [the image](docker/web.Dockerfile) in `docker/web.Dockerfile`.\n\n```sh\ndocker build -t web -f docker/web.Dockerfile .\n```\n"),
        ("CHANGELOG.md", "`docker/web.Dockerfile` is new.\n"),
        ("docs/build.md", "See [the image](../docker/web.Dockerfile#L1).\n"),
        ("setup.cfg", "[bumpversion:file:docker/web.Dockerfile]\nsearch = a\n"),
        ("tool.toml", "[docker]\nfile = \"docker/web.Dockerfile\"\n"),
        ("build.json", "{\"docker\": \"docker/web.Dockerfile\"}\n"),
        ("lint.yaml", "docker:\n  - docker/web.Dockerfile\n"),
        (".github/CODEOWNERS", "/docker/web.Dockerfile @a\n"),
    ], "docker/web.Dockerfile", "images/web.Dockerfile"), @r#"
    .github/CODEOWNERS:1: docker/web.Dockerfile -> images/web.Dockerfile
    README.md:1: docker/web.Dockerfile -> images/web.Dockerfile
    README.md:1: docker/web.Dockerfile -> images/web.Dockerfile
    README.md:4: docker/web.Dockerfile -> images/web.Dockerfile
    build.json:1: docker/web.Dockerfile -> images/web.Dockerfile
    docs/build.md:1: ../docker/web.Dockerfile -> ../images/web.Dockerfile
    lint.yaml:2: docker/web.Dockerfile -> images/web.Dockerfile
    setup.cfg:1: docker/web.Dockerfile -> images/web.Dockerfile
    tool.toml:2: docker/web.Dockerfile -> images/web.Dockerfile
    history CHANGELOG.md:1: `docker/web.Dockerfile`
    "#);
}

#[test]
fn a_listing_keeps_its_drawing() {
    insta::assert_snapshot!(moved(&[
        ("docker/web.Dockerfile", "FROM debian:trixie\n"),
        ("docker/api.Dockerfile", "FROM debian:trixie\n"),
        ("README.md", "```\n.\n└── docker\n    ├── api.Dockerfile\n    └── web.Dockerfile\n```\n"),
    ], "docker/web.Dockerfile", "docker/site.Dockerfile"), @r#"
    README.md:5: web.Dockerfile -> site.Dockerfile
    "#);
}

#[test]
fn copy_sources_and_ignore_files() {
    insta::assert_snapshot!(moved(&[
        ("Dockerfile", "FROM debian:trixie\nCOPY ./scripts/run.sh /run.sh\nRUN --mount=type=bind,source=scripts/run.sh,target=/x true\nCMD [\"/run.sh\"]\n"),
        (".dockerignore", "*\n!scripts/run.sh\n"),
        ("scripts/run.sh", SCRIPT),
        ("compose.yaml", "services:\n  web: {build: ., image: web}\n"),
    ], "scripts/run.sh", "bin/run.sh"), @r#"
    .dockerignore:2: scripts/run.sh -> bin/run.sh
    Dockerfile:2: scripts/run.sh -> bin/run.sh
    Dockerfile:3: scripts/run.sh -> bin/run.sh
    "#);
}

#[test]
fn a_dockerfile_that_is_found_by_its_name() {
    insta::assert_snapshot!(moved(&[
        ("web/Dockerfile", IMAGE),
        ("web/run.sh", SCRIPT),
        ("compose.yaml", "services:\n  web: {build: web, image: web}\n"),
    ], "web/Dockerfile", "docker/web.Dockerfile"), @r#"
    uncertain compose.yaml:2: `web`: it would not be built from `docker/web.Dockerfile`, which it does not name
    "#);
}

#[test]
fn what_cannot_be_told_is_named() {
    insta::assert_snapshot!(moved(&[
        ("docker/a/Dockerfile", "FROM debian:trixie\n"),
        ("docker/b/Dockerfile", "FROM debian:trixie\n"),
        ("all.sh", "#!/bin/sh\nfor it in a b; do\n  docker build -t $it docker/$it\ndone\n"),
        ("main.go", "package main\nvar path = join(\"docker/a\", name)\n"),
    ], "docker/a", "images/a"), @r#"
    uncertain all.sh:3: `docker/$it`: it is put together from parts
    uncertain main.go:2: `docker/a`: it is not known what it is relative to
    "#);
}

#[test]
fn a_directory_in_front_of_a_variable() {
    insta::assert_snapshot!(moved(&[
        ("docker/a/Dockerfile", "FROM debian:trixie\n"),
        ("docker/b/Dockerfile", "FROM debian:trixie\n"),
        ("all.sh", "#!/bin/sh\n# Builds docker/a and the like.\nDIR=docker/a\ndocker build -t a $DIR\nfor it in a b; do\n  docker build -t $it docker/$it\ndone\n"),
    ], "docker", "images"), @r#"
    all.sh:2: docker -> images
    all.sh:3: docker/a -> images/a
    all.sh:6: docker -> images
    "#);
}

#[test]
fn a_name_in_the_image_stays() {
    insta::assert_snapshot!(moved(&[
        ("Dockerfile", "FROM debian:trixie\nCOPY scripts/run.sh /bin/\nCMD [\"/bin/run.sh\"]\n"),
        ("scripts/run.sh", SCRIPT),
        ("compose.yaml", "services:\n  web: {build: ., image: web}\n"),
    ], "scripts/run.sh", "scripts/start.sh"), @r#"
    Dockerfile:2: scripts/run.sh -> scripts/start.sh
    uncertain Dockerfile:2: `scripts/run.sh`: it would be called `start.sh` in the image; give the destination a name
    "#);
}

#[test]
fn links_lead_where_they_led() {
    let tree: Arc<dyn Tree> = Arc::new(
        MemoryTree::new()
            .file("docker/web/Dockerfile", "FROM debian:trixie\n")
            .file("shared/app.env", "A=1\n")
            .link("Dockerfile", "docker/web/Dockerfile")
            .link("docker/web/app.env", "../../shared/app.env"),
    );
    let options = ReadOptions::default();
    let environment = Environment::read(tree, &options);
    let context = Context {
        environment: &environment,
        options: &options,
        settings: &Settings::default(),
        revision: None,
    };
    let path = |path| TreePath::new(path).unwrap();
    let plan = plan(context, &path("docker/web"), &path("web")).unwrap();
    insta::assert_snapshot!(dockwright_refit::unified(&plan.changes), @r#"
    diff --git a/Dockerfile b/Dockerfile
    deleted file mode 120000
    --- a/Dockerfile
    +++ /dev/null
    @@ -1 +0,0 @@
    -docker/web/Dockerfile
    \ No newline at end of file
    diff --git a/Dockerfile b/Dockerfile
    new file mode 120000
    --- /dev/null
    +++ b/Dockerfile
    @@ -0,0 +1 @@
    +web/Dockerfile
    \ No newline at end of file
    diff --git a/docker/web/Dockerfile b/web/Dockerfile
    similarity index 100%
    rename from docker/web/Dockerfile
    rename to web/Dockerfile
    diff --git a/docker/web/app.env b/web/app.env
    similarity index 0%
    rename from docker/web/app.env
    rename to web/app.env
    --- a/docker/web/app.env
    +++ b/web/app.env
    @@ -1 +1 @@
    -../../shared/app.env
    \ No newline at end of file
    +../shared/app.env
    \ No newline at end of file
    "#);
}

#[test]
fn what_is_no_move_is_refused() {
    let files = [("a/Dockerfile", "FROM debian:trixie\n"), ("b/x", "")];
    let all = [
        ("c", "d"),
        ("a/Dockerfile", "b/x"),
        ("a", "a/b"),
        (".", "b"),
    ];
    let all: Vec<String> = all
        .iter()
        .map(|(old, new)| moved(&files, old, new))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    error: `c` cannot be moved: there is no such file or directory
    hint: name a file or directory below the repository's root
    error: `b/x` is there already
    hint: name a path at which there is nothing, or a directory to move into
    error: `a` cannot be moved into itself, to `a/b`
    hint: name a path outside of it
    error: `.` cannot be moved: there is no such file or directory
    hint: name a file or directory below the repository's root
    "#);
}

#[test]
fn a_directory_whose_name_is_a_word() {
    insta::assert_snapshot!(moved(&[
        ("vote/Dockerfile", "FROM debian:trixie\n"),
        ("vote/app.py", ""),
        ("compose.yaml", "services:\n  vote: {build: vote}\n"),
        (".github/workflows/vote.yaml", "\
on:
  push:
    paths:
      - 'vote/**'
jobs:
  vote:
    uses: acme/workflows/.github/workflows/build.yml@v1
    with:
      context: vote
      image: vote
"),
        ("README.md", "# To vote\n\nThe `vote` app is in [Python](/vote), or [here](vote/app.py): vote now.\n"),
    ], "vote", "poll"), @r#"
    .github/workflows/vote.yaml:4: vote -> poll
    .github/workflows/vote.yaml:9: vote -> poll
    README.md:3: vote -> poll
    README.md:3: vote -> poll
    compose.yaml:2: vote -> poll
    "#);
}
