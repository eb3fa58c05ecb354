//! What `docker buildx bake` reads of the file that `adopt-bake` writes, against what it reads of
//! the plan in JSON.
//!
//! Needs `DOCKWRIGHT_DOCKER`, the path of a `docker` with the buildx plugin. No engine is asked.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dockwright_build::{Plan, Publication};
use dockwright_environment::tree::DiskTree;
use dockwright_environment::{CallerVariables, Environment, ReadOptions};
use dockwright_refit::{Context, registry, write};
use dockwright_settings::Settings;
use serde_json::Value;
use tempfile::TempDir;

/// Text that means something in HCL, in YAML or in an option of buildx.
const HARD: &str = r#"a "b" \n $${C} %{ d, é"#;

fn docker() -> Option<PathBuf> {
    let docker = std::env::var_os("DOCKWRIGHT_DOCKER");
    if docker.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "DOCKWRIGHT_DOCKER is not set"
        );
        eprintln!("skipped: DOCKWRIGHT_DOCKER is not set");
    }
    docker.map(PathBuf::from)
}

/// A repository on disk.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// The plan of a repository in JSON; then the bake file is written.
fn adopt(root: &Path) -> Value {
    let tree = DiskTree::open(root).unwrap();
    let options = ReadOptions::default();
    let environment = Environment::read(Arc::new(tree), &options);
    // No image of these has a version, and all are the latest.
    let publication = Publication {
        tags: vec!["latest".to_owned()],
        ..Publication::default()
    };
    let plan = Plan::of(&environment, &publication, &CallerVariables::default());
    let refactoring = registry::find("adopt-bake").unwrap();
    let proposal = refactoring.propose(Context {
        environment: &environment,
        options: &options,
        settings: &Settings::default(),
        revision: None,
    });
    write(&proposal.expect("a proposal").changes, root).unwrap();
    plan.bake_file().to_json()
}

/// What bake prints of the group `all`, given its files and what it reads from its input.
fn print(docker: &Path, root: &Path, files: &[&str], input: &str, set: &[(&str, &str)]) -> Value {
    let mut command = Command::new(docker);
    command.args(["buildx", "bake", "--progress=quiet"]);
    for file in files {
        command.args(["--file", file]);
    }
    command.args(["--print", "all"]).current_dir(root);
    command.env_remove("VERSION").envs(set.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The order of a set says nothing.
    sort(&mut printed["group"]);
    printed["target"].take()
}

fn sort(groups: &mut Value) {
    for group in groups
        .as_object_mut()
        .into_iter()
        .flat_map(|it| it.values_mut())
    {
        if let Some(targets) = group["targets"].as_array_mut() {
            targets.sort_by_key(ToString::to_string);
        }
    }
}

/// Bake reads the same of the file and of the plan.
fn agrees(files: &[(&str, &str)]) {
    let Some(docker) = docker() else { return };
    let root = repository(files);
    let plan = adopt(root.path()).to_string();
    let planned = print(&docker, root.path(), &["-"], &plan, &[]);
    let written = print(&docker, root.path(), &["docker-bake.hcl"], "", &[]);
    let text = fs::read_to_string(root.path().join("docker-bake.hcl")).unwrap();
    assert_eq!(written, planned, "{text}");
}

#[test]
fn every_attribute_is_read_back() {
    let hard = serde_json::to_string(&HARD.replace('$', "$$")).unwrap();
    let compose = format!(
        "\
services:
  base:
    build: {{context: base, platforms: [linux/amd64, linux/arm64], labels: {{a: b, c: d}}}}
    image: shop-base:${{VERSION:-1.0}}
  web:
    build:
      context: .
      dockerfile: web/Dockerfile
      target: release
      args: {{VERSION: '${{VERSION:-1.0}}', HARD: {hard}, CALLER: }}
      labels: {{a: b, c: d, hard: {hard}}}
      platforms: [linux/amd64, linux/arm64]
      tags: [shop/web:2]
      cache_from: ['type=registry,ref=shop/web:cache']
      cache_to: ['type=local,dest=cache']
      extra_hosts: ['db:10.0.0.1']
      network: none
      shm_size: 64m
      ulimits: {{nofile: {{soft: 1, hard: 2}}}}
      no_cache: true
      pull: true
      secrets: [token]
    image: shop/web:${{VERSION:-1.0}}
  worker:
    build:
      context: web
      additional_contexts: {{assets: ./assets, base: 'docker-image://debian:trixie'}}
    profiles: [jobs]
  tool:
    build:
      context: .
      dockerfile_inline: |
        FROM scratch
        LABEL a=\"$${{HOME}} %{{ x\"
secrets:
  token: {{file: ./token.txt}}
"
    );
    agrees(&[
        ("docker-compose.yml", &compose),
        ("base/Dockerfile", "FROM debian:trixie\n"),
        (
            "web/Dockerfile",
            "ARG VERSION\nFROM shop-base:${VERSION} AS release\nARG HARD CALLER\nFROM release\n",
        ),
        ("assets/logo.svg", "<svg/>\n"),
        ("token.txt", "\n"),
    ]);
}

#[test]
fn commands_and_lone_dockerfiles_are_read_back() {
    agrees(&[
        ("base/Dockerfile", "FROM debian:trixie\n"),
        ("app/Dockerfile", "FROM shop-base\nCOPY . /app\n"),
        ("app/main.py", ""),
        ("tools/Dockerfile.lint", "FROM debian:trixie\n"),
        (
            "Makefile",
            "all:\n\tdocker build -t shop-base base\n\tdocker build -t shop-app --build-arg A=\"x y\" app\n",
        ),
    ]);
}

#[test]
fn a_version_that_the_caller_sets_goes_everywhere() {
    let Some(docker) = docker() else { return };
    let root = repository(&[
        ("base/Dockerfile", "FROM debian:trixie\n"),
        (
            "web/Dockerfile",
            "ARG VERSION=0\nFROM shop-base:${VERSION}\n",
        ),
        (
            "deploy/compose.yaml",
            "\
services:
  base: {build: ../base, image: 'shop-base:${VERSION:-1.0}'}
  web:
    build: {context: ../web, args: {VERSION: '${VERSION:-1.0}'}}
    image: shop-web:${VERSION:-1.0}
",
        ),
    ]);
    adopt(root.path());
    let set = [("VERSION", "2.0")];
    let targets = print(&docker, root.path(), &["docker-bake.hcl"], "", &set);
    assert_eq!(targets["base"]["tags"][0], "shop-base:2.0");
    assert_eq!(targets["web"]["tags"][0], "shop-web:2.0");
    assert_eq!(targets["web"]["args"]["VERSION"], "2.0");
    assert_eq!(targets["web"]["contexts"]["shop-base:2.0"], "target:base");
}

#[test]
fn compose_files_beside_it_change_no_target() {
    let Some(docker) = docker() else { return };
    let root = repository(&[
        ("Dockerfile", "FROM debian:trixie\nARG A\n"),
        ("web/Dockerfile", "FROM debian:trixie\nARG A\n"),
        (
            "compose.yaml",
            "\
services:
  shop: {build: {context: ., args: {A: a}}}
  web: {build: {context: ., args: {A: a}}}
",
        ),
        ("Makefile", "web:\n\tdocker build -t web web\n"),
    ]);
    adopt(root.path());
    let with = print(&docker, root.path(), &[], "", &[]);
    let without = print(&docker, root.path(), &["docker-bake.hcl"], "", &[]);
    assert_eq!(with, without);
}
