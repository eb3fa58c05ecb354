//! What people write for an image: a name, a file, or either with a word before it that says
//! where to look, as skopeo has it.

use std::path::{Path, PathBuf};

use crate::ImageError;

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `docker-daemon:NAME`, or a name alone: in the Docker engine that the `docker` program
    /// reaches.
    Docker(String),
    /// `containers-storage:NAME`: in the store of podman and buildah.
    Podman(String),
    /// `docker://NAME`: in a registry.
    Registry(String),
    /// `docker-archive:FILE[:NAME]`, `oci-archive:FILE[:NAME]`, or a path to a file: an archive in
    /// either form.
    Archive {
        /// The file.
        path: PathBuf,
        /// Which of several images, by its name or tag.
        name: Option<String>,
    },
    /// `oci:DIR[:NAME]`, or a path to a directory: an OCI layout.
    Layout {
        /// The directory.
        path: PathBuf,
        /// Which of several images, by its name or tag.
        name: Option<String>,
    },
}

impl Reference {
    /// Reads what a person wrote. A name that is also a path to a file or directory is that path
    /// when it says so: by `/`, `./` or `../` at its start, or an end such as `.tar`.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let file = |rest: &str| {
            let (path, name) = split(rest);
            (path.to_owned(), name.map(str::to_owned))
        };
        if let Some(name) = text.strip_prefix("docker://") {
            return named(name).map(Self::Registry);
        }
        if let Some(name) = text.strip_prefix("docker-daemon:") {
            return named(name).map(Self::Docker);
        }
        if let Some(name) = text.strip_prefix("containers-storage:") {
            return named(name).map(Self::Podman);
        }
        for prefix in ["docker-archive:", "oci-archive:"] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let (path, name) = file(rest);
                return Ok(Self::Archive { path, name });
            }
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            let (path, name) = file(rest);
            return Ok(Self::Layout { path, name });
        }
        let path = Path::new(text);
        let is_layout = path.join("index.json").is_file();
        if is_layout || (is_path(text) && path.is_dir()) {
            return Ok(Self::Layout {
                path: path.to_owned(),
                name: None,
            });
        }
        if is_path(text) {
            return Ok(Self::Archive {
                path: path.to_owned(),
                name: None,
            });
        }
        named(text).map(Self::Docker)
    }
}

/// Whether a text is meant as a path. No image's name begins or ends so.
fn is_path(text: &str) -> bool {
    let starts = ["/", "./", "../"];
    let ends = [".tar", ".tar.gz", ".tgz", ".oci", ".tar.zst"];
    starts.iter().any(|start| text.starts_with(start))
        || matches!(text, "." | "..")
        || ends.iter().any(|end| text.ends_with(end)) && Path::new(text).exists()
}

/// The path and the name after it.
fn split(text: &str) -> (&Path, Option<&str>) {
    if let Some((path, name)) = text.split_once(':')
        && !Path::new(text).exists()
    {
        return (Path::new(path), Some(name));
    }
    (Path::new(text), None)
}

/// A name that a program can be given: it is no option and on one line.
fn named(text: &str) -> Result<String, ImageError> {
    let is_name = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_./:@".contains(it));
    if is_name {
        return Ok(text.to_owned());
    }
    Err(ImageError::new(
        format!("`{}` is no name of an image", text.escape_debug()),
        "give a name such as `debian:trixie`, or a path that begins with `/` or `./`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_paths() {
        let told = [
            "debian:trixie",
            "docker://example.org/app@sha256:00",
            "containers-storage:localhost/app",
            "docker-daemon:app:1",
            "oci:layout:1.0",
            "oci-archive:image.tar",
            "docker-archive:image.tar:app:1",
            "./image.tar",
            "/images/app",
        ]
        .map(|text| format!("{text} = {:?}", Reference::parse(text).unwrap()));
        insta::assert_snapshot!(told.join("\n"), @r#"
        debian:trixie = Docker("debian:trixie")
        docker://example.org/app@sha256:00 = Registry("example.org/app@sha256:00")
        containers-storage:localhost/app = Podman("localhost/app")
        docker-daemon:app:1 = Docker("app:1")
        oci:layout:1.0 = Layout { path: "layout", name: Some("1.0") }
        oci-archive:image.tar = Archive { path: "image.tar", name: None }
        docker-archive:image.tar:app:1 = Archive { path: "image.tar", name: Some("app:1") }
        ./image.tar = Archive { path: "./image.tar", name: None }
        /images/app = Archive { path: "/images/app", name: None }
        "#);
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "",
            "-v",
            "a b",
            "--format",
            "a\nb",
            "docker://",
            "docker-daemon:-x",
        ] {
            assert!(Reference::parse(text).is_err(), "{text:?}");
        }
    }
}
