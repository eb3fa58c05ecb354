//! An image, whole.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rayon::prelude::*;

use crate::contents::Kept;
use crate::digest::sha256;
use crate::layer::{Layer, ScanOptions};
use crate::limits::{MAX_LAYERS, MAX_UNPACKED};
use crate::manifest;
use crate::packages::Packages;
use crate::source::{self, Parts, Store};
use crate::tree::{EntryId, Tree, merge};
use crate::{Config, ImageError, Platform, Reference};

/// Says of which files the contents are kept, by path.
pub type Keep = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// How an image is read.
#[derive(Clone)]
pub struct ReadOptions {
    /// Which of several platforms; without, that of this machine, or the only one there is.
    pub platform: Option<Platform>,
    /// Whether the digests of layers are checked. Without an answer they are, unless the image
    /// comes from an engine's own store, which has checked them. Where they are not, what an
    /// uncompressed archive has besides headers and package databases is not even read.
    pub verify: Option<bool>,
    /// Whether the digest of every file's contents is taken: [`Layer::digest`].
    pub file_digests: bool,
    /// The most that a layer may unpack to, in bytes; beyond it, reading ends with an error.
    pub max_unpacked: u64,
    /// Says of which files the contents are kept for [`Image::contents`], besides those of users,
    /// groups and `os-release`. Each may have 64 MiB, those of a layer together 96 MiB.
    pub keep: Keep,
    /// Bytes of layers that were read so far, as they are stored: for whoever shows progress.
    pub bytes_read: Arc<AtomicU64>,
    /// The program that saves an image of a Docker engine.
    pub docker: PathBuf,
    /// The program that saves an image of podman's store.
    pub podman: PathBuf,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            platform: None,
            verify: None,
            file_digests: false,
            max_unpacked: MAX_UNPACKED,
            keep: Arc::new(|_| false),
            bytes_read: Arc::default(),
            docker: "docker".into(),
            podman: "podman".into(),
        }
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReadOptions")
            .finish_non_exhaustive()
    }
}

/// An image, read whole.
#[derive(Debug)]
pub struct Image {
    /// The digest of its configuration, which is its ID in most engines: `sha256:…`.
    pub id: String,
    /// The digest of its manifest, which is its name in registries. Archives of old engines have
    /// none.
    pub digest: Option<String>,
    /// How it runs, and how it was made.
    pub config: Config,
    /// Its layers, lowest first.
    pub layers: Vec<Layer>,
    /// Its files.
    pub tree: Tree,
    /// Its packages.
    pub packages: Packages,
}

impl Image {
    /// The contents of a file, with links followed, if they were kept.
    pub fn contents(&self, path: &str) -> Option<&[u8]> {
        let node = self.tree.follow(&self.layers, path)?;
        match self.kept(self.tree.file(node)?)? {
            Kept::Whole(bytes) => Some(bytes),
            Kept::Packages(_) => None,
        }
    }

    /// What was kept of a file.
    pub(crate) fn kept(&self, file: EntryId) -> Option<&Kept> {
        let kept = &self.layers.get(usize::from(file.layer))?.kept;
        let place = kept
            .binary_search_by_key(&file.index, |(index, _)| *index)
            .ok()?;
        kept.get(place).map(|(_, kept)| kept)
    }
}

impl ReadOptions {
    /// How layers are scanned; their digests are checked as said if nobody decides.
    pub(crate) fn scan(&self, verify: bool) -> ScanOptions<'_> {
        ScanOptions {
            verify: self.verify.unwrap_or(verify),
            file_digests: self.file_digests,
            max_unpacked: self.max_unpacked,
            keep: &*self.keep,
            bytes_read: &self.bytes_read,
        }
    }
}

/// Reads an image from wherever it is.
pub fn read(reference: &Reference, options: &ReadOptions) -> Result<Image, ImageError> {
    let opened = source::open(reference, options)?;
    let store = opened.store.as_ref();
    let parts = source::select(store, opened.name.as_deref(), options.platform.as_ref())?;
    image(store, parts, &options.scan(opened.verify))
}

