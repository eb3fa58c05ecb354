//! Plans of small environments.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use dockwright_build::prepare::Wanted;
use dockwright_build::{Plan, Publication, prepare};
use dockwright_environment::tree::{DiskTree, MemoryTree};
use dockwright_environment::{CallerVariables, Environment, ReadOptions, Tree};

/// The files of a text in which each begins with a line `-- path --`.
fn tree(text: &str) -> MemoryTree {
    let mut tree = MemoryTree::new();
    for file in text.split("-- ").skip(1) {
        let (path, text) = file.split_once(" --\n").unwrap();
        tree = tree.file(path, text);
    }
    tree
}

fn plan_of(tree: Arc<dyn Tree>, publication: &Publication) -> Plan {
    let environment = Environment::read(tree, &ReadOptions::default());
    Plan::of(&environment, publication, &CallerVariables::default())
}

fn plan(text: &str) -> Plan {
    plan_of(Arc::new(tree(text)), &Publication::default())
}

/// A plan as a person would note it down.
fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for target in &plan.targets {
        let _ = write!(text, "{}: {}", target.name, target.bake.tags.join(" "));
        if let Some(refusal) = &target.refusal {
            let _ = write!(text, " (refused: {refusal})");
        }
        text.push('\n');
        for (name, context) in &target.bake.contexts {
            let _ = writeln!(text, "  {name} = {context}");
        }
        for note in &target.notes {
            let _ = writeln!(text, "  note: {note}");
        }
    }
    for group in &plan.groups {
        let _ = writeln!(
            text,
            "[{}] {}",
            group.name,
            plan.names(&group.targets).join(" ")
        );
    }
    text
}

#[test]
fn the_example() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/onemount");
    let tree = DiskTree::open(Path::new(root)).unwrap();
    let publication = Publication {
        tags: vec!["0.1.0rc1".to_owned(), "latest".to_owned()],
        ..Publication::default()
    };
    insta::assert_snapshot!(shown(&plan_of(Arc::new(tree), &publication)), @r#"
    onemount-base: onemount-base:0.1.0rc1 onemount-base:latest
    onemount-builder: onemount-builder:latest onemount-deb-builder:latest onemount-builder:0.1.0rc1 onemount-deb-builder:0.1.0rc1
      onemount-base = target:onemount-base
    onemount-github-runner: onemount-github-runner:latest onemount-github-runner:0.1.0rc1
      onemount-base = target:onemount-base
    onemount-test-runner: onemount-test-runner:latest onemount-test-runner:0.1.0rc1
      onemount-base:0.1.0rc1 = target:onemount-base
    onemount: onemount:0.1.0rc1 onemount:latest
      onemount-base:0.1.0rc1 = target:onemount-base
    ubuntu: onemount-build-ubuntu:0.1.0rc1 onemount-build-ubuntu:latest
      note: `onemount-base:0.0.9` is left to the engine: target `onemount-base` makes that image, but under other tags
    [all] onemount-base onemount-builder onemount-github-runner onemount-test-runner onemount ubuntu
    [binaries] onemount-builder
    [default] onemount-base onemount-builder onemount-github-runner onemount-test-runner onemount
    [dev] onemount-github-runner
    [development] onemount-builder onemount-github-runner onemount-test-runner
    [maintenance] onemount-github-runner
    [packages] onemount-builder
    [prod] onemount-github-runner
    [production] onemount-github-runner onemount ubuntu
    [shell] onemount-builder
    "#);
}

