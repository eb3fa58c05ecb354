//! Edits over a tree, before anything is written.

#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use dockwright_environment::tree::{EntryKind, MemoryTree, Overlay, ReadError};
use dockwright_environment::{Tree, TreePath};
use proptest::prelude::*;

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn base() -> Arc<MemoryTree> {
    let files = [
        ("Dockerfile", "FROM scratch\n"),
        ("docker/run.sh", "#!/bin/sh\n"),
        ("docker/app/main.c", ""),
        ("docker-old", ""),
        ("target/output", ""),
    ];
    Arc::new(
        MemoryTree::from(files)
            .executable("docker/run.sh")
            .link("link", "docker")
            .ignored("target"),
    )
}

fn paths(tree: &dyn Tree) -> Vec<&str> {
    tree.entries()
        .iter()
        .map(|entry| entry.path.as_str())
        .collect()
}

#[test]
fn no_edits_change_nothing() {
    let base = base();
    let overlay = Overlay::new(base.clone());
    assert_eq!(overlay.entries(), base.entries());
    for entry in base.entries() {
        assert_eq!(overlay.read(&entry.path), base.read(&entry.path));
        assert_eq!(overlay.list(&entry.path), base.list(&entry.path));
    }
    assert_eq!(
        overlay.list(&TreePath::root()),
        base.list(&TreePath::root())
    );
    let inside = path("target/output");
    assert_eq!(overlay.entry(&inside), base.entry(&inside));
}

#[test]
fn edits_are_seen_through_every_method() {
    let overlay = Overlay::new(base())
        .write(&path("docker/run.sh"), *b"#!/bin/bash\n")
        .write(&path("new/file"), *b"new")
        .remove(&path("docker/app/main.c"))
        .remove(&path("Dockerfile"));
    // `docker/app` held nothing else.
    assert_eq!(
        paths(&overlay),
        [
            "docker",
            "docker-old",
            "docker/run.sh",
            "link",
            "new",
            "new/file",
            "target"
        ]
    );
    let run = overlay.entry(&path("docker/run.sh")).unwrap();
    assert_eq!((run.executable, run.size), (true, 12));
    assert_eq!(
        &*overlay.read(&path("link/run.sh")).unwrap(),
        b"#!/bin/bash\n"
    );
    assert_eq!(overlay.read(&path("Dockerfile")), Err(ReadError::Missing));
    assert_eq!(overlay.entry(&path("docker/app")), None);
    assert_eq!(overlay.list(&path("docker")).len(), 1);
}

#[test]
fn a_file_makes_way_for_a_directory_and_a_directory_for_a_file() {
    let overlay = Overlay::new(base())
        .write(&path("Dockerfile/base"), *b"")
        .write(&path("docker"), *b"now a file");
    assert_eq!(
        paths(&overlay),
        [
            "Dockerfile",
            "Dockerfile/base",
            "docker",
            "docker-old",
            "link",
            "target"
        ]
    );
    let file = overlay.entry(&path("Dockerfile")).unwrap();
    assert_eq!(file.kind, EntryKind::Directory);
    assert_eq!(
        overlay.read(&path("docker/run.sh")),
        Err(ReadError::Missing)
    );
}

#[test]
fn what_is_written_below_an_ignored_directory_is_listed() {
    let overlay = Overlay::new(base()).write(&path("target/Dockerfile"), *b"");
    assert!(paths(&overlay).contains(&"target/Dockerfile"));
    let inside: Vec<_> = overlay.list(&path("target"));
    let inside: Vec<_> = inside.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(inside, ["target/Dockerfile", "target/output"]);
}

#[test]
fn modes_and_links_are_edits_too() {
    let overlay = Overlay::new(base())
        .set_executable(&path("docker/run.sh"), false)
        .unwrap()
        .link(&path("alias"), "docker/run.sh");
    assert!(!overlay.entry(&path("docker/run.sh")).unwrap().executable);
    assert_eq!(&*overlay.read(&path("alias")).unwrap(), b"#!/bin/sh\n");
    let error = overlay.set_executable(&path("docker"), true).unwrap_err();
    assert_eq!(error, ReadError::NotAFile);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Writing and removing files leaves what a plain map of files would hold.
    #[test]
    fn an_overlay_is_a_map_of_files(edits in prop::collection::vec(
        ("[ab](/[ab]){0,3}", prop::option::of("[xy]{0,2}")), 0..12)
    ) {
        let base: Arc<dyn Tree> = Arc::new(MemoryTree::from([("a/b", "1"), ("b/a/a", "2"), ("b/b", "3")]));
        let mut files: BTreeMap<String, String> =
            [("a/b", "1"), ("b/a/a", "2"), ("b/b", "3")].map(|(path, text)| (path.into(), text.into())).into();
        let mut overlay = Overlay::new(base);
        for (at, text) in edits {
            let below = format!("{at}/");
            files.retain(|path, _| *path != at && !path.starts_with(&below));
            match text {
                Some(text) => {
                    files.retain(|path, _| !at.starts_with(&format!("{path}/")));
                    files.insert(at.clone(), text.clone());
                    overlay = overlay.write(&path(&at), text.into_bytes());
                }
                None => overlay = overlay.remove(&path(&at)),
            }
        }
        let expected: MemoryTree = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        prop_assert_eq!(overlay.entries(), expected.entries());
        for entry in expected.entries() {
            prop_assert_eq!(overlay.read(&entry.path), expected.read(&entry.path));
            prop_assert_eq!(overlay.list(&entry.path), expected.list(&entry.path));
        }
    }
}
