//! Layers: the archives that an image consists of, as lists of entries.

mod compression;
mod path;
mod scan;

use crate::contents::Kept;

pub use compression::Compression;
pub(crate) use scan::{Blob, ScanOptions, Scanned, scan};

/// A layer: what one step of a build added, changed and deleted.
#[derive(Debug, Default)]
pub struct Layer {
    /// The digest of the layer's archive before compression: `sha256:…`. It names the layer.
    pub diff_id: String,
    /// The digest of the blob as it is stored, where the image's documents tell it.
    pub digest: Option<String>,
    /// How the blob is compressed.
    pub compression: Compression,
    /// Bytes of the blob as it is stored and sent. With [`Compression::None`] it is no measure of
    /// what a registry would send.
    pub stored_bytes: u64,
    /// Bytes of the archive before compression, headers included.
    pub archive_bytes: u64,
    /// Which step of the image's history made it, if the history tells as many as there are.
    pub history: Option<usize>,
    /// What it has, in the archive's order.
    pub entries: Vec<Entry>,
    /// All paths, link targets and attribute names, one after the other.
    names: String,
    /// Digests of files, where they were asked for.
    digests: Vec<[u8; 32]>,
    /// What was kept of files' contents, by the index of the entry.
    pub(crate) kept: Vec<(u32, Kept)>,
    /// Files that had to be read to know all packages, but are too large.
    pub unread: Vec<String>,
}

impl Layer {
    /// The path of an entry of this layer, from the image's root, without a slash at either end.
    /// A byte that is no text is written `\xNN`. The root itself is empty.
    pub fn path(&self, entry: &Entry) -> &str {
        self.text(entry.path)
    }

    /// Where a symbolic link leads, as it is written, or the path of the file that a hard link is
    /// another name of. Empty for all others.
    pub fn link(&self, entry: &Entry) -> &str {
        self.text(entry.link)
    }

    /// The names of an entry's extended attributes, such as `security.capability`.
    pub fn xattrs(&self, entry: &Entry) -> impl Iterator<Item = &str> {
        self.text(entry.xattrs).split_terminator('\n')
    }

    /// The SHA-256 of a file's contents, if digests were asked for.
    pub fn digest(&self, entry: &Entry) -> Option<&[u8; 32]> {
        self.digests.get(entry.digest as usize)
    }

    /// Bytes of all files, holes included. A hard link has none of its own.
    pub fn file_bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    fn text(&self, text: Text) -> &str {
        let end = text.start as usize + text.length as usize;
        self.names.get(text.start as usize..end).unwrap_or_default()
    }

    /// Adds a text. The limits of a scan keep all of them within 4 GiB.
    fn add(&mut self, text: &str) -> Text {
        let start = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push_str(text);
        Text {
            start,
            length: u32::try_from(text.len()).unwrap_or_default(),
        }
    }
}

/// A part of a layer's names.
#[derive(Clone, Copy, Debug, Default)]
struct Text {
    start: u32,
    length: u32,
}

/// What a layer says of one path.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    path: Text,
    link: Text,
    xattrs: Text,
    digest: u32,
    /// What it is.
    pub kind: Kind,
    /// Permissions, with set-user-ID, set-group-ID and sticky bits.
    pub mode: u16,
    /// The user that owns it.
    pub uid: u32,
    /// The group that owns it.
    pub gid: u32,
    /// Bytes of a file, holes included; else zero.
    pub size: u64,
    /// When it was changed: seconds since 1970.
    pub mtime: i64,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// Another name of a file of this layer or a lower one.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// Deletes what lower layers have at this path (`.wh.NAME`).
    Whiteout,
    /// Deletes what lower layers have in this directory (`.wh..wh..opq`).
    Opaque,
}

impl Kind {
    /// Whether it deletes something of lower layers instead of being there.
    pub fn is_deletion(self) -> bool {
        matches!(self, Self::Whiteout | Self::Opaque)
    }
}
