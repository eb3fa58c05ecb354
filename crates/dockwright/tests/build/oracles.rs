//! buildx and Compose as the judges of a plan.

use std::collections::BTreeSet;
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::trial::{Trial, found, output, workspace};

/// Whatever a service can say of how it is built.
const EVERYTHING: &str = "
-- dockwright.toml --
[build]
tags = []
labels = false
-- compose.yaml --
name: shop
services:
  app:
    image: example.org/shop/app:${VERSION:-1.0}
    build:
      context: app
      dockerfile: sub/Dockerfile
      target: release
      args:
        A: one two
        B: \"a=b,c\"
        VERSION: ${VERSION:-1.0}
        UNSET:
        TAKEN:
      secrets: [token, key]
      ssh: [deploy=./agent.sock]
      cache_from: ['example.org/shop/app:cache', 'type=local,src=cache/app']
      cache_to: ['type=local,dest=cache/app']
      extra_hosts: ['one=10.0.0.1', 'two:10.0.0.2', 'six=::1']
      ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 99}
      shm_size: 64m
      labels: {com.example.text: 'costs $${PRICE} \"quoted\" %{x} $$$$'}
      tags: ['example.org/shop/app:latest', shop-app]
      platforms: [linux/amd64, linux/arm64]
      network: host
      no_cache: true
      pull: true
      additional_contexts: {assets: ./lib, other: 'docker-image://busybox', site: 'service:lib'}
      entitlements: [network.host]
  lib:
    build:
      context: lib
      dockerfile_inline: |
        FROM busybox
        ARG NAME=x
        RUN echo $${NAME} \"$${NAME:-y}\" %{d} # $$$$
secrets:
  token: {environment: TAKEN}
  key: {file: ./key.txt}
-- app/sub/Dockerfile --
ARG VERSION
FROM busybox AS build
ARG A
ARG B
ARG UNSET
ARG TAKEN
FROM build AS release
COPY --from=assets / /
COPY --from=site / /
COPY --from=other / /
-- lib/file --
-- key.txt --
secret
";

/// Variables, an environment file, a base that others extend, several files, profiles.
const SEVERAL_FILES: &str = "
-- dockwright.toml --
[build]
tags = []
labels = false
-- .env --
COLOUR=blue
DIRECTORY=services
-- compose.yaml --
name: shop
include: [common/compose.yaml]
services:
  web:
    extends: {file: templates.yaml, service: web}
    image: shop/web:$COLOUR
    profiles: [site]
  jobs:
    build: ./$DIRECTORY/jobs
-- compose.override.yaml --
services:
  jobs:
    build:
      args: [LEVEL=7, COLOUR]
      target: ${STAGE:-run}
-- templates.yaml --
services:
  web:
    build:
      context: services/web
      dockerfile: ../../docker/web.Dockerfile
      args: {COLOUR: '${COLOUR}', EMPTY: ''}
-- common/compose.yaml --
services:
  mail:
    build: {context: ., labels: [one=1, two]}
-- common/Dockerfile --
FROM busybox
-- docker/web.Dockerfile --
FROM busybox
ARG COLOUR
ARG EMPTY
-- services/web/file --
-- services/jobs/Dockerfile --
FROM busybox AS run
ARG LEVEL
ARG COLOUR
FROM busybox
";

/// The plan as it is printed, and as JSON.
fn plan(trial: &Trial, arguments: &[&str]) -> (String, Value) {
    let run = trial.builds(&[&["--print"], arguments].concat());
    let json = serde_json::from_str(&run.output).unwrap();
    (run.output, json)
}

/// What bake makes of a plan.
fn bake(trial: &Trial, plan: &str) -> Value {
    let mut command = trial.command(&std::env::var("DOCKWRIGHT_DOCKER").unwrap());
    command.args(["buildx", "bake", "--file", "-", "--print"]);
    serde_json::from_str(&output(command, plan)).unwrap()
}

