//! Which files are taken for what.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write as _;

use dockwright_environment::discovery::{DocumentKind, Excludes, discover};
use dockwright_environment::tree::MemoryTree;

const DOCKERFILE: &str = "# base\nARG V=1\nFROM alpine:$V AS base\nRUN true \\\n  && false\n";
const COMPOSE: &str = "services:\n  app:\n    image: alpine\n";

/// Every candidate as `kind path`, and its problem.
fn found(tree: &MemoryTree) -> String {
    let mut lines = String::new();
    for candidate in discover(tree, &Excludes::default()) {
        let _ = write!(lines, "{:?} {}", candidate.kind, candidate.path);
        let _ = match candidate.problem {
            Some(problem) => writeln!(lines, ": {problem}"),
            None => writeln!(lines),
        };
    }
    lines
}

#[test]
fn names_tell_most_of_it() {
    let tree: MemoryTree = [
        "Dockerfile",
        "a/dockerfile",
        "Dockerfile.dev",
        "api.Dockerfile",
        "web.dockerfile",
        "Containerfile",
        "x.containerfile",
        "Containerfile.ci",
        ".dockerignore",
        "api.Dockerfile.dockerignore",
        ".containerignore",
        "compose.yaml",
        "docker-compose.override.yml",
        "compose-dev.yml",
        "stack.compose.yaml",
        "docker-bake.hcl",
        "docker-bake.override.json",
        "ci-bake.hcl",
        "entrypoint.sh",
        ".env",
        ".env.example",
        "prod.env",
        "README.md",
        "Makefile",
        "rules.mk",
        ".github/workflows/docker-compose.yml",
    ]
    .iter()
    .map(|path| (*path, ""))
    .collect();
    insta::assert_snapshot!(found(&tree), @r"
    Ignore .containerignore
    Ignore .dockerignore
    Dotenv .env
    Dotenv .env.example
    Workflow .github/workflows/docker-compose.yml
    Dockerfile Containerfile
    Dockerfile Containerfile.ci
    Dockerfile Dockerfile
    Dockerfile Dockerfile.dev
    Makefile Makefile
    Markdown README.md
    Dockerfile a/dockerfile
    Dockerfile api.Dockerfile
    Ignore api.Dockerfile.dockerignore
    Bake ci-bake.hcl
    Compose compose-dev.yml
    Compose compose.yaml
    Bake docker-bake.hcl
    Bake docker-bake.override.json
    Compose docker-compose.override.yml
    Shell entrypoint.sh
    Dotenv prod.env
    Makefile rules.mk
    Compose stack.compose.yaml
    Dockerfile web.dockerfile
    Dockerfile x.containerfile
    ");
}

#[test]
fn content_decides_where_names_only_hint() {
    let tree = MemoryTree::from([
        ("Dockerfile-alpine", DOCKERFILE),
        ("image", DOCKERFILE),
        ("my.docker", DOCKERFILE),
        ("dockerfile_notes", "From here on, everything is a note.\n"),
        ("LICENSE", "From the authors\n"),
        ("query", "FROM a\nSELECT b\n"),
        ("only-base", "FROM alpine\n"),
        ("stack.yml", COMPOSE),
        (
            "kubernetes.yml",
            "apiVersion: v1\nkind: X\nservices:\n  a:\n    image: b\n",
        ),
        ("gitlab.yml", "services:\n  - docker:dind\nimage: x\n"),
        (
            "symfony.yaml",
            "services:\n  _defaults:\n    autowire: true\n",
        ),
        (
            ".woodpecker.yml",
            "steps:\n  test:\n    image: a\nservices:\n  db:\n    image: b\n",
        ),
        (
            "app-platform.yaml",
            "region: nyc\nservices:\n  - name: a\n    image:\n      repository: b\n",
        ),
        (
            "blueprint.yaml",
            "services:\n  - type: web\n    image:\n      url: a\n",
        ),
        ("decomposed.yml", "a: 1\n"),
        ("images.hcl", "target \"app\" {\n}\n"),
        ("job.hcl", "job \"a\" {\n  group \"b\" {}\n}\n"),
        ("run", "#!/usr/bin/env bash\n"),
        ("tool", "#!/usr/bin/env python3\n"),
    ]);
    insta::assert_snapshot!(found(&tree), @r"
    Dockerfile Dockerfile-alpine
    Settings gitlab.yml
    Dockerfile image
    Bake images.hcl
    Manifest kubernetes.yml
    Dockerfile my.docker
    Shell run
    Compose stack.yml
    ");
}

#[test]
fn templates_and_code_are_no_dockerfiles() {
    let tree = MemoryTree::from([
        ("Dockerfile.j2", DOCKERFILE),
        ("Dockerfile.template", DOCKERFILE),
        ("docker-compose.yml.j2", COMPOSE),
        ("{{cookiecutter.name}}/Dockerfile", DOCKERFILE),
        ("filled/Dockerfile", "FROM {{ base }}\n"),
        (
            "maven/Dockerfile",
            "FROM debian:trixie\nCOPY ${project.name}.jar /\n",
        ),
        (
            "blocks/Dockerfile",
            "FROM a\n{% if x %}\nRUN b\n{% endif %}\n",
        ),
        (
            "plain/Dockerfile",
            "FROM a\nRUN docker inspect --format '{{.Id}}'\n",
        ),
        (
            "blocks/compose.yml",
            "services:\n  a:\n    image: {{ image }}\n{% if b %}\n",
        ),
        ("Dockerfile.md", "# Dockerfile\n"),
        ("dockerfile.py", "import re\n"),
        ("Dockerfile.bak", DOCKERFILE),
        ("values.j2", ""),
        ("node_modules/x/Dockerfile", DOCKERFILE),
        ("go/testdata/Dockerfile", DOCKERFILE),
        ("vendored/Dockerfile", DOCKERFILE),
    ]);
    insta::assert_snapshot!(found(&tree), @r"
    Template Dockerfile.j2
    Markdown Dockerfile.md
    Template Dockerfile.template
    Template blocks/Dockerfile
    Template blocks/compose.yml
    Template docker-compose.yml.j2
    Template filled/Dockerfile
    Template maven/Dockerfile
    Dockerfile plain/Dockerfile
    Dockerfile vendored/Dockerfile
    Template {{cookiecutter.name}}/Dockerfile
    ");
}

#[test]
fn what_cannot_be_read_is_a_candidate_with_a_problem() {
    let tree = MemoryTree::new()
        .directory("Dockerfile")
        .file("dockerfile/notes.txt", "")
        .file("a/Dockerfile", b"FROM caf\xe9\n")
        .file("b/Dockerfile", b"\x7fELF\0\xff")
        .link("c/Dockerfile", "/etc/passwd")
        .link("d/Dockerfile", "nowhere")
        .file("binary", b"FROM a\nRUN \xff\n")
        .file("local/Dockerfile", DOCKERFILE)
        .ignored("local");
    insta::assert_snapshot!(found(&tree), @r"
    Dockerfile Dockerfile: it is a directory
    Dockerfile a/Dockerfile: it is not valid UTF-8 at byte 8
    Dockerfile b/Dockerfile: it is a binary file
    Dockerfile c/Dockerfile: it is a link that leads out of the tree
    Dockerfile d/Dockerfile: there is no such file
    ");
}

#[test]
fn the_caller_says_what_is_left_out() {
    let tree = MemoryTree::from([
        ("vendor/Dockerfile", DOCKERFILE),
        ("a/b/Dockerfile", DOCKERFILE),
        ("b/Dockerfile", DOCKERFILE),
        ("old.Dockerfile", DOCKERFILE),
    ]);
    let paths = |excludes: &[&str]| {
        let found = discover(&tree, &Excludes::new(excludes).unwrap());
        assert!(found.iter().all(|it| it.kind == DocumentKind::Dockerfile));
        let paths: Vec<String> = found.iter().map(|it| it.path.to_string()).collect();
        paths.join(" ")
    };
    assert_eq!(
        paths(&[]),
        "a/b/Dockerfile b/Dockerfile old.Dockerfile vendor/Dockerfile"
    );
    assert_eq!(paths(&["b", "old.*"]), "vendor/Dockerfile");
    assert_eq!(
        paths(&["/b/", "vendor/**"]),
        "a/b/Dockerfile old.Dockerfile"
    );
    assert!(Excludes::new(["["]).is_err());
}
