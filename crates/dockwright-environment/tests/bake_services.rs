//! Compose services that bake builds too, and the definitions of both.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::sync::Arc;

use dockwright_environment::definition::{NamedContextSource, Origin};
use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions};

const DOCKERFILE: &str = "FROM debian:trixie AS dev\nFROM dev AS release\n";

const COMPOSE: &str = "\
services:
  web.app:
    image: shop/web
    build: {context: web, target: dev}
  api:
    build: api
";

/// A tree with two Dockerfiles, `compose.yaml` and what `files` say.
fn read(files: &[(&str, &str)]) -> Environment {
    let tree = MemoryTree::from([
        ("web/Dockerfile", DOCKERFILE),
        ("api/Dockerfile", DOCKERFILE),
        ("compose.yaml", COMPOSE),
    ]);
    let tree = files
        .iter()
        .fold(tree, |tree, (path, text)| tree.file(path, text));
    Environment::read(Arc::new(tree), &ReadOptions::default())
}

/// Every definition: who says so, its context, its stage and its names.
fn definitions(environment: &Environment) -> String {
    let mut lines = String::new();
    for definition in &environment.definitions {
        let origin = match definition.origin {
            Origin::Service { .. } => "service",
            Origin::BakeTarget { .. } => "target",
            Origin::Command => "command",
            Origin::Dockerfile => "nobody",
        };
        let tags = definition.tags.iter().filter(|tag| !tag.implicit);
        let tags: Vec<&str> = tags.map(|tag| tag.value.text.as_str()).collect();
        let stage = definition.target.as_ref().map_or("-", |it| &it.text);
        let directory = definition.context.directory().unwrap();
        let name = &definition.name;
        let _ = write!(lines, "{origin} {name} {directory} {stage} {tags:?}");
        for context in &definition.contexts {
            let _ = match &context.source {
                NamedContextSource::Definition(id) => {
                    let other = environment.definition(*id).unwrap();
                    write!(lines, " {}={:?} {}", context.name, other.origin, other.name)
                }
                source => write!(lines, " {}={source:?}", context.name),
            };
        }
        lines.push('\n');
    }
    lines
}

#[test]
fn a_service_that_no_bake_file_changes_is_one_definition() {
    let bake = "\
target \"web_app\" {}
target \"extra\" {
  context  = \"api\"
  contexts = { web = \"target:web_app\", api = \"target:api\" }
}
";
    let environment = read(&[("docker-bake.hcl", bake)]);
    insta::assert_snapshot!(definitions(&environment), @r#"
    service web.app web dev ["shop/web"]
    service api api - []
    target extra api - [] web=Service { project: 0, service: 0 } web.app api=Service { project: 0, service: 1 } api
    "#);
    assert_eq!(environment.bake[0].problems, []);
    assert!(environment.bake[0].target("api").unwrap().is_service());
}

#[test]
fn a_service_that_the_bake_file_changes_is_built_in_two_ways() {
    let bake = "\
target \"web_app\" {
  target = \"release\"
}
target \"published\" {
  inherits = [\"api\"]
  tags     = [\"shop/api\"]
}
";
    let environment = read(&[("docker-bake.hcl", bake)]);
    insta::assert_snapshot!(definitions(&environment), @r#"
    service web.app web dev ["shop/web"]
    service api api - []
    target web_app web release ["shop/web"]
    target published api - ["shop/api"]
    "#);
}

#[test]
fn bake_reads_no_override_file_and_every_default_name() {
    let environment = read(&[
        (
            "docker-bake.hcl",
            "target \"other\" { inherits = [\"old\", \"web_app\"] }\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  old: {build: {context: api, target: dev}}\n",
        ),
        (
            "compose.override.yaml",
            "services:\n  web.app: {image: shop/override}\n",
        ),
    ]);
    insta::assert_snapshot!(definitions(&environment), @r#"
    service web.app web dev ["shop/override"]
    service api api - []
    service old api dev []
    target other web dev ["shop/web"]
    "#);
    assert_eq!(environment.bake[0].compose_files.len(), 2);
}

#[test]
fn a_bake_file_of_another_name_or_directory_stands_alone() {
    let bake = "target \"web_app\" { context = \"web\" }\n";
    for path in ["release-bake.hcl", "ci/docker-bake.hcl"] {
        let environment = read(&[(path, bake)]);
        assert_eq!(environment.bake[0].targets.len(), 1, "{path}");
        assert!(environment.bake[0].compose_files.is_empty(), "{path}");
    }
}

#[test]
fn every_value_of_a_service_points_into_the_compose_file() {
    let environment = read(&[("docker-bake.hcl", "target \"web_app\" {}\n")]);
    let target = environment.bake[0].target("web_app").unwrap();
    let at = |location| environment.documents.text(location);
    assert_eq!(at(target.location), "web_app");
    assert_eq!(at(target.service.as_ref().unwrap().location), "web.app");
    assert_eq!(at(target.context.as_ref().unwrap().location), "web");
    assert_eq!(at(target.tags[0].location), "shop/web");
}
