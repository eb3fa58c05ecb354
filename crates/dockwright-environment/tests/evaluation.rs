//! What a stage is, folded through `FROM` and across files.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use dockwright_environment::build::{Base, Lookup, StageId};
use dockwright_environment::image_use::Producer;
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions};

fn read(files: &[(&str, &str)]) -> Environment {
    let tree = files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.file(path, text)
    });
    Environment::read(Arc::new(tree), &ReadOptions::default())
}

/// The stage called `name` of the Dockerfile at `path`, as its first definition evaluates it.
fn stage(environment: &Environment, path: &str, index: usize) -> StageId {
    let dockerfile = environment
        .dockerfiles
        .iter()
        .find(|dockerfile| environment.documents.get(dockerfile.document).path.as_str() == path)
        .unwrap();
    StageId {
        definition: environment.first_build(dockerfile.id).unwrap().definition,
        stage: index,
    }
}

/// A variable at the end of a stage: its value, `-` when it is unset, `?` when nobody knows.
fn variable(environment: &Environment, stage: StageId, name: &str) -> String {
    match environment.variable(stage, usize::MAX, name) {
        Lookup::Bound(binding) => match &binding.value {
            Some(value) if value.is_known() => value.text.clone(),
            Some(_) => "?".to_owned(),
            None => "-".to_owned(),
        },
        Lookup::Unset => "-".to_owned(),
        Lookup::Unknown => "?".to_owned(),
    }
}

#[test]
fn a_stage_sees_a_global_argument_only_once_it_declares_it() {
    let environment = read(&[(
        "Dockerfile",
        "ARG A=global\nARG B=${A}-b\nFROM scratch AS one\nENV X=[$A]\nARG A\nENV Y=[$A]\n\
         FROM one AS two\nENV Z=[$A]\nFROM scratch AS three\nARG B=own\nENV Z=[$A$B]\n",
    )]);
    let of = |index, name| variable(&environment, stage(&environment, "Dockerfile", index), name);
    assert_eq!(
        of(0, "X"),
        "?",
        "not declared yet: what it would be is no value to build on"
    );
    assert_eq!(of(0, "Y"), "[global]");
    assert_eq!(
        of(1, "Z"),
        "[global]",
        "a stage hands on its ARGs to stages of the same file"
    );
    assert_eq!(of(2, "B"), "own");
}

#[test]
fn environment_goes_before_arguments_and_crosses_files_where_arguments_do_not() {
    let environment = read(&[
        (
            "compose.yaml",
            "services:\n  base:\n    build: base\n    image: shop-base:1\n  app:\n    build: app\n",
        ),
        (
            "base/Dockerfile",
            "FROM scratch AS first\nENV A=env\nARG A=arg\nARG ONLY=arg\nENV HOME=/srv PATH=/opt/bin:$PATH\nFROM first\nENV SEEN=$A\n",
        ),
        (
            "app/Dockerfile",
            "FROM shop-base:1\nENV DATA=$HOME/data OTHER=${ONLY:-unset}\n",
        ),
    ]);
    let base = stage(&environment, "base/Dockerfile", 1);
    assert_eq!(variable(&environment, base, "SEEN"), "env");
    let app = stage(&environment, "app/Dockerfile", 0);
    assert_eq!(variable(&environment, app, "DATA"), "/srv/data");
    assert_eq!(variable(&environment, app, "OTHER"), "unset");
    assert!(matches!(
        environment.stage(app).unwrap().base,
        Base::Definition(_)
    ));
}

#[test]
fn a_definition_gives_its_arguments_to_the_build() {
    let environment = read(&[
        (
            "compose.yaml",
            "services:\n  app:\n    build:\n      context: .\n      args:\n        BASE: alpine\n        V: ${V:-2}\n",
        ),
        (
            "Dockerfile",
            "ARG BASE=debian\nFROM ${BASE}:3 AS app\nARG V=1\nENV VERSION=$V\n",
        ),
    ]);
    let app = stage(&environment, "Dockerfile", 0);
    assert_eq!(environment.stage(app).unwrap().base_value.text, "alpine:3");
    assert_eq!(variable(&environment, app, "VERSION"), "2");
}

