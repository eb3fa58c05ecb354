//! Reading a layer, once, from its first byte to its last.

use std::io::{self, BufReader, Read};
use std::sync::atomic::AtomicU64;

use sha2::{Digest as _, Sha256};

use super::path::{clean, text};
use super::{Compression, Entry, Kind, Layer};
use crate::contents::{self, Keeper, Wanted};
use crate::digest::Counted;
use crate::limits::{MAX_ENTRIES, MAX_NAMES};
use crate::tar::{Archive, CHUNK, Input, Member, MemberKind, Section};

/// What the engines put before the name of a deleted file, and the name that empties a directory.
/// Other names that begin with `.wh..wh.` are leftovers of one file system; engines skip them.
/// Source: the OCI image specification, "Image Layer Filesystem Changeset".
const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";
const RESERVED: &str = ".wh..wh.";

/// What is done while a layer is read.
#[derive(Clone, Copy)]
pub(crate) struct ScanOptions<'a> {
    /// Take the digests of the blob and of the archive in it.
    pub(crate) verify: bool,
    /// Take the digest of every file.
    pub(crate) file_digests: bool,
    /// The most that a layer may unpack to, in bytes.
    pub(crate) max_unpacked: u64,
    /// Says of which files the contents are kept besides those that the index needs.
    pub(crate) keep: &'a (dyn Fn(&str) -> bool + Sync),
    /// Bytes that were read so far.
    pub(crate) bytes_read: &'a AtomicU64,
}

/// A layer's bytes as they are stored.
pub(crate) enum Blob<'a> {
    /// They come once, in order.
    Stream(Box<dyn Read + Send + 'a>),
    /// They are in a file, where bytes can be skipped.
    File(Section),
}

/// A layer that was read, with what its bytes come to.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Its own digest and its place in the history are not filled in.
    pub(crate) layer: Layer,
    /// The digest of the blob, if it was asked for.
    pub(crate) blob_digest: Option<String>,
    /// The digest of the archive in it, if it was asked for.
    pub(crate) diff_id: Option<String>,
}

/// Reads a layer. The error says what is wrong with it, not which it is.
pub(crate) fn scan(blob: Blob<'_>, options: &ScanOptions<'_>) -> io::Result<Scanned> {
    match blob {
        Blob::File(mut section) => {
            let stored = section.left();
            let compression = Compression::of(section.peek(4)?);
            if compression == Compression::None && !options.verify {
                let (mut layer, _, end) = entries(section, options)?;
                (layer.stored_bytes, layer.archive_bytes) = (stored, stored.max(end));
                return Ok(Scanned {
                    layer,
                    ..Scanned::default()
                });
            }
            stream(section, options)
        }
        Blob::Stream(reader) => stream(reader, options),
    }
}

fn stream(blob: impl Read + Send, options: &ScanOptions<'_>) -> io::Result<Scanned> {
    let stored = Counted::new(blob, u64::MAX, options.verify).telling(options.bytes_read);
    let mut stored = BufReader::with_capacity(CHUNK, stored);
    let compression = Compression::of(io::BufRead::fill_buf(&mut stored)?);
    // Without compression both digests are that of the same bytes.
    let is_packed = compression != Compression::None;
    let archive = Counted::new(
        compression.decoder(&mut stored),
        options.max_unpacked,
        options.verify && is_packed,
    );
    let (mut layer, rest, _) = entries(BufReader::with_capacity(CHUNK, archive), options)?;
    // What follows the end of the archive is part of what the digests are of.
    let mut archive = rest;
    drain(&mut archive)?;
    let archive = archive.into_inner();
    layer.compression = compression;
    layer.archive_bytes = archive.count();
    let diff_id = archive.digest();
    drain(&mut stored)?;
    let stored = stored.into_inner();
    layer.stored_bytes = stored.count();
    let blob_digest = stored.digest();
    Ok(Scanned {
        layer,
        diff_id: if is_packed {
            diff_id
        } else {
            blob_digest.clone()
        },
        blob_digest,
    })
}

