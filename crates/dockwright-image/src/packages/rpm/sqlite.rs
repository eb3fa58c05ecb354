//! The table `Packages` of an `SQLite` database, read without its log.
//!
//! Source: "Database File Format" of the `SQLite` documentation.

use super::{MAX_HEADER, MAX_PACKAGES};

const MAGIC: &[u8] = b"SQLite format 3\0";
const TABLE: &[u8] = b"Packages";

/// Kinds of pages.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// Bytes before the first page's own header.
const FILE_HEADER: usize = 100;

/// The headers of a database of this kind.
pub(super) fn headers(database: &[u8]) -> Option<Vec<Vec<u8>>> {
    if !database.starts_with(MAGIC) {
        return None;
    }
    let size = match half(database, 16)? {
        1 => 65536,
        size => size,
    };
    let reserved = usize::from(*database.get(20)?);
    let file = File {
        bytes: database,
        page: size,
        usable: size.checked_sub(reserved).filter(|usable| *usable >= 480)?,
    };
    // Of the schema: type, name, table, first page.
    let root = file.rows(1)?.into_iter().find_map(|row| {
        let columns = columns(&row)?;
        let is_it = columns.get(1)?.1 == TABLE && columns.first()?.1 == b"table";
        is_it.then(|| integer(columns.get(3)?.1))?
    })?;
    let rows = file.rows(root)?.into_iter();
    // Number and header.
    let headers = rows.filter_map(|row| Some(columns(&row)?.get(1)?.1.to_vec()));
    Some(headers.collect())
}

struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    /// Bytes of a page that are used.
    usable: usize,
}

impl<'a> File<'a> {
    /// A page and where its own header begins. They are counted from one.
    fn page(&self, number: usize) -> Option<(&'a [u8], usize)> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        let page = self.bytes.get(start..start.checked_add(self.page)?)?;
        Some((page, if number == 1 { FILE_HEADER } else { 0 }))
    }

    /// The records of a table.
    fn rows(&self, root: usize) -> Option<Vec<Vec<u8>>> {
        let mut rows: Vec<Vec<u8>> = Vec::new();
        // Rows that share pages are no rows.
        let mut total = 0;
        let mut left = vec![root];
        // A tree has no page twice.
        let mut pages = self.bytes.len() / self.page;
        while let Some(number) = left.pop() {
            pages = pages.checked_sub(1)?;
            let (page, start) = self.page(number)?;
            let count = half(page, start + 3)?;
            let kind = *page.get(start)?;
            let cells = if kind == INTERIOR {
                start + 12
            } else {
                start + 8
            };
            let cell = |index: usize| half(page, cells + 2 * index);
            match kind {
                INTERIOR => {
                    left.push(word(page, start + 8)?);
                    for index in (0..count).rev() {
                        left.push(word(page, cell(index)?)?);
                    }
                }
                LEAF => {
                    for index in 0..count {
                        if rows.len() == MAX_PACKAGES || total > self.bytes.len() {
                            return Some(rows);
                        }
                        if let Some(row) = self.record(page.get(cell(index)?..)?) {
                            total += row.len();
                            rows.push(row);
                        }
                    }
                }
                _ => return None,
            }
        }
        Some(rows)
    }

    /// The record of a cell, with what overflows to other pages.
    fn record(&self, cell: &[u8]) -> Option<Vec<u8>> {
        let (length, rest) = varint(cell)?;
        let (_, rest) = varint(rest)?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= MAX_HEADER)?;
        let most = self.usable - 35;
        if length <= most {
            return rest.get(..length).map(<[u8]>::to_vec);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fit = least + (length - least) % (self.usable - 4);
        let here = if fit <= most { fit } else { least };
        let mut record = rest.get(..here)?.to_vec();
        let mut next = word(rest, here)?;
        while record.len() < length {
            let (page, _) = self.page(next)?;
            next = word(page, 0)?;
            let missing = (length - record.len()).min(self.usable - 4);
            record.extend_from_slice(page.get(4..4 + missing)?);
        }
        Some(record)
    }
}

/// The columns of a record: type and bytes.
fn columns(record: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let (length, _) = varint(record)?;
    let length = usize::try_from(length).ok()?;
    let mut header = varint(record.get(..length)?)?.1;
    let mut body = record.get(length..)?;
    let mut columns = Vec::new();
    while !header.is_empty() {
        let (kind, rest) = varint(header)?;
        header = rest;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            _ => kind.checked_sub(12)? / 2,
        };
        let (value, rest) = body.split_at_checked(usize::try_from(size).ok()?)?;
        body = rest;
        columns.push((kind, value));
    }
    Some(columns)
}

fn integer(bytes: &[u8]) -> Option<usize> {
    (bytes.len() <= 8).then(|| {
        bytes
            .iter()
            .fold(0, |number: usize, byte| (number << 8) | usize::from(*byte))
    })
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        if index == 8 {
            return Some(((number << 8) | u64::from(*byte), bytes.get(9..)?));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(index + 1..)?));
        }
    }
    None
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_be_bytes(bytes)))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}
