//! What layers come to, one over the other.

#![allow(missing_docs, clippy::unwrap_used)]

use dockwright_image::testing::{Archive, ImageBuilder, listing};
use dockwright_image::{Fate, Image, ReadOptions};

/// An image of these layers.
fn image(layers: Vec<Archive>) -> Image {
    build(layers).unwrap()
}

fn build(layers: Vec<Archive>) -> Result<Image, dockwright_image::ImageError> {
    let image = layers
        .into_iter()
        .fold(ImageBuilder::new(), |image, layer| {
            image.layer("RUN it", layer)
        });
    image.read(&ReadOptions::default())
}

/// The files that are shipped for nothing, a line each.
fn shadowed(image: &Image) -> String {
    let lines = image.tree.shadowed.iter().map(|one| {
        let layer = &image.layers[usize::from(one.entry.layer)];
        let entry = one.entry.of(&image.layers).unwrap();
        let how = match one.fate {
            Fate::Overwritten => "overwritten",
            Fate::Deleted => "deleted",
        };
        let (path, size) = (layer.path(entry), entry.size);
        format!(
            "{path} ({size}) [{}] {how} by [{}]",
            one.entry.layer + 1,
            one.by + 1
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_layer_adds_changes_and_deletes() {
    let image = image(vec![
        Archive::new()
            .directory("etc/")
            .file("etc/a", "one")
            .file("etc/b", "two")
            .file("etc/c", "three"),
        Archive::new()
            .file("etc/b", "changed")
            .whiteout("etc/c")
            .file("etc/d", "new"),
    ]);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    Directory    755 0:0   0 /etc [1]
    File         644 0:0   3 /etc/a [1]
    File         644 0:0   7 /etc/b [2]
    File         644 0:0   3 /etc/d [2]
    ");
    insta::assert_snapshot!(shadowed(&image), @r"
    etc/b (3) [1] overwritten by [2]
    etc/c (5) [1] deleted by [2]
    ");
}

#[test]
fn a_whiteout_is_of_lower_layers_wherever_it_stands() {
    let image = image(vec![
        Archive::new().file("a/old", "1").file("b/old", "1"),
        Archive::new()
            .file("a/new", "2")
            .opaque("a")
            .directory("b")
            .file("b/new", "2")
            .whiteout("b"),
    ]);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    Directory    /a (implied)
    File         644 0:0   1 /a/new [2]
    Directory    755 0:0   0 /b [2]
    File         644 0:0   1 /b/new [2]
    ");
}

#[test]
fn what_replaces_a_directory_deletes_what_was_in_it() {
    let image = image(vec![
        Archive::new()
            .file("a/b/c", "1")
            .file("d", "2")
            .symbolic_link("l", "a"),
        Archive::new()
            .file("a", "now a file")
            .directory("d")
            .directory("l"),
    ]);
    assert_eq!(image.packages.all.len(), 0);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    File         644 0:0  10 /a [2]
    Directory    755 0:0   0 /d [2]
    Directory    755 0:0   0 /l [2]
    ");
}

#[test]
fn a_file_below_a_file_is_refused() {
    let error = build(vec![
        Archive::new().file("d", "2"),
        Archive::new().file("d/e", ""),
    ]);
    insta::assert_snapshot!(error.unwrap_err(), @"layer 2: `d/e`: `d` is no directory");
}

#[test]
fn links_in_the_middle_of_a_path_are_followed_inside_the_image() {
    let image = image(vec![
        Archive::new()
            .directory("usr/lib")
            .symbolic_link("lib", "usr/lib")
            .symbolic_link("up", "../../usr/share"),
        Archive::new()
            .file("lib/libc.so", "elf")
            .file("up/doc", "text"),
    ]);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    SymbolicLink 644 0:0   0 /lib -> usr/lib [1]
    SymbolicLink 644 0:0   0 /up -> ../../usr/share [1]
    Directory    /usr (implied)
    Directory    755 0:0   0 /usr/lib [1]
    File         644 0:0   3 /usr/lib/libc.so [2]
    Directory    /usr/share (implied)
    File         644 0:0   4 /usr/share/doc [2]
    ");
}

#[test]
fn links_in_a_circle_are_refused() {
    let error = build(vec![
        Archive::new()
            .symbolic_link("a", "b")
            .symbolic_link("b", "a"),
        Archive::new().file("a/c", ""),
    ]);
    insta::assert_snapshot!(error.unwrap_err(), @"layer 2: `a/c`: its path has too many links");
}

#[test]
fn hard_links_across_layers_share_their_contents() {
    let image = image(vec![
        Archive::new().mode(0o4755).file("bin/a", "program"),
        Archive::new().hard_link("bin/b", "bin/a"),
        // The other name is still there: nothing is shipped for nothing.
        Archive::new().whiteout("bin/a"),
    ]);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    Directory    /bin (implied)
    File         4755 0:0   7 /bin/b [1]
    ");
    assert_eq!(shadowed(&image), "");
}

#[test]
fn a_layer_may_link_to_what_it_deletes() {
    let image = image(vec![
        Archive::new().file("a", "contents"),
        Archive::new().whiteout("a").hard_link("b", "a"),
    ]);
    insta::assert_snapshot!(listing(&image), @r"
    Directory    / (implied)
    File         644 0:0   8 /b [1]
    ");
}

#[test]
fn a_hard_link_to_nothing_is_refused() {
    let error = build(vec![Archive::new().hard_link("b", "a")]);
    insta::assert_snapshot!(error.unwrap_err(), @"layer 1: `b`: it is a hard link to `a`, which is not there");
}

#[test]
fn long_names_attributes_and_owners() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    let image = image(vec![
        Archive::new()
            .record("SCHILY.xattr.security.capability", "x")
            .file("bin/ping", "program")
            .record("uid", "3000000")
            .file(&long, "x")
            .owner(5, 6)
            .file("other", ""),
    ]);
    let node = image.tree.get(&long).unwrap();
    let id = image.tree.entry(node).unwrap();
    assert_eq!(id.of(&image.layers).unwrap().uid, 3_000_000);
    let ping = image
        .tree
        .entry(image.tree.get("bin/ping").unwrap())
        .unwrap();
    let names: Vec<_> = image.layers[0]
        .xattrs(ping.of(&image.layers).unwrap())
        .collect();
    assert_eq!(names, ["security.capability"]);
    let other = image.tree.entry(image.tree.get("other").unwrap()).unwrap();
    assert_eq!(other.of(&image.layers).unwrap().gid, 6);
}

#[test]
fn a_layer_is_attributed_to_its_step() {
    let image = ImageBuilder::new()
        .layer("ADD rootfs.tar", Archive::new().file("a", "1"))
        .step("ENV A=1")
        .layer("RUN make", Archive::new().file("b", "1"))
        .read(&ReadOptions::default())
        .unwrap();
    let steps: Vec<_> = image.layers.iter().map(|layer| layer.history).collect();
    assert_eq!(steps, [Some(0), Some(2)]);
    assert_eq!(image.config.history[2].created_by, "RUN make");
}

#[test]
fn many_removals_of_one_directory_take_no_time() {
    let mut lower = Archive::new();
    for index in 0..4_000 {
        lower = lower.file(&format!("d/{index}"), "");
    }
    let mut upper = Archive::new();
    for _ in 0..4_000 {
        upper = upper.file("d", "").directory("d").opaque("d");
    }
    assert_eq!(image(vec![lower, upper]).tree.nodes().count(), 2);
}
