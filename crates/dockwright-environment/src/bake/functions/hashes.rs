//! Hashes of texts, as files use them to make names.
//!
//! Source of facts: RFC 1321 (MD5), FIPS 180-4 (SHA-1, SHA-256, SHA-512).

#![expect(
    clippy::many_single_char_names,
    reason = "the names that the standards give the working variables"
)]

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::{Arguments, Result};
use crate::bake::budget::Budget;
use crate::bake::datum::Datum;

/// What a hash costs beside its text.
const COST: usize = 2_000;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    let hash: fn(&[u8]) -> Vec<u8> = match name {
        "md5" => md5,
        "sha1" => sha1,
        "sha256" => sha256,
        "sha512" => sha512,
        _ => return None,
    };
    Some(arguments.text(0).and_then(|text| {
        budget.steps(COST + text.len())?;
        let mut digits = String::new();
        for byte in hash(text.as_bytes()) {
            let _ = write!(digits, "{byte:02x}");
        }
        Ok(Datum::string(digits))
    }))
}

/// The message with its padding: a one bit, zeros, and the length in bits at the end of a block.
fn padded(message: &[u8], block: usize, length: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    while !(bytes.len() + length.len()).is_multiple_of(block) {
        bytes.push(0);
    }
    bytes.extend_from_slice(length);
    bytes
}

fn bits(message: &[u8]) -> u64 {
    u64::try_from(message.len())
        .unwrap_or(u64::MAX)
        .wrapping_mul(8)
}

fn words32(block: &[u8], from_bytes: fn([u8; 4]) -> u32) -> Vec<u32> {
    let chunks = block.chunks_exact(4);
    chunks
        .map(|chunk| from_bytes(chunk.try_into().unwrap_or_default()))
        .collect()
}

