//! Any bytes are a package database or a file that tells of packages: the first byte says which.
#![no_main]

use dockwright_image::testing::{Archive, ImageBuilder};
use dockwright_image::{Inspection, ReadOptions};
use libfuzzer_sys::fuzz_target;

/// A file of each kind that is read.
const PATHS: [&str; 11] = [
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/a",
    "var/lib/apt/extended_states",
    "lib/apk/db/installed",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "usr/lib/python3/site-packages/a.dist-info/METADATA",
    "app/node_modules/a/package.json",
    "usr/bin/a",
    "app/a.jar",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, contents)) = bytes.split_first() else {
        return;
    };
    let path = PATHS[usize::from(*which) % PATHS.len()];
    let layer = Archive::new()
        .mode(0o755)
        .file(path, contents)
        .file("usr/lib/python3/site-packages/a.dist-info/RECORD", contents)
        .file("var/lib/dpkg/info/a.list", contents)
        .file("var/lib/dpkg/diversions", contents);
    let image = ImageBuilder::new().plain_layer("RUN make a", layer);
    let options = ReadOptions {
        verify: Some(false),
        ..ReadOptions::default()
    };
    let image = image.read(&options).expect("the layer is right");
    let inspection = Inspection::of(&image, None);
    for index in 0..image.packages.all.len() {
        assert_eq!(inspection.pulled_by.way(index).last(), Some(&index));
    }
});
