//! The paths in git's index. Format: `gitformat-index(5)`, versions 2, 3 and 4.

/// The paths that a git index lists; as many as can be read when it is damaged.
pub(super) fn paths(index: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    // A damaged index tells nothing more; what was read so far stands.
    let _ = read(index, &mut paths);
    paths
}

fn read(index: &[u8], paths: &mut Vec<String>) -> Option<()> {
    let rest = index.strip_prefix(b"DIRC")?;
    let version = number(rest.get(..4)?);
    let count = number(rest.get(4..8)?);
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        // Ten 32-bit numbers, an object name (SHA-1), 16 flag bits, and 16 more when extended.
        let flags = number(index.get(at + 60..at + 62)?);
        let extended = version >= 3 && flags & 0x4000 != 0;
        let start = at + if extended { 64 } else { 62 };
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
        if let Ok(path) = std::str::from_utf8(&name) {
            paths.push(path.to_owned());
        }
    }
    Some(())
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
