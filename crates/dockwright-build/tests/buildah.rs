//! What the engine `buildah` really builds.
//!
//! Needs `scripts/buildah`: `DOCKWRIGHT_BUILDAH` names the program, whose store has the image
//! `busybox`. Without it the tests are skipped, or fail if `DOCKWRIGHT_REQUIRE_BUILDAH` is set.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dockwright_build::engine::{Buildah, EngineError, Job};
use dockwright_build::plan::Publication;
use dockwright_build::progress::Event;
use dockwright_build::{Plan, Request, run};
use dockwright_environment::tree::DiskTree;
use dockwright_environment::{CallerVariables, Environment, ReadOptions};
use tempfile::TempDir;

fn buildah() -> Option<String> {
    let program = std::env::var("DOCKWRIGHT_BUILDAH").ok();
    if program.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_BUILDAH").is_none(),
            "DOCKWRIGHT_BUILDAH is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_BUILDAH is not set (see docs/contributing/engine.md)");
    }
    program
}

/// A repository on disk, and its plan.
struct Repository {
    folder: TempDir,
    plan: Plan,
}

impl Repository {
    /// Of the files of a text in which each begins with a line `-- path --`.
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in text.split("-- ").skip(1) {
            let (path, text) = file.split_once(" --\n").unwrap();
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = DiskTree::open(folder.path()).unwrap();
        let environment = Environment::read(Arc::new(tree), &ReadOptions::default());
        let plan = Plan::of(
            &environment,
            &Publication::default(),
            &CallerVariables::default(),
        );
        Self { folder, plan }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Has the files of a target's image written to a folder, and gives the folder.
    fn export(&mut self, target: &str) -> PathBuf {
        let place = self.path(&format!("{target}.files"));
        let index = self.index(target);
        self.plan.targets[index].bake.output = vec![format!("type=local,dest={}", place.display())];
        place
    }

    fn index(&self, target: &str) -> usize {
        self.plan
            .targets
            .iter()
            .position(|it| it.name == target)
            .unwrap()
    }

    /// Builds every target, and tells what happened.
    fn build(&self, program: &str, request: &Request) -> (Vec<Event>, Result<(), EngineError>) {
        let mut events = Vec::new();
        let result = self.build_and_tell(program, request, &AtomicBool::new(false), &mut |event| {
            events.push(event);
        });
        (events, result)
    }

    fn build_and_tell(
        &self,
        program: &str,
        request: &Request,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let targets: Vec<usize> = (0..self.plan.targets.len()).collect();
        let job = Job {
            plan: &self.plan,
            targets: &targets,
            has_needs: false,
            request,
            root: self.folder.path(),
            stop,
        };
        run(&Buildah::new(program), &job, tell)
    }
}

/// The targets that were built, in order.
fn built(events: &[Event]) -> Vec<&str> {
    let names = events.iter().filter_map(|event| match event {
        Event::Built(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

fn logged(events: &[Event]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Log { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The configuration of an image.
fn configuration(program: &str, image: &str) -> serde_json::Value {
    let image = output_of(program, &["inspect", "--type", "image", image]);
    let image: serde_json::Value = serde_json::from_str(&image).unwrap();
    image["Docker"].clone()
}

#[test]
fn each_image_of_a_chain_starts_from_the_one_before() {
    let Some(program) = buildah() else { return };
    let mut repository = Repository::new(
        "\
-- compose.yaml --
services:
  first: { build: first, image: 'chain/first:1' }
  second: { build: second, image: 'chain/second:1' }
  third: { build: third, image: chain/third }
-- first/Dockerfile --
FROM busybox
RUN echo 1 > /first
HEALTHCHECK CMD true
-- second/Dockerfile --
FROM chain/first:1
RUN cat /first > /second && echo 2 >> /second
-- third/Dockerfile --
# What an argument decides is found as well.
ARG TAG=1
ARG BASE=chain/second:${TAG}
FROM ${BASE}
RUN cat /second > /third && echo 3 >> /third
",
    );
    let files = repository.export("third");
    let (events, result) = repository.build(&program, &Request::default());
    assert_eq!(result, Ok(()));
    assert_eq!(built(&events), ["first", "second", "third"]);
    assert_eq!(
        fs::read_to_string(files.join("third")).unwrap(),
        "1\n2\n3\n"
    );
    let first = configuration(&program, "chain/first:1");
    assert_eq!(first["config"]["Healthcheck"]["Test"][1], "true");
}

#[test]
fn a_diamond_takes_files_of_both_sides() {
    let Some(program) = buildah() else { return };
    let mut repository = Repository::new(
        "\
-- docker-bake.hcl --
target \"base\" {
  context = \"base\"
}
target \"left\" {
  dockerfile-inline = \"FROM base\\nRUN echo left of $(cat /base) > /left\"
  contexts = { base = \"target:base\" }
}
target \"right\" {
  dockerfile-inline = \"FROM base\\nRUN echo right of $(cat /base) > /right\"
  contexts = { base = \"target:base\" }
}
target \"top\" {
  context = \"top\"
  contexts = { left = \"target:left\", right = \"target:right\" }
}
-- base/Dockerfile --
FROM busybox
COPY base /base
-- base/base --
base
-- base/other --
-- base/Dockerfile.dockerignore --
other
-- top/Dockerfile --
FROM left
COPY --from=right /right /right
RUN --mount=type=bind,from=right,target=/mounted cat /left /mounted/right > /top
",
    );
    let files = repository.export("top");
    let (events, result) = repository.build(&program, &Request::default());
    assert_eq!(result, Ok(()));
    assert_eq!(
        (built(&events).first(), built(&events).last()),
        (Some(&"base"), Some(&"top"))
    );
    let top = fs::read_to_string(files.join("top")).unwrap();
    assert_eq!(top, "left of base\nright of base\n");
    assert!(files.join("right").exists());
}

#[test]
fn what_was_built_is_not_built_again() {
    let Some(program) = buildah() else { return };
    let repository = Repository::new(
        "\
-- compose.yaml --
services:
  again: { build: ., image: 'cached/again:1' }
-- Dockerfile --
FROM busybox
RUN echo 1 > /one
RUN echo 2 > /two
",
    );
    let (_, result) = repository.build(&program, &Request::default());
    assert_eq!(result, Ok(()));
    let (events, _) = repository.build(&program, &Request::default());
    let done = events.iter().filter_map(|event| match event {
        Event::Step(step) if step.is_instruction() && step.took.is_some() => {
            Some((step.place.as_str(), step.name.as_str(), step.cached))
        }
        _ => None,
    });
    let done: Vec<_> = done.collect();
    assert_eq!(
        done,
        [
            ("2/3", "RUN echo 1 > /one", true),
            ("3/3", "RUN echo 2 > /two", true)
        ]
    );
}

#[test]
fn options_reach_the_build() {
    let Some(program) = buildah() else { return };
    let mut repository = Repository::new(
        "\
-- docker-bake.hcl --
target \"options\" {
  target = \"wanted\"
  args = { GIVEN = \"two words, a=b\" }
  labels = { \"com.example.label\" = \"a b\" }
  tags = [\"options/one:1\", \"options/two:2\"]
  extra-hosts = { example = \"192.0.2.7\" }
  shm-size = \"1m\"
  ulimits = [\"nofile=77:77\"]
  platforms = [\"linux/amd64\"]
  no-cache = true
  pull = true
}
-- Dockerfile --
FROM busybox AS wanted
ARG GIVEN
ARG ABSENT=default
RUN echo \"$GIVEN/$ABSENT\" > /args && cat /etc/hosts > /hosts && ulimit -n > /limit
FROM wanted
RUN false
-- Containerfile --
FROM scratch
",
    );
    let name = repository
        .plan
        .targets
        .iter()
        .find(|it| it.name == "options");
    assert!(name.is_some(), "{:?}", repository.plan.targets);
    let files = repository.export("options");
    let index = repository.index("options");
    repository.plan.targets[index]
        .bake
        .output
        .push("type=docker".to_owned());
    let metadata = repository.path("metadata.json");
    let request = Request {
        metadata_file: Some(metadata.clone()),
        ..Request::default()
    };
    let (events, result) = repository.build(&program, &request);
    assert_eq!(result, Ok(()), "{events:?}");
    let read = |file: &str| fs::read_to_string(files.join(file)).unwrap();
    assert_eq!(read("args"), "two words, a=b/default\n");
    assert!(
        read("hosts").contains("192.0.2.7\texample"),
        "{}",
        read("hosts")
    );
    assert_eq!(read("limit"), "77\n");
    for image in ["options/one:1", "options/two:2"] {
        let labels = &configuration(&program, image)["config"]["Labels"];
        assert_eq!(labels["com.example.label"], "a b");
    }
    let metadata: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_slice(&fs::read(metadata).unwrap()).unwrap();
    let image = output_of(
        &program,
        &["images", "--no-trunc", "--quiet", "options/one:1"],
    );
    assert_eq!(
        metadata["options"]["containerimage.config.digest"],
        image.trim()
    );
    assert_eq!(
        metadata["options"]["image.name"],
        "options/one:1,options/two:2"
    );
}

#[test]
fn a_secret_is_seen_by_its_step_alone() {
    const CANARY: &str = "canary-4f1d0c";
    let Some(program) = buildah() else { return };
    let mut repository = Repository::new(
        "\
-- docker-bake.hcl --
target \"secret\" {
  secret = [\"id=token,src=token\", \"id=password\"]
  tags = [\"secret:1\"]
  no-cache = true
}
-- Dockerfile --
FROM busybox
RUN --mount=type=secret,id=token --mount=type=secret,id=password \\
    cat /run/secrets/token /run/secrets/password | tr a-z A-Z > /seen
-- .dockerignore --
token
password
",
    );
    // BuildKit reads a secret without a source from the file of its name; so does this engine.
    fs::write(repository.path("token"), CANARY).unwrap();
    fs::write(repository.path("password"), CANARY).unwrap();
    let files = repository.export("secret");
    let index = repository.index("secret");
    repository.plan.targets[index]
        .bake
        .output
        .push("type=docker".to_owned());
    let (events, result) = repository.build(&program, &Request::default());
    assert_eq!(result, Ok(()), "{events:?}");
    let seen = fs::read_to_string(files.join("seen")).unwrap();
    assert_eq!(seen, CANARY.to_uppercase().repeat(2));
    assert!(!format!("{events:?}").contains(CANARY));
    assert!(!output_of(&program, &["inspect", "--type", "image", "secret:1"]).contains(CANARY));
    assert_eq!(holders(&files, CANARY), Vec::<PathBuf>::new());
    let archive = repository.path("layers");
    output_of(
        &program,
        &["push", "secret:1", &format!("dir:{}", archive.display())],
    );
    // As the layers may be compressed, the search looks at what they unpack to, and is shown to find.
    let unpack = "cd \"$0\" && for layer in *; do gzip -dc \"$layer\" > \"$layer.tar\" 2>/dev/null || true; done";
    assert!(
        Command::new("sh")
            .args(["-c", unpack])
            .arg(&archive)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(holders(&archive, CANARY), Vec::<PathBuf>::new());
    assert!(!holders(&archive, &CANARY.to_uppercase()).is_empty());
}

/// The files in a folder that hold a text.
fn holders(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holders(&entry.path(), text));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            let mut windows = bytes.windows(text.len());
            if windows.any(|window| window == text.as_bytes()) {
                found.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn a_step_that_fails_is_named_and_what_needs_it_is_not_begun() {
    let Some(program) = buildah() else { return };
    let repository = Repository::new(
        "\
-- compose.yaml --
services:
  good: { build: good, image: 'failing/good:1' }
  bad: { build: bad, image: 'failing/bad:1' }
  top: { build: top, image: 'failing/top:1' }
-- good/Dockerfile --
FROM busybox
-- bad/Dockerfile --
FROM busybox
RUN echo last words; exit 7
-- top/Dockerfile --
FROM failing/bad:1
",
    );
    let request = Request {
        keep_going: true,
        ..Request::default()
    };
    let (events, result) = repository.build(&program, &request);
    let error = "building at STEP \"RUN echo last words; exit 7\": exit status 7";
    assert_eq!(result, Err(EngineError::Failed(error.to_owned())));
    assert_eq!(built(&events), ["good"]);
    assert!(logged(&events).contains("last words\n"));
    assert!(events.contains(&Event::Failed {
        target: "bad".to_owned(),
        error: error.to_owned(),
        excerpt: None,
    }));
    assert!(events.contains(&Event::Skipped {
        target: "top".to_owned(),
        because: "bad".to_owned(),
    }));
    let step = events.iter().rev().find_map(|event| match event {
        Event::Step(step) if step.error.is_some() => Some(step),
        _ => None,
    });
    assert_eq!(step.unwrap().place, "2/2");
}

#[test]
fn a_build_that_is_stopped_ends_at_once() {
    let Some(program) = buildah() else { return };
    let repository = Repository::new(
        "\
-- compose.yaml --
services:
  endless: { build: ., image: 'stopped/endless:1' }
-- Dockerfile --
FROM busybox
RUN echo begun; sleep 600
",
    );
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let result = repository.build_and_tell(&program, &Request::default(), &stop, &mut |event| {
        if matches!(event, Event::Log { text, .. } if text == "begun\n") {
            stop.store(true, Ordering::Relaxed);
        }
    });
    assert_eq!(result, Err(EngineError::Stopped));
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn an_image_is_pushed_under_all_its_names() {
    let Some(program) = buildah() else { return };
    let Ok(registry) = std::env::var("DOCKWRIGHT_REGISTRY") else {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_REGISTRY").is_none(),
            "DOCKWRIGHT_REGISTRY is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_REGISTRY is not set (see docs/contributing/engine.md)");
        return;
    };
    let mut repository = Repository::new("-- Dockerfile --\nFROM busybox\nRUN echo pushed\n");
    let bake = &mut repository.plan.targets[0].bake;
    let names = [
        format!("{registry}/buildah:1"),
        format!("{registry}/buildah:latest"),
    ];
    bake.tags = names.to_vec();
    bake.output = vec!["type=registry".to_owned()];
    bake.cache_from = vec![format!("type=registry,ref={registry}/buildah-cache")];
    bake.cache_to.clone_from(&bake.cache_from);
    let (events, result) = repository.build(&program, &Request::default());
    assert_eq!(result, Ok(()), "{events:?}");
    for name in &names {
        output_of(&program, &["rmi", name]);
        output_of(&program, &["pull", &format!("docker://{name}")]);
    }
}

#[test]
fn a_program_that_is_not_there_is_an_error_with_a_hint() {
    let repository = Repository::new("-- Dockerfile --\nFROM scratch\n");
    let (_, result) = repository.build("/no/such/podman", &Request::default());
    let Err(EngineError::Unusable { error, hint }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        error,
        "cannot run `/no/such/podman`: No such file or directory (os error 2)"
    );
    assert_eq!(hint, "install podman, or choose another engine");
}
