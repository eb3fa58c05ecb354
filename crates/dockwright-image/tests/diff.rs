//! What two images differ in, and the verdict on it.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write as _;

use dockwright_image::diff::{Aspect, Diff, read_options};
use dockwright_image::testing::{Archive, ImageBuilder};
use dockwright_image::{Image, ReadOptions, Verdict};
use serde_json::json;

const LIBC: &str =
    "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n";
const GIT: &str =
    "Package: git\nStatus: install ok installed\nVersion: 1:2.47.3-0\nArchitecture: amd64\n";

fn read(image: &ImageBuilder) -> Image {
    image.read(&read_options(ReadOptions::default())).unwrap()
}

fn diff(before: &ImageBuilder, after: &ImageBuilder) -> Diff {
    Diff::of(&read(before), &read(after))
}

/// A comparison, a line for each thing that differs.
fn told(before: &ImageBuilder, after: &ImageBuilder) -> String {
    let diff = diff(before, after);
    let mut text = format!("{}\n", diff.verdict.label());
    for it in &diff.config {
        let value = |value: &Option<String>| match value.as_deref() {
            None => "-".to_owned(),
            Some("") => "set".to_owned(),
            Some(value) => value.to_owned(),
        };
        let _ = writeln!(
            text,
            "{} {}: {} → {}",
            it.key,
            it.name,
            value(&it.before),
            value(&it.after)
        );
    }
    for it in &diff.packages {
        let _ = writeln!(
            text,
            "{} {}: {:?} → {:?}",
            it.kind.as_str(),
            it.name,
            it.before,
            it.after
        );
    }
    for it in &diff.files {
        let what = match (&it.before, &it.after) {
            (None, _) => "added".to_owned(),
            (_, None) => "removed".to_owned(),
            _ => it
                .aspects
                .iter()
                .map(|it| it.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        };
        let fewer = if it.is_fewer { " (fewer)" } else { "" };
        let package = it
            .package
            .as_ref()
            .map_or_else(String::new, |it| format!(" of {it}"));
        let _ = writeln!(text, "{}: {what}{fewer}{package}", it.path);
    }
    for it in &diff.noise {
        let _ = writeln!(text, "[{}] {}", it.name, it.places.join(", "));
    }
    text
}

/// A system with two packages, an application and its settings.
fn system() -> Archive {
    Archive::new()
        .file("usr/lib/libc.so.6", "libc")
        .file("usr/bin/git", "git")
        .file("usr/share/doc/git/copyright", "GPL-2.0")
        .file("var/lib/dpkg/info/libc6.list", "/usr/lib/libc.so.6\n")
        .file(
            "var/lib/dpkg/info/git.list",
            "/usr/bin/git\n/usr/share/doc/git/copyright\n",
        )
        .file("var/lib/dpkg/status", format!("{LIBC}\n{GIT}\n"))
}

fn shop(archive: Archive) -> ImageBuilder {
    ImageBuilder::new()
        .layer("ADD rootfs.tar /", archive)
        .architecture("amd64")
        .process(json!({ "Cmd": ["shop"], "Env": ["TOKEN=hunter2"] }))
}

#[test]
fn one_image_is_identical() {
    let image = shop(system());
    insta::assert_snapshot!(told(&image, &image), @"identical");
    assert_eq!(diff(&image, &image).shared_layers, 1);
}

#[test]
fn another_build_of_the_same_is_equal() {
    let early = Archive::new()
        .file("etc/shadow", "root:*:20000:0:99999:7:::\n")
        .file("etc/ld.so.cache", "libc")
        .file("srv/shop.py", "print()")
        .file("srv/__pycache__/shop.cpython-313.pyc", "at ten")
        .file("var/log/dpkg.log", "10:00 install git")
        .file("var/lib/dpkg/status", format!("{LIBC}\n{GIT}\n"));
    let late = Archive::new()
        .file("etc/shadow", "root:*:20001:0:99999:7:::\n")
        .file("etc/ld.so.cache", "libc, made by another version")
        .record("mtime", "1700000000")
        .file("srv/shop.py", "print()")
        .file("var/lib/dpkg/status", format!("{GIT}\n{LIBC}\n"))
        .file("var/lib/dpkg/status-old", LIBC);
    let built_on = |day: &str| json!({ "Labels": { "org.opencontainers.image.created": day } });
    let early = ImageBuilder::new()
        .layer("RUN a", early)
        .process(built_on("2026-01-01"));
    let late = ImageBuilder::new()
        .layer("RUN b", Archive::new().file("tmp/work", "gone in the end"))
        .layer("RUN c", late.whiteout("tmp"))
        .process(built_on("2026-01-02"));
    insta::assert_snapshot!(told(&early, &late), @r#"
    equal config and tree
    [backups-and-locks] /var/lib/dpkg/status-old
    [dpkg-logs] /var/log/dpkg.log, /var/log
    [ld-cache] /etc/ld.so.cache
    [package-order] /var/lib/dpkg/status
    [password-dates] /etc/shadow
    [python-bytecode] /srv/__pycache__, /srv/__pycache__/shop.cpython-313.pyc
    [timestamps] LABEL org.opencontainers.image.created, /srv/shop.py
    "#);
}

#[test]
fn what_is_noise_still_has_an_owner_and_a_mode() {
    let log = |archive: Archive| shop(archive.file("var/log/dpkg.log", "10:00"));
    insta::assert_snapshot!(told(&log(Archive::new()), &log(Archive::new().mode(0o666))), @r#"
    different
    /var/log/dpkg.log: mode
    "#);
    // A link where a log would be is no log.
    let link = shop(Archive::new().symbolic_link("var/log/dpkg.log", "/etc/shadow"));
    insta::assert_snapshot!(told(&log(Archive::new()), &link), @r#"
    different
    /var/log/dpkg.log: kind
    "#);
}

#[test]
fn a_directory_with_more_than_noise() {
    let before = shop(system());
    let with = |archive: Archive| before.clone().layer("COPY . /opt", archive);
    let bytecode = Archive::new().file("opt/__pycache__/a.cpython-313.pyc", "1");
    assert_eq!(
        diff(&before, &with(bytecode.clone())).verdict,
        Verdict::Equal
    );
    insta::assert_snapshot!(told(&before, &with(bytecode.file("opt/a.py", "1"))), @r#"
    equal packages
    /opt: added
    /opt/a.py: added
    [python-bytecode] /opt/__pycache__, /opt/__pycache__/a.cpython-313.pyc
    "#);
}

#[test]
fn a_package_in_several_versions() {
    let modules = |versions: &[&str]| {
        let archive = versions
            .iter()
            .zip(0..)
            .fold(Archive::new(), |archive, (version, index)| {
                let path = format!("srv/{index}/node_modules/ms/package.json");
                archive.file(&path, format!(r#"{{"name":"ms","version":"{version}"}}"#))
            });
        shop(archive)
    };
    let packages = |before: &[&str], after: &[&str]| {
        let packages = diff(&modules(before), &modules(after)).packages;
        let told = packages
            .iter()
            .map(|it| format!("{} {:?} → {:?}", it.name, it.before, it.after));
        told.collect::<String>()
    };
    assert_eq!(packages(&["1.0.0", "2.0.0"], &["2.0.0", "1.0.0"]), "");
    insta::assert_snapshot!(packages(&["1.0.0", "2.0.0"], &["2.0.0", "2.1.0"]), @r#"ms ["1.0.0"] → ["2.1.0"]"#);
    insta::assert_snapshot!(packages(&["1.0.0"], &["1.0.0", "1.0.0"]), @r#"ms [] → ["1.0.0"]"#);
}

#[test]
fn what_only_lost_something_is_smaller() {
    let without_git = Archive::new()
        .file("usr/lib/libc.so.6", "libc")
        .file("var/lib/dpkg/info/libc6.list", "/usr/lib/libc.so.6\n")
        .file("var/lib/dpkg/status", format!("{LIBC}\n"));
    insta::assert_snapshot!(told(&shop(system()), &shop(without_git.clone())), @r#"
    only smaller
    deb git: ["1:2.47.3-0"] → []
    /usr/bin: removed
    /usr/bin/git: removed of git
    /usr/share: removed
    /usr/share/doc: removed
    /usr/share/doc/git: removed
    /usr/share/doc/git/copyright: removed of git
    /var/lib/dpkg/info/git.list: removed of git
    /var/lib/dpkg/status: contents (fewer)
    "#);
    // The other way round it grew.
    assert_eq!(
        diff(&shop(without_git), &shop(system())).verdict,
        Verdict::Different
    );
}

#[test]
fn files_of_a_package_may_go_too() {
    let before = shop(system());
    let after = before.clone().layer(
        "RUN rm -rf /usr/share/doc",
        Archive::new().whiteout("usr/share/doc"),
    );
    insta::assert_snapshot!(told(&before, &after), @r#"
    only smaller
    /usr/share/doc: removed
    /usr/share/doc/git: removed
    /usr/share/doc/git/copyright: removed of git
    "#);
    // The bytes are shipped all the same.
    let diff = diff(&before, &after);
    assert_eq!(diff.before.unpacked, diff.after.unpacked);
}

#[test]
fn an_application_on_equal_packages() {
    let app = |code: &str| shop(system().file("srv/shop.py", code));
    let after =
        app("2").process(json!({ "Cmd": ["shop"], "Env": ["TOKEN=hunter3"], "User": "app" }));
    insta::assert_snapshot!(told(&app("1"), &after), @r#"
    equal packages
    ENV TOKEN: set → set
    USER : root → app
    /srv/shop.py: contents
    "#);
    // Without any package there is nothing to be equal.
    let alone = |code: &str| shop(Archive::new().file("shop", code));
    assert_eq!(diff(&alone("1"), &alone("2")).verdict, Verdict::Different);
}

#[test]
fn a_package_is_its_files() {
    let other = shop(system()).layer(
        "COPY git /usr/bin/",
        Archive::new().file("usr/bin/git", "mine"),
    );
    insta::assert_snapshot!(told(&shop(system()), &other), @r#"
    different
    /usr/bin/git: contents of git
    "#);
}

#[test]
fn an_upgrade_is_different() {
    let newer = GIT.replace("2.47.3", "2.48.0");
    let after = Archive::new()
        .file("usr/bin/git", "newer")
        .file("var/lib/dpkg/status", format!("{LIBC}\n{newer}\n"));
    let after = shop(system()).layer("RUN apt-get upgrade", after);
    insta::assert_snapshot!(told(&shop(system()), &after), @r#"
    different
    deb git: ["1:2.47.3-0"] → ["1:2.48.0-0"]
    /usr/bin/git: contents of git
    /var/lib/dpkg/status: contents
    "#);
    let diff = diff(&shop(system()), &after);
    let git = diff
        .files
        .iter()
        .find(|it| it.path == "/usr/bin/git")
        .unwrap();
    assert!(git.of_changed_package);
    assert_eq!(diff.packages[0].bytes, (10, 12));
}

#[test]
fn all_that_can_differ_of_a_file() {
    let before = Archive::new()
        .file("contents", "1")
        .file("kind", "")
        .mode(0o755)
        .file("mode", "")
        .file("owner", "")
        .symbolic_link("link", "a")
        .file("xattrs", "")
        .directory("folder")
        .file("folder/gone", "");
    let after = Archive::new()
        .file("contents", "2")
        .directory("kind")
        .mode(0o4755)
        .file("mode", "")
        .symbolic_link("link", "b")
        .record("SCHILY.xattr.user.a", "1")
        .file("xattrs", "")
        .directory("folder")
        .file("new", "")
        .owner(1, 1)
        .file("owner", "");
    insta::assert_snapshot!(told(&shop(before), &shop(after)), @r#"
    different
    /contents: contents
    /folder/gone: removed
    /kind: kind
    /link: link
    /mode: mode
    /new: added
    /owner: owner
    /xattrs: xattrs
    "#);
}

#[test]
fn another_name_of_a_file_is_a_file() {
    let copy = Archive::new().file("a", "1").file("b", "1");
    let link = Archive::new().file("a", "1").hard_link("b", "a");
    assert_eq!(diff(&shop(copy), &shop(link)).verdict, Verdict::Equal);
}

#[test]
fn all_that_can_differ_of_a_configuration() {
    let image = || ImageBuilder::new().layer("ADD a /", Archive::new().file("a", "1"));
    let before = image().architecture("amd64").process(json!({
        "Env": ["A=1", "TOKEN=hunter2", "GONE=1"],
        "Entrypoint": ["sh", "-c"],
        "ExposedPorts": { "80/tcp": {} },
        "Labels": { "team": "a", "same": "1" },
        "WorkingDir": "/",
    }));
    let after = image().architecture("arm64").process(json!({
        "User": "app",
        "Env": ["TOKEN=hunter3", "A=1", "NEW="],
        "Entrypoint": ["sh"],
        "Cmd": ["a b"],
        "ExposedPorts": { "8080/tcp": {} },
        "Volumes": { "/data": {} },
        "Labels": { "team": "b", "same": "1" },
        "Shell": ["/bin/bash", "-c"],
        "StopSignal": "SIGINT",
        "Healthcheck": { "Test": ["CMD-SHELL", "curl localhost"], "Interval": 30_000_000_000_i64, "Retries": 3 },
        "OnBuild": ["RUN make"],
    }));
    insta::assert_snapshot!(told(&before, &after), @r#"
    different
    CMD : - → ["a b"]
    ENTRYPOINT : ["sh","-c"] → ["sh"]
    ENV GONE: set → -
    ENV NEW: - → set
    ENV TOKEN: set → set
    EXPOSE 80/tcp: set → -
    EXPOSE 8080/tcp: - → set
    HEALTHCHECK : - → --interval=30s --retries=3 CMD curl localhost
    LABEL team: a → b
    ONBUILD : - → ["RUN make"]
    SHELL : - → ["/bin/bash","-c"]
    STOPSIGNAL : - → SIGINT
    USER : root → app
    VOLUME /data: - → set
    platform : linux/amd64 → linux/arm64
    "#);
}

#[test]
fn bytes_by_category() {
    let after = shop(system()).layer(
        "COPY shop /srv/shop",
        Archive::new().file("srv/shop", vec![1; 500]),
    );
    let diff = diff(&shop(system()), &after);
    let bytes = diff.categories.iter().map(|(category, before, after)| {
        format!("{}: {} → {}", category.label(), before.bytes, after.bytes)
    });
    insta::assert_snapshot!(bytes.collect::<Vec<_>>().join("\n"), @r#"
    OS packages: 233 → 233
    documentation and locales: 7 → 7
    application: 0 → 500
    "#);
    assert_eq!(
        (diff.before.layers, diff.after.layers, diff.shared_layers),
        (1, 2, 1)
    );
    let image = read(&after);
    assert_eq!(diff.new_stored, image.layers[1].stored_bytes);
}

#[test]
fn without_digests_no_contents_are_taken_for_equal() {
    let image = |code: &str| {
        shop(Archive::new().file("shop", code))
            .read(&ReadOptions::default())
            .unwrap()
    };
    let diff = Diff::of(&image("1"), &image("2"));
    assert_eq!(diff.files[0].aspects, [Aspect::Contents]);
}