/// An option as bake prints it.
fn option(key: &str, text: &str) -> Value {
    if key == "ssh" {
        let (id, paths) = text.split_once('=').unwrap();
        return json!({"id": id, "paths": paths.split(',').collect::<Vec<_>>()});
    }
    if !text.contains('=') {
        return json!({"type": "registry", "ref": text});
    }
    let pairs = text.split(',').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect()
}

/// A plan as bake prints it: its options taken apart, its names sorted.
fn as_bake_prints(mut plan: Value) -> Value {
    for target in plan["target"].as_object_mut().unwrap().values_mut() {
        let target = target.as_object_mut().unwrap();
        target
            .entry("dockerfile")
            .or_insert_with(|| json!("Dockerfile"));
        for (key, value) in target.iter_mut() {
            if matches!(
                key.as_str(),
                "cache-from" | "cache-to" | "secret" | "ssh" | "output"
            ) {
                let options = value.as_array().unwrap().iter();
                *value = options
                    .map(|it| option(key, it.as_str().unwrap()))
                    .collect();
            }
        }
    }
    for group in plan["group"].as_object_mut().unwrap().values_mut() {
        let names = group["targets"].as_array_mut().unwrap();
        names.sort_by_key(|name| name.as_str().unwrap().to_owned());
    }
    plan
}

fn bake_takes_it_as_it_is(trial: &Trial) {
    let (text, plan) = plan(trial, &["all"]);
    assert_eq!(bake(trial, &text), as_bake_prints(plan));
}

fn trial(name: &str, files: &str) -> Option<Trial> {
    let mut trial = Trial::new(name, files)?;
    trial.set("TAKEN", "from outside");
    Some(trial)
}

#[test]
fn bake_takes_the_plan_as_it_is() {
    let Some(trial) = trial("bake", EVERYTHING) else {
        return;
    };
    // Bake wants to see the agent.
    let _agent = UnixListener::bind(trial.path("agent.sock")).unwrap();
    bake_takes_it_as_it_is(&trial);
}

#[test]
fn bake_takes_the_plan_of_the_example_as_it_is() {
    let Some(trial) = trial("bakeexample", "") else {
        return;
    };
    let root = workspace().join("examples/onemount").display().to_string();
    let (text, plan) = plan(&trial, &["--root", &root, "all"]);
    assert_eq!(bake(&trial, &text), as_bake_prints(plan));
}

/// What Compose would build, in the form of a plan: for each service what we call the same.
fn compose(trial: &Trial) -> Option<Map<String, Value>> {
    let program = found("DOCKWRIGHT_COMPOSE", "DOCKWRIGHT_REQUIRE_ORACLES")?;
    let mut command = trial.command(&program);
    command.args(["--profile", "*", "build", "--print"]);
    let mut printed: Value = serde_json::from_str(&output(command, "")).unwrap();
    Some(std::mem::take(printed["target"].as_object_mut().unwrap()))
}

/// A target in words that Compose and we have in common.
fn common(target: &Value, root: &Path) -> Value {
    let mut target = target.as_object().unwrap().clone();
    let absolute = |base: &Path, value: &Value| json!(lexical(&base.join(value.as_str().unwrap())));
    let context = absolute(root, &target["context"]);
    let directory = Path::new(context.as_str().unwrap()).to_owned();
    if let Some(dockerfile) = target.get_mut("dockerfile") {
        *dockerfile = absolute(&directory, dockerfile);
    }
    target.insert("context".to_owned(), context);
    for (_, value) in target
        .get_mut("contexts")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        if !value.as_str().unwrap().contains(':') {
            *value = absolute(root, value);
        }
    }
    for (key, value) in &mut target {
        let Value::Array(items) = value else { continue };
        let texts = items.iter().map(|item| item.as_str().unwrap());
        let texts: BTreeSet<String> = texts
            .map(|text| match key.as_str() {
                "secret" | "ssh" => with_paths(text, root),
                _ => text.to_owned(),
            })
            .collect();
        *value = json!(texts);
    }
    if let Some(size) = target.get_mut("shm-size") {
        let text = size.as_str().unwrap();
        let bytes = text
            .strip_suffix("MiB")
            .map(|it| it.parse::<u64>().unwrap() << 20);
        *size = json!(bytes.unwrap_or_else(|| text.parse().unwrap()));
    }
    if let Some(labels) = target.get_mut("labels").and_then(Value::as_object_mut) {
        labels.retain(|name, _| !name.starts_with("com.docker.compose."));
    }
    target.remove("output");
    target.retain(|_, value| value.as_object().is_none_or(|it| !it.is_empty()));
    Value::Object(target)
}

