//! The effective configuration of a stage, compared with what a real engine puts into the image.
//!
//! Needs an engine (`scripts/engine start`); without one the test says that it was skipped.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use dockwright_environment::build::StageId;
use dockwright_environment::tree::DiskTree;
use dockwright_environment::{Environment, ReadOptions, Value};
use serde_json::{Map, Value as Json, json};

/// Files of a project; each `compose.yaml` builds `base` first, then `app` upon it.
const PROJECTS: &[(&str, &str)] = &[
    (
        "FROM scratch\nENV A=1 B=\"two words\" PATH=/opt/bin:$PATH\nUSER 1000:1000\nWORKDIR /srv\nEXPOSE 80/tcp 53/udp\nLABEL a=1 b=\"x y\"\nENTRYPOINT [\"/bin/run\"]\nCMD [\"serve\"]\nSTOPSIGNAL SIGINT\nVOLUME /data\n",
        "FROM dockwright-test-base:1\nENV A=2 C=${A}-${B}\nWORKDIR app\nLABEL a=2 c=$C\nEXPOSE 80/tcp 443\nCMD [\"--help\"]\n",
    ),
    (
        "ARG G=global\nFROM scratch AS one\nARG G\nARG L=local\nENV X=$G-$L\nARG X=argument\nENV Y=$X\nFROM one\nENV Z=$X-$L LEGACY=a\nENV OLD has spaces\nSHELL [\"/bin/bash\", \"-c\"]\nCMD echo $X\n",
        "ARG BASE=dockwright-test-base\nFROM ${BASE}:1\nENV SEEN=${L:-no}-${Z} UNSET=${NOPE}\nENTRYPOINT exec \"$X\"\n",
    ),
    (
        "FROM scratch\nONBUILD ENV FROM_TRIGGER=1\nONBUILD ARG T=trigger\nWORKDIR /a\nWORKDIR ../b/./c\nUSER app\nHEALTHCHECK CMD [\"/bin/check\"]\nCMD [\"a\"]\n",
        "FROM dockwright-test-base:1 AS app\nENV SEEN=$T\nUSER root\nENTRYPOINT [\"b\"]\nHEALTHCHECK NONE\n",
    ),
];

const COMPOSE: &str = "services:\n  base:\n    build: base\n    image: dockwright-test-base:1\n  app:\n    build: app\n    image: dockwright-test-app:1\n";

#[test]
fn the_engine_gives_images_the_same_configuration() {
    let Ok(docker) = std::env::var("DOCKWRIGHT_DOCKER") else {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "DOCKWRIGHT_DOCKER is not set"
        );
        eprintln!(
            "skipped: no engine, DOCKWRIGHT_DOCKER is not set (see docs/contributing/engine.md)"
        );
        return;
    };
    for (base, app) in PROJECTS {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), base, app);
        let tree = DiskTree::open(folder.path()).unwrap();
        let environment = Environment::read(std::sync::Arc::new(tree), &ReadOptions::default());
        for name in ["base", "app"] {
            let image = format!("dockwright-test-{name}:1");
            let context = folder.path().join(name);
            run(
                &docker,
                &[
                    "buildx",
                    "build",
                    "--quiet",
                    "--load",
                    "-t",
                    &image,
                    &context.to_string_lossy(),
                ],
            );
            let definition = environment
                .definitions
                .iter()
                .find(|definition| definition.name == name)
                .unwrap();
            let stage = environment.build(definition.id).unwrap().target.unwrap();
            let ours = configuration(
                &environment,
                StageId {
                    definition: definition.id,
                    stage,
                },
            );
            let theirs = inspect(&docker, &image);
            assert_eq!(ours, theirs, "{name} of:\n{base}\n---\n{app}");
        }
        run(
            &docker,
            &[
                "image",
                "rm",
                "--force",
                "dockwright-test-app:1",
                "dockwright-test-base:1",
            ],
        );
    }
}

fn write(folder: &Path, base: &str, app: &str) {
    for (name, text) in [
        ("base/Dockerfile", base),
        ("app/Dockerfile", app),
        ("compose.yaml", COMPOSE),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn run(docker: &str, arguments: &[&str]) -> String {
    let output = Command::new(docker).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn inspect(docker: &str, image: &str) -> Json {
    let output = run(docker, &["image", "inspect", image]);
    let parsed: Json = serde_json::from_str(&output).unwrap();
    let config = &parsed[0]["Config"];
    let keys = |field: &str| {
        let map = config[field].as_object().cloned().unwrap_or_default();
        let mut keys: Vec<String> = map.keys().cloned().collect();
        keys.sort();
        json!(keys)
    };
    let or_empty = |value: &Json, empty: Json| {
        if value.is_null() {
            empty
        } else {
            value.clone()
        }
    };
    json!({
        "env": variables(&config["Env"]),
        "user": or_empty(&config["User"], json!("")),
        "directory": config["WorkingDir"].as_str().map(|path| if path == "/" { "" } else { path }).unwrap_or_default(),
        "entrypoint": or_empty(&config["Entrypoint"], json!([])),
        "command": or_empty(&config["Cmd"], json!([])),
        "ports": keys("ExposedPorts"),
        "volumes": keys("Volumes"),
        "labels": or_empty(&config["Labels"], json!({})),
        "signal": or_empty(&config["StopSignal"], json!("")),
        "healthcheck": or_empty(&config["Healthcheck"]["Test"], json!([])),
    })
}

/// `PATH` is set by the builder where nothing else sets it; it is compared only where it was set.
fn variables(env: &Json) -> Json {
    let mut map = Map::new();
    for variable in env.as_array().into_iter().flatten() {
        let (name, value) = variable.as_str().unwrap().split_once('=').unwrap();
        if name != "PATH" {
            map.insert(name.to_owned(), json!(value));
        }
    }
    sorted(map)
}

fn sorted(map: Map<String, Json>) -> Json {
    let mut pairs: Vec<_> = map.into_iter().collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(pairs.into_iter().collect())
}

fn configuration(environment: &Environment, stage: StageId) -> Json {
    let configuration = environment.configuration(stage);
    let pairs = |entries: &[(String, Value)]| {
        let entries = entries.iter().filter(|(name, _)| name != "PATH");
        sorted(
            entries
                .map(|(name, value)| (name.clone(), json!(value.text)))
                .collect(),
        )
    };
    let texts = |values: &[Value], suffix: &str| {
        let with = |text: &str| {
            if text.contains('/') {
                text.to_owned()
            } else {
                format!("{text}{suffix}")
            }
        };
        let mut texts: Vec<String> = values.iter().map(|value| with(&value.text)).collect();
        texts.sort();
        json!(texts)
    };
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .map(|value| value.text.clone())
            .unwrap_or_default()
    };
    let healthcheck = match &configuration.healthcheck {
        None => json!([]),
        Some(None) => json!(["NONE"]),
        Some(Some(check)) => json!([vec!["CMD".to_owned()], check.words.clone()].concat()),
    };
    json!({
        "env": pairs(&configuration.environment),
        "user": text(&configuration.user),
        "directory": text(&configuration.working_directory),
        "entrypoint": configuration.entrypoint.map(|command| command.words).unwrap_or_default(),
        "command": configuration.command.map(|command| command.words).unwrap_or_default(),
        "ports": texts(&configuration.ports, "/tcp"),
        "volumes": texts(&configuration.volumes, ""),
        "labels": pairs(&configuration.labels),
        "signal": text(&configuration.stop_signal),
        "healthcheck": healthcheck,
    })
}
