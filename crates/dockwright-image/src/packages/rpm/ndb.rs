//! RPM's own database: slots that say where each header is. Numbers are little-endian.

use super::{MAX_HEADER, MAX_PACKAGES};

const MAGIC: &[u8] = b"RpmP";
const SLOT: &[u8] = b"Slot";
const HEADER: &[u8] = b"BlbS";

/// Bytes of a page of slots, of a slot, and of the unit in which places are counted.
const PAGE: usize = 4096;
const UNIT: usize = 16;

/// Bytes before the first slot.
const START: usize = 32;

/// The headers of a database of this kind.
pub(super) fn headers(database: &[u8]) -> Option<Vec<Vec<u8>>> {
    if !database.starts_with(MAGIC) {
        return None;
    }
    let pages = word(database, 12)?;
    let slots = database.get(START..pages.checked_mul(PAGE)?.min(database.len()))?;
    let slots = slots
        .chunks_exact(UNIT)
        .filter(|slot| slot.starts_with(SLOT));
    // Headers that share bytes are no headers.
    let mut left = database.len();
    let headers = slots.take(MAX_PACKAGES).filter_map(|slot| {
        let place = word(slot, 8).filter(|place| *place > 0)?;
        let header = database.get(place.checked_mul(UNIT)?..)?;
        let length = word(header, 12).filter(|length| *length <= MAX_HEADER)?;
        left = left.checked_sub(length)?;
        header
            .starts_with(HEADER)
            .then(|| header.get(UNIT..UNIT + length))?
    });
    Some(headers.map(<[u8]>::to_vec).collect())
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}