#[test]
fn the_configuration_is_what_the_image_would_have() {
    let environment = read(&[(
        "Dockerfile",
        "FROM scratch AS base\nUSER build\nWORKDIR /srv\nWORKDIR app\nENTRYPOINT [\"/run\"]\nCMD [\"serve\"]\n\
         EXPOSE 80\nLABEL team=shop\nFROM base\nENTRYPOINT run it\nEXPOSE 80 443\nLABEL team=web tier=front\nENV A=1\n",
    )]);
    let configuration = environment.configuration(stage(&environment, "Dockerfile", 1));
    let texts = |values: &[dockwright_environment::Value]| {
        values
            .iter()
            .map(|value| value.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(configuration.user.unwrap().text, "build");
    assert_eq!(configuration.working_directory.unwrap().text, "/srv/app");
    assert_eq!(
        configuration.entrypoint.unwrap().words,
        ["/bin/sh", "-c", "run it"]
    );
    assert_eq!(
        configuration.command, None,
        "a new entrypoint forgets the inherited command"
    );
    assert_eq!(texts(&configuration.ports), ["80", "443"]);
    let labels: Vec<_> = configuration
        .labels
        .iter()
        .map(|(name, value)| (name.as_str(), value.text.as_str()))
        .collect();
    assert_eq!(labels, [("team", "web"), ("tier", "front")]);
}

#[test]
fn packages_are_those_of_the_stage_and_of_its_bases() {
    let environment = read(&[
        (
            "bake.sh",
            "docker build -t shop-base:1 -f base.Dockerfile .\n",
        ),
        (
            "base.Dockerfile",
            "FROM debian:trixie\nRUN apt-get update && apt-get install -y curl=8.1 git\n",
        ),
        (
            "app.Dockerfile",
            "FROM shop-base:1\nRUN --mount=type=cache,target=/x pip install \\\n  # the server\n  flask==3\n",
        ),
    ]);
    let packages = environment.packages(stage(&environment, "app.Dockerfile", 0));
    let names: Vec<_> = packages
        .iter()
        .map(|installed| {
            (
                installed.manager.name.as_str(),
                installed.package.name.as_str(),
            )
        })
        .collect();
    assert_eq!(names, [("apt", "curl"), ("apt", "git"), ("pip", "flask")]);
    let flask = packages.last().unwrap();
    assert_eq!(environment.documents.text(flask.location), "flask==3");
}

#[test]
fn copied_paths_are_absolute_and_know_where_they_come_from() {
    let environment = read(&[(
        "Dockerfile",
        "FROM scratch AS build\nWORKDIR /src\nCOPY go.mod ./\nCOPY cmd cmd/\nFROM scratch\nCOPY --from=build /src/app /app\n",
    )]);
    let destinations = |index| {
        let steps = environment.copies(stage(&environment, "Dockerfile", index));
        steps
            .iter()
            .map(|step| (step.sources[0].text.clone(), step.destination.text.clone()))
            .collect::<Vec<_>>()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        destinations(0),
        [pair("go.mod", "/src/"), pair("cmd", "/src/cmd/")]
    );
    assert_eq!(destinations(1), [pair("/src/app", "/app")]);
}

#[test]
fn images_that_need_each_other_are_a_circle_and_end_no_look_up() {
    let environment = read(&[
        (
            "compose.yaml",
            "services:\n  a:\n    build: a\n    image: shop-a\n  b:\n    build: b\n    image: shop-b\n",
        ),
        ("a/Dockerfile", "FROM shop-b\nENV A=$B\n"),
        ("b/Dockerfile", "FROM shop-a\nENV B=$A\n"),
    ]);
    assert_eq!(environment.circles.len(), 1);
    assert_eq!(
        variable(&environment, stage(&environment, "a/Dockerfile", 0), "A"),
        "?"
    );
}

#[test]
fn a_name_is_built_here_under_another_tag_looked_alike_or_from_elsewhere() {
    let environment = read(&[
        (
            "compose.yaml",
            "services:\n  base:\n    build: .\n    image: shop-base:1\n",
        ),
        (
            "Dockerfile",
            "FROM shop-base:1\nFROM shop-base:2\nFROM golang\nFROM acme/tool\nFROM shop-worker\nFROM nothing-has-this\n",
        ),
        ("docker/Dockerfile.worker", "FROM scratch\n"),
    ]);
    let kinds: Vec<&str> = environment
        .uses
        .iter()
        .map(|image_use| match image_use.producer {
            Producer::Definitions(_) => "built",
            Producer::OtherTag(_) => "other tag",
            Producer::Undeclared(_) => "looks alike",
            Producer::Nobody => "nobody",
            Producer::Elsewhere => "elsewhere",
            Producer::Unknown => "unknown",
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "built",
            "other tag",
            "elsewhere",
            "elsewhere",
            "looks alike",
            "nobody"
        ]
    );
}
