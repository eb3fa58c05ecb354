//! How large built images are.
//!
//! Source of facts: the Engine API. With the containerd image store, `Size` of an image is what a
//! registry would hold, and `Manifests` (API 1.48) has both sizes for each platform. Without it,
//! `Size` is that of the unpacked layers, and nothing knows the compressed one.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

/// The size of an image, in bytes, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageSize {
    /// What a registry holds, and a pull transfers.
    pub compressed: Option<u64>,
    /// What it takes on disk.
    pub unpacked: Option<u64>,
}

/// The images that an engine has.
#[derive(Clone, Debug)]
pub struct ImageStore {
    docker: PathBuf,
    /// The engine's socket, if it is on this machine.
    socket: Option<PathBuf>,
}

/// An answer longer than this is no answer.
const MAX_ANSWER: u64 = 8 * 1024 * 1024;
/// How long the engine may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

impl ImageStore {
    /// The store of the engine that a `docker` client uses: that of `DOCKER_HOST`. Without it, the
    /// client is asked where that is, which takes a moment.
    pub fn of_client(docker: &Path) -> Self {
        let named = std::env::var("DOCKER_HOST").ok();
        let host = named.filter(|host| !host.is_empty()).or_else(|| {
            output(Command::new(docker).args([
                "context",
                "inspect",
                "--format",
                "{{.Endpoints.docker.Host}}",
            ]))
        });
        let socket = host
            .as_deref()
            .and_then(|host| host.trim().strip_prefix("unix://"));
        Self {
            docker: docker.to_owned(),
            socket: socket.map(PathBuf::from),
        }
    }

    /// The size of an image, by name or digest. Of an engine elsewhere, its client tells only one
    /// of the two.
    pub fn size(&self, image: &str) -> Option<ImageSize> {
        if !is_reference(image) {
            return None;
        }
        let answer = match &self.socket {
            Some(socket) => get(socket, &format!("/images/{image}/json?manifests=1")),
            None => output(
                Command::new(&self.docker)
                    .args(["image", "inspect", "--format", "{{json .}}"])
                    .arg(image),
            ),
        };
        let image: Image = serde_json::from_str(&answer?).ok()?;
        Some(image.size())
    }

    /// The compressed size of an image in a registry: that of its configuration and layers. Of
    /// one for several platforms it is that for this machine's kind, or else the first one.
    pub fn pushed_size(&self, image: &str) -> Option<ImageSize> {
        let inspect = |reference: &str| -> Option<Manifest> {
            let answer = output(
                Command::new(&self.docker)
                    .args(["buildx", "imagetools", "inspect", "--raw"])
                    .arg(reference),
            );
            serde_json::from_str(&answer?).ok()
        };
        if !is_reference(image) {
            return None;
        }
        let mut manifest = inspect(image)?;
        if let Some(digest) = manifest.platform() {
            let repository = image.split_once('@').map_or(image, |(name, _)| name);
            manifest = inspect(&format!("{repository}@{digest}"))?;
        }
        Some(ImageSize {
            compressed: manifest.size(),
            unpacked: None,
        })
    }
}

