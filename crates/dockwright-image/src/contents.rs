//! Which files' contents are taken out of a layer while it is read, and what is kept of them.

use std::io::{self, Read};

use crate::limits::MAX_KEPT;
use crate::packages::{self, Package};

/// Bytes of a file that is kept whole.
const MAX_WHOLE: u64 = 64 << 20;

/// What is kept of a file.
#[derive(Debug)]
pub(crate) enum Kept {
    /// All of it.
    Whole(Box<[u8]>),
    /// The packages that it says are there.
    Packages(Vec<Package>),
}

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it, for later.
    Whole,
    /// The packages that it tells of.
    Packages(packages::Teller),
}

/// Files whose contents are of use whatever is asked: who the users are, what system it is.
const ALWAYS: [&str; 6] = [
    "etc/group",
    "etc/os-release",
    "etc/passwd",
    "etc/shadow",
    "usr/lib/os-release",
    "etc/debian_version",
];

/// What is wanted of a file, by its path, size and mode.
pub(crate) fn wanted(path: &str, size: u64, mode: u16) -> Option<Wanted> {
    if size == 0 {
        return None;
    }
    if ALWAYS.contains(&path) || packages::is_database(path) {
        return Some(Wanted::Whole);
    }
    packages::teller(path, size, mode).map(Wanted::Packages)
}

/// Keeps contents of one layer's files, within bounds.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    kept: Vec<(u32, Kept)>,
    unread: Vec<String>,
    bytes: usize,
}

impl Keeper {
    /// Reads the contents of a file as far as they are wanted.
    pub(crate) fn keep(
        &mut self,
        index: usize,
        path: &str,
        wanted: Wanted,
        size: u64,
        contents: &mut dyn Read,
    ) -> io::Result<()> {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        match wanted {
            Wanted::Whole => {
                let length = usize::try_from(size).unwrap_or(usize::MAX);
                if size > MAX_WHOLE || self.bytes.saturating_add(length) > MAX_KEPT {
                    self.unread.push(path.to_owned());
                    return Ok(());
                }
                let mut bytes = Vec::with_capacity(length);
                contents.read_to_end(&mut bytes)?;
                self.bytes += length;
                self.kept.push((index, Kept::Whole(bytes.into())));
            }
            Wanted::Packages(teller) => match teller.packages(path, size, contents)? {
                Some(packages) if packages.is_empty() => {}
                Some(packages) => self.kept.push((index, Kept::Packages(packages))),
                None => self.unread.push(path.to_owned()),
            },
        }
        Ok(())
    }

    /// What was kept, by the index of the entry, and the files that were too large to read.
    pub(crate) fn done(self) -> (Vec<(u32, Kept)>, Vec<String>) {
        (self.kept, self.unread)
    }
}
