//! Plans of small environments.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use dockwright_build::{Plan, Publication};
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
