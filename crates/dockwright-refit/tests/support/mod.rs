//! Random working trees and random changes to them.

// Every test program has its own copy, and uses a part of it.
#![allow(dead_code, unreachable_pub)]

pub mod snapshot;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use dockwright_environment::TreePath;
use dockwright_refit::{ChangeSet, Node};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

const DIRECTORIES: [&str; 5] = ["", "a/", "a/b/", "my docs/", "\u{fc}/\u{1f433}/"];
const NAMES: [&str; 6] = [
    "x",
    "two words",
    "say \"hi\"",
    "\u{e4}",
    "back\\slash",
    "tab\there",
];

/// A file of a tree, with its whole mode.
#[derive(Clone, Debug)]
pub struct File {
    node: Node,
    mode: u32,
}

/// The files of a tree by their place.
pub type Files = BTreeMap<usize, File>;

/// What is to happen at a place, if it can.
#[derive(Clone, Debug)]
pub enum Action {
    Create(Node),
    Replace(Vec<u8>),
    Switch,
    Delete,
    Rename(usize, Option<Vec<u8>>),
}

pub fn path(place: usize) -> TreePath {
    let (directory, name) = (place / NAMES.len(), place % NAMES.len());
    TreePath::new(&format!("{}{}", DIRECTORIES[directory], NAMES[name])).unwrap()
}

fn place() -> impl Strategy<Value = usize> {
    0..DIRECTORIES.len() * NAMES.len()
}

/// Text with every kind of line end, or with none; nothing; or no text.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(""),
        Just("one"),
        Just("two"),
        Just("-- x"),
        Just("\\ y")
    ];
    let end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just("")];
    let lines = vec((line, end), 0..12);
    let text = lines.prop_map(|lines| {
        let lines = lines.into_iter();
        lines
            .flat_map(|(line, end)| [line, end])
            .collect::<String>()
            .into_bytes()
    });
    let bytes = vec(any::<u8>(), 0..200);
    let long = any::<u8>().prop_map(|byte| vec![byte; 70_000]);
    prop_oneof![8 => text, 2 => bytes, 1 => long]
}

fn node() -> impl Strategy<Value = Node> {
    let target = prop_oneof![Just("x"), Just("../nowhere"), Just("\u{e4}")];
    prop_oneof![
        4 => content().prop_map(Node::file),
        2 => content().prop_map(Node::executable),
        1 => target.prop_map(Node::link),
    ]
}

pub fn files() -> impl Strategy<Value = Files> {
    let bits = prop_oneof![Just(0o644), Just(0o600), Just(0o444), Just(0o664)];
    let file = (node(), bits).prop_map(|(node, mode)| {
        let is_executable = matches!(
            &node,
            Node::File {
                executable: true,
                ..
            }
        );
        let mode = if is_executable { mode | 0o110 } else { mode };
        File { node, mode }
    });
    btree_map(place(), file, 0..12)
}

pub fn actions() -> impl Strategy<Value = Vec<(usize, Action)>> {
    let action = prop_oneof![
        2 => node().prop_map(Action::Create),
        2 => content().prop_map(Action::Replace),
        1 => Just(Action::Switch),
        1 => Just(Action::Delete),
        3 => (place(), proptest::option::of(content()))
            .prop_map(|(to, content)| Action::Rename(to, content)),
    ];
    vec((place(), action), 1..20)
}

/// Writes the tree, with one directory that is empty and one that is nobody else's.
pub fn write_files(root: &Path, files: &Files) {
    fs::create_dir(root.join("empty")).unwrap();
    for (place, file) in files {
        let path = root.join(path(*place).as_str());
        let parent = path.parent().unwrap();
        fs::create_dir_all(parent).unwrap();
        if parent.ends_with("my docs") {
            fs::set_permissions(parent, Permissions::from_mode(0o700)).unwrap();
        }
        match &file.node {
            Node::Link { target } => symlink(target, path).unwrap(),
            Node::File { content, .. } => {
                fs::write(&path, content).unwrap();
                fs::set_permissions(path, Permissions::from_mode(file.mode)).unwrap();
            }
        }
    }
}

/// The actions that can be done to the tree, as a change set; at most one for each file.
pub fn changes(files: &Files, actions: &[(usize, Action)]) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut taken = BTreeSet::new();
    let mut left = BTreeSet::new();
    for (place, action) in actions {
        let file = files.get(place).filter(|_| !left.contains(place));
        let is_taken = taken.contains(place);
        changes = match (action, file.map(|file| &file.node)) {
            (Action::Create(node), None) if !is_taken && !left.contains(place) => {
                taken.insert(*place);
                changes.create_node(path(*place), node.clone())
            }
            (Action::Replace(after), Some(Node::File { content, .. })) if !is_taken => {
                taken.insert(*place);
                left.insert(*place);
                changes.replace(path(*place), content.clone(), after.clone())
            }
            (
                Action::Switch,
                Some(Node::File {
                    content,
                    executable,
                }),
            ) if !is_taken => {
                taken.insert(*place);
                left.insert(*place);
                changes.set_executable(path(*place), content.clone(), !executable)
            }
            (Action::Delete, Some(node)) if !is_taken => {
                taken.insert(*place);
                left.insert(*place);
                changes.delete(path(*place), node.clone())
            }
            (Action::Rename(to, content), Some(node)) => {
                // A place is free where nothing was, or what was there has moved away.
                let is_free = !files.contains_key(to) || left.contains(to);
                if !is_free || taken.contains(to) || to == place {
                    continue;
                }
                taken.insert(*to);
                left.insert(*place);
                let after = match (node, content) {
                    (
                        Node::File {
                            executable: true, ..
                        },
                        Some(new),
                    ) => Node::executable(new.clone()),
                    (Node::File { .. }, Some(new)) => Node::file(new.clone()),
                    (Node::Link { .. }, Some(_)) => Node::link("elsewhere"),
                    (node, None) => node.clone(),
                };
                changes.rename(path(*place), path(*to), node.clone(), after)
            }
            _ => changes,
        };
    }
    changes
}
