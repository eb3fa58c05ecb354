//! What archives are read from: a stream, or a part of a file in which one can skip.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Bytes that are read at once.
pub(crate) const CHUNK: usize = 256 << 10;

/// Something to read from, in which bytes can be skipped.
pub(crate) trait Input: Read {
    /// Skips bytes; that there are fewer is an error.
    fn skip(&mut self, bytes: u64) -> io::Result<()>;
}

impl<R: Read> Input for BufReader<R> {
    fn skip(&mut self, mut bytes: u64) -> io::Result<()> {
        while bytes > 0 {
            let length = match self.fill_buf() {
                Ok([]) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(buffer) => buffer
                    .len()
                    .min(usize::try_from(bytes).unwrap_or(usize::MAX)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.consume(length);
            bytes -= length as u64;
        }
        Ok(())
    }
}

/// A part of a file.
#[derive(Debug)]
pub(crate) struct Section {
    file: BufReader<File>,
    left: u64,
}

impl Section {
    /// `length` bytes of a file from `start` on.
    pub(crate) fn new(mut file: File, start: u64, length: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            file: BufReader::with_capacity(CHUNK / 4, file),
            left: length,
        })
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// The first bytes that are left, without moving on.
    pub(crate) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let buffer = self.file.fill_buf()?;
        let length = length.min(buffer.len()).min(left);
        Ok(buffer.get(..length).unwrap_or_default())
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self
            .file
            .read(buffer.get_mut(..length).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Input for Section {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or(io::ErrorKind::UnexpectedEof)?;
        let offset = i64::try_from(bytes).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        self.file.seek_relative(offset)
    }
}
