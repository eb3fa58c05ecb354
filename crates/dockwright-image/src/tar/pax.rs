//! Extended headers: `LENGTH KEY=VALUE` lines that speak of the next member.

use std::io;

use super::malformed;
use super::sparse::{Piece, push};

/// What the archiver of extended attributes puts before their names.
const XATTR: &str = "SCHILY.xattr.";

/// What an extended header says of a member.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    is_given: bool,
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) mtime: Option<i64>,
    pub(super) xattrs: Vec<String>,
    /// The name of a sparse file; its `path` is made up.
    pub(super) sparse_name: Option<Vec<u8>>,
    /// The size of a sparse file, holes included.
    pub(super) sparse_size: Option<u64>,
    /// The pieces of a sparse file; without, its contents begin with them.
    pub(super) sparse: Option<Vec<Piece>>,
}

impl Extensions {
    pub(super) fn is_empty(&self) -> bool {
        !self.is_given
    }

    pub(super) fn parse(mut text: &[u8]) -> io::Result<Self> {
        let mut found = Self {
            is_given: true,
            ..Self::default()
        };
        let mut offset = None;
        while !text.is_empty() {
            let (key, value, rest) = record(text).ok_or_else(wrong)?;
            text = rest;
            let Ok(key) = str::from_utf8(key) else {
                continue;
            };
            match key {
                "path" => found.path = some(value),
                "linkpath" => found.link = some(value),
                "size" => found.size = Some(decimal(value)?),
                "uid" => found.uid = u32::try_from(decimal(value)?).ok(),
                "gid" => found.gid = u32::try_from(decimal(value)?).ok(),
                "mtime" => found.mtime = Some(seconds(value)?),
                "GNU.sparse.name" => found.sparse_name = some(value),
                "GNU.sparse.size" | "GNU.sparse.realsize" => {
                    found.sparse_size = Some(decimal(value)?);
                }
                "GNU.sparse.offset" => offset = Some(decimal(value)?),
                "GNU.sparse.numbytes" => {
                    let pieces = found.sparse.get_or_insert_default();
                    push(pieces, offset.take().ok_or_else(wrong)?, decimal(value)?)?;
                }
                "GNU.sparse.map" => {
                    let pieces = found.sparse.get_or_insert_default();
                    let numbers: Vec<&[u8]> = value.split(|byte| *byte == b',').collect();
                    for pair in numbers.chunks(2) {
                        let [offset, length] = pair else {
                            return Err(wrong());
                        };
                        push(pieces, decimal(offset)?, decimal(length)?)?;
                    }
                }
                _ => {
                    let name = key.strip_prefix(XATTR);
                    found.xattrs.extend(name.map(str::to_owned));
                }
            }
        }
        Ok(found)
    }
}

/// The first record of a text: key, value, and what follows.
fn record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = text.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(text.get(..space)?).ok()?).ok()?;
    let (record, rest) = text.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, rest))
}

/// A value; an empty one takes back what was said before.
fn some(value: &[u8]) -> Option<Vec<u8>> {
    (!value.is_empty()).then(|| value.to_vec())
}

pub(super) fn decimal(value: &[u8]) -> io::Result<u64> {
    let text = str::from_utf8(value).ok();
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or_else(wrong)
}

/// Whole seconds of a time, which may be before 1970 and have a fraction.
fn seconds(value: &[u8]) -> io::Result<i64> {
    let text = str::from_utf8(value).map_err(|_| wrong())?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().map_err(|_| wrong())?;
    let is_below = whole.starts_with('-') && fraction.bytes().any(|digit| digit != b'0');
    Ok(if is_below {
        seconds.saturating_sub(1)
    } else {
        seconds
    })
}

fn wrong() -> io::Error {
    malformed("an extended header is malformed")
}