#[test]
fn a_diamond_in_compose_files_only() {
    let plan = plan(
        "\
-- compose.yaml --
name: shop
services:
  web:
    build: web
    image: shop/web:1.0
  api:
    build: api
    profiles: [dev]
-- base.Dockerfile --
FROM debian:trixie
-- web/Dockerfile --
FROM shop-base AS base
FROM base
COPY --from=shop-api /api /api
-- api/Dockerfile --
FROM shop-base
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    shop-base: shop-base
    api: shop-api
      shop-base = target:shop-base
    web: shop/web:1.0
      shop-api = target:api
      shop-base = target:shop-base
    [all] shop-base api web
    [default] api web
    [dev] api
    [development] api
    [production] web
    "#);
}

#[test]
fn images_that_need_each_other_are_refused() {
    let plan = plan(
        "\
-- docker-bake.hcl --
group \"default\" { targets = [\"a\", \"b\", \"c\"] }
target \"a\" {
  context = \"a\"
  tags = [\"x/a:1\"]
}
target \"b\" {
  context = \"b\"
  tags = [\"x/b:1\"]
}
target \"c\" {
  context = \"c\"
  tags = [\"x/c:1\"]
}
-- a/Dockerfile --
FROM x/b:1
-- b/Dockerfile --
FROM scratch
COPY --from=x/c:1 / /
-- c/Dockerfile --
FROM x/a:1
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    c: x/c:1 (refused: it needs itself: a → b → c → a)
      x/a:1 = target:a
    b: x/b:1 (refused: it needs itself: a → b → c → a)
      x/c:1 = target:c
    a: x/a:1 (refused: it needs itself: a → b → c → a)
      x/b:1 = target:b
    [all] c b a
    [default] c b a
    [production] a
    "#);
}

/// The bake target of a name, as JSON.
fn bake(plan: &Plan, name: &str) -> String {
    let target = plan.targets.iter().find(|target| target.name == name);
    serde_json::to_string(&target.unwrap().bake).unwrap()
}

#[test]
fn a_bake_file_goes_before_services_and_those_before_commands() {
    let plan = plan(
        "\
-- docker-bake.hcl --
target \"web-image\" {
  context = \"web\"
  args = { MODE = \"bake\" }
  tags = [\"shop/web:1.0\"]
}
-- compose.yaml --
name: shop
services:
  web:
    build: {context: web, args: {MODE: compose}}
  api:
    build: {context: api, args: {MODE: compose, OTHER: x}}
-- Makefile --
api:
	docker build -t shop/api:1.0 --build-arg MODE=make api
-- web/Dockerfile --
FROM scratch
ARG MODE
-- api/Dockerfile --
FROM scratch
ARG MODE
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    api: shop-api
    web-image: shop/web:1.0
    [all] api web-image
    [default] api web-image
    [production] api web-image
    "#);
    assert_eq!(
        bake(&plan, "web-image"),
        r#"{"context":"web","dockerfile":"Dockerfile","args":{"MODE":"bake"},"tags":["shop/web:1.0"]}"#
    );
    assert_eq!(
        bake(&plan, "api"),
        r#"{"context":"api","dockerfile":"Dockerfile","args":{"MODE":"compose"},"tags":["shop-api"]}"#
    );
    // The service is a name of the target all the same.
    assert_eq!(
        plan.select(&["web".to_owned()]),
        plan.select(&["web-image".to_owned()])
    );
}

#[test]
fn services_that_build_the_same_are_one_target() {
    let plan = plan(
        "\
-- compose.yaml --
name: jobs
services:
  worker: {build: ., image: jobs/worker:1.0, profiles: [worker, dev]}
  scheduler: {build: ., image: jobs/scheduler:1.0}
  debug: {build: {context: ., args: {DEBUG: 1}}, image: jobs/worker:debug}
-- Dockerfile --
FROM scratch
ARG DEBUG
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    worker: jobs/worker:1.0 jobs/scheduler:1.0
    debug: jobs/worker:debug
    [all] worker debug
    [default] worker debug
    [dev] worker
    [development] worker debug
    [worker-profile] worker
    "#);
}

#[test]
fn tags_and_labels_are_added_where_they_can_mean_one_image_only() {
    let tree = tree(
        "\
-- docker-bake.hcl --
group \"default\" { targets = [\"dev\", \"prod\", \"base\"] }
target \"dev\" {
  target = \"dev\"
  tags = [\"example.org/app:dev\"]
}
target \"prod\" {
  target = \"prod\"
  tags = [\"example.org/app:prod\"]
}
target \"base\" {
  dockerfile = \"base.Dockerfile\"
  tags = [\"example.org/base:1.0\", \"example.org/base:latest\"]
}
-- Dockerfile --
FROM example.org/base AS prod
FROM prod AS dev
LABEL org.opencontainers.image.version=own
-- base.Dockerfile --
FROM scratch
LABEL org.opencontainers.image.version=base
",
    );
    let version = "org.opencontainers.image.version".to_owned();
    let publication = Publication {
        tags: vec!["1.0".to_owned(), "latest".to_owned()],
        labels: [(version, "1.0".to_owned())].into_iter().collect(),
        ..Publication::default()
    };
    let plan = plan_of(Arc::new(tree), &publication);
    insta::assert_snapshot!(shown(&plan), @r#"
    base: example.org/base:1.0 example.org/base:latest
    dev: example.org/app:dev
      example.org/base = target:base
    prod: example.org/app:prod
      example.org/base = target:base
    [all] base dev prod
    [default] base dev prod
    [development] dev
    [production] prod
    "#);
    let labelled = plan.targets.iter().filter(|it| !it.bake.labels.is_empty());
    let labelled: Vec<&str> = labelled.map(|it| it.name.as_str()).collect();
    assert_eq!(labelled, ["prod"]);
}

#[test]
fn what_cannot_be_built_says_why() {
    let plan = plan(
        "\
-- compose.yaml --
services:
  gone: {build: gone}
  away: {build: ../away}
  stage: {build: {context: ., target: nothing}}
  link: {build: {context: ., additional_contexts: {x: \"service:nobody\"}}}
  remote: {build: \"https://example.org/app.git\"}
-- Dockerfile --
FROM scratch
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    gone: gone (refused: its Dockerfile `gone/Dockerfile` is not there)
    away: away (refused: its context `../away` is not in this repository)
    stage: stage (refused: its Dockerfile has no stage `nothing`)
    link: link (refused: its context `x` names `nobody`, which is not defined)
    remote: remote
    [all] gone away stage link remote
    [default] gone away stage link remote
    [production] gone away stage link remote
    "#);
}

#[test]
fn the_caller_gives_arguments_and_variables() {
    let tree: Arc<dyn Tree> = Arc::new(tree(
        "\
-- compose.yaml --
name: shop
services:
  web:
    image: \"shop/web:${TAG:-none}\"
    build: {context: ., args: [TOKEN, MISSING]}
-- Dockerfile --
FROM scratch
ARG TOKEN
ARG MISSING
",
    ));
    let caller = [("TAG", "2.0"), ("TOKEN", "t")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let caller: CallerVariables = caller.into_iter().collect();
    let options = ReadOptions {
        variables: caller.clone(),
        ..ReadOptions::default()
    };
    let environment = Environment::read(tree, &options);
    let plan = Plan::of(&environment, &Publication::default(), &caller);
    assert_eq!(
        bake(&plan, "web"),
        r#"{"context":".","dockerfile":"Dockerfile","args":{"TOKEN":"t"},"tags":["shop/web:2.0"]}"#
    );
}

#[test]
fn build_arguments_decide_what_a_base_is() {
    let read = || {
        let tree: Arc<dyn Tree> = Arc::new(tree(
            "\
-- compose.yaml --
name: shop
services:
  web: {build: {context: ., dockerfile: web.Dockerfile}}
  old: {build: {context: ., dockerfile: old.Dockerfile}, image: shop-old}
  new: {build: {context: ., dockerfile: new.Dockerfile}, image: shop-new}
-- web.Dockerfile --
ARG BASE=shop-old
FROM $BASE
-- old.Dockerfile --
FROM scratch
-- new.Dockerfile --
FROM scratch
",
        ));
        Environment::read(tree, &ReadOptions::default())
    };
    let needs = |wanted: &Wanted| {
        let caller = CallerVariables::default();
        let prepared = prepare(read(), &Publication::default(), &caller, wanted).unwrap();
        prepared
            .plan
            .names(&prepared.plan.closure(&prepared.targets))
    };
    let mut wanted = Wanted {
        names: vec!["web".to_owned()],
        ..Wanted::default()
    };
    assert_eq!(needs(&wanted), ["old", "web"]);
    wanted.arguments = vec![("BASE".to_owned(), "shop-new".to_owned())];
    assert_eq!(needs(&wanted), ["new", "web"]);
    wanted.arguments.clear();
    wanted.overrides = vec!["web.args.BASE=shop-new".parse().unwrap()];
    assert_eq!(needs(&wanted), ["new", "web"]);
}

#[test]
fn a_name_that_is_not_known_gets_the_nearest() {
    let plan = plan(
        "\
-- a/compose.yaml --
services:
  web: {build: .}
-- a/Dockerfile --
FROM scratch
-- b/compose.yaml --
services:
  web: {build: .}
-- b/Dockerfile --
FROM scratch
",
    );
    let unknown = |name: &str| plan.select(&[name.to_owned()]).unwrap_err();
    assert_eq!(unknown("wen").nearest[0], "web");
    // The second service of that name has another for its target.
    assert_eq!(
        plan.names(&plan.select(&["web".to_owned()]).unwrap()),
        ["web"]
    );
    assert_eq!(
        plan.names(&plan.select(&["b/Dockerfile".to_owned()]).unwrap()),
        ["b-web"]
    );
}

#[test]
fn what_makes_no_image_gets_no_name() {
    let plan = plan_of(
        Arc::new(tree(
            "\
-- docker-bake.hcl --
target \"lint\" { output = [\"type=cacheonly\"] }
target \"binaries\" {
  target = \"binaries\"
  output = [\"bin\"]
}
target \"check\" {
  dockerfile = \"other.Dockerfile\"
  call = \"check\"
}
target \"image\" { dockerfile = \"image.Dockerfile\" }
-- Dockerfile --
FROM scratch AS binaries
FROM binaries AS lint
-- other.Dockerfile --
FROM scratch
-- image.Dockerfile --
FROM scratch
",
        )),
        &Publication {
            tags: vec!["latest".to_owned()],
            ..Publication::default()
        },
    );
    let tags = plan
        .targets
        .iter()
        .map(|it| (it.name.as_str(), it.bake.tags.join(" ")));
    let tags: Vec<_> = tags.filter(|(_, tags)| !tags.is_empty()).collect();
    assert_eq!(tags, [("image", "image:latest".to_owned())]);
}

#[test]
fn the_default_of_another_directory_is_not_that_of_the_repository() {
    let plan = plan(
        "\
-- docs/docker-bake.hcl --
group \"default\" { targets = [\"sample\"] }
target \"sample\" {}
-- docs/Dockerfile --
FROM scratch
-- compose.yaml --
services:
  web: {build: .}
-- Dockerfile --
FROM scratch
-- parts/compose.override.yaml --
services:
  web: {build: elsewhere}
",
    );
    insta::assert_snapshot!(shown(&plan), @r#"
    web: web
    sample: sample
    [all] web sample
    [default] web sample
    [production] web sample
    "#);
}
