//! An archive of images in a file: what `docker save` and `podman save` write, and OCI archives.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::stream::{Links, Streamed};
use super::{Store, Top, broken, missing, open_file, read_document, top_of};
use crate::ImageError;
use crate::layer::{Blob, Compression, ScanOptions, Scanned, scan};
use crate::limits::MAX_MEMBERS;
use crate::tar::{Archive, MemberKind, Section};

/// Opens an archive. One that is compressed as a whole has to be read from start to end.
pub(super) fn open(path: &Path, options: &ScanOptions<'_>) -> Result<Box<dyn Store>, ImageError> {
    let name = path.display().to_string();
    let file = open_file(path)?;
    let length = file
        .metadata()
        .map_err(|error| broken(&name, &error))?
        .len();
    let read = || -> std::io::Result<(Section, Compression)> {
        let mut section = Section::new(file, 0, length)?;
        let compression = Compression::of(section.peek(4)?);
        Ok((section, compression))
    };
    let (section, compression) = read().map_err(|error| broken(&name, &error))?;
    if compression != Compression::None {
        let reader = compression.decoder(std::io::BufReader::new(section));
        let streamed =
            Streamed::read(reader, options).map_err(|error| error.of(format!("`{name}`")))?;
        return Ok(Box::new(streamed));
    }
    let members = Members::list(section).map_err(|error| no_archive(&name, &error))?;
    Ok(Box::new(File {
        path: path.to_owned(),
        members,
    }))
}

fn no_archive(name: &str, error: &std::io::Error) -> ImageError {
    ImageError::new(
        format!("`{name}` is no archive of an image: {error}"),
        "give a file that `docker save`, `podman save` or `docker buildx build --output type=oci` wrote",
    )
}

/// An archive in which one can go to any member.
struct File {
    path: PathBuf,
    members: Members,
}

/// Where the members of an archive are.
#[derive(Default)]
struct Members {
    places: HashMap<String, (u64, u64)>,
    links: Links,
}

impl Members {
    fn list(section: Section) -> std::io::Result<Self> {
        let mut members = Self::default();
        let mut archive = Archive::new(section);
        while let Some(member) = archive.next()? {
            let path = String::from_utf8_lossy(&member.path).into_owned();
            let path = path.trim_start_matches("./").to_owned();
            match member.kind {
                MemberKind::File => {
                    members
                        .places
                        .insert(path, (archive.position(), member.size));
                }
                _ => members.links.add(path, &member),
            }
            if members.places.len() + members.links.len() > MAX_MEMBERS {
                return Err(std::io::Error::other("it has too many members"));
            }
        }
        Ok(members)
    }
}

impl File {
    fn section(&self, path: &str) -> Result<Section, ImageError> {
        let places = &self.members.places;
        let (start, length) = self
            .members
            .links
            .find(path, |path| places.get(path).copied())
            .ok_or_else(|| missing(path))?;
        Section::new(open_file(&self.path)?, start, length).map_err(|error| broken(path, &error))
    }
}

impl Store for File {
    fn top(&self) -> Result<Top, ImageError> {
        top_of(&|path| {
            self.members
                .places
                .contains_key(path)
                .then(|| self.document(path))
        })
    }

    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError> {
        read_document(self.section(path)?, path)
    }

    fn layer(&self, path: &str, options: &ScanOptions<'_>) -> Result<Scanned, ImageError> {
        let section = self.section(path)?;
        scan(Blob::File(section), options).map_err(|error| broken(path, &error))
    }
}
