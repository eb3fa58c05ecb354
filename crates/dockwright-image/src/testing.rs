//! Images made in memory, for tests: archives member by member, and images layer by layer.

use std::fmt::Write as _;
use std::io::Write;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::digest::sha256;
use crate::image::read_archive;
use crate::{Image, ImageError, ReadOptions};

/// A tar archive that is being made.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Archive {
    bytes: Vec<u8>,
    /// Records for the next member.
    records: Vec<u8>,
    mode: Option<u32>,
    owner: (u32, u32),
}

impl Archive {
    /// An archive without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a regular file.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.member(b'0', path, "", contents.as_ref())
    }

    /// Adds a directory.
    pub fn directory(self, path: &str) -> Self {
        self.member(b'5', path, "", &[])
    }

    /// Adds a symbolic link.
    pub fn symbolic_link(self, path: &str, target: &str) -> Self {
        self.member(b'2', path, target, &[])
    }

    /// Adds another name of a file.
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.member(b'1', path, target, &[])
    }

    /// Deletes a path of lower layers.
    pub fn whiteout(self, path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(a, b)| (a, b));
        let slash = if folder.is_empty() { "" } else { "/" };
        self.file(&format!("{folder}{slash}.wh.{name}"), "")
    }

    /// Deletes what lower layers have in a directory.
    pub fn opaque(self, folder: &str) -> Self {
        self.file(&format!("{folder}/.wh..wh..opq"), "")
    }

    /// The next member has these permissions.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// All members from here on are of this user and group.
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.owner = (uid, gid);
        self
    }

    /// The next member has a record in an extended header before it.
    pub fn record(mut self, key: &str, value: &str) -> Self {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while length.to_string().len() + rest.len() != length {
            length = length.to_string().len() + rest.len();
        }
        self.records
            .extend_from_slice(format!("{length}{rest}").as_bytes());
        self
    }

    /// Adds a member of any kind.
    pub fn member(mut self, kind: u8, path: &str, link: &str, contents: &[u8]) -> Self {
        for (key, value) in [("path", path), ("linkpath", link)] {
            if value.len() > 100 {
                self = self.record(key, value);
            }
        }
        let records = std::mem::take(&mut self.records);
        if !records.is_empty() {
            self.block(b'x', "pax", "", &records, 0o644);
        }
        let mode = self
            .mode
            .take()
            .unwrap_or(if kind == b'5' { 0o755 } else { 0o644 });
        self.block(kind, path, link, contents, mode);
        self
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn block(&mut self, kind: u8, path: &str, link: &str, contents: &[u8], mode: u32) {
        let (uid, gid) = self.owner;
        let mut header = Vec::new();
        let field = |header: &mut Vec<u8>, text: &str, length: usize| {
            let end = header.len() + length;
            header.extend(text.bytes().take(length));
            header.resize(end, 0);
        };
        field(&mut header, path, 100);
        for number in [mode, uid, gid] {
            field(&mut header, &format!("{number:07o}"), 8);
        }
        field(&mut header, &format!("{:011o}", contents.len()), 12);
        field(&mut header, "15000000000", 12);
        field(&mut header, "        ", 8);
        header.push(kind);
        field(&mut header, link, 100);
        header.extend_from_slice(b"ustar\x0000");
        header.resize(512, 0);
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        header.splice(148..156, sum.bytes());
        self.bytes.extend(header);
        self.bytes.extend_from_slice(contents);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
    }

    /// The archive with its end.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 1024, 0);
        self.bytes
    }
}

/// Bytes, compressed by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// An image that is being made.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ImageBuilder {
    layers: Vec<(Vec<u8>, Vec<u8>)>,
    history: Vec<Value>,
    process: Value,
    architecture: Option<String>,
}

impl ImageBuilder {
    /// An image without layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer that a step made, compressed by gzip.
    pub fn layer(self, created_by: &str, archive: Archive) -> Self {
        let archive = archive.finish();
        let packed = gzip(&archive);
        self.blob(created_by, archive, packed)
    }

    /// Adds a layer that is not compressed.
    pub fn plain_layer(self, created_by: &str, archive: Archive) -> Self {
        let archive = archive.finish();
        self.blob(created_by, archive.clone(), archive)
    }

    /// Adds a layer whose archive is stored in some form.
    pub fn blob(mut self, created_by: &str, archive: Vec<u8>, stored: Vec<u8>) -> Self {
        self.layers.push((archive, stored));
        self.history.push(json!({
            "created_by": created_by,
            "comment": "buildkit.dockerfile.v0",
        }));
        self
    }

    /// Adds a step that made no layer.
    pub fn step(mut self, created_by: &str) -> Self {
        self.history.push(json!({
            "created_by": created_by,
            "comment": "buildkit.dockerfile.v0",
            "empty_layer": true,
        }));
        self
    }

    /// How its processes run, as the configuration has it.
    pub fn process(mut self, process: Value) -> Self {
        self.process = process;
        self
    }

