//! `--rehearse`: whether all files are there, asked of the real builder.

use std::time::{Duration, Instant};

use crate::trial::{Trial, workspace};

/// A chain of four from bases that exist nowhere. No command of it could run.
const CHAIN: &str = "
-- compose.yaml --
services:
  app: {build: {context: ., dockerfile: docker/app.Dockerfile}, image: '{name}-app'}
  lib: {build: lib, image: '{name}-lib'}
  base: {build: base, image: '{name}-base'}
  tools: {build: tools, image: '{name}-tools'}
-- docker/app.Dockerfile --
FROM nobody.invalid/compiler:1 AS compile
WORKDIR /src
COPY go.mod ./
RUN --mount=type=bind,source=go.sum,target=go.sum \\
    compile everything
COPY cmd cmd

FROM {name}-lib
COPY --from=compile /src/app /app
COPY --chown=app:app conf/app.toml \\
     /etc/
-- lib/Dockerfile --
FROM {name}-base
COPY lib.c /
RUN exit 1
-- base/Dockerfile --
FROM {name}-tools AS made
RUN make everything
FROM nobody.invalid/distribution:1
COPY --from=made /made /
COPY --from={name}-tools /tools /
COPY . /base/
-- tools/Dockerfile --
FROM nobody.invalid/distribution:1
RUN install everything
-- lib/lib.c --
int main;
-- go.mod --
module app
-- go.sum --
-- cmd/main.go --
package main
-- conf/app.toml --
";

/// Without the name of the builder in the step.
fn error(trial: &Trial, arguments: &[&str]) -> String {
    let run = trial.build(arguments);
    assert_eq!(run.code, 1, "{run:#?}");
    let said = trial.said(&run);
    said[said.find("error: ").unwrap()..].to_owned()
}

#[test]
fn a_sound_repository_passes_in_order_and_leaves_nothing() {
    let Some(trial) = Trial::new("sound", CHAIN) else {
        return;
    };
    let begun = Instant::now();
    let run = trial.builds(&["--rehearse"]);
    // No more than files are read; an engine at work needs longer.
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        run.output.contains("\n4 of 4 images built"),
        "{}",
        run.output
    );
    assert!(trial.images().is_empty());
    // What is asked for alone is rehearsed with its bases.
    let run = trial.builds(&["--rehearse", "app"]);
    assert!(
        run.output.contains("\n4 of 4 images built"),
        "{}",
        run.output
    );
}

#[test]
fn a_source_that_is_missing() {
    let Some(trial) = Trial::new("lost", CHAIN) else {
        return;
    };
    std::fs::remove_file(trial.path("conf/app.toml")).unwrap();
    insta::assert_snapshot!(error(&trial, &["--rehearse"]), @r#"
    error: `app` could not be built: "/conf/app.toml": not found
      --> docker/app.Dockerfile:10:1
       |
    10 | COPY ["conf/app.toml","/rehearsed/7/"]
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ step stage-1 2/4
    "#);
}

#[test]
fn a_source_that_is_ignored() {
    let Some(trial) = Trial::new("ignored", CHAIN) else {
        return;
    };
    trial.write(".dockerignore", "*.sum\n");
    insta::assert_snapshot!(error(&trial, &["--rehearse"]), @r#"
    error: `app` could not be built: "/go.sum": not found
     --> docker/app.Dockerfile:4:1
      |
    4 | COPY ["go.sum","/rehearsed/3/"]
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ step stage-0 2/3
    "#);
}

#[test]
fn the_example_passes_but_for_a_dockerfile_that_nobody_builds() {
    let Some(trial) = Trial::new("rehearsed", "") else {
        return;
    };
    let root = workspace().join("examples/onemount").display().to_string();
    let run = trial.builds(&["--rehearse", "--root", &root]);
    assert!(
        run.output.contains("\n5 of 5 images built"),
        "{}",
        run.output
    );
    insta::assert_snapshot!(error(&trial, &["--rehearse", "--root", &root, "all"]), @r#"
    error: `ubuntu` could not be built: "/packaging/ubuntu/patches": not found
      --> packaging/ubuntu/docker/Dockerfile:38:1
       |
    38 | COPY ["packaging/ubuntu/patches","/rehearsed/16/"]
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ step 4/6
    "#);
}

#[test]
fn a_fault_in_a_base_is_told_as_such() {
    let Some(trial) = Trial::new("faulty", CHAIN) else {
        return;
    };
    trial.write("lib/Dockerfile", "FROM {name}-base\nCOPY lib.h /\n");
    insta::assert_snapshot!(error(&trial, &["--rehearse", "app"]), @r#"
    error: `lib` could not be built: "/lib.h": not found
     --> lib/Dockerfile:2:1
      |
    2 | COPY ["lib.h","/rehearsed/1/"]
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ step 1/3
    "#);
}
