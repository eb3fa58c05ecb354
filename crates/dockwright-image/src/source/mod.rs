//! Where images come from. Each kind of source is a [`Store`]: documents and layers by path, laid
//! out as in an OCI layout or a `docker save` archive.

mod archive;
mod engine;
mod layout;
#[cfg(feature = "registry")]
mod registry;
mod select;
mod stream;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::layer::{ScanOptions, Scanned};
use crate::limits::MAX_DOCUMENT;
use crate::manifest::{Index, SavedImage, hash};
use crate::{ImageError, ReadOptions, Reference, manifest};

pub(crate) use select::{Part, Parts, select};

/// The parts of images, by path.
pub(crate) trait Store: Sync {
    /// What there is.
    fn top(&self) -> Result<Top, ImageError>;

    /// A small document.
    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError>;

    /// A manifest or index.
    fn manifest(&self, digest: &str) -> Result<Vec<u8>, ImageError> {
        self.document(&blob_path(digest)?)
    }

    /// Reads a layer.
    fn layer(&self, path: &str, options: &ScanOptions<'_>) -> Result<Scanned, ImageError>;
}

/// What a store begins with.
#[derive(Debug)]
pub(crate) enum Top {
    /// An OCI layout's `index.json`.
    Index(Index),
    /// The `manifest.json` of `docker save`.
    Saved(Vec<SavedImage>),
}

/// A store, and how it is used.
pub(crate) struct Opened {
    pub(crate) store: Box<dyn Store>,
    /// Which of several images.
    pub(crate) name: Option<String>,
    /// Whether digests are checked when nobody says.
    pub(crate) verify: bool,
}

/// Opens the store that a reference is of. A stream is read to its end.
pub(crate) fn open(reference: &Reference, options: &ReadOptions) -> Result<Opened, ImageError> {
    let (store, name): (Box<dyn Store>, _) = match reference {
        Reference::Layout { path, name } => (Box::new(layout::Layout::open(path)?), name),
        Reference::Archive { path, name } => (archive::open(path, &options.scan(true))?, name),
        #[cfg(feature = "registry")]
        Reference::Registry(name) => (Box::new(registry::Registry::open(name)?), &None),
        #[cfg(not(feature = "registry"))]
        Reference::Registry(name) => {
            return Err(ImageError::new(
                format!(
                    "`{name}` is in a registry, and this program is built without access to any"
                ),
                format!("pull it first and give its name alone: `{name}`"),
            ));
        }
        Reference::Docker(name) => {
            let store = engine::docker(name, options, &options.scan(false))?;
            return Ok(Opened {
                store,
                name: None,
                verify: false,
            });
        }
        Reference::Podman(name) => {
            let store = engine::podman(name, options, &options.scan(false))?;
            return Ok(Opened {
                store,
                name: None,
                verify: false,
            });
        }
    };
    Ok(Opened {
        store,
        name: name.clone(),
        verify: true,
    })
}

/// The store that an archive in memory is.
#[cfg(feature = "testing")]
pub(crate) fn streamed(
    archive: &[u8],
    options: &ScanOptions<'_>,
) -> Result<Box<dyn Store>, ImageError> {
    Ok(Box::new(stream::Streamed::read(archive, options)?))
}

/// Where a layout has a blob.
pub(crate) fn blob_path(digest: &str) -> Result<String, ImageError> {
    Ok(format!("blobs/sha256/{}", hash(digest)?))
}

type Document = Result<Vec<u8>, ImageError>;

/// What a store of files begins with: `index.json`, or `manifest.json` from engines that wrote no
/// layout.
fn top_of(document: &dyn Fn(&str) -> Option<Document>) -> Result<Top, ImageError> {
    if let Some(index) = document("index.json") {
        return manifest::read(&index?, "`index.json`").map(Top::Index);
    }
    if let Some(saved) = document("manifest.json") {
        return manifest::read(&saved?, "`manifest.json`").map(Top::Saved);
    }
    Err(ImageError::new(
        "there is no image: neither `index.json` nor `manifest.json` is there",
        "give an OCI layout, or an archive that `docker save`, `podman save` or `docker buildx build --output type=oci` wrote",
    ))
}

/// Reads a document within its limit.
fn read_document(reader: impl Read, path: &str) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes);
    read.map_err(|error| broken(path, &error))?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(ImageError::broken(format!("`{path}` is larger than 8 MiB")));
    }
    Ok(bytes)
}

fn open_file(path: &Path) -> Result<File, ImageError> {
    File::open(path).map_err(|error| {
        ImageError::new(
            format!("cannot read `{}`: {error}", path.display()),
            "give the path of an image's archive or layout that can be read",
        )
    })
}

fn missing(path: &str) -> ImageError {
    ImageError::new(
        format!(
            "`{}` is not there, but the image needs it",
            path.escape_debug()
        ),
        "save the image again, with all its layers and for the platform that is asked for",
    )
}

/// An error while a part is read.
fn broken(path: &str, error: &io::Error) -> ImageError {
    ImageError::broken(format!("`{}`: {error}", path.escape_debug()))
}
