//! Tar archives, member by member, as layers and saved images are: POSIX ustar and pax, and GNU's
//! long names and sparse files.
//!
//! Sources: POSIX.1-2024 `pax`, and the chapter "Tar Internals" of the GNU tar manual. The crates
//! for it read names of any length into memory and have no limit on what a header may ask for.

mod header;
mod input;
mod pax;
mod sparse;

use std::io::{self, Read};

use header::{BLOCK, Header};
use pax::Extensions;
use sparse::Piece;

use crate::limits::{MAX_EXTENSION, MAX_PATH};

pub(crate) use input::{CHUNK, Input, Section};

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// A regular file.
    File,
    /// Another name of an earlier file.
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
}

/// The header of a member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its path as it is written.
    pub(crate) path: Vec<u8>,
    /// Where a link leads, as it is written.
    pub(crate) link: Vec<u8>,
    pub(crate) kind: MemberKind,
    /// Permissions, with set-user-ID, set-group-ID and sticky bits.
    pub(crate) mode: u16,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The file's size in bytes, holes included.
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) mtime: i64,
    /// Names of extended attributes, in the archive's order.
    pub(crate) xattrs: Vec<String>,
}

/// Reads an archive from its start to its end.
pub(crate) struct Archive<I> {
    input: I,
    /// Stored bytes of the current member that are not read yet.
    stored: u64,
    /// Bytes that fill its last block.
    padding: u64,
    /// Bytes of the current member's contents that are not read yet, holes included.
    left: u64,
    /// Pieces of a sparse member that are not read yet, last first.
    pieces: Option<Vec<Piece>>,
    /// How far into a sparse member's contents the reader is.
    offset: u64,
    /// Bytes before the current place in the archive.
    position: u64,
}

impl<I: Input> Archive<I> {
    pub(crate) fn new(input: I) -> Self {
        Self {
            input,
            stored: 0,
            padding: 0,
            left: 0,
            pieces: None,
            offset: 0,
            position: 0,
        }
    }

    /// The next member; `None` at the end of the archive. What is left of the one before is
    /// skipped.
    pub(crate) fn next(&mut self) -> io::Result<Option<Member>> {
        self.skip_rest()?;
        let mut extensions = Extensions::default();
        let mut long_path = None;
        let mut long_link = None;
        loop {
            let Some(header) = self.header()? else {
                if extensions.is_empty() && long_path.is_none() && long_link.is_none() {
                    return Ok(None);
                }
                return Err(malformed("the archive ends after an extended header"));
            };
            match header.kind() {
                b'x' if extensions.is_empty() => {
                    extensions = Extensions::parse(&self.extension(&header)?)?;
                }
                // What holds for all members is of no interest to the engines either.
                b'g' => {
                    self.extension(&header)?;
                }
                b'L' if long_path.is_none() => long_path = Some(self.long_name(&header)?),
                b'K' if long_link.is_none() => long_link = Some(self.long_name(&header)?),
                b'x' | b'L' | b'K' => {
                    return Err(malformed("a member has two extended headers of one kind"));
                }
                _ => return self.member(&header, extensions, long_path, long_link),
            }
        }
    }

    /// Bytes of the archive before the place that is read next.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// What is read from.
    pub(crate) fn into_input(self) -> I {
        self.input
    }

    fn member(
        &mut self,
        header: &Header,
        extensions: Extensions,
        long_path: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> io::Result<Option<Member>> {
        let stored = match extensions.size {
            Some(size) => size,
            None => header.size()?,
        };
        let path = extensions.path.or(long_path);
        let path = path.unwrap_or_else(|| header.path());
        let link = extensions.link.or(long_link);
        let link = link.unwrap_or_else(|| header.link());
        if path.len() > MAX_PATH || link.len() > MAX_PATH {
            return Err(malformed("a path is longer than 4096 bytes"));
        }
        let kind = match header.kind() {
            b'0' | 0 if path.ends_with(b"/") => MemberKind::Directory,
            b'0' | 0 | b'7' | b'S' => MemberKind::File,
            b'1' => MemberKind::HardLink,
            b'2' => MemberKind::SymbolicLink,
            b'3' => MemberKind::CharacterDevice,
            b'4' => MemberKind::BlockDevice,
            b'5' => MemberKind::Directory,
            b'6' => MemberKind::Fifo,
            other => {
                let what = format!("there is no kind of member `{}`", other.escape_ascii());
                return Err(malformed(what));
            }
        };
        // Only files have contents; what other headers say of a size is meaningless.
        let stored = if kind == MemberKind::File { stored } else { 0 };
        self.stored = stored;
        self.padding = stored.wrapping_neg() % BLOCK as u64;
        self.offset = 0;
        let (size, pieces) = if header.kind() == b'S' {
            let (size, pieces) = self.old_sparse(header)?;
            (size, Some(pieces))
        } else if kind == MemberKind::File
            && let Some(size) = extensions.sparse_size
        {
            let pieces = match extensions.sparse {
                Some(pieces) => pieces,
                None => self.sparse_in_contents()?,
            };
            (size, Some(pieces))
        } else {
            (stored, None)
        };
        if let Some(pieces) = &pieces {
            sparse::check(pieces, size, self.stored)?;
        }
        self.left = size;
        let is_filled = |piece: &Piece| piece.length > 0;
        self.pieces = pieces.map(|it| it.into_iter().filter(is_filled).rev().collect());
        Ok(Some(Member {
            path: extensions.sparse_name.unwrap_or(path),
            link,
            kind,
            mode: header.mode()?,
            uid: extensions.uid.map_or_else(|| header.uid(), Ok)?,
            gid: extensions.gid.map_or_else(|| header.gid(), Ok)?,
            size,
            mtime: extensions.mtime.map_or_else(|| header.mtime(), Ok)?,
            xattrs: extensions.xattrs,
        }))
    }

    /// The next header block; `None` at the end of the archive.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(cut_short()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.position += BLOCK as u64;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        Header::new(&block).map(Some)
    }

