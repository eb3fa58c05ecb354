//! SHA-256, and reading with an eye on what is read.

use std::fmt::Write;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

/// The SHA-256 of bytes, as images write it: `sha256:` and hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    written(&Sha256::digest(bytes))
}

/// A hash as images write it.
pub(crate) fn written(hash: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Counts what is read, and takes its digest when asked to.
pub(crate) struct Counted<'a, R> {
    inner: R,
    count: u64,
    limit: u64,
    hash: Option<Sha256>,
    told: Option<&'a AtomicU64>,
}

impl<'a, R: Read> Counted<'a, R> {
    /// Reads no more than `limit` bytes; more is an error.
    pub(crate) fn new(inner: R, limit: u64, digests: bool) -> Self {
        Self {
            inner,
            count: 0,
            limit,
            hash: digests.then(Sha256::new),
            told: None,
        }
    }

    /// Adds what is read to a count that others see.
    pub(crate) fn telling(mut self, count: &'a AtomicU64) -> Self {
        self.told = Some(count);
        self
    }

    /// Bytes that were read.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The digest of what was read.
    pub(crate) fn digest(self) -> Option<String> {
        self.hash.map(|hash| written(&hash.finalize()))
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        if let Some(told) = self.told {
            told.fetch_add(read as u64, Ordering::Relaxed);
        }
        if self.count > self.limit {
            let limit = self.limit >> 20;
            let error = format!("it unpacks to more than {limit} MiB");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, error));
        }
        if let Some(hash) = &mut self.hash {
            hash.update(buffer.get(..read).unwrap_or_default());
        }
        Ok(read)
    }
}
