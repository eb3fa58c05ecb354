//! Any text is a Makefile that may build an image.
#![no_main]

use dockwright_environment::tree::MemoryTree;
use dockwright_environment::{Environment, ReadOptions};
use dockwright_fuzz::shared;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let tree = MemoryTree::new()
        .file("Dockerfile", "FROM scratch AS final\n")
        .file("src/Dockerfile", "ARG VERSION\nFROM debian:$VERSION\n")
        .file("Makefile", source);
    let environment = Environment::read(shared(tree), &ReadOptions::default());
    assert!(environment.definitions.len() >= 2);
});
