//! An archive of images that comes once, as a stream: from an engine, or compressed as a whole.
//!
//! What a member is, is known only at its end, when the manifest has come. So every member is read
//! as what it looks like: a document, or else a layer.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Mutex, PoisonError};

use super::{Store, Top, broken, missing, read_document, top_of};
use crate::ImageError;
use crate::layer::{Blob, Compression, ScanOptions, Scanned, scan};
use crate::limits::{MAX_DOCUMENT, MAX_MEMBERS};
use crate::tar::{Archive, CHUNK, Member, MemberKind};

/// Links from one member to another are followed no further than this.
const MAX_HOPS: usize = 4;

/// Bytes of all documents of a stream.
const MAX_DOCUMENTS: usize = 64 << 20;

/// What came.
#[derive(Debug, Default)]
pub(super) struct Streamed {
    documents: HashMap<String, Vec<u8>>,
    layers: Mutex<HashMap<String, Result<Scanned, ImageError>>>,
    links: Links,
}

impl Streamed {
    /// Reads a stream to its end.
    pub(super) fn read(
        reader: impl Read + Send,
        options: &ScanOptions<'_>,
    ) -> Result<Self, ImageError> {
        let mut streamed = Self::default();
        let mut documents = 0;
        let mut layers = HashMap::new();
        let mut archive = Archive::new(BufReader::with_capacity(CHUNK, reader));
        while let Some(member) = archive
            .next()
            .map_err(|error| ImageError::broken(error.to_string()))?
        {
            let path = String::from_utf8_lossy(&member.path);
            let path = path.trim_start_matches("./").to_owned();
            if documents + layers.len() + streamed.links.len() > MAX_MEMBERS {
                return Err(ImageError::broken("it has too many members"));
            }
            if member.kind != MemberKind::File {
                streamed.links.add(path, &member);
                continue;
            }
            let mut start = BufReader::with_capacity(CHUNK / 16, &mut archive);
            let head = start.fill_buf().map_err(|error| broken(&path, &error))?;
            if is_layer(head, member.size) {
                let scanned = scan(Blob::Stream(Box::new(start)), options);
                // An error matters only if the image needs this member.
                layers.insert(path.clone(), scanned.map_err(|error| broken(&path, &error)));
            } else if member.size <= MAX_DOCUMENT {
                let bytes = read_document(start, &path)?;
                documents += bytes.len();
                if documents > MAX_DOCUMENTS {
                    return Err(ImageError::broken("its documents have more than 64 MiB"));
                }
                streamed.documents.insert(path, bytes);
            }
        }
        streamed.layers = Mutex::new(layers);
        Ok(streamed)
    }
}

/// Whether what begins so is a layer: compressed, or an archive. Documents are JSON or a word.
fn is_layer(head: &[u8], size: u64) -> bool {
    let is_text = head
        .first()
        .is_some_and(|first| matches!(first, b'{' | b'['));
    Compression::of(head) != Compression::None
        || (size >= 1024 && (!is_text || size > MAX_DOCUMENT))
}

impl Store for Streamed {
    fn top(&self) -> Result<Top, ImageError> {
        top_of(&|path| self.documents.get(path).cloned().map(Ok))
    }

    fn document(&self, path: &str) -> Result<Vec<u8>, ImageError> {
        let found = self
            .links
            .find(path, |path| self.documents.get(path).cloned());
        found.ok_or_else(|| missing(path))
    }

    fn layer(&self, path: &str, options: &ScanOptions<'_>) -> Result<Scanned, ImageError> {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = self.links.find(path, |path| layers.remove(path)) {
            return found;
        }
        // A layer that is empty looks like a document.
        let document = self.document(path)?;
        let blob: Blob<'_> = Blob::Stream(Box::new(io::Cursor::new(document)));
        scan(blob, options).map_err(|error| broken(path, &error))
    }
}

/// Members that stand for others.
#[derive(Debug, Default)]
pub(super) struct Links(HashMap<String, String>);

impl Links {
    /// Takes note of a link; other members are none.
    pub(super) fn add(&mut self, path: String, member: &Member) {
        let target = String::from_utf8_lossy(&member.link);
        let target = match member.kind {
            MemberKind::HardLink => target.into_owned(),
            // Old engines link to a layer that an earlier image has: `../ID/layer.tar`.
            MemberKind::SymbolicLink => match target.strip_prefix("../") {
                Some(rest) => rest.to_owned(),
                None => {
                    path.rsplit_once('/')
                        .map_or_else(String::new, |(folder, _)| format!("{folder}/"))
                        + &target
                }
            },
            _ => return,
        };
        self.0.insert(path, target);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What there is at a path or where it links to.
    pub(super) fn find<T>(&self, path: &str, mut get: impl FnMut(&str) -> Option<T>) -> Option<T> {
        let mut path = path;
        for _ in 0..MAX_HOPS {
            if let Some(found) = get(path) {
                return Some(found);
            }
            path = self.0.get(path)?;
        }
        None
    }
}
