//! Hashes of texts, as files use them to make names.

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use super::{Arguments, Result};
use crate::bake::budget::Budget;
use crate::bake::datum::Datum;

/// What a hash costs beside its text.
const COST: usize = 2_000;

pub(super) fn call(name: &str, arguments: Arguments<'_>, budget: &Budget) -> Option<Result<Datum>> {
    let hash = match name {
        "md5" => digits::<Md5>,
        "sha1" => digits::<Sha1>,
        "sha256" => digits::<Sha256>,
        "sha512" => digits::<Sha512>,
        _ => return None,
    };
    Some(arguments.text(0).and_then(|text| {
        budget.steps(COST + text.len())?;
        Ok(Datum::string(hash(&text)))
    }))
}

/// The hash in hexadecimal digits.
fn digits<H: Digest>(text: &str) -> String {
    let mut digits = String::new();
    for byte in H::digest(text.as_bytes()) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
