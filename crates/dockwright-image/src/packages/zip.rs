//! Members of ZIP archives. Source: APPNOTE.TXT of PKWARE, 6.3.

use std::io::Read;

use flate2::read::DeflateDecoder;

const END: [u8; 4] = *b"PK\x05\x06";
const MEMBER: [u8; 4] = *b"PK\x01\x02";

/// Bytes of the end record without its comment, and with the longest.
const END_LENGTH: usize = 22;
const LONGEST_END: usize = END_LENGTH + 0xffff;

/// A member of an archive.
pub(super) struct Member<'a> {
    pub(super) name: &'a [u8],
    method: u16,
    packed: &'a [u8],
}

impl Member<'_> {
    /// What is in it, up to a limit.
    pub(super) fn contents(&self, limit: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = match self.method {
            0 => self.packed.take(limit + 1).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(self.packed)
                .take(limit + 1)
                .read_to_end(&mut bytes),
            _ => return None,
        };
        read.ok()?;
        (bytes.len() as u64 <= limit).then_some(bytes)
    }
}

/// The members of an archive; what is malformed has none.
pub(super) fn members(file: &[u8]) -> impl Iterator<Item = Member<'_>> {
    let mut place = start(file);
    std::iter::from_fn(move || {
        let header = file.get(place?..)?;
        if header.get(..4)? != MEMBER {
            return None;
        }
        let length = |at| half(header, at);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        place = Some(place? + 46 + name + extra + comment);
        let local = file.get(word(header, 42)?..)?;
        let packed = local.get(30 + half(local, 26)? + half(local, 28)?..)?;
        Some(Member {
            name: header.get(46..46 + name)?,
            method: u16::try_from(length(10)?).ok()?,
            packed: packed.get(..word(header, 20)?)?,
        })
    })
}

/// Where the list of members begins.
fn start(file: &[u8]) -> Option<usize> {
    let last = file.len().checked_sub(END_LENGTH)?;
    let first = file.len().saturating_sub(LONGEST_END);
    let end = (first..=last)
        .rev()
        .find(|at| file.get(*at..*at + 4) == Some(&END))?;
    word(file.get(end..)?, 16)
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(bytes)))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}
