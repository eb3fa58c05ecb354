//! An OCI layout: a directory with `index.json` and blobs.

use std::path::{Path, PathBuf};

use super::{Store, Top, broken, missing, open_file, read_document, top_of};
use crate::ImageError;
use crate::layer::{Blob, ScanOptions, Scanned, scan};
use crate::tar::Section;

/// An OCI layout's directory. The paths that are asked for are made of digests, and lead nowhere
/// else.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn open(root: &Path) -> Result<Self, ImageError> {
        if root.is_dir() {
            return Ok(Self {
                root: root.to_owned(),
            });
        }
        Err(ImageError::new(
            format!("there is no directory `{}`", root.display()),
            "give the path of an OCI layout",
        ))
    }
}

impl Store for Layout {
    fn top(&self) -> Result<Top, ImageError> {
        top_of(&|path| {
            (path == "index.json" && self.root.join(path).exists()).then(|| self.document(path))
        })
    }

    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError> {
        let place = self.root.join(path);
        if !place.exists() {
            return Err(missing(path));
        }
        read_document(open_file(&place)?, path)
    }

    fn layer(&self, path: &str, options: &ScanOptions<'_>) -> Result<Scanned, ImageError> {
        let place = self.root.join(path);
        if !place.exists() {
            return Err(missing(path));
        }
        let file = open_file(&place)?;
        let length = file.metadata().map_or(0, |it| it.len());
        let section = Section::new(file, 0, length);
        let scanned = section.and_then(|section| scan(Blob::File(section), options));
        scanned.map_err(|error| broken(path, &error))
    }
}
