//! Names of images in registries, with what is left out filled in.

use crate::ImageError;
use crate::manifest::hash;

/// The registry that a name without one means, and what its address is.
const DEFAULT: &str = "docker.io";
const DEFAULT_HOST: &str = "registry-1.docker.io";

/// What `docker login` notes the default registry's credentials under.
const DEFAULT_KEY: &str = "https://index.docker.io/v1/";

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The registry's host, with a port if there is one.
    pub(super) host: String,
    /// What credentials for it are noted under.
    pub(super) key: String,
    /// The path of the repository.
    pub(super) repository: String,
    /// A tag or digest.
    pub(super) reference: String,
}

impl Name {
    /// Reads a name as Docker does: the first part is a registry if it looks like a host.
    pub(super) fn parse(text: &str) -> Result<Self, ImageError> {
        let (text, digest) = match text.split_once('@') {
            Some((text, digest)) => (text, Some(digest)),
            None => (text, None),
        };
        if let Some(digest) = digest {
            hash(digest)?;
        }
        let (path, tag) = match text.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (text, "latest"),
        };
        let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
        let (registry, repository) = match path.split_once('/') {
            Some((host, rest)) if is_host(host) => (host, rest),
            _ => (DEFAULT, path),
        };
        let is_default = matches!(registry, DEFAULT | "index.docker.io");
        // There, a name of one part is an official image.
        let repository = if is_default && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository.to_owned()
        };
        let is_part = |part: &str| {
            part.starts_with(|it: char| it.is_ascii_lowercase() || it.is_ascii_digit())
                && part
                    .chars()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "._-".contains(it))
        };
        if !repository.split('/').all(is_part) || tag.is_empty() {
            return Err(ImageError::new(
                format!("`{text}` is no name of an image in a registry"),
                "write it as `docker://example.org/team/app:1.0`",
            ));
        }
        let (host, key) = if is_default {
            (DEFAULT_HOST, DEFAULT_KEY)
        } else {
            (registry, registry)
        };
        Ok(Self {
            host: host.to_owned(),
            key: key.to_owned(),
            repository,
            reference: digest.unwrap_or(tag).to_owned(),
        })
    }

    /// The address of something in the repository. On this machine itself no encryption is needed,
    /// as the engines have it.
    pub(super) fn address(&self, kind: &str, reference: &str) -> String {
        let scheme = if self.is_here() { "http" } else { "https" };
        format!(
            "{scheme}://{}/v2/{}/{kind}/{reference}",
            self.host, self.repository
        )
    }

    /// Whether the registry is on this machine.
    pub(super) fn is_here(&self) -> bool {
        let end = self.host.rfind(':').unwrap_or(self.host.len());
        let host = self.host.get(..end).unwrap_or_default();
        host == "localhost" || host.starts_with("127.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out() {
        let told = [
            "debian",
            "team/app:1",
            "localhost/app",
            "127.0.0.1:5000/app:1",
            "example.org/a/b/c",
            "docker.io/debian:trixie",
        ]
        .map(|text| {
            let name = Name::parse(text).unwrap();
            format!("{text} = {}", name.address("manifests", &name.reference))
        });
        insta::assert_snapshot!(told.join("\n"), @r"
        debian = https://registry-1.docker.io/v2/library/debian/manifests/latest
        team/app:1 = https://registry-1.docker.io/v2/team/app/manifests/1
        localhost/app = http://localhost/v2/app/manifests/latest
        127.0.0.1:5000/app:1 = http://127.0.0.1:5000/v2/app/manifests/1
        example.org/a/b/c = https://example.org/v2/a/b/c/manifests/latest
        docker.io/debian:trixie = https://registry-1.docker.io/v2/library/debian/manifests/trixie
        ");
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "",
            "A",
            "a:",
            "example.org/",
            "a//b",
            "a/../b",
            "a@sha256:1",
        ] {
            assert!(Name::parse(text).is_err(), "{text:?}");
        }
    }
}
