//! The same image from every kind of source.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use dockwright_image::testing::{Archive, ImageBuilder, archive, gzip, layout, listing, read};
use dockwright_image::{Compression, Image, ImageError, Platform, ReadOptions, Reference};

fn shop() -> ImageBuilder {
    ImageBuilder::new()
        .layer(
            "ADD rootfs.tar",
            Archive::new().file("etc/os-release", "ID=debian\n"),
        )
        .plain_layer("COPY shop /shop", Archive::new().file("shop", "program"))
}

fn open(text: &str, options: &ReadOptions) -> Result<Image, ImageError> {
    dockwright_image::read(&Reference::parse(text).unwrap(), options)
}

fn at(path: &Path) -> Image {
    open(path.to_str().unwrap(), &ReadOptions::default()).unwrap()
}

#[test]
fn layouts_and_archives_are_the_same_image() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("layout");
    for (path, bytes) in shop().layout() {
        fs::create_dir_all(root.join(&path).parent().unwrap()).unwrap();
        fs::write(root.join(path), bytes).unwrap();
    }
    let oci = folder.path().join("oci.tar");
    fs::write(&oci, shop().oci_archive()).unwrap();
    let packed = folder.path().join("oci.tar.gz");
    fs::write(&packed, gzip(&shop().oci_archive())).unwrap();
    let docker = folder.path().join("docker.tar");
    fs::write(&docker, shop().docker_archive(&["shop:1"])).unwrap();
    let images = [&root, &oci, &packed, &docker].map(|path| at(path));
    for image in &images {
        assert_eq!(listing(image), listing(&images[0]));
        assert_eq!(image.id, images[0].id);
        assert_eq!(image.contents("etc/os-release").unwrap(), b"ID=debian\n");
    }
    assert_eq!(images[0].layers[0].compression, Compression::Gzip);
    assert_eq!(images[3].layers[0].compression, Compression::None);
    assert_eq!(images[0].digest, images[1].digest);
    assert_eq!(images[3].digest, None);
}

#[test]
fn where_digests_are_not_needed_contents_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    fs::write(&path, shop().docker_archive(&[])).unwrap();
    let options = ReadOptions {
        verify: Some(false),
        ..ReadOptions::default()
    };
    let image = open(path.to_str().unwrap(), &options).unwrap();
    assert_eq!(listing(&image), listing(&at(&path)));
}

#[test]
fn the_digests_of_files() {
    let options = ReadOptions {
        file_digests: true,
        ..ReadOptions::default()
    };
    let image = shop().read(&options).unwrap();
    let file = image.tree.file(image.tree.get("shop").unwrap()).unwrap();
    let digest = image.layers[1]
        .digest(file.of(&image.layers).unwrap())
        .unwrap();
    // printf program | sha256sum
    assert_eq!(digest[..4], [0x13, 0x10, 0xca, 0x2c]);
}

#[test]
fn a_platform_is_chosen() {
    let both = [
        shop().architecture("arm64"),
        shop().architecture("s390x").step("ENV A=1"),
    ];
    let both = archive(&layout(&[&both[0], &both[1]]));
    let chosen = |platform: &str| {
        let platform = Some(Platform::parse(platform).unwrap());
        let image = read(
            &both,
            None,
            &ReadOptions {
                platform,
                ..ReadOptions::default()
            },
        );
        image.map(|image| image.config.architecture)
    };
    assert_eq!(chosen("linux/arm64").unwrap(), "arm64");
    assert_eq!(chosen("s390x").unwrap(), "s390x");
    let error = chosen("linux/riscv64").unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", error.error, error.hint), @r"
    there is no image for linux/riscv64
    give one of these with `--platform`: linux/arm64, linux/s390x
    ");
}

#[test]
fn one_of_several_images_is_named() {
    let archive = shop().docker_archive(&["example.org/shop:1", "shop:latest"]);
    let options = ReadOptions::default();
    for name in ["example.org/shop:1", "shop:1", "shop", "1"] {
        assert!(read(&archive, Some(name), &options).is_ok(), "{name}");
    }
    let error = read(&archive, Some("hop:1"), &options).unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", error.error, error.hint), @r"
    there is no image called `hop:1`
    the images there are: example.org/shop:1
    ");
}

#[test]
fn zstandard_with_frames_that_are_skipped() {
    // printf '' | zstd, and a frame to skip before it, as zstd:chunked has them: here around an
    // archive of two empty blocks, stored raw.
    let tar = Archive::new().file("a", "zstd").finish();
    let mut stored = vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let (first, second) = tar.split_at(700);
    for part in [first, second] {
        stored.extend([0x28, 0xb5, 0x2f, 0xfd, 0x60]);
        let size = u16::try_from(part.len() - 256).unwrap();
        stored.extend(size.to_le_bytes());
        let block = u32::try_from(part.len()).unwrap() << 3 | 1;
        stored.extend(&block.to_le_bytes()[..3]);
        stored.extend(part);
    }
    let image = ImageBuilder::new()
        .blob("COPY a /a", tar, stored)
        .read(&ReadOptions::default())
        .unwrap();
    assert_eq!(image.layers[0].compression, Compression::Zstd);
    assert!(image.tree.get("a").is_some());
}

#[test]
fn sparse_files_have_holes() {
    let keep = ReadOptions {
        keep: std::sync::Arc::new(|path| path == "disk"),
        ..ReadOptions::default()
    };
    let layer = Archive::new()
        .record("GNU.sparse.major", "0")
        .record("GNU.sparse.size", "12")
        .record("GNU.sparse.map", "2,2,8,3")
        .file("disk", "abxyz");
    let image = ImageBuilder::new()
        .layer("COPY disk /", layer)
        .read(&keep)
        .unwrap();
    assert_eq!(image.contents("disk").unwrap(), b"\0\0ab\0\0\0\0xyz\0");
    let mut stored = format!("{:<512}", "2\n2\n2\n8\n3\n").replace(' ', "\0");
    stored.push_str("abxyz");
    let layer = Archive::new()
        .record("GNU.sparse.major", "1")
        .record("GNU.sparse.minor", "0")
        .record("GNU.sparse.name", "disk")
        .record("GNU.sparse.realsize", "12")
        .file("GNUSparseFile.0/disk", stored);
    let image = ImageBuilder::new()
        .layer("COPY disk /", layer)
        .read(&keep)
        .unwrap();
    assert_eq!(image.contents("disk").unwrap(), b"\0\0ab\0\0\0\0xyz\0");
}
