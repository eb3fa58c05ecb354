//! Packages, read from the databases and files of every kind.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation)]

use std::io::Write;

use dockwright_image::testing::{Archive, ImageBuilder};
use dockwright_image::{Image, ReadOptions};
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};

fn image(layer: Archive) -> Image {
    let image = ImageBuilder::new().layer("RUN it", layer);
    image.read(&ReadOptions::default()).unwrap()
}

/// The packages of an image, a line each, with their files.
fn told(image: &Image) -> String {
    let lines = image.packages.all.iter().map(|it| {
        let needs: Vec<String> = it.depends.iter().map(|names| names.join("|")).collect();
        let within = it.within.map(|index| &image.packages.all[index].name);
        let parts = [
            Some(format!("{} {} {}", it.kind.as_str(), it.name, it.version)),
            it.source
                .as_ref()
                .map(|(name, version)| format!("source {name} {version}")),
            it.license.clone(),
            it.is_automatic
                .map(|is| if is { "automatic" } else { "asked for" }.to_owned()),
            (!needs.is_empty()).then(|| format!("needs {}", needs.join(" "))),
            within.map(|name| format!("within {name}")),
        ];
        let line = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let paths = it
            .files
            .iter()
            .map(|node| format!("\n  /{}", image.tree.path(*node)));
        line + &paths.take(4).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn dpkg() {
    let status = "\
Package: bash
Essential: yes
Status: install ok installed
Architecture: amd64
Source: bash-src (5.2)
Version: 5.2.37-2+b5
Description: a shell
 goes on
Pre-Depends: libc6 (>= 2.38), libtinfo6:any | libtinfo5 [amd64]

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12
";
    let marks = "Package: libc6\nArchitecture: amd64\nAuto-Installed: 1\n";
    let image = image(
        Archive::new()
            .symbolic_link("bin", "usr/bin")
            .file("usr/bin/bash", "shell")
            .file("usr/bin/sh.distrib", "diverted")
            .file("usr/lib/libc.so.6", "library")
            .file("var/lib/dpkg/status", status)
            .file(
                "var/lib/dpkg/diversions",
                "/bin/sh\n/bin/sh.distrib\ndash\n",
            )
            .file("var/lib/apt/extended_states", marks)
            .file(
                "var/lib/dpkg/info/bash.list",
                "/.\n/bin\n/bin/bash\n/bin/sh\n/gone\n",
            )
            .file("var/lib/dpkg/info/libc6:amd64.list", "/usr/lib/libc.so.6\n"),
    );
    insta::assert_snapshot!(told(&image), @r"
    deb bash 5.2.37-2+b5, source bash-src 5.2, asked for, needs libc6 libtinfo6|libtinfo5
      /bin
      /usr/bin/bash
      /usr/bin/sh.distrib
    deb libc6 2.41-12, automatic
      /usr/lib/libc.so.6
    ");
}

#[test]
fn distroless() {
    let image = image(
        Archive::new()
            .file("usr/lib/libssl.so.3", "library")
            .file(
                "var/lib/dpkg/status.d/libssl3",
                "Package: libssl3\nVersion: 3.0.15\nArchitecture: amd64\n",
            )
            .file(
                "var/lib/dpkg/status.d/libssl3.md5sums",
                "d41d8cd98f00b204e9800998ecf8427e  usr/lib/libssl.so.3\n",
            ),
    );
    insta::assert_snapshot!(told(&image), @r"
    deb libssl3 3.0.15
      /usr/lib/libssl.so.3
    ");
}

#[test]
fn apk() {
    let installed = "\
C:Q1abc=
P:musl
V:1.2.5-r9
A:x86_64
L:MIT
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

P:busybox-binsh
V:1.37.0-r12
A:x86_64
L:GPL-2.0-only
o:busybox
D:busybox=1.37.0-r12 !conflict so:libc.musl-x86_64.so.1
F:bin
R:sh
";
    let image = image(
        Archive::new()
            .file("lib/ld-musl-x86_64.so.1", "library")
            .file("bin/sh", "shell")
            .file("etc/apk/world", "busybox-binsh>1 other@edge\n")
            .file("lib/apk/db/installed", installed),
    );
    insta::assert_snapshot!(told(&image), @r"
    apk busybox-binsh 1.37.0-r12, source busybox 1.37.0-r12, GPL-2.0-only, asked for, needs busybox so:libc.musl-x86_64.so.1
      /bin/sh
    apk musl 1.2.5-r9, MIT, automatic
      /lib/ld-musl-x86_64.so.1
    ");
}

/// The database that RPM wrote; see `rpm/README.md`.
const SQLITE: &[u8] = include_bytes!("rpm/rpmdb.sqlite");
const BERKELEY: &[u8] = include_bytes!("rpm/Packages");

#[test]
fn rpm_in_all_its_databases() {
    let with = |path: &str, database: &[u8]| {
        let layer = Archive::new()
            .file("usr/bin/demo", "x")
            .file("usr/share/demo/file-number-60", "60")
            .file(path, database);
        told(&image(layer))
    };
    let sqlite = with("usr/lib/sysimage/rpm/rpmdb.sqlite", SQLITE);
    insta::assert_snapshot!(sqlite, @r"
    rpm demo 4:1.2-3, source demo 1.2-3, MIT, needs helper
      /usr/bin/demo
      /usr/share/demo/file-number-60
    rpm helper 4:1.2-3, source demo 1.2-3, MIT
    ");
    assert_eq!(with("var/lib/rpm/Packages", BERKELEY), sqlite);
    // Cut anywhere, it is read as far as it goes.
    for length in (0..SQLITE.len()).step_by(512) {
        with("var/lib/rpm/rpmdb.sqlite", &SQLITE[..length]);
    }
    for length in (0..BERKELEY.len()).step_by(512) {
        with("var/lib/rpm/Packages", &BERKELEY[..length]);
    }
}

/// A package's header: tags 1000, 1001 and 1002, which are its name, version and release.
fn header(name: &str) -> Vec<u8> {
    let store = format!("{name}\0{}\0{}\0", "1.0", "2");
    let offsets = [0, name.len() + 1, name.len() + 5].map(|it| it as u32);
    let mut header = [3_u32, store.len() as u32].map(u32::to_be_bytes).concat();
    for (tag, offset) in (1000_u32..).zip(offsets) {
        header.extend([tag, 6, offset, 1].map(u32::to_be_bytes).concat());
    }
    header.extend(store.bytes());
    header
}

#[test]
fn rpm_in_its_own_database() {
    let header = header("zypper");
    let mut database = vec![0; 4096 + 16];
    database[..4].copy_from_slice(b"RpmP");
    database[12] = 1;
    // The first slot: a package at the first block after the page.
    database[32..36].copy_from_slice(b"Slot");
    database[36] = 1;
    database[40..44].copy_from_slice(&256_u32.to_le_bytes());
    database[4096..4100].copy_from_slice(b"BlbS");
    database[4108..4112].copy_from_slice(&(header.len() as u32).to_le_bytes());
    database.extend(header);
    let image = image(Archive::new().file("usr/lib/sysimage/rpm/Packages.db", &database));
    insta::assert_snapshot!(told(&image), @"rpm zypper 1.0-2");
}

#[test]
fn python() {
    let site = "usr/lib/python3/site-packages";
    let metadata = "Metadata-Version: 2.4\nName: Requests\nVersion: 2.32.3\nLicense: Apache-2.0\nRequires-Dist: urllib3<3,>=1.21.1\nRequires-Dist: PySocks!=1.5.7; extra == \"socks\"\n\nVersion: 9\n";
    let image = image(
        Archive::new()
            .file(&format!("{site}/requests/api.py"), "code")
            .file(&format!("{site}/requests-2.32.3.dist-info/METADATA"), metadata)
            .file(&format!("{site}/requests-2.32.3.dist-info/RECORD"), "requests/api.py,sha256=x,4\n\"a \"\"b\"\"\",,\n../../../bin/requests,,\n/etc/absolute,,\n")
            .file("usr/bin/requests", "script")
            .file(&format!("{site}/old.egg-info"), "Name: old\nVersion: 1\n"),
    );
    insta::assert_snapshot!(told(&image), @r"
    pypi Requests 2.32.3, Apache-2.0, needs urllib3
      /usr/lib/python3/site-packages/requests/api.py
      /usr/bin/requests
    pypi old 1
      /usr/lib/python3/site-packages/old.egg-info
    ");
}

#[test]
fn node() {
    let image = image(
        Archive::new()
            .file("app/package.json", r#"{"name": "app", "version": "1.0.0"}"#)
            .file("app/node_modules/@scope/a/package.json", r#"{"name": "@scope/a", "version": "2.0.0", "license": {"type": "MIT"}, "dependencies": {"b": "^1"}}"#)
            .file("app/node_modules/@scope/a/index.js", "code")
            .file("app/node_modules/@scope/a/lib/package.json", r#"{"name": "part", "version": "1.0.0"}"#)
            .file("app/node_modules/@scope/a/node_modules/b/package.json", r#"{"name": "b", "version": "1.1.0"}"#)
            .file("app/node_modules/broken/package.json", "{"),
    );
    insta::assert_snapshot!(told(&image), @r"
    npm @scope/a 2.0.0, MIT, needs b
      /app/node_modules/@scope/a/index.js
      /app/node_modules/@scope/a/package.json
      /app/node_modules/@scope/a/lib/package.json
    npm b 1.1.0
      /app/node_modules/@scope/a/node_modules/b/package.json
    ");
}

/// An ELF file with one section.
fn program(name: &str, contents: &[u8]) -> Vec<u8> {
    let names = [b"\0", name.as_bytes(), b"\0"].concat();
    let mut file = vec![0; 64];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    let (start, end) = (file.len(), file.len() + contents.len());
    file.extend_from_slice(contents);
    file.extend_from_slice(&names);
    let table = file.len();
    let mut section = |name: u32, offset: usize, size: usize| {
        let mut header = [0; 64];
        header[..4].copy_from_slice(&name.to_le_bytes());
        header[24..32].copy_from_slice(&(offset as u64).to_le_bytes());
        header[32..40].copy_from_slice(&(size as u64).to_le_bytes());
        file.extend(header);
    };
    section(1, start, contents.len());
    section(0, end, names.len());
    file[40..48].copy_from_slice(&(table as u64).to_le_bytes());
    file[58] = 64;
    file[60] = 2;
    file[62] = 1;
    file
}

fn go_information() -> Vec<u8> {
    let list = "0123456789abcdefpath\texample.org/shop\nmod\texample.org/shop\tv1.2.0\t\ndep\tgolang.org/x/net\tv0.1.0\th1:x\n=>\texample.org/net\tv0.2.0\th1:y\nbuild\t-compiler=gc\n0123456789abcdef";
    let mut information = b"\xff Go buildinf:\x08\x02".to_vec();
    information.resize(32, 0);
    information.push(7);
    information.extend(b"go1.24.");
    information.extend([(list.len() & 0x7f | 0x80) as u8, (list.len() >> 7) as u8]);
    information.extend(list.bytes());
    information
}

#[test]
fn go_and_rust() {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(br#"{"packages":[{"name":"cc","version":"1.0.0","kind":"build"},{"name":"serde","version":"1.0.228","source":"crates.io"},{"name":"shop","version":"0.1.0","source":"local","dependencies":[0,1],"root":true}]}"#).unwrap();
    let list = packer.finish().unwrap();
    let image = image(
        Archive::new()
            .mode(0o755)
            .file("usr/bin/shop", program(".go.buildinfo", &go_information()))
            .mode(0o755)
            .file("usr/bin/stall", program(".dep-v0", &list))
            .mode(0o755)
            .file("usr/bin/other", program(".text", b"code"))
            .mode(0o755)
            .file("usr/bin/script", "#!/bin/sh\n".repeat(10))
            // Nothing runs it.
            .file(
                "usr/share/shop",
                program(".go.buildinfo", &go_information()),
            ),
    );
    insta::assert_snapshot!(told(&image), @r"
    golang example.org/net v0.2.0
    golang example.org/shop v1.2.0
      /usr/bin/shop
    golang stdlib 1.24.
    cargo serde 1.0.228
    cargo shop 0.1.0, needs cc serde
      /usr/bin/stall
    ");
}

#[test]
fn a_go_program_that_is_too_large_to_hold() {
    let mut program = program(".text", b"");
    program.resize(65 << 20, 0xff);
    let at = (64 << 20) - 20;
    let information = go_information();
    program[at..at + information.len()].copy_from_slice(&information);
    let layer = Archive::new().mode(0o755).file("usr/bin/shop", program);
    let image = ImageBuilder::new().plain_layer("COPY shop /usr/bin/", layer);
    let image = image.read(&ReadOptions::default()).unwrap();
    assert_eq!(image.packages.all.len(), 3);
}

/// A ZIP archive.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for (name, contents) in members {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(contents).unwrap();
        let packed = encoder.finish().unwrap();
        let offset = u32::try_from(file.len()).unwrap();
        let mut local = b"PK\x03\x04".to_vec();
        local.resize(30, 0);
        local[26] = name.len() as u8;
        file.extend(local);
        file.extend(name.bytes());
        file.extend(&packed);
        let mut entry = b"PK\x01\x02".to_vec();
        entry.resize(46, 0);
        entry[10] = 8;
        entry[20..24].copy_from_slice(&u32::try_from(packed.len()).unwrap().to_le_bytes());
        entry[28] = name.len() as u8;
        entry[42..46].copy_from_slice(&offset.to_le_bytes());
        list.extend(entry);
        list.extend(name.bytes());
    }
    let mut end = b"PK\x05\x06".to_vec();
    end.resize(22, 0);
    end[16..20].copy_from_slice(&u32::try_from(file.len()).unwrap().to_le_bytes());
    [file, list, end].concat()
}

#[test]
fn java() {
    let maven = zip(&[(
        "META-INF/maven/g/a/pom.properties",
        b"groupId=org.example\nartifactId=core\nversion=1.0\n",
    )]);
    let manifest = zip(&[(
        "META-INF/MANIFEST.MF",
        b"Manifest-Version: 1.0\r\nImplementation-Version: 2.\r\n 5\r\n",
    )]);
    let outer = zip(&[
        ("BOOT-INF/lib/core.jar", &maven),
        ("BOOT-INF/lib/tool-2.5.jar", &manifest),
    ]);
    let image = image(
        Archive::new()
            .file("app/shop.jar", outer)
            .file("app/broken.jar", "PK"),
    );
    insta::assert_snapshot!(told(&image), @r"
    maven org.example:core 1.0
      /app/shop.jar
    maven tool 2.5
    ");
}

#[test]
fn what_the_distribution_packages_is_its_own() {
    let image = image(
        Archive::new()
            .file("usr/lib/python3/dist-packages/a.egg-info", "Name: a\nVersion: 1\n")
            .file("var/lib/dpkg/status", "Package: python3-a\nStatus: install ok installed\nVersion: 1-1\nArchitecture: all\n")
            .file("var/lib/dpkg/info/python3-a.list", "/usr/lib/python3/dist-packages/a.egg-info\n"),
    );
    insta::assert_snapshot!(told(&image), @r"
    deb python3-a 1-1
      /usr/lib/python3/dist-packages/a.egg-info
    pypi a 1, within python3-a
    ");
}