fn md5(message: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(message, 64, &bits(message).to_le_bytes()).chunks_exact(64) {
        let words = words32(block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_u32 {
            let (mix, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            let word = words.get((at % 16) as usize).copied().unwrap_or(0);
            let sum = a
                .wrapping_add(mix)
                .wrapping_add(sine(step))
                .wrapping_add(word);
            let shifts = SHIFTS.get((step / 16) as usize);
            let shift = shifts.and_then(|row| row.get((step % 4) as usize));
            let rotated = sum.rotate_left(shift.copied().unwrap_or(0));
            (a, d, c, b) = (d, c, b, b.wrapping_add(rotated));
        }
        for (known, added) in state.iter_mut().zip([a, b, c, d]) {
            *known = known.wrapping_add(added);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The constants of MD5: the sine of the step's number.
fn sine(step: u32) -> u32 {
    let scaled = f64::from(step + 1).sin().abs() * 4_294_967_296.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "below 2^32"
    )]
    let constant = scaled.floor() as u32;
    constant
}

fn sha1(message: &[u8]) -> Vec<u8> {
    let mut state: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in padded(message, 64, &bits(message).to_be_bytes()).chunks_exact(64) {
        let mut words = words32(block, u32::from_be_bytes);
        for at in 16..80 {
            let back = |distance: usize| words.get(at - distance).copied().unwrap_or(0);
            let next = back(3) ^ back(8) ^ back(14) ^ back(16);
            words.push(next.rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.into_iter().enumerate() {
            let (mix, constant) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(mix)
                .wrapping_add(e)
                .wrapping_add(constant)
                .wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (known, added) in state.iter_mut().zip([a, b, c, d, e]) {
            *known = known.wrapping_add(added);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The first `count` primes.
fn primes(count: usize) -> Vec<u64> {
    let is_prime = |number: &u64| {
        (2..*number)
            .take_while(|it| it * it <= *number)
            .all(|it| !number.is_multiple_of(it))
    };
    (2..).filter(is_prime).take(count).collect()
}

/// The first 64 bits of the fraction of the `root`th root of `number`.
fn root_fraction(number: u64, root: u32) -> u64 {
    // The largest `value` whose power does not exceed the number, with 64 bits of fraction: found
    // bit by bit in integers, because no float is exact enough.
    let mut value: u128 = 0;
    for bit in (0..68).rev() {
        let candidate = value | (1 << bit);
        if !exceeds(candidate, root, number) {
            value = candidate;
        }
    }
    u64::try_from(value & u128::from(u64::MAX)).unwrap_or(0)
}

/// Whether (`value` / 2^64) to the power of `root` is more than `number`.
fn exceeds(value: u128, root: u32, number: u64) -> bool {
    let mut power: Vec<u64> = vec![1];
    for _ in 0..root {
        power = product(&power, value);
    }
    // The power has 64 bits of fraction for each factor.
    let fraction = power.get(..root as usize).unwrap_or_default();
    let whole = power.get(root as usize..).unwrap_or_default();
    let high = whole
        .get(1..)
        .unwrap_or_default()
        .iter()
        .any(|word| *word > 0);
    let low = whole.first().copied().unwrap_or(0);
    high || low > number || (low == number && fraction.iter().any(|word| *word > 0))
}

/// A number of 64-bit words, the lowest first, times another.
fn product(words: &[u64], factor: u128) -> Vec<u64> {
    let halves = [factor & u128::from(u64::MAX), factor >> 64];
    let mut result = vec![0_u64; words.len() + 2];
    for (offset, half) in halves.into_iter().enumerate() {
        let mut carry = 0_u128;
        for at in 0..=words.len() {
            let word = words.get(at).copied().unwrap_or(0);
            let Some(slot) = result.get_mut(at + offset) else {
                continue;
            };
            let sum = u128::from(word) * half + u128::from(*slot) + carry;
            *slot = u64::try_from(sum & u128::from(u64::MAX)).unwrap_or(0);
            carry = sum >> 64;
        }
    }
    result
}

fn high_half(word: u64) -> u32 {
    u32::try_from(word >> 32).unwrap_or(0)
}

/// The constants of SHA-512; those of SHA-256 are the first halves of the first 64.
static ROUNDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let primes = primes(80).into_iter();
    primes.map(|prime| root_fraction(prime, 3)).collect()
});

/// The state that SHA-512 begins with; that of SHA-256 are the first halves.
static START: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let primes = primes(8).into_iter();
    primes.map(|prime| root_fraction(prime, 2)).collect()
});

fn sha256(message: &[u8]) -> Vec<u8> {
    let mut state: Vec<u32> = START.iter().map(|word| high_half(*word)).collect();
    for block in padded(message, 64, &bits(message).to_be_bytes()).chunks_exact(64) {
        let mut words = words32(block, u32::from_be_bytes);
        for at in 16..64 {
            let back = |distance: usize| words.get(at - distance).copied().unwrap_or(0);
            let (early, late) = (back(15), back(2));
            let early = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let late = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words.push(
                back(16)
                    .wrapping_add(early)
                    .wrapping_add(back(7))
                    .wrapping_add(late),
            );
        }
        let mut round: [u32; 8] = state.as_slice().try_into().unwrap_or_default();
        for (word, constant) in words.iter().zip(ROUNDS.iter()) {
            let [a, b, c, d, e, f, g, h] = round;
            let mixed = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let first = h
                .wrapping_add(mixed)
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(high_half(*constant))
                .wrapping_add(*word);
            let mixed = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = mixed.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            round = [
                first.wrapping_add(second),
                a,
                b,
                c,
                d.wrapping_add(first),
                e,
                f,
                g,
            ];
        }
        for (known, added) in state.iter_mut().zip(round) {
            *known = known.wrapping_add(added);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn sha512(message: &[u8]) -> Vec<u8> {
    let mut state: Vec<u64> = START.clone();
    let length = u128::from(bits(message)).to_be_bytes();
    for block in padded(message, 128, &length).chunks_exact(128) {
        let chunks = block.chunks_exact(8);
        let mut words: Vec<u64> = chunks
            .map(|chunk| u64::from_be_bytes(chunk.try_into().unwrap_or_default()))
            .collect();
        for at in 16..80 {
            let back = |distance: usize| words.get(at - distance).copied().unwrap_or(0);
            let (early, late) = (back(15), back(2));
            let early = early.rotate_right(1) ^ early.rotate_right(8) ^ (early >> 7);
            let late = late.rotate_right(19) ^ late.rotate_right(61) ^ (late >> 6);
            words.push(
                back(16)
                    .wrapping_add(early)
                    .wrapping_add(back(7))
                    .wrapping_add(late),
            );
        }
        let mut round: [u64; 8] = state.as_slice().try_into().unwrap_or_default();
        for (word, constant) in words.iter().zip(ROUNDS.iter()) {
            let [a, b, c, d, e, f, g, h] = round;
            let mixed = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let first = h
                .wrapping_add(mixed)
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(*constant)
                .wrapping_add(*word);
            let mixed = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let second = mixed.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            round = [
                first.wrapping_add(second),
                a,
                b,
                c,
                d.wrapping_add(first),
                e,
                f,
                g,
            ];
        }
        for (known, added) in state.iter_mut().zip(round) {
            *known = known.wrapping_add(added);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}