/// Reads an image from an archive in memory.
#[cfg(feature = "testing")]
pub(crate) fn read_archive(
    archive: &[u8],
    name: Option<&str>,
    options: &ReadOptions,
) -> Result<Image, ImageError> {
    let scan = options.scan(true);
    let store = source::streamed(archive, &scan)?;
    let parts = source::select(store.as_ref(), name, options.platform.as_ref())?;
    image(store.as_ref(), parts, &scan)
}

fn image(store: &dyn Store, parts: Parts, options: &ScanOptions<'_>) -> Result<Image, ImageError> {
    let bytes = store.document(&parts.config.path)?;
    let id = sha256(&bytes);
    if parts
        .config
        .digest
        .as_ref()
        .is_some_and(|digest| *digest != id)
    {
        return Err(ImageError::broken(format!(
            "the configuration has the digest {id}, not {}",
            parts.config.digest.unwrap_or_default()
        )));
    }
    let config: Config = manifest::read(&bytes, "the image's configuration")?;
    if parts.layers.len() > MAX_LAYERS {
        return Err(ImageError::broken(format!(
            "the image has more than {MAX_LAYERS} layers"
        )));
    }
    if parts.layers.len() != config.rootfs.diff_ids.len() {
        return Err(ImageError::broken(format!(
            "the image has {} layers, but its configuration tells of {}",
            parts.layers.len(),
            config.rootfs.diff_ids.len()
        )));
    }
    // The largest first: no core is left with one of them when the others are done.
    let mut order: Vec<usize> = (0..parts.layers.len()).collect();
    let size = |index: usize| parts.layers.get(index).map_or(0, |part| part.size);
    order.sort_by_key(|index| std::cmp::Reverse(size(*index)));
    let read = order.into_par_iter().with_max_len(1).map(|index| {
        let part = parts.layers.get(index);
        let diff_id = config.rootfs.diff_ids.get(index);
        let (part, diff_id) = part.zip(diff_id).unzip();
        let layer = layer(
            store,
            part.unwrap_or(&source::Part::default()),
            diff_id.map_or("", String::as_str),
            options,
        );
        layer
            .map(|layer| (index, layer))
            .map_err(|error| error.of(format!("layer {}", index + 1)))
    });
    let mut layers = read.collect::<Result<Vec<_>, ImageError>>()?;
    layers.sort_unstable_by_key(|(index, _)| *index);
    let mut layers: Vec<Layer> = layers.into_iter().map(|(_, layer)| layer).collect();
    // A history that tells of another number of layers says nothing of any of them.
    let steps = config
        .history
        .iter()
        .enumerate()
        .filter(|(_, step)| !step.empty_layer);
    let steps: Vec<usize> = steps.map(|(index, _)| index).collect();
    if steps.len() == layers.len() {
        for (layer, step) in layers.iter_mut().zip(steps) {
            layer.history = Some(step);
        }
    }
    let tree = merge(&layers)?;
    let packages = Packages::of(&layers, &tree);
    Ok(Image {
        id,
        digest: parts.digest,
        config,
        layers,
        tree,
        packages,
    })
}

/// Reads one layer and checks its digests.
fn layer(
    store: &dyn Store,
    part: &source::Part,
    diff_id: &str,
    options: &ScanOptions<'_>,
) -> Result<Layer, ImageError> {
    let scanned = store.layer(&part.path, options)?;
    let checks = [
        ("its blob", &scanned.blob_digest, part.digest.as_deref()),
        ("it", &scanned.diff_id, Some(diff_id)),
    ];
    for (what, found, expected) in checks {
        if let (Some(found), Some(expected)) = (found, expected)
            && found != expected
        {
            return Err(ImageError::broken(format!(
                "{what} has the digest {found}, not {expected}"
            )));
        }
    }
    let mut layer = scanned.layer;
    diff_id.clone_into(&mut layer.diff_id);
    layer.digest.clone_from(&part.digest);
    Ok(layer)
}