/// Reads to the end.
fn drain<R: Read>(reader: &mut BufReader<R>) -> io::Result<()> {
    loop {
        match io::BufRead::fill_buf(reader) {
            Ok([]) => return Ok(()),
            Ok(bytes) => {
                let length = bytes.len();
                io::BufRead::consume(reader, length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The entries of an archive, what is left of its input, and how many bytes were read.
fn entries<I: Input>(input: I, options: &ScanOptions<'_>) -> io::Result<(Layer, I, u64)> {
    let mut archive = Archive::new(input);
    let mut reader = Reader {
        layer: Layer::default(),
        keeper: Keeper::default(),
        unpacked: 0,
        scratch: vec![0; if options.file_digests { CHUNK / 4 } else { 0 }],
        options,
    };
    while let Some(member) = archive.next()? {
        let path = clean(&member.path).map_err(wrong)?;
        let read = reader.member(&mut archive, &member, &path);
        read.map_err(|error| io::Error::new(error.kind(), format!("`{path}`: {error}")))?;
    }
    let position = archive.position();
    let mut layer = reader.layer;
    (layer.kept, layer.unread) = reader.keeper.done();
    layer.entries.shrink_to_fit();
    layer.names.shrink_to_fit();
    Ok((layer, archive.into_input(), position))
}

struct Reader<'a> {
    layer: Layer,
    keeper: Keeper,
    /// Bytes of all files so far, holes included.
    unpacked: u64,
    /// Where bytes go that only their digest is wanted of.
    scratch: Vec<u8>,
    options: &'a ScanOptions<'a>,
}

impl Reader<'_> {
    fn member<I: Input>(
        &mut self,
        archive: &mut Archive<I>,
        member: &Member,
        path: &str,
    ) -> io::Result<()> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (kind, path) = if name == OPAQUE {
            (Kind::Opaque, folder.to_owned())
        } else if name.starts_with(RESERVED) {
            return Ok(());
        } else if let Some(deleted) = name.strip_prefix(WHITEOUT) {
            if matches!(deleted, "" | "." | "..") {
                return Err(wrong("a whiteout names no file"));
            }
            let slash = if folder.is_empty() { "" } else { "/" };
            (Kind::Whiteout, format!("{folder}{slash}{deleted}"))
        } else {
            (kind(member.kind), path.to_owned())
        };
        if path.is_empty() && !matches!(kind, Kind::Directory | Kind::Opaque) {
            return Err(wrong("the image's root is no directory"));
        }
        let link = match kind {
            Kind::HardLink => clean(&member.link).map_err(wrong)?,
            Kind::SymbolicLink => text(&member.link),
            _ => "".into(),
        };
        let xattrs: String = member.xattrs.iter().flat_map(|name| [name, "\n"]).collect();
        let size = if kind == Kind::File { member.size } else { 0 };
        self.unpacked = self.unpacked.saturating_add(size);
        if self.unpacked > self.options.max_unpacked {
            let limit = self.options.max_unpacked >> 20;
            return Err(wrong(format!(
                "the layer's files have more than {limit} MiB"
            )));
        }
        let names = self.layer.names.len() + path.len() + link.len() + xattrs.len();
        if self.layer.entries.len() == MAX_ENTRIES || names > MAX_NAMES {
            return Err(wrong("the layer has too many entries"));
        }
        let entry = Entry {
            path: self.layer.add(&path),
            link: self.layer.add(&link),
            xattrs: self.layer.add(&xattrs),
            digest: u32::MAX,
            kind,
            mode: member.mode,
            uid: member.uid,
            gid: member.gid,
            size,
            mtime: member.mtime,
        };
        self.layer.entries.push(entry);
        if kind == Kind::File {
            self.contents(archive, &path, entry)?;
        }
        Ok(())
    }

    /// Reads of a file's contents what is wanted of them.
    fn contents<I: Input>(
        &mut self,
        archive: &mut Archive<I>,
        path: &str,
        entry: Entry,
    ) -> io::Result<()> {
        let index = self.layer.entries.len() - 1;
        let wanted = contents::wanted(path, entry.size, entry.mode)
            .or_else(|| (self.options.keep)(path).then_some(Wanted::Whole));
        if !self.options.file_digests {
            if let Some(wanted) = wanted {
                self.keeper.keep(index, path, wanted, entry.size, archive)?;
            }
            return Ok(());
        }
        let mut hashed = Hashed {
            inner: archive,
            hash: Sha256::new(),
        };
        if let Some(wanted) = wanted {
            self.keeper
                .keep(index, path, wanted, entry.size, &mut hashed)?;
        }
        while hashed.read(&mut self.scratch)? > 0 {}
        if let Some(entry) = self.layer.entries.last_mut() {
            entry.digest = u32::try_from(self.layer.digests.len()).unwrap_or(u32::MAX);
        }
        self.layer.digests.push(hashed.hash.finalize().into());
        Ok(())
    }
}

/// Takes the digest of what is read.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

fn kind(kind: MemberKind) -> Kind {
    match kind {
        MemberKind::File => Kind::File,
        MemberKind::HardLink => Kind::HardLink,
        MemberKind::SymbolicLink => Kind::SymbolicLink,
        MemberKind::CharacterDevice => Kind::CharacterDevice,
        MemberKind::BlockDevice => Kind::BlockDevice,
        MemberKind::Directory => Kind::Directory,
        MemberKind::Fifo => Kind::Fifo,
    }
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}
