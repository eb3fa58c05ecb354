//! An engine that is not there, goes away or has no room.

use crate::throwaway::Engine;
use crate::trial::Trial;

#[test]
fn an_engine_that_is_not_there() {
    let Some(mut trial) = Trial::new("absent", "\n-- Dockerfile --\nFROM busybox\n") else {
        return;
    };
    trial.set("DOCKER_HOST", "unix:///no/such/docker.sock");
    let run = trial.build(&[]);
    assert_eq!((run.code, run.output.as_str()), (4, ""), "{run:#?}");
    insta::assert_snapshot!(trial.said(&run), @r#"
    ERROR: Cannot connect to the Docker daemon at unix:///no/such/docker.sock. Is the docker daemon running?
    error: Cannot connect to the Docker daemon at unix:///no/such/docker.sock. Is the docker daemon running?
    hint: start the Docker engine, or name another with DOCKER_HOST, `docker context use` or `--builder`
    "#);
}

#[test]
fn a_client_that_is_not_there() {
    let mut trial = Trial::without_engine("clientless", "\n-- Dockerfile --\nFROM busybox\n");
    trial.set("DOCKWRIGHT_DOCKER", "/no/such/docker");
    let run = trial.build(&[]);
    assert_eq!((run.code, run.output.as_str()), (4, ""), "{run:#?}");
    insta::assert_snapshot!(trial.said(&run), @r#"
    error: cannot run `/no/such/docker`: No such file or directory (os error 2)
    hint: install Docker with its buildx plugin, name the client with DOCKWRIGHT_DOCKER, or build with `--engine podman` or `--engine buildah`
    "#);
}

#[test]
fn a_builder_that_is_not_there() {
    let Some(trial) = Trial::new("builderless", "\n-- Dockerfile --\nFROM busybox\n") else {
        return;
    };
    let run = trial.build(&["--builder", "nobody"]);
    assert_eq!((run.code, run.output.as_str()), (4, ""), "{run:#?}");
    insta::assert_snapshot!(trial.said(&run), @r#"
    ERROR: no builder "nobody" found
    error: no builder "nobody" found
    hint: `docker buildx ls` lists the builders there are
    "#);
}

#[test]
fn an_engine_that_is_killed() {
    let files = "
-- compose.yaml --
services:
  base: {build: base, image: '{name}-base'}
  app: {build: app, image: '{name}-app'}
-- base/Dockerfile --
FROM busybox
RUN echo {name}
-- app/Dockerfile --
FROM {name}-base
RUN echo begun && sleep 3600
";
    let Some(engine) = Engine::start(&["--own"]) else {
        return;
    };
    let mut trial = Trial::without_engine("killed", files);
    engine.take(&mut trial);
    let mut run = trial.start(&[]);
    run.wait_for("  begun");
    engine.kill();
    let run = run.end();
    assert_eq!(run.code, 4, "{run:#?}");
    let said = trial.said(&run);
    let error: Vec<&str> = said.lines().rev().take(2).collect();
    assert!(error[1].starts_with("error: target "), "{said}");
    assert_eq!(
        error[0],
        "hint: the engine has gone away: look at its log, start it again, and build again"
    );
    assert!(!trial.table(&run).contains("{name}-app built"), "{run:#?}");
}

#[test]
fn a_disk_that_is_full() {
    let files = "
-- compose.yaml --
services:
  app: {build: ., image: '{name}-app'}
-- Dockerfile --
FROM busybox
COPY large /large
";
    let Some(engine) = Engine::start(&["--size", "64m"]) else {
        return;
    };
    let mut trial = Trial::without_engine("full", files);
    engine.take(&mut trial);
    trial.repository.write("large", vec![7; 100_000_000]);
    let run = trial.build(&[]);
    assert_eq!(run.code, 4, "{run:#?}");
    let said = trial.said(&run);
    let error: Vec<&str> = said.lines().rev().take(2).collect();
    assert!(error[1].starts_with("error: "), "{said}");
    assert_eq!(
        error[0],
        "hint: the engine's disk is full: `docker system df` shows what takes it, `docker buildx prune` frees its cache"
    );
}
