//! The documents that say what an image consists of: indexes and manifests of the OCI image
//! specification and of Docker's registry, and `manifest.json` of `docker save`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::{ImageError, Platform};

/// Annotations that name an image in a layout, the full name first. Sources: the OCI image
/// specification ("Pre-Defined Annotation Keys") and containerd.
const NAMES: [&str; 2] = [
    "io.containerd.image.name",
    "org.opencontainers.image.ref.name",
];

/// Marks what buildx adds to an image: provenance and bills of materials.
const ATTESTATION: &str = "vnd.docker.reference.type";

/// Points at a blob.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Descriptor {
    #[serde(rename = "mediaType", default)]
    pub(crate) media_type: String,
    pub(crate) digest: String,
    #[serde(default)]
    pub(crate) size: u64,
    #[serde(default)]
    pub(crate) platform: Option<Platform>,
    #[serde(default, deserialize_with = "or_empty")]
    annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// Points at a manifest that has no name.
    #[cfg(feature = "registry")]
    pub(crate) fn new(media_type: String, digest: String) -> Self {
        Self {
            media_type,
            digest,
            size: 0,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether it is an index of others.
    pub(crate) fn is_index(&self) -> bool {
        let name = self.media_type.as_str();
        name.contains("image.index") || name.contains("manifest.list")
    }

    /// Whether it is no image, but says something of one.
    pub(crate) fn is_attestation(&self) -> bool {
        self.annotations.contains_key(ATTESTATION)
    }

    /// What the image is called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        NAMES
            .iter()
            .filter_map(|key| self.annotations.get(*key))
            .map(String::as_str)
    }
}

/// The hexadecimal digits of a digest.
pub(crate) fn hash(digest: &str) -> Result<&str, ImageError> {
    let digits = digest.strip_prefix("sha256:").filter(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    });
    digits.ok_or_else(|| {
        ImageError::new(
            format!("`{}` is no SHA-256 digest", digest.escape_debug()),
            "build the image again with digests of SHA-256, the only kind that is read",
        )
    })
}

/// A list of images: one for each platform, or each name.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Index {
    #[serde(default)]
    pub(crate) manifests: Vec<Descriptor>,
}

/// What one image consists of.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) config: Descriptor,
    #[serde(default)]
    pub(crate) layers: Vec<Descriptor>,
}

/// What one image of a `docker save` archive consists of: paths in the archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SavedImage {
    pub(crate) config: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) layers: Vec<String>,
}

/// Reads a document; `what` names it in the error.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, ImageError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ImageError::broken(format!("{what} cannot be understood: {error}")))
}

fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
