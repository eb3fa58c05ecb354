//! Files that are no text, in git's form. Format: `git-apply.c` of git, "literal" hunks; zlib is
//! RFC 1950 with the stored blocks of RFC 1951, so that nothing has to be compressed.

use std::fmt::Write;

use sha1::{Digest, Sha1};

/// Bytes on one line.
const LINE: usize = 52;

/// Bytes that a stored block can hold.
const BLOCK: usize = 0xffff;

/// The digits of git's base 85.
const DIGITS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// From one content to another, in both directions. `git apply` wants to know the names of both
/// objects: those of a repository with SHA-1.
pub(super) fn patch(diff: &mut String, before: Option<&[u8]>, after: Option<&[u8]>) {
    let _ = writeln!(
        diff,
        "index {}..{}",
        object_name(before),
        object_name(after)
    );
    diff.push_str("GIT binary patch\n");
    for content in [after, before] {
        literal(diff, content.unwrap_or_default());
    }
}

/// The name of a blob; zeros where there is none.
fn object_name(content: Option<&[u8]>) -> String {
    let Some(content) = content else {
        return "0".repeat(40);
    };
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", content.len()));
    hash.update(content);
    let mut name = String::new();
    for byte in hash.finalize() {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

fn literal(diff: &mut String, content: &[u8]) {
    let _ = writeln!(diff, "literal {}", content.len());
    for line in zlib(content).chunks(LINE) {
        // A to Z stand for 1 to 26 bytes, a to z for 27 to 52.
        let length = u8::try_from(line.len()).unwrap_or_default();
        let length = if length <= 26 {
            b'A' + length - 1
        } else {
            b'a' + length - 27
        };
        diff.push(char::from(length));
        for group in line.chunks(4) {
            digits(diff, group);
        }
        diff.push('\n');
    }
    diff.push('\n');
}

/// Up to four bytes as five digits.
fn digits(diff: &mut String, group: &[u8]) {
    let bytes = (0..4).map(|at| group.get(at).copied().unwrap_or_default());
    let mut number = bytes.fold(0, |number: u32, byte| number << 8 | u32::from(byte));
    let mut digits = [b'0'; 5];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(number % 85).unwrap_or_default();
        *digit = DIGITS.get(value).copied().unwrap_or(b'0');
        number /= 85;
    }
    diff.extend(digits.map(char::from));
}

/// Bytes as a zlib stream that does not compress.
fn zlib(content: &[u8]) -> Vec<u8> {
    // Deflate with a window of 32 KiB, at the lowest level.
    let mut stream = vec![0x78, 0x01];
    let mut rest = content;
    loop {
        let (block, after) = rest.split_at(rest.len().min(BLOCK));
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(after.is_empty()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    stream.extend(adler32(content).to_be_bytes());
    stream
}

/// The checksum of RFC 1950.
fn adler32(content: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (low, high) = content.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_and_the_name_are_those_of_the_standards() {
        // The example of RFC 1950's Wikipedia article, and `git hash-object` of an empty file.
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(
            object_name(Some(b"")),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
    }
}
