//! The fixed block that begins every member.

use std::io;

use super::sparse::{Piece, push};
use super::{cut_short, malformed};

/// The unit of an archive, in bytes.
pub(super) const BLOCK: usize = 512;

/// Pieces in the header of a sparse file, and in each block that follows it.
const PIECES_IN_HEADER: usize = 4;
const PIECES_IN_BLOCK: usize = 21;

/// A header block whose checksum is right.
pub(super) struct Header([u8; BLOCK]);

impl Header {
    pub(super) fn new(block: &[u8; BLOCK]) -> io::Result<Self> {
        let header = Self(*block);
        let said = number(header.field(148, 8))?;
        // The sum is taken with spaces in the checksum's own place; old programs took signed bytes.
        let (mut unsigned, mut signed) = (0_i64, 0_i64);
        for (index, byte) in block.iter().enumerate() {
            let byte = if (148..156).contains(&index) {
                b' '
            } else {
                *byte
            };
            unsigned += i64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        if said != unsigned && said != signed {
            return Err(malformed("a header's checksum is wrong"));
        }
        Ok(header)
    }

    fn field(&self, start: usize, length: usize) -> &[u8] {
        self.0.get(start..start + length).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or_default()
    }

    pub(super) fn path(&self) -> Vec<u8> {
        let name = text(self.field(0, 100));
        // GNU has other fields where POSIX has the prefix.
        let prefix = match self.field(257, 6) {
            b"ustar\0" => text(self.field(345, 155)),
            _ => &[],
        };
        match prefix {
            [] => name.to_vec(),
            prefix => [prefix, b"/", name].concat(),
        }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        text(self.field(157, 100)).to_vec()
    }

    pub(super) fn mode(&self) -> io::Result<u16> {
        let mode = number(self.field(100, 8))? & 0o7777;
        Ok(u16::try_from(mode).unwrap_or_default())
    }

    pub(super) fn uid(&self) -> io::Result<u32> {
        identity(number(self.field(108, 8))?)
    }

    pub(super) fn gid(&self) -> io::Result<u32> {
        identity(number(self.field(116, 8))?)
    }

    pub(super) fn size(&self) -> io::Result<u64> {
        size(self.field(124, 12))
    }

    pub(super) fn mtime(&self) -> io::Result<i64> {
        number(self.field(136, 12))
    }

    /// Size and first pieces of a sparse file, and whether a block with more follows.
    pub(super) fn sparse(&self) -> io::Result<(u64, Vec<Piece>, bool)> {
        let mut pieces = Vec::new();
        pairs(self.field(386, 24 * PIECES_IN_HEADER), &mut pieces)?;
        Ok((
            size(self.field(483, 12))?,
            pieces,
            self.field(482, 1) != [0],
        ))
    }
}

/// Adds the pieces of a block after a sparse header, and says whether another follows.
pub(super) fn more_pieces(block: &[u8; BLOCK], pieces: &mut Vec<Piece>) -> io::Result<bool> {
    let (list, rest) = block.split_at(24 * PIECES_IN_BLOCK);
    pairs(list, pieces)?;
    Ok(rest.first() != Some(&0))
}

fn pairs(fields: &[u8], pieces: &mut Vec<Piece>) -> io::Result<()> {
    for pair in fields.chunks_exact(24) {
        let (offset, length) = pair.split_at(12);
        if offset.first() == Some(&0) {
            break;
        }
        push(pieces, size(offset)?, size(length)?)?;
    }
    Ok(())
}

/// What stands before the first zero.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0);
    field.get(..end.unwrap_or(field.len())).unwrap_or_default()
}

fn identity(number: i64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| malformed("a user or group has no number that Linux has"))
}

fn size(field: &[u8]) -> io::Result<u64> {
    u64::try_from(number(field)?).map_err(|_| malformed("a size is negative"))
}

/// A number: octal digits, or GNU's base 256 when the first bit is set.
fn number(field: &[u8]) -> io::Result<i64> {
    let Some((first, rest)) = field.split_first() else {
        return Err(cut_short());
    };
    if first & 0x80 != 0 {
        // The first bit is the mark, the second one the sign.
        let start = if first & 0x40 == 0 {
            i64::from(first & 0x3f)
        } else {
            i64::from(*first) - 256
        };
        return rest
            .iter()
            .try_fold(start, |number, byte| {
                number.checked_mul(256)?.checked_add(i64::from(*byte))
            })
            .ok_or_else(|| malformed("a number is too large"));
    }
    let digits = text(field);
    let digits = digits.trim_ascii();
    digits.iter().try_fold(0_i64, |number, digit| match digit {
        b'0'..=b'7' => Ok((number << 3) | i64::from(digit - b'0')),
        _ => Err(malformed("a number in a header is not octal")),
    })
}
