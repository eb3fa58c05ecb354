//! Blocks of IP addresses, as files use them to give networks to builds.
//!
//! Facts: the functions of `github.com/zclconf/go-cty-funcs/cidr`, which bake offers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Arguments, Result};
use crate::bake::datum::{Datum, Kind};

/// The most bits by which one call may extend a prefix.
const MAX_EXTENSION: u32 = 32;

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Result<Datum>> {
    Some(match name {
        "cidrhost" => host(arguments),
        "cidrnetmask" => netmask(arguments),
        "cidrsubnet" => subnet(arguments),
        "cidrsubnets" => subnets(arguments),
        _ => return None,
    })
}

/// The addresses that begin with the same bits.
#[derive(Clone, Copy)]
struct Block {
    /// The first of them.
    first: u128,
    /// How many bits they share.
    prefix: u32,
    /// How many bits an address has: 32 or 128.
    bits: u32,
}

impl Block {
    fn parse(text: &str) -> Result<Self> {
        let read = || {
            let (address, prefix) = text.split_once('/')?;
            let (address, bits) = match address.parse().ok()? {
                IpAddr::V4(address) => (u128::from(address.to_bits()), 32_u32),
                IpAddr::V6(address) => (address.to_bits(), 128),
            };
            let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
            let prefix: u32 = prefix.parse().ok().filter(|_| is_number)?;
            Some(Self {
                first: address & !ones(bits.checked_sub(prefix)?),
                prefix,
                bits,
            })
        };
        read().ok_or_else(|| format!("`{text}` is no block of addresses"))
    }

    /// The number of the last address in the block, counted from zero.
    fn last_number(self) -> u128 {
        ones(self.bits - self.prefix)
    }

    fn last(self) -> u128 {
        self.first | self.last_number()
    }

    fn address(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(address) if self.bits == 32 => Ipv4Addr::from_bits(address).to_string(),
            _ => Ipv6Addr::from_bits(address).to_string(),
        }
    }

    /// The prefix that has `extension` more bits.
    fn extended(self, extension: u32) -> Result<u32> {
        if extension > MAX_EXTENSION {
            return Err(format!(
                "a prefix can be extended by {MAX_EXTENSION} bits at most"
            ));
        }
        let prefix = self.prefix + extension;
        if prefix > self.bits {
            return Err(format!(
                "a prefix of {} bits cannot be extended by {extension}",
                self.prefix
            ));
        }
        Ok(prefix)
    }

    /// Whether bake takes it for IPv4 in one place and for IPv6 in another.
    fn is_ambiguous(self) -> bool {
        self.bits == 128 && Ipv6Addr::from_bits(self.first).to_ipv4_mapped().is_some()
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address(self.first), self.prefix)
    }
}

/// A number of that many bits, all set; 128 at most.
fn ones(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count).unwrap_or(0)
}

/// For arguments with which bake goes on, but gets a result that follows no rule.
fn unknown() -> Datum {
    Datum::new(Kind::Unknown)
}

/// The address with a number; a negative one counts from the end.
fn host(arguments: Arguments<'_>) -> Result<Datum> {
    let block = Block::parse(&arguments.text(0)?)?;
    let number = arguments.integer(1)?;
    if block.is_ambiguous() {
        return Ok(unknown());
    }
    let distance = u128::from(number.unsigned_abs());
    let found = if number < 0 {
        // The last address is -1.
        block.last_number().checked_sub(distance - 1)
    } else {
        Some(distance).filter(|distance| *distance <= block.last_number())
    };
    let found = found.ok_or_else(|| format!("{block} has no address {number}"))?;
    Ok(Datum::string(block.address(block.first | found)))
}

fn netmask(arguments: Arguments<'_>) -> Result<Datum> {
    let block = Block::parse(&arguments.text(0)?)?;
    let mask = ones(block.bits) & !block.last_number();
    Ok(Datum::string(block.address(mask)))
}

/// The part with a number, of the parts that have some bits more in their prefix.
fn subnet(arguments: Arguments<'_>) -> Result<Datum> {
    let block = Block::parse(&arguments.text(0)?)?;
    let (extension, number) = (arguments.integer(1)?, arguments.integer(2)?);
    let (Ok(extension), Ok(number)) = (u32::try_from(extension), u128::try_from(number)) else {
        return Ok(unknown());
    };
    let prefix = block.extended(extension)?;
    if number > ones(extension) {
        return Err(format!("{extension} bits hold no number {number}"));
    }
    if block.is_ambiguous() {
        return Ok(unknown());
    }
    let offset = number.checked_shl(block.bits - prefix).unwrap_or(0);
    let part = Block {
        first: block.first | offset,
        prefix,
        ..block
    };
    Ok(Datum::string(part.to_string()))
}

