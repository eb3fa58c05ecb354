//! Sparse files: which bytes of one are stored.

use std::io;

use super::pax::decimal;
use super::{BLOCK, malformed};
use crate::limits::MAX_PIECES;

/// Bytes of a file that are stored; all others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Adds a piece, within the limit.
pub(super) fn push(pieces: &mut Vec<Piece>, offset: u64, length: u64) -> io::Result<()> {
    if pieces.len() == MAX_PIECES {
        return Err(malformed("a sparse file has too many pieces"));
    }
    pieces.push(Piece { offset, length });
    Ok(())
}

/// Checks that pieces follow one another, end within the file, and are all stored.
pub(super) fn check(pieces: &[Piece], size: u64, stored: u64) -> io::Result<()> {
    let (mut end, mut total) = (0_u64, 0_u64);
    for piece in pieces {
        let next = piece.offset.checked_add(piece.length);
        let next = next.filter(|next| piece.offset >= end && *next <= size);
        end = next.ok_or_else(|| malformed("the pieces of a sparse file are out of order"))?;
        total += piece.length;
    }
    if total != stored {
        return Err(malformed(
            "a sparse file's pieces are not what is stored of it",
        ));
    }
    Ok(())
}

/// The list of pieces that begins a sparse file's contents in pax format 1.0: a line with their
/// number, then a line for each offset and length.
#[derive(Default)]
pub(super) struct Map {
    line: Vec<u8>,
    numbers: Vec<u64>,
}

impl Map {
    /// Whether all is read.
    pub(super) fn is_complete(&self) -> bool {
        let count = self.numbers.first().copied();
        count.is_some_and(|count| self.numbers.len() as u64 == count.saturating_mul(2) + 1)
    }

    /// Takes in a block of the contents.
    pub(super) fn add(&mut self, block: &[u8; BLOCK]) -> io::Result<()> {
        for byte in block {
            if self.is_complete() {
                break;
            }
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            self.numbers.push(decimal(&self.line)?);
            self.line.clear();
            if self.numbers.len() > 2 * MAX_PIECES + 1
                || self.numbers.first() > Some(&(MAX_PIECES as u64))
            {
                return Err(malformed("a sparse file has too many pieces"));
            }
        }
        if self.line.len() > 20 {
            return Err(malformed("the list of a sparse file's pieces is malformed"));
        }
        Ok(())
    }

    pub(super) fn pieces(&self) -> Vec<Piece> {
        let pairs = self.numbers.get(1..).unwrap_or_default().chunks_exact(2);
        let piece = |pair: &[u64]| match pair {
            [offset, length] => Some(Piece {
                offset: *offset,
                length: *length,
            }),
            _ => None,
        };
        pairs.filter_map(piece).collect()
    }
}