/// What the engine says of an image.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    size: u64,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    /// There only with the containerd image store.
    descriptor: Option<serde::de::IgnoredAny>,
    manifests: Option<Vec<Platform>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Platform {
    size: PlatformSize,
    image_data: Option<ImageData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PlatformSize {
    content: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageData {
    platform: Option<PlatformName>,
    size: UnpackedSize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnpackedSize {
    unpacked: u64,
}

#[derive(Deserialize)]
struct PlatformName {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
}

impl Image {
    /// The size for the platform that the engine means by the image.
    fn size(&self) -> ImageSize {
        let platforms = self.manifests.iter().flatten();
        let mut platforms =
            platforms.filter_map(|it| Some((it.size.content, it.image_data.as_ref()?)));
        let is_meant = |data: &ImageData| {
            let is = |it: &PlatformName| it.architecture == self.architecture && it.os == self.os;
            data.platform.as_ref().is_none_or(is)
        };
        if let Some((content, data)) = platforms.find(|(_, data)| is_meant(data)) {
            ImageSize {
                compressed: Some(content),
                // One that was not unpacked takes no space.
                unpacked: Some(data.size.unpacked).filter(|size| *size > 0),
            }
        } else if self.descriptor.is_some() {
            ImageSize {
                compressed: Some(self.size),
                unpacked: None,
            }
        } else {
            ImageSize {
                compressed: None,
                unpacked: Some(self.size),
            }
        }
    }
}

/// A manifest or an index of the OCI image specification.
#[derive(Deserialize)]
struct Manifest {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    #[serde(default)]
    digest: String,
    size: u64,
    platform: Option<PlatformName>,
}

impl Manifest {
    /// The digest of the manifest for one platform, when this is an index.
    fn platform(&self) -> Option<&str> {
        let here = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let is = |it: &Descriptor, architecture: &str| {
            let platform = it.platform.as_ref();
            platform.is_some_and(|platform| platform.architecture == architecture)
        };
        // An attestation stands beside the images as one for an unknown platform.
        let mut images = self.manifests.iter().filter(|it| !is(it, "unknown"));
        let first = images.clone().next();
        images
            .find(|it| is(it, here))
            .or(first)
            .map(|it| it.digest.as_str())
    }

    fn size(&self) -> Option<u64> {
        let sizes = self.config.iter().chain(&self.layers).map(|it| it.size);
        self.config
            .as_ref()
            .map(|_| sizes.fold(0, u64::saturating_add))
    }
}

/// Whether text can be a reference: nothing in it has a meaning in an address or as an option.
fn is_reference(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
    text.bytes().all(is_fine) && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// What a command writes, if it succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout));
    text?.ok()
}

/// The body of what a socket answers to a request in HTTP/1.0, which ends the connection after it.
#[cfg(unix)]
fn get(socket: &Path, address: &str) -> Option<String> {
    let mut stream = std::os::unix::net::UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    write!(stream, "GET {address} HTTP/1.0\r\nHost: docker\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    (status == "200").then(|| body.to_owned())
}

#[cfg(not(unix))]
fn get(_: &Path, _: &str) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(json: &str) -> ImageSize {
        serde_json::from_str::<Image>(json).unwrap().size()
    }

    #[test]
    fn the_containerd_store_knows_both_sizes_for_each_platform() {
        let both = size(
            r#"{
                "Size": 1300, "Architecture": "arm64", "Os": "linux", "Descriptor": {},
                "Manifests": [
                    {"Size": {"Content": 9, "Total": 9}, "Kind": "attestation"},
                    {"Size": {"Content": 1200, "Total": 5200}, "ImageData": {
                        "Platform": {"architecture": "amd64", "os": "linux"},
                        "Size": {"Unpacked": 4000}}},
                    {"Size": {"Content": 1100, "Total": 4600}, "ImageData": {
                        "Platform": {"architecture": "arm64", "os": "linux"},
                        "Size": {"Unpacked": 3500}}}
                ]
            }"#,
        );
        let expected = ImageSize {
            compressed: Some(1100),
            unpacked: Some(3500),
        };
        assert_eq!(both, expected);
    }

    #[test]
    fn other_answers_tell_one_size() {
        let containerd = size(r#"{"Size": 1300, "Descriptor": {}}"#);
        assert_eq!(
            (containerd.compressed, containerd.unpacked),
            (Some(1300), None)
        );
        let graph_driver = size(r#"{"Size": 4000, "Descriptor": null}"#);
        assert_eq!(
            (graph_driver.compressed, graph_driver.unpacked),
            (None, Some(4000))
        );
    }

    #[test]
    fn a_registry_knows_the_compressed_size() {
        let index: Manifest = serde_json::from_str(
            r#"{"manifests": [
                {"digest": "sha256:a", "size": 5, "platform": {"architecture": "unknown"}},
                {"digest": "sha256:b", "size": 5, "platform": {"architecture": "s390x"}}
            ]}"#,
        )
        .unwrap();
        assert_eq!((index.platform(), index.size()), (Some("sha256:b"), None));
        let manifest: Manifest = serde_json::from_str(
            r#"{"config": {"size": 3}, "layers": [{"size": 10}, {"size": 20}]}"#,
        )
        .unwrap();
        assert_eq!((manifest.platform(), manifest.size()), (None, Some(33)));
    }

    #[test]
    fn only_references_are_asked_for() {
        assert!(is_reference("localhost:5000/team/web:1.0"));
        assert!(is_reference("web@sha256:0123"));
        for text in ["", "-f", "web 1", "web?x", "web\r\n", "../containers"] {
            assert!(!is_reference(text), "{text:?}");
        }
    }

    #[test]
    fn the_engine_tells_the_sizes_of_an_image() {
        let Some(docker) = std::env::var_os("DOCKWRIGHT_DOCKER").map(PathBuf::from) else {
            assert!(std::env::var_os("DOCKWRIGHT_REQUIRE_ENGINE").is_none_or(|it| it != "1"));
            eprintln!("skipped: DOCKWRIGHT_DOCKER is not set");
            return;
        };
        let name = "dockwright-image-size:1";
        let mut build = Command::new(&docker)
            .args(["buildx", "build", "--quiet", "--load", "--tag", name, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let dockerfile = b"FROM scratch\nCOPY <<END /file\nsome text\nEND\n";
        build.stdin.take().unwrap().write_all(dockerfile).unwrap();
        assert!(build.wait().unwrap().success());
        let store = ImageStore::of_client(&docker);
        let near = store.size(name);
        let far = ImageStore {
            socket: None,
            ..store.clone()
        };
        let far = far.size(name);
        assert_eq!(store.size("dockwright-no-such-image:1"), None);
        output(Command::new(&docker).args(["image", "rm", name]));
        let near = near.unwrap();
        assert!(
            near.compressed
                .is_some_and(|bytes| (100..100_000).contains(&bytes)),
            "{near:?}"
        );
        assert!(
            near.unpacked
                .is_some_and(|bytes| (10..1_000_000).contains(&bytes)),
            "{near:?}"
        );
        let far = far.unwrap();
        assert!(
            far.compressed.is_some() || far.unpacked.is_some(),
            "{far:?}"
        );
    }
}