/// Parts that follow each other, each with some bits more in its prefix.
fn subnets(arguments: Arguments<'_>) -> Result<Datum> {
    let block = Block::parse(&arguments.text(0)?)?;
    let mut parts = Vec::new();
    let mut next = Some(block.first);
    for index in 1..arguments.0.len() {
        let extension = u32::try_from(arguments.integer(index)?).unwrap_or(0);
        if extension == 0 {
            return Err("a prefix must be extended by at least one bit".to_owned());
        }
        let prefix = block.extended(extension)?;
        let size = ones(block.bits - prefix);
        // Up to where a part of this size can begin.
        let first = next.and_then(|next| Some(next.checked_add(size)? & !size));
        let first = first.filter(|first| *first <= block.last());
        let first = first.ok_or_else(|| format!("{block} has no room for all parts"))?;
        let part = Block {
            first,
            prefix,
            ..block
        };
        next = part.last().checked_add(1);
        parts.push(Datum::string(part.to_string()));
    }
    if block.is_ambiguous() {
        return Ok(unknown());
    }
    Datum::list(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(name: &str, prefix: &str, numbers: &[f64]) -> std::result::Result<String, String> {
        let numbers = numbers.iter().copied().map(Datum::number);
        let arguments: Vec<Datum> = std::iter::once(Datum::string(prefix))
            .chain(numbers)
            .collect();
        let result = call(name, Arguments(&arguments)).unwrap()?;
        let text = |datum: &Datum| datum.to_text().unwrap_or_else(|| "?".to_owned());
        Ok(match result.as_list() {
            Some(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
            None => text(&result),
        })
    }

    #[test]
    fn addresses_are_counted_from_both_ends() {
        let host = |prefix, number| evaluate("cidrhost", prefix, &[number]);
        assert_eq!(host("10.12.113.7/20", 268.0).unwrap(), "10.12.113.12");
        assert_eq!(host("10.12.112.0/20", -1.0).unwrap(), "10.12.127.255");
        assert_eq!(host("10.12.112.0/20", -4096.0).unwrap(), "10.12.112.0");
        assert!(host("10.12.112.0/20", 4096.0).is_err());
        assert!(host("10.12.112.0/20", -4097.0).is_err());
        assert_eq!(host("::/0", 5.0).unwrap(), "::5");
        let last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        assert_eq!(host("::/0", -1.0).unwrap(), last);
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in [
            "10.1.1.1",
            "10.1.1.1/33",
            "010.1.1.1/8",
            "10.1.1.1/+8",
            "/8",
            "a/8",
        ] {
            assert!(evaluate("cidrnetmask", text, &[]).is_err(), "{text}");
        }
        assert_eq!(evaluate("cidrnetmask", "fd00::/16", &[]).unwrap(), "ffff::");
    }

    #[test]
    fn parts_must_fit() {
        let subnet = |numbers: &[f64]| evaluate("cidrsubnet", "10.1.2.0/24", numbers);
        assert_eq!(subnet(&[4.0, 15.0]).unwrap(), "10.1.2.240/28");
        assert!(subnet(&[4.0, 16.0]).is_err() && subnet(&[9.0, 0.0]).is_err());
        let subnets = |numbers: &[f64]| evaluate("cidrsubnets", "255.255.0.0/16", numbers);
        assert_eq!(
            subnets(&[8.0, 1.0]).unwrap(),
            "255.255.0.0/24 255.255.128.0/17"
        );
        for numbers in [&[1.0, 1.0, 1.0][..], &[0.0], &[17.0], &[8.0, 1.0, 8.0]] {
            assert!(subnets(numbers).is_err(), "{numbers:?}");
        }
        // The end of all addresses.
        let all = evaluate("cidrsubnets", "::/0", &[1.0, 1.0]);
        assert_eq!(all.unwrap(), "::/1 8000::/1");
        assert!(evaluate("cidrsubnets", "::/0", &[1.0, 1.0, 1.0]).is_err());
    }

    #[test]
    fn what_follows_no_rule_is_not_known() {
        let mapped = evaluate("cidrhost", "::ffff:10.1.1.1/120", &[5.0]);
        assert_eq!(mapped.unwrap(), "?");
        let negative = evaluate("cidrsubnet", "10.1.2.0/24", &[4.0, -1.0]);
        assert_eq!(negative.unwrap(), "?");
    }
}
