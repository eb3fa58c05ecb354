//! Images that nobody should run: refused or contained, in bounded time and memory.

#![allow(missing_docs, clippy::unwrap_used)]

use dockwright_image::testing::{Archive, ImageBuilder, archive, gzip, read};
use dockwright_image::{ReadOptions, Reference};

/// Why an image with one layer is refused.
fn refused(layer: Archive) -> String {
    let image = ImageBuilder::new().layer("RUN it", layer);
    image
        .read(&ReadOptions::default())
        .unwrap_err()
        .error
        .split_once(": ")
        .map(|(layer, rest)| {
            // The path of the blob is its digest.
            let rest = rest.split_once("`: ").map_or(rest, |(_, rest)| rest);
            format!("{layer}: {rest}")
        })
        .unwrap()
}

#[test]
fn paths_that_lead_out() {
    insta::assert_snapshot!(refused(Archive::new().file("a/../../etc/passwd", "")), @"layer 1: a path leads out of the image by `..`");
    insta::assert_snapshot!(refused(Archive::new().hard_link("a", "../etc/passwd")), @"layer 1: `a`: a path leads out of the image by `..`");
    insta::assert_snapshot!(refused(Archive::new().whiteout("..")), @"layer 1: `.wh...`: a whiteout names no file");
}

#[test]
fn malformed_headers() {
    let file = Archive::new().file("a", "contents").finish();
    let mut wrong = file.clone();
    wrong[0] = b'b';
    insta::assert_snapshot!(refused(Archive::new().raw(&wrong)), @"layer 1: a header's checksum is wrong");
    let cut = &file[..600];
    let image = ImageBuilder::new().blob("RUN it", cut.to_vec(), gzip(cut));
    assert!(
        image
            .read(&ReadOptions::default())
            .unwrap_err()
            .error
            .ends_with("cut short")
    );
    insta::assert_snapshot!(refused(Archive::new().member(b'x', "p", "", b"9 a=b")), @"layer 1: an extended header is malformed");
    insta::assert_snapshot!(refused(Archive::new().member(b'x', "p", "", b"7 a=bc\n").member(b'x', "p", "", b"7 a=bc\n").file("a", "")), @"layer 1: a member has two extended headers of one kind");
    insta::assert_snapshot!(refused(Archive::new().member(b'Z', "a", "", b"")), @"layer 1: there is no kind of member `Z`");
    insta::assert_snapshot!(refused(Archive::new().record("size", "99999999999999999999").file("a", "")), @"layer 1: an extended header is malformed");
    insta::assert_snapshot!(refused(Archive::new().record("size", "18446744073709551615").file("a", "")), @"layer 1: `a`: the layer's files have more than 131072 MiB");
    insta::assert_snapshot!(refused(Archive::new().member(b'L', "l", "", &[b'a'; 5000]).file("a", "")), @"layer 1: a path is longer than 4096 bytes");
}

#[test]
fn sparse_files_that_lie() {
    let lie = |map: &str| {
        refused(
            Archive::new()
                .record("GNU.sparse.size", "10")
                .record("GNU.sparse.map", map)
                .file("a", "1234"),
        )
    };
    insta::assert_snapshot!(lie("0,4,2,4"), @"layer 1: the pieces of a sparse file are out of order");
    insta::assert_snapshot!(lie("0,8"), @"layer 1: a sparse file's pieces are not what is stored of it");
    insta::assert_snapshot!(lie("8,4"), @"layer 1: the pieces of a sparse file are out of order");
    insta::assert_snapshot!(lie("8"), @"layer 1: an extended header is malformed");
}

#[test]
fn a_bomb() {
    let image = ImageBuilder::new().layer("RUN it", Archive::new().file("zeros", vec![0; 3 << 20]));
    let options = ReadOptions {
        max_unpacked: 1 << 20,
        ..ReadOptions::default()
    };
    let error = image.read(&options).unwrap_err().error;
    assert!(error.ends_with("more than 1 MiB"), "{error}");
    // A sparse file is as large as it says.
    let image = ImageBuilder::new().layer(
        "RUN it",
        Archive::new()
            .record("GNU.sparse.size", "99999999999")
            .record("GNU.sparse.map", "")
            .file("a", ""),
    );
    assert!(image.read(&options).is_err());
}

#[test]
fn a_wrong_digest() {
    let image = ImageBuilder::new().layer("RUN it", Archive::new().file("a", "1"));
    let mut files = image.layout();
    let other = gzip(&Archive::new().file("a", "2").finish());
    let at = files
        .iter()
        .position(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b]))
        .unwrap();
    files[at].1 = other;
    let error = read(&archive(&files), None, &ReadOptions::default()).unwrap_err();
    let (what, _) = error.error.split_once(" sha256").unwrap();
    insta::assert_snapshot!(what, @"layer 1: its blob has the digest");
    // Someone who vouches for the image need not wait for the digest.
    let trusting = ReadOptions {
        verify: Some(false),
        ..ReadOptions::default()
    };
    assert!(read(&archive(&files), None, &trusting).is_ok());
}

#[test]
fn documents_that_are_none() {
    for index in [
        "",
        "[]",
        "{\"manifests\":[{}]}",
        "{\"manifests\":[{\"digest\":\"sha256:../../etc\"}]}",
        "{}",
    ] {
        let files = [("index.json".to_owned(), index.as_bytes().to_vec())];
        assert!(
            read(&archive(&files), None, &ReadOptions::default()).is_err(),
            "{index}"
        );
    }
    let nothing = archive(&[("notes.txt".to_owned(), b"nothing".to_vec())]);
    insta::assert_snapshot!(read(&nothing, None, &ReadOptions::default()).unwrap_err(), @"there is no image: neither `index.json` nor `manifest.json` is there");
}

#[test]
fn an_index_in_itself() {
    // No digest can be right; it has to end all the same.
    let index = format!(
        "{{\"manifests\":[{{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"sha256:{}\"}}]}}",
        "0".repeat(64)
    );
    let files = [
        ("index.json".to_owned(), index.clone().into_bytes()),
        (
            format!("blobs/sha256/{}", "0".repeat(64)),
            index.into_bytes(),
        ),
    ];
    assert!(read(&archive(&files), None, &ReadOptions::default()).is_err());
}

#[test]
fn files_that_are_no_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    for bytes in [
        &b""[..],
        b"text",
        &[0; 4096],
        &[0x1f, 0x8b, 0, 0],
        &[0x28, 0xb5, 0x2f, 0xfd, 0xff],
    ] {
        std::fs::write(&path, bytes).unwrap();
        let reference = Reference::parse(path.to_str().unwrap()).unwrap();
        assert!(dockwright_image::read(&reference, &ReadOptions::default()).is_err());
    }
}
