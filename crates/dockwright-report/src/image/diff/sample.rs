//! Images for tests: one, and another that was built from it after some changes.

use dockwright_image::diff::read_options;
use dockwright_image::testing::{Archive, ImageBuilder};
use dockwright_image::{Diff, Image, ReadOptions};

use super::DiffView;

fn package(name: &str, version: &str) -> String {
    format!(
        "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
    )
}

fn base() -> ImageBuilder {
    let status = package("libc6", "2.41-12") + &package("git", "1:2.47.3-0");
    let base = Archive::new()
        .file("etc/os-release", "ID=debian\n")
        .file("usr/lib/libc.so.6", vec![1; 20_000])
        .file("usr/bin/git", vec![1; 40_000])
        .file("usr/share/doc/git/copyright", vec![1; 3000])
        .file("usr/share/doc/shop/manual", vec![1; 2000])
        .file("usr/share/doc/shop/licence", vec![1; 1000])
        .file("var/lib/dpkg/status", status)
        .file("var/log/dpkg.log", "10:00")
        .file("var/lib/dpkg/info/libc6.list", "/usr/lib/libc.so.6\n")
        .file(
            "var/lib/dpkg/info/git.list",
            "/usr/bin/git\n/usr/share/doc/git/copyright\n",
        );
    ImageBuilder::new()
        .layer("ADD rootfs.tar /", base)
        .architecture("amd64")
}

fn before() -> ImageBuilder {
    base()
        .layer(
            "COPY shop /srv/shop",
            Archive::new()
                .file("srv/shop/run", vec![1; 70_000])
                .file("srv/shop/notes", vec![1; 500]),
        )
        .process(serde_json::json!({
            "Env": ["TOKEN=hunter2", "OLD=1"],
            "Cmd": ["run"],
            "ExposedPorts": { "80/tcp": {} },
            "Labels": { "team": "a" },
        }))
}

fn after() -> ImageBuilder {
    let status = package("curl", "8.14.1-2") + &package("libc6", "2.41-13");
    let changes = Archive::new()
        .file("usr/lib/libc.so.6", vec![2; 21_000])
        .file("usr/bin/curl", vec![1; 9000])
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/curl.list", "/usr/bin/curl\n")
        .file("var/log/dpkg.log", "11:00")
        .whiteout("usr/bin/git")
        .whiteout("usr/share/doc")
        .whiteout("var/lib/dpkg/info/git.list")
        .mode(0o755)
        .file("srv/shop/run", vec![2; 75_000])
        .symbolic_link("srv/shop/notes", "/usr/share/notes");
    base()
        .layer("COPY . /", changes)
        .process(serde_json::json!({
            "User": "shop",
            "Env": ["TOKEN=hunter3"],
            "Cmd": ["run", "--port", "8080"],
            "ExposedPorts": { "8080/tcp": {} },
            "Labels": { "team": "b" },
        }))
}

fn read(image: &ImageBuilder) -> Image {
    image.read(&read_options(ReadOptions::default())).unwrap()
}

fn view<T>(before: &ImageBuilder, after: &ImageBuilder, form: impl FnOnce(&DiffView) -> T) -> T {
    let (before, after) = (read(before), read(after));
    form(&DiffView {
        before: ("shop:1", &before),
        after: ("shop:2", &after),
        diff: &Diff::of(&before, &after),
    })
}

/// What a form makes of images that differ in many ways.
pub(super) fn shown<T>(form: impl FnOnce(&DiffView) -> T) -> T {
    view(&before(), &after(), form)
}

/// What a form makes of one image twice.
pub(super) fn shown_twice<T>(form: impl FnOnce(&DiffView) -> T) -> T {
    view(&before(), &before(), form)
}

/// What a form makes of images that differ in 20 files below `/many`, and one elsewhere.
pub(super) fn shown_many<T>(form: impl FnOnce(&DiffView) -> T) -> T {
    let many = |size: usize| {
        let files = (0..20).map(|number| format!("many/{number}"));
        let archive = files.fold(Archive::new(), |archive, path| {
            archive.file(&path, vec![1; size])
        });
        ImageBuilder::new().layer("COPY many /", archive)
    };
    view(
        &many(1000),
        &many(2000).layer("COPY one /", Archive::new().file("one", "1")),
        form,
    )
}
