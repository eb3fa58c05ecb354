//! `dockwright inspect`

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use dockwright_image::testing::{Archive, ImageBuilder};
use support::Repository;

/// A repository with a Dockerfile and the image that was built from it.
fn shop() -> Repository {
    let repository = Repository::of(&[("Dockerfile", "FROM debian\nRUN make\nCOPY shop /shop\n")]);
    let image = ImageBuilder::new()
        .layer(
            "ADD rootfs.tar /",
            Archive::new().file("etc/os-release", "ID=debian\n"),
        )
        .layer(
            "RUN /bin/sh -c make # buildkit",
            Archive::new().file("made", vec![1; 5000]),
        )
        .layer(
            "COPY shop /shop # buildkit",
            Archive::new().file("shop", vec![1; 7000]),
        )
        .architecture("amd64");
    repository.write("image.tar", image.oci_archive());
    repository
}

#[test]
fn each_step_has_its_line() {
    let run = shop().run(&["inspect", "./image.tar", "--dockerfile", "Dockerfile"]);
    assert_eq!((run.code, run.errors.as_str()), (0, ""));
    let lines: Vec<&str> = run
        .output
        .lines()
        .filter(|line| line.contains(" line "))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    5.0 kB  line 2    RUN make
    7.0 kB  line 3    COPY shop /shop
    ");
}

#[test]
fn other_forms() {
    let shop = shop();
    let run = shop.run(&["inspect", "./image.tar", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.output).unwrap();
    assert_eq!(json["unpacked_bytes"], 12_010);
    let run = shop.run(&["inspect", "oci-archive:image.tar", "--format", "markdown"]);
    assert!(
        run.output.starts_with("# oci-archive:image.tar\n"),
        "{}",
        run.output
    );
}

#[test]
fn what_cannot_be_read() {
    let shop = shop();
    shop.write("none.tar", "nothing");
    shop.write("other/Dockerfile", "FROM debian\nENTRYPOINT [\"a\"]\n");
    let told = [
        &["inspect", "./missing.tar"][..],
        &["inspect", "./none.tar"],
        &["inspect", "--", "-x"],
        &["inspect", "./image.tar", "--platform", "a/b/c/d"],
        &["inspect", "./image.tar", "--platform", "linux/s390x"],
        &["inspect", "./image.tar", "--dockerfile", "missing"],
        &["inspect", "./image.tar", "--dockerfile", "other/Dockerfile"],
    ]
    .map(|arguments| {
        let run = shop.run(arguments);
        assert_eq!(run.output, "");
        format!("{}: {}", run.code, run.errors)
    });
    insta::assert_snapshot!(told.concat(), @r"
    4: error: cannot read `./missing.tar`: No such file or directory (os error 2)
    hint: give the path of an image's archive or layout that can be read
    4: error: `./none.tar` is no archive of an image: the archive is cut short
    hint: give a file that `docker save`, `podman save` or `docker buildx build --output type=oci` wrote
    2: error: `-x` is no name of an image
    hint: give a name such as `debian:trixie`, or a path that begins with `/` or `./`
    2: error: `a/b/c/d` is no platform
    hint: write it as `linux/arm64` or `linux/arm/v7`
    4: error: there is no image for linux/s390x
    hint: give one of these with `--platform`: linux/amd64
    4: error: cannot read `missing`: No such file or directory (os error 2)
    hint: give the Dockerfile that the image was built from
    4: error: nothing in the image's history is of `other/Dockerfile`
    hint: give the Dockerfile that it was built from, and the stage with `--target`
    ");
}
