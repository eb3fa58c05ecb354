//! A hash database of Berkeley DB, whose values are headers on pages of their own.
//!
//! Source: `dbinc/db_page.h` of Berkeley DB. Only the byte order of common machines is read.

use super::{MAX_HEADER, MAX_PACKAGES};

/// What a hash database has at its offset 12.
const MAGIC: usize = 0x0006_1561;

/// Kinds of pages, and the kind of an item that is elsewhere.
const HASH_UNSORTED: u8 = 2;
const HASH: u8 = 13;
const OVERFLOW: u8 = 7;
const ELSEWHERE: u8 = 3;

/// Bytes before what is on a page.
const PAGE_HEADER: usize = 26;

/// The headers of a database of this kind.
pub(super) fn headers(database: &[u8]) -> Option<Vec<Vec<u8>>> {
    if word(database, 12)? != MAGIC {
        return None;
    }
    let size = word(database, 20).filter(|size| (512..=65536).contains(size))?;
    let mut headers: Vec<Vec<u8>> = Vec::new();
    // Headers that share pages are no headers.
    let mut total = 0;
    for page in database.chunks_exact(size).skip(1) {
        if !matches!(page.get(25), Some(&HASH_UNSORTED | &HASH)) {
            continue;
        }
        let count = half(page, 20)?;
        // Keys and values take turns.
        for index in (1..count).step_by(2) {
            let item = half(page, PAGE_HEADER + 2 * index).and_then(|at| page.get(at..));
            let Some(item) = item.filter(|item| item.first() == Some(&ELSEWHERE)) else {
                continue;
            };
            if headers.len() == MAX_PACKAGES || total > database.len() {
                return Some(headers);
            }
            if let Some(value) = value(database, size, item) {
                total += value.len();
                headers.push(value);
            }
        }
    }
    Some(headers)
}

/// A value on pages of its own.
fn value(database: &[u8], size: usize, item: &[u8]) -> Option<Vec<u8>> {
    let mut number = word(item, 4)?;
    let length = word(item, 8).filter(|length| *length <= MAX_HEADER)?;
    let mut value = Vec::new();
    while value.len() < length {
        let start = number.checked_mul(size)?;
        let page = database.get(start..start.checked_add(size)?)?;
        let here = half(page, 22).filter(|here| *here > 0)?;
        if page.get(25) != Some(&OVERFLOW) {
            return None;
        }
        value.extend_from_slice(page.get(PAGE_HEADER..PAGE_HEADER + here)?);
        number = word(page, 16)?;
    }
    Some(value)
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(bytes)))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}