    /// The processor it is for; that of this machine if nobody says.
    pub fn architecture(mut self, architecture: &str) -> Self {
        self.architecture = Some(architecture.to_owned());
        self
    }

    fn config(&self) -> Vec<u8> {
        let diff_ids = self.layers.iter().map(|(archive, _)| sha256(archive));
        let here = crate::Platform::here().architecture;
        let config = json!({
            "architecture": self.architecture.clone().unwrap_or(here),
            "os": "linux",
            "config": self.process,
            "rootfs": { "type": "layers", "diff_ids": diff_ids.collect::<Vec<_>>() },
            "history": self.history,
        });
        config.to_string().into_bytes()
    }

    /// The blobs, and a descriptor of the manifest.
    fn blobs(&self) -> (Vec<(String, Vec<u8>)>, Value) {
        let blob = |bytes: &[u8]| (path(bytes), bytes.to_vec());
        let mut blobs: Vec<(String, Vec<u8>)> =
            self.layers.iter().map(|(_, stored)| blob(stored)).collect();
        let config = self.config();
        let layers = self
            .layers
            .iter()
            .map(|(_, stored)| descriptor("layer.v1.tar+gzip", stored));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("config.v1+json", &config),
            "layers": layers.collect::<Vec<_>>(),
        });
        let manifest = manifest.to_string().into_bytes();
        blobs.push(blob(&config));
        blobs.push(blob(&manifest));
        let mut pointer = descriptor("manifest.v1+json", &manifest);
        if let Some(architecture) = &self.architecture {
            pointer["platform"] = json!({ "os": "linux", "architecture": architecture });
        }
        (blobs, pointer)
    }

    /// The files of an OCI layout.
    pub fn layout(&self) -> Vec<(String, Vec<u8>)> {
        layout(&[self])
    }

    /// An OCI archive.
    pub fn oci_archive(&self) -> Vec<u8> {
        archive(&self.layout())
    }

    /// An archive as `docker save` wrote it before it was a layout.
    pub fn docker_archive(&self, names: &[&str]) -> Vec<u8> {
        let mut files = Vec::new();
        for (index, (archive, _)) in self.layers.iter().enumerate() {
            files.push((format!("{index}/layer.tar"), archive.clone()));
        }
        let config = self.config();
        let name = format!("{}.json", sha256(&config).trim_start_matches("sha256:"));
        let layers: Vec<String> = (0..self.layers.len())
            .map(|it| format!("{it}/layer.tar"))
            .collect();
        let saved = json!([{ "Config": name, "RepoTags": names, "Layers": layers }]);
        files.push((name, config));
        files.push(("manifest.json".to_owned(), saved.to_string().into_bytes()));
        archive(&files)
    }

    /// The image, read from an OCI archive.
    pub fn read(&self, options: &ReadOptions) -> Result<Image, ImageError> {
        read_archive(&self.oci_archive(), None, options)
    }
}

/// The files of an OCI layout with one image for each of several platforms.
pub fn layout(images: &[&ImageBuilder]) -> Vec<(String, Vec<u8>)> {
    let (blobs, pointers): (Vec<_>, Vec<_>) = images.iter().map(|image| image.blobs()).unzip();
    let mut files = blobs.concat();
    let index = json!({ "schemaVersion": 2, "manifests": pointers });
    files.push(("index.json".to_owned(), index.to_string().into_bytes()));
    files.push((
        "oci-layout".to_owned(),
        br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec(),
    ));
    files
}

/// An archive of files.
pub fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let archive = files.iter().fold(Archive::new(), |archive, (path, bytes)| {
        archive.file(path, bytes)
    });
    archive.finish()
}

/// The image in an archive.
pub fn read(
    archive: &[u8],
    name: Option<&str>,
    options: &ReadOptions,
) -> Result<Image, ImageError> {
    read_archive(archive, name, options)
}

/// The files of an image, a line each: kind, mode, owner, size, path, target, layer.
pub fn listing(image: &Image) -> String {
    let mut text = String::new();
    for node in image.tree.walk() {
        let id = image.tree.file(node).or_else(|| image.tree.entry(node));
        let path = image.tree.path(node);
        let Some((entry, id)) = id.and_then(|id| Some((id.of(&image.layers)?, id))) else {
            let _ = writeln!(text, "{:<12} /{path} (implied)", "Directory");
            continue;
        };
        let layer = &image.layers[usize::from(id.layer)];
        let kind = format!("{:?}", entry.kind);
        let _ = write!(
            text,
            "{kind:<12} {:o} {}:{} {:>3} /{path}",
            entry.mode, entry.uid, entry.gid, entry.size
        );
        if !layer.link(entry).is_empty() {
            let _ = write!(text, " -> {}", layer.link(entry));
        }
        let _ = writeln!(text, " [{}]", id.layer + 1);
    }
    text
}

fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({
        "mediaType": format!("application/vnd.oci.image.{kind}"),
        "digest": sha256(bytes),
        "size": bytes.len(),
    })
}

fn path(bytes: &[u8]) -> String {
    sha256(bytes).replace("sha256:", "blobs/sha256/")
}
