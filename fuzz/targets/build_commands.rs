//! Any text is a file that may build an image, of each kind that holds commands.
#![no_main]

use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions};
use dockwright_fuzz::shared;
use libfuzzer_sys::fuzz_target;

const NAMES: &[&str] = &[
    ".github/actions/a/action.yml",
    ".github/workflows/a.yml",
    ".gitlab-ci.yml",
    "Makefile",
    "README.md",
    "Taskfile.yml",
    "app.service",
    "build.py",
    "build.sh",
    "devcontainer.json",
    "justfile",
    "package.json",
    "pyproject.toml",
    "setup.cfg",
];

fuzz_target!(|source: &str| {
    let mut tree = MemoryTree::new()
        .file("Dockerfile", "FROM scratch AS final\n")
        .file("src/Dockerfile", "ARG VERSION\nFROM debian:$VERSION\n");
    for name in NAMES {
        tree = tree.file(name, source);
    }
    let environment = Environment::read(shared(tree), &ReadOptions::default());
    assert!(environment.definitions.len() >= 2);
});
