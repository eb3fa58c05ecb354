//! The tree, the sizes and the packages agree with what the image itself says when it runs.
//!
//! The engine is found by `DOCKWRIGHT_DOCKER` (and `DOCKER_HOST`), with the images `busybox` and
//! `debian:trixie`. Without, the tests are skipped, or fail if `DOCKWRIGHT_REQUIRE_ENGINE` is set.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use dockwright_image::diff::{Diff, read_options};
use dockwright_image::{Image, Kind, PackageKind, ReadOptions, Reference, Verdict, read};

/// Directories that an engine fills when a container starts, and files that it puts in place.
const OF_THE_ENGINE: [&str; 3] = ["proc", "sys", "dev"];
const FILES_OF_THE_ENGINE: [&str; 5] = [
    ".dockerenv",
    "etc/hostname",
    "etc/hosts",
    "etc/mtab",
    "etc/resolv.conf",
];

/// The `docker` binary, if there is one to test with.
fn docker() -> Option<String> {
    let docker = std::env::var("DOCKWRIGHT_DOCKER").ok();
    if docker.is_none() {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none(),
            "there is no engine"
        );
        eprintln!("skipped: DOCKWRIGHT_DOCKER is not set");
    }
    docker
}

/// What `docker` prints, given an input.
fn run(docker: &str, arguments: &[&str], input: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input");
    fs::write(&file, input).unwrap();
    let output = Command::new(docker)
        .args(arguments)
        .stdin(Stdio::from(fs::File::open(file).unwrap()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn of_engine(docker: &str, name: &str) -> Image {
    let options = ReadOptions {
        docker: docker.into(),
        ..ReadOptions::default()
    };
    read(&Reference::parse(name).unwrap(), &options).unwrap()
}

/// Whether a path is the same in the image and in a container of it.
fn is_told(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or_default();
    !path.is_empty() && !OF_THE_ENGINE.contains(&top) && !FILES_OF_THE_ENGINE.contains(&path)
}

/// Kind, mode, owner, size, time and link of every path, as we read it.
fn ours(image: &Image) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for node in image.tree.walk() {
        let path = image.tree.path(node);
        let id = image.tree.file(node).or_else(|| image.tree.entry(node));
        let Some(id) = id.filter(|_| is_told(&path)) else {
            continue;
        };
        let entry = id.of(&image.layers).unwrap();
        let kind = match entry.kind {
            Kind::File | Kind::HardLink => 'f',
            Kind::Directory => 'd',
            Kind::SymbolicLink => 'l',
            other => panic!("{path} is a {other:?}"),
        };
        let mut line = format!("{kind} {:o} {}:{} {path}", entry.mode, entry.uid, entry.gid);
        match kind {
            'f' => write!(line, " {} {}", entry.size, entry.mtime).unwrap(),
            'l' => {
                let target = image.layers[usize::from(id.layer)].link(entry);
                write!(line, " -> {target}").unwrap();
            }
            _ => {}
        }
        lines.insert(line);
    }
    lines
}

/// The same, as a walk inside a container tells it. A symbolic link has no mode of its own.
fn theirs(docker: &str, name: &str) -> BTreeSet<String> {
    let walk = "find / -xdev | while IFS= read -r path; do \
        case $(stat -c %F \"$path\") in \
        'symbolic link') echo \"l 777 $(stat -c %u:%g \"$path\") $path -> $(readlink \"$path\")\";; \
        directory) stat -c 'd %a %u:%g %n' \"$path\";; \
        *) stat -c 'f %a %u:%g %n %s %Y' \"$path\";; \
        esac; done";
    let told = run(
        docker,
        &[
            "run",
            "--rm",
            "--network=none",
            "--entrypoint",
            "sh",
            name,
            "-c",
            walk,
        ],
        "",
    );
    let lines = told.lines().filter_map(|line| {
        let (head, path) = line.split_once(" /")?;
        let plain = path.split(' ').next().unwrap_or_default();
        is_told(plain).then(|| format!("{head} {path}"))
    });
    lines.collect()
}

/// Says what only one of both tells.
fn compare(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        a.difference(b)
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(!ours.is_empty());
    assert_eq!(
        (only(ours, theirs), only(theirs, ours)),
        (String::new(), String::new())
    );
}

#[test]
fn an_image_made_for_the_purpose() {
    let Some(docker) = docker() else { return };
    let name = "dockwright-image-test:purpose";
    let dockerfile = "\
FROM busybox
RUN mkdir -p /a/b /gone/deep /emptied /long && echo one > /a/one && echo two > /a/b/two && \
    echo x > /gone/deep/x && echo y > /emptied/y && ln /a/one /a/uno && ln -s ../a/b /long/link
RUN rm -rf /gone && rm -rf /emptied && mkdir /emptied && echo new > /emptied/new
RUN ln /a/b/two /a/zwei && chmod 4755 /a/one && chown 12:34 /a/b
RUN d=$(printf 'd%.0s' $(seq 120)) && mkdir -p /long/$d/$d && echo long > /long/$d/$d/$d
RUN dd if=/dev/zero of=/sparse bs=1 count=1 seek=10000000 2>/dev/null && echo '#' > '/a/caf\u{e9}'
RUN rm /a/uno && rm -rf /a/b && echo 'now a file' > /a/b
";
    run(
        &docker,
        &["build", "-q", "--network=none", "-t", name, "-"],
        dockerfile,
    );
    let image = of_engine(&docker, name);
    compare(&ours(&image), &theirs(&docker, name));
    let size = run(
        &docker,
        &[
            "image",
            "inspect",
            "--format",
            "{{json .RootFS.Layers}}",
            name,
        ],
        "",
    );
    let layers: Vec<String> = serde_json::from_str(&size).unwrap();
    let diff_ids: Vec<_> = image
        .layers
        .iter()
        .map(|layer| layer.diff_id.clone())
        .collect();
    assert_eq!(diff_ids, layers);
    // Checked digests are the same ones, and a saved file is the same image.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image.tar");
    run(
        &docker,
        &["image", "save", "-o", file.to_str().unwrap(), name],
        "",
    );
    let reference = Reference::parse(file.to_str().unwrap()).unwrap();
    let saved = read(&reference, &ReadOptions::default()).unwrap();
    assert_eq!(ours(&saved), ours(&image));
    assert_eq!(saved.digest, image.digest);
    run(&docker, &["image", "rm", name], "");
}

#[test]
fn two_builds_and_a_third_without_something() {
    let Some(docker) = docker() else { return };
    let built = |tag: &str, step: &str| {
        let name = format!("dockwright-image-test:{tag}");
        let dockerfile = format!(
            "FROM busybox\nRUN mkdir -p /srv/__pycache__ /var/log && echo code > /srv/shop.py && \
             date +%N > /srv/__pycache__/shop.pyc && date +%N > /var/log/dpkg.log\n{step}\n"
        );
        let build = [
            "build",
            "-q",
            "--no-cache",
            "--network=none",
            "-t",
            &name,
            "-",
        ];
        run(&docker, &build, &dockerfile);
        let options = ReadOptions {
            docker: docker.clone().into(),
            ..ReadOptions::default()
        };
        let image = read(&Reference::parse(&name).unwrap(), &read_options(options)).unwrap();
        run(&docker, &["image", "rm", &name], "");
        image
    };
    let before = built("before", "RUN echo manual > /srv/manual");
    let again = built("again", "RUN echo manual > /srv/manual");
    let after = built("after", "USER root");
    assert_eq!(Diff::of(&before, &again).verdict, Verdict::Equal);
    let diff = Diff::of(&before, &after);
    assert_eq!(diff.verdict, Verdict::OnlySmaller);
    let paths: Vec<&str> = diff.files.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/srv/manual"]);
    assert!(diff.shared_layers >= 1);
}

#[test]
fn a_distribution() {
    let Some(docker) = docker() else { return };
    let name = "debian:trixie";
    let image = of_engine(&docker, name);
    compare(&ours(&image), &theirs(&docker, name));
    let query =
        "dpkg-query -W -f '${Package} ${Version} ${Architecture}\\n'; echo; apt-mark showmanual";
    let told = run(
        &docker,
        &[
            "run",
            "--rm",
            "--network=none",
            "--entrypoint",
            "sh",
            name,
            "-c",
            query,
        ],
        "",
    );
    let (packages, manual) = told.split_once("\n\n").unwrap();
    let all = image
        .packages
        .all
        .iter()
        .filter(|it| it.kind == PackageKind::Deb);
    let named = |it: &dockwright_image::Package| {
        format!(
            "{} {} {}",
            it.name,
            it.version,
            it.architecture.as_deref().unwrap_or_default()
        )
    };
    compare(
        &all.clone().map(named).collect(),
        &packages.lines().map(str::to_owned).collect(),
    );
    let asked = all
        .clone()
        .filter(|it| it.is_automatic == Some(false))
        .map(|it| it.name.clone());
    compare(
        &asked.collect(),
        &manual.lines().map(str::to_owned).collect(),
    );
    // Every file that dpkg lists and that is there belongs to someone.
    let bash = all.clone().position(|it| it.name == "bash").unwrap();
    let node = image.tree.follow(&image.layers, "/bin/bash").unwrap();
    assert_eq!(image.packages.owner(node), Some(bash));
}

#[test]
fn the_same_image_from_a_registry() {
    let Some(docker) = docker() else { return };
    let Ok(registry) = std::env::var("DOCKWRIGHT_REGISTRY") else {
        assert!(
            std::env::var_os("DOCKWRIGHT_REQUIRE_REGISTRY").is_none(),
            "there is no registry"
        );
        eprintln!("skipped: DOCKWRIGHT_REGISTRY is not set");
        return;
    };
    let name = format!("{registry}/dockwright-image-test/busybox:1");
    run(&docker, &["image", "tag", "busybox", &name], "");
    run(&docker, &["image", "push", "-q", &name], "");
    let image = of_engine(&docker, &format!("docker://{name}"));
    assert_eq!(ours(&image), ours(&of_engine(&docker, "busybox")));
    run(&docker, &["image", "rm", &name], "");
}

#[test]
fn an_image_that_is_not_there() {
    let Some(docker) = docker() else { return };
    let options = ReadOptions {
        docker: docker.into(),
        podman: "/nonexistent/podman".into(),
        ..ReadOptions::default()
    };
    let error = read(&Reference::parse("no-such-image:1").unwrap(), &options).unwrap_err();
    assert!(
        error.error.contains("cannot save `no-such-image:1`"),
        "{}",
        error.error
    );
}
