//! Container commands that are found in scripts and documents, with variables put in.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use dockwright_environment::commands::{Invocation, Voice};
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions, Value};

/// An environment of files given as `-- path --` and their text.
fn environment(files: &str) -> Environment {
    let mut tree = MemoryTree::new();
    let (mut path, mut text) = (None, String::new());
    for line in files.split_inclusive('\n').chain(["-- end --\n"]) {
        let name = line.trim_end().strip_prefix("-- ");
        if let Some(name) = name.and_then(|name| name.strip_suffix(" --")) {
            let text = std::mem::take(&mut text);
            if let Some(path) = path.replace(name.to_owned()) {
                tree = tree.file(&path, text);
            }
        } else {
            text.push_str(line);
        }
    }
    Environment::read(Arc::new(tree), &ReadOptions::default())
}

fn shown(value: &Value) -> String {
    let text = value.text.replace('\0', "^");
    if value.is_known() {
        text
    } else {
        format!("{text}?")
    }
}

fn line(environment: &Environment, invocation: &Invocation) -> String {
    let document = environment.documents.get(invocation.location.document);
    let line = document.line_column(invocation.location.span.start).line;
    let mut words = vec![format!("{}:{line} {}", document.path, invocation.command)];
    for option in &invocation.options {
        let value = option
            .value
            .as_ref()
            .map(|value| format!("={}", shown(value)));
        words.push(format!("--{}{}", option.name, value.unwrap_or_default()));
    }
    words.extend(invocation.operands.iter().map(shown));
    for (name, value) in &invocation.environment {
        words.push(format!("[{name}={}]", shown(value)));
    }
    let directories = invocation.directory.candidates().iter();
    let directories: Vec<String> = directories.map(ToString::to_string).collect();
    words.push(format!("@ {}", directories.join("|")));
    if !invocation.is_complete {
        words.push("…".to_owned());
    }
    if invocation.voice != Voice::Program {
        words.push(format!("({:?})", invocation.voice));
    }
    words.join(" ")
}

/// Every container command that is found, one a line.
fn commands(files: &str) -> String {
    let environment = environment(files);
    let invocations = environment.invocations.iter();
    let lines: Vec<String> = invocations.map(|it| line(&environment, it)).collect();
    lines.join("\n")
}

#[test]
fn variables_directories_and_wrappers_of_a_script_are_followed() {
    insta::assert_snapshot!(commands(r#"
-- docker/Dockerfile --
FROM scratch
-- scripts/build.sh --
#!/usr/bin/env bash
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
IMAGE=${IMAGE:-app}
OPTIONS=(--no-cache --build-arg "A=b c")
[ -n "${CI:-}" ] && OPTIONS+=(--pull)
cd "$ROOT/docker"
sudo -E docker build "${OPTIONS[@]}" -t "$IMAGE:${TAG:-1.0}" -f Dockerfile ..
env DOCKER_BUILDKIT=1 docker run --rm -it "$IMAGE" docker build .
DOCKER_BUILDKIT=1 docker build $UNKNOWN .
"#), @r#"
    scripts/build.sh:8 docker build --no-cache --build-arg=A=b c --pull --tag=app:1.0 --file=Dockerfile .. @ docker
    scripts/build.sh:9 docker run --rm --interactive --tty app docker build . @ docker
    scripts/build.sh:10 docker build . [DOCKER_BUILDKIT=1] @ docker …
    "#);
}

#[test]
fn functions_loops_and_branches_are_followed() {
    insta::assert_snapshot!(commands(r#"
-- sub/data.txt --
-- build.sh --
#!/bin/bash
build() {
  local name="$1"; shift
  docker build -t "acme/$name" -f "docker/$name.Dockerfile" "$@" .
}
unused() { docker run "$1"; }
for image in api web; do
  build "$image" --pull
done
if command -v podman >/dev/null; then ENGINE=podman; else ENGINE=docker; fi
$ENGINE run busybox true
(cd sub && docker compose up -d)
docker compose -f a.yml $EXTRA up
bash -c 'docker compose --profile dev up'
ssh host docker compose up
"#), @r#"
    build.sh:4 docker build --tag=acme/api --file=docker/api.Dockerfile --pull . @ .
    build.sh:4 docker build --tag=acme/web --file=docker/web.Dockerfile --pull . @ .
    build.sh:11 podman run busybox true @ .
    build.sh:12 docker compose up --detach @ sub
    build.sh:13 docker compose up --file=a.yml @ . …
    build.sh:14 docker compose up --profile=dev @ .
    build.sh:6 docker run ? @ .
    "#);
}

#[test]
fn what_is_no_call_is_none() {
    assert_eq!(
        commands(
            r#"
-- a.sh --
#!/bin/sh
command -v docker-compose || which docker
./dev docker build all
echo "docker build ."
cat > x <<EOF
docker build .
EOF
# docker build .
mydocker build .
docker frobnicate .
"#
        ),
        ""
    );
}

/// A Makefile whose recipes have variables, and one below it.
const MAKEFILES: &str = r#"
-- Makefile --
TAG ?= dev
IMAGE = acme/web:$(TAG)
.PHONY: all image run
all: image
image: base
	docker build -t $(IMAGE) $(FLAGS) .
	docker push acme/other
base:
	$(MAKE) -C docker base
run:
	docker run $(IMAGE)
-- docker/Makefile --
TAG = old
base:
	docker build -t "acme/base:$(TAG)" .
-- docker/Dockerfile --
FROM scratch
"#;

/// What is found more than by the makefiles themselves.
fn added(files: &str) -> String {
    let usual = commands(MAKEFILES);
    let all = commands(&format!("{MAKEFILES}{files}"));
    let added = all.lines().filter(|line| !usual.contains(line));
    added.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_variables_of_a_call_of_make_are_followed_into_its_recipes() {
    insta::assert_snapshot!(added(r#"
-- ci/docker.sh --
cd ci/.. # docker
make TAG=1.2 "FLAGS=--pull --no-cache"
-- .github/workflows/ci.yml --
jobs:
  a:
    steps:
      - run: make -j 4 -C docker TAG:=2 base
      - run: make --directory=docker base TAG=3
      - run: cd docker && make TAG=4
-- README.md --
```sh
make run TAG=5 # of docker
```
"#), @r#"
    Makefile:11 docker run acme/web:5 @ . (Prose)
    Makefile:6 docker build --tag=acme/web:1.2 --pull --no-cache . @ .
    docker/Makefile:3 docker build --tag=acme/base:2 . @ docker
    docker/Makefile:3 docker build --tag=acme/base:3 . @ docker
    docker/Makefile:3 docker build --tag=acme/base:4 . @ docker
    docker/Makefile:3 docker build --tag=acme/base:1.2 . @ docker
    "#);
}

#[test]
fn a_call_of_make_that_is_not_certain_adds_nothing() {
    for call in [
        "make -C docker base",
        "make -C docker base $OPTIONS TAG=1",
        "make -C \"$DIRECTORY\" base TAG=1",
        "make -C docker other TAG=1",
        "make -C docker base TAG=$(git describe)",
        "make -C docker base 'TAG=$(shell date)'",
        "make -C docker base TAG+=1",
        "make -n -C docker base TAG=1",
        "make -C docker -f gone.mk base TAG=1",
        "make -C docker base OTHER=1",
        "make -C /src/docker base TAG=1",
        "echo make -C docker base TAG=1",
    ] {
        let files = format!("-- docker.sh --\n#!/bin/sh\n# docker\n{call}\n");
        assert_eq!(added(&files), "", "{call}");
    }
}
