//! The paths in git's index. Format: `gitformat-index(5)`, versions 2, 3 and 4.

/// Bytes of an object's name: SHA-1, SHA-256.
const OBJECT_NAMES: [usize; 2] = [20, 32];

/// Bytes of all paths together that are read: paths that repeat their forerunners' beginnings can
/// be far longer than the index itself.
const MAX_PATHS: usize = 1 << 29;

/// The paths that a git index lists; none when it is damaged.
pub(crate) fn paths(index: &[u8]) -> Vec<String> {
    // The index does not say which object names it has; only the right length reads to the end.
    let mut readings = OBJECT_NAMES.iter().map(|length| read(index, *length));
    readings.find_map(|paths| paths).unwrap_or_default()
}

fn read(index: &[u8], object_name: usize) -> Option<Vec<String>> {
    let rest = index.strip_prefix(b"DIRC")?;
    let version = number(rest.get(..4)?);
    let count = number(rest.get(4..8)?);
    let mut paths = Vec::new();
    let mut bytes = 0;
    let mut name: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        // Ten 32-bit numbers, an object name, 16 flag bits, and 16 more when extended.
        let flags_at = at + 40 + object_name;
        let flags = number(index.get(flags_at..flags_at + 2)?);
        let is_extended = version >= 3 && flags & 0x4000 != 0;
        let start = flags_at + if is_extended { 4 } else { 2 };
        if version == 4 {
            let (cut, length) = offset_number(index.get(start..)?)?;
            let suffix = until_nul(index.get(start + length..)?)?;
            name.truncate(name.len().checked_sub(cut)?);
            name.extend_from_slice(suffix);
            at = start + length + suffix.len() + 1;
        } else {
            name = until_nul(index.get(start..)?)?.to_vec();
            // One to eight NULs fill the entry up to a multiple of eight bytes.
            at += (start - at + name.len() + 8) & !7;
        }
        // The flags hold the name's length, as far as it fits.
        if flags & 0xfff != u32::try_from(name.len().min(0xfff)).ok()? {
            return None;
        }
        bytes += name.len();
        if bytes > MAX_PATHS {
            break;
        }
        if let Ok(path) = std::str::from_utf8(&name) {
            paths.push(path.to_owned());
        }
    }
    Some(paths)
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn until_nul(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(1 << 16).position(|byte| *byte == 0)?;
    bytes.get(..end)
}

/// The variable-width number of pack files, and its own length in bytes.
fn offset_number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number = number << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
        number += 1;
    }
    None
}
