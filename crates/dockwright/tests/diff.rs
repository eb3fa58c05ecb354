//! `dockwright diff`

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use dockwright_image::testing::{Archive, ImageBuilder};
use support::Repository;

fn image(shop: &str) -> Vec<u8> {
    ImageBuilder::new()
        .layer("COPY shop /", Archive::new().file("shop", shop))
        .architecture("amd64")
        .oci_archive()
}

/// A repository with an image, another, and the first one with a step that changes nothing.
fn images() -> Repository {
    let repository = Repository::new();
    repository.write("one.tar", image("one"));
    repository.write("other.tar", image("other"));
    let longer = ImageBuilder::new()
        .layer("COPY shop /", Archive::new().file("shop", "one"))
        .step("RUN true")
        .architecture("amd64");
    repository.write("longer.tar", longer.oci_archive());
    repository
}

#[test]
fn the_exit_code_is_the_verdict() {
    let images = images();
    let told = [
        &["./one.tar", "./one.tar"][..],
        &["./one.tar", "./longer.tar"],
        &["./one.tar", "./longer.tar", "--fail-on", "equal"],
        &["./one.tar", "./other.tar"],
        &["./one.tar", "./other.tar", "--fail-on", "never"],
    ]
    .map(|arguments| {
        let run = images.run(&[&["diff"], arguments].concat());
        assert_eq!(run.errors, "");
        let verdict = run.output.lines().nth(1).unwrap_or_default();
        format!("{} {verdict}", run.code)
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    0 identical: both are one image
    0 equal config and tree: only times, layers and known noise differ
    1 equal config and tree: only times, layers and known noise differ
    1 different: 1 path differs
    0 different: 1 path differs
    "#);
}

#[test]
fn other_forms() {
    let images = images();
    let run = images.run(&[
        "diff",
        "./one.tar",
        "oci-archive:other.tar",
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&run.output).unwrap();
    assert_eq!((run.code, &json["verdict"]), (1, &"different".into()));
    assert_eq!(json["files"][0]["path"], "/shop");
    let run = images.run(&["diff", "./one.tar", "./other.tar", "--format", "markdown"]);
    assert!(
        run.output.starts_with("# ./one.tar → ./other.tar\n"),
        "{}",
        run.output
    );
}

#[test]
fn what_cannot_be_read() {
    let images = images();
    images.write("none.tar", "nothing");
    let told = [
        &["./one.tar", "./missing.tar"][..],
        &["./none.tar", "./one.tar"],
        &["./one.tar", "./other.tar", "--platform", "linux/s390x"],
        &["./one.tar", "--", "-x"],
    ]
    .map(|arguments| {
        let run = images.run(&[&["diff"], arguments].concat());
        assert_eq!(run.output, "");
        format!("{}: {}", run.code, run.errors)
    });
    insta::assert_snapshot!(told.concat(), @r#"
    4: error: cannot read `./missing.tar`: No such file or directory (os error 2)
    hint: give the path of an image's archive or layout that can be read
    4: error: `./none.tar` is no archive of an image: the archive is cut short
    hint: give a file that `docker save`, `podman save` or `docker buildx build --output type=oci` wrote
    4: error: `./one.tar`: there is no image for linux/s390x
    hint: give one of these with `--platform`: linux/amd64
    2: error: `-x` is no name of an image
    hint: give a name such as `debian:trixie`, or a path that begins with `/` or `./`
    "#);
}