/// A secret or key without its type, and with its path in full.
fn with_paths(text: &str, root: &Path) -> String {
    let pairs = text.split(',').filter(|pair| !pair.starts_with("type="));
    let pairs = pairs.map(|pair| match pair.split_once('=') {
        Some((key @ ("src" | "deploy"), path)) => format!("{key}={}", lexical(&root.join(path))),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join(",")
}

/// A path without `.` and `..`.
fn lexical(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn compose_would_build_the_same(name: &str, files: &str, services: &[&str]) {
    let Some(mut trial) = trial(name, files) else {
        return;
    };
    trial.set("COMPOSE_BAKE", "true");
    let Some(theirs) = compose(&trial) else {
        return;
    };
    let (_, ours) = plan(&trial, &["all"]);
    let root = trial.repository.root();
    assert_eq!(
        theirs.keys().cloned().collect::<BTreeSet<_>>(),
        services.iter().map(|it| (*it).to_owned()).collect()
    );
    for service in services {
        let mut ours = common(&unescaped(&ours["target"][service]), root);
        let mut theirs = common(&unescaped(&theirs[*service]), root);
        // Compose says nothing of a Dockerfile with the usual name.
        for target in [&mut ours, &mut theirs] {
            let usual = format!("{}/Dockerfile", target["context"].as_str().unwrap());
            if target.get("dockerfile-inline").is_none() {
                let target = target.as_object_mut().unwrap();
                target.entry("dockerfile").or_insert_with(|| json!(usual));
            }
        }
        let show = |value: &Value| format!("{:#}", sorted(value));
        assert_eq!(show(&ours), show(&theirs), "{service}");
    }
}

/// Text as it is meant: what looks like a template is not always escaped by Compose.
fn unescaped(value: &Value) -> Value {
    let text = value.to_string();
    serde_json::from_str(&text.replace("$${", "${").replace("%%{", "%{")).unwrap()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        other => other.clone(),
    }
}

#[test]
fn compose_would_build_everything_a_service_says() {
    compose_would_build_the_same("everything", EVERYTHING, &["app", "lib"]);
}

#[test]
fn compose_would_build_the_same_of_several_files() {
    compose_would_build_the_same("files", SEVERAL_FILES, &["jobs", "mail", "web"]);
}

#[test]
fn compose_would_build_the_same_of_a_diamond() {
    // Compose does not know what these need.
    let settings = "-- dockwright.toml --\n[build]\ntags = []\nlabels = false\n";
    let files = format!("{}{settings}", crate::order::DIAMOND);
    let Some(trial) = trial("composed", &files) else {
        return;
    };
    let Some(theirs) = compose(&trial) else {
        return;
    };
    let (_, ours) = plan(&trial, &["all"]);
    for (service, theirs) in theirs {
        let mut ours = ours["target"][&service].clone();
        assert!(!ours["contexts"].as_object().unwrap().is_empty());
        ours.as_object_mut().unwrap().remove("contexts");
        let root = trial.repository.root();
        let theirs = common(&theirs, root);
        for key in ["context", "dockerfile", "tags"] {
            assert_eq!(common(&ours, root)[key], theirs[key], "{service}");
        }
    }
}