    /// The contents of a header that speaks of the next member.
    fn extension(&mut self, header: &Header) -> io::Result<Vec<u8>> {
        let size = header.size()?;
        if size > MAX_EXTENSION {
            return Err(malformed("an extended header is larger than 1 MiB"));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        self.stored = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        self.take(&mut bytes)?;
        self.skip_rest()?;
        Ok(bytes)
    }

    fn long_name(&mut self, header: &Header) -> io::Result<Vec<u8>> {
        let mut name = self.extension(header)?;
        name.truncate(name.iter().position(|it| *it == 0).unwrap_or(name.len()));
        Ok(name)
    }

    /// The pieces of a sparse file in GNU's old format: in the header and blocks that follow.
    fn old_sparse(&mut self, header: &Header) -> io::Result<(u64, Vec<Piece>)> {
        let (size, mut pieces, mut goes_on) = header.sparse()?;
        while goes_on {
            let mut block = [0; BLOCK];
            self.input.read_exact(&mut block).map_err(ended)?;
            self.position += BLOCK as u64;
            goes_on = header::more_pieces(&block, &mut pieces)?;
        }
        Ok((size, pieces))
    }

    /// The pieces of a sparse file in pax format 1.0: decimal lines that begin the contents.
    fn sparse_in_contents(&mut self) -> io::Result<Vec<Piece>> {
        let mut map = sparse::Map::default();
        while !map.is_complete() {
            let mut block = [0; BLOCK];
            self.take(&mut block)?;
            map.add(&block)?;
        }
        Ok(map.pieces())
    }

    /// Fills a buffer with stored bytes of the current member.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let length = buffer.len() as u64;
        self.stored = self.stored.checked_sub(length).ok_or_else(cut_short)?;
        self.input.read_exact(buffer).map_err(ended)?;
        self.position += length;
        Ok(())
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        let length = self.stored.checked_add(self.padding);
        let length = length.ok_or_else(|| malformed("a size is too large"))?;
        if length > 0 {
            self.input.skip(length).map_err(ended)?;
            self.position += length;
        }
        (self.stored, self.padding, self.left, self.pieces) = (0, 0, 0, None);
        Ok(())
    }

    /// Reads stored bytes, at most as many as are left.
    fn read_stored(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer
            .len()
            .min(usize::try_from(self.stored).unwrap_or(usize::MAX));
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        let read = self.input.read(buffer)?;
        if read == 0 && length > 0 {
            return Err(cut_short());
        }
        self.stored -= read as u64;
        self.position += read as u64;
        Ok(read)
    }
}

/// The contents of the current member, with zeros where a sparse file has holes.
impl<I: Input> Read for Archive<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let within = |length: u64| usize::try_from(length).unwrap_or(usize::MAX);
        let length = buffer.len().min(within(self.left));
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let next = self.pieces.as_ref().map(|pieces| pieces.last().copied());
        let read = match next {
            None => self.read_stored(buffer)?,
            Some(Some(piece)) if piece.offset <= self.offset => {
                let rest = (piece.offset + piece.length).saturating_sub(self.offset);
                let length = length.min(within(rest));
                let read = self.read_stored(buffer.get_mut(..length).unwrap_or_default())?;
                if read as u64 == rest
                    && let Some(pieces) = &mut self.pieces
                {
                    pieces.pop();
                }
                read
            }
            Some(piece) => {
                let end = piece.map_or(self.offset + self.left, |piece| piece.offset);
                let length = length.min(within(end - self.offset));
                buffer.get_mut(..length).unwrap_or_default().fill(0);
                length
            }
        };
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

fn malformed(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn cut_short() -> io::Error {
    malformed("the archive is cut short")
}

/// An end that comes too early, in our own words.
fn ended(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_short(),
        _ => error,
    }
}
