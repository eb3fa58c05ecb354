//! The short form of a port: `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`, with ranges.

use std::net::IpAddr;
use std::ops::Range;

/// A port that a short form stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShortPort {
    /// The bytes of the address.
    pub(super) host_ip: Option<Range<usize>>,
    /// The published port or range, and the bytes it was read from.
    pub(super) published: Option<(String, Range<usize>)>,
    /// The port in the container.
    pub(super) target: u16,
    /// The bytes of the target, without its protocol.
    pub(super) target_range: Range<usize>,
    /// `tcp`, `udp` or `sctp`.
    pub(super) protocol: &'static str,
}

/// Reads a short port; a range stands for several.
pub(super) fn parse(text: &str) -> Result<Vec<ShortPort>, String> {
    let (spec, protocol) = match text.split_once('/') {
        Some((spec, protocol)) => (spec, protocol),
        None => (text, "tcp"),
    };
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "" | "tcp" => "tcp",
        "udp" => "udp",
        "sctp" => "sctp",
        _ => return Err(format!("`{protocol}` is not a protocol")),
    };
    let (front, target) = match spec.rfind(':') {
        Some(at) => (Some(0..at), at + 1..spec.len()),
        None => (None, 0..spec.len()),
    };
    let (host_ip, published) = match front {
        None => (None, None),
        Some(front) => {
            let head = spec.get(front.clone()).unwrap_or_default();
            match head.rfind(':') {
                Some(at) => (Some(0..at), Some(at + 1..front.end)),
                None => (None, Some(front)),
            }
        }
    };
    let host_ip = address(spec, host_ip)?;
    let target_text = spec.get(target.clone()).unwrap_or_default();
    if target_text.is_empty() {
        return Err("this has no container port".to_owned());
    }
    let (first, last) = range(target_text)?;
    let published = published.filter(|published| !published.is_empty());
    let host = match &published {
        Some(published) => Some(range(spec.get(published.clone()).unwrap_or_default())?),
        None => None,
    };
    let count = last - first;
    if let Some((low, high)) = host
        && high - low != count
        && count != 0
    {
        return Err("the two ranges of this port have different lengths".to_owned());
    }
    let port = |offset: u16| {
        let published = host.zip(published.clone()).map(|((low, high), bytes)| {
            let text = if count == 0 && low != high {
                format!("{low}-{high}")
            } else {
                (low + offset).to_string()
            };
            (text, bytes)
        });
        ShortPort {
            host_ip: host_ip.clone(),
            published,
            target: first + offset,
            target_range: target.clone(),
            protocol,
        }
    };
    Ok((0..=count).map(port).collect())
}

fn address(spec: &str, range: Option<Range<usize>>) -> Result<Option<Range<usize>>, String> {
    let Some(mut range) = range.filter(|range| !range.is_empty()) else {
        return Ok(None);
    };
    let text = spec.get(range.clone()).unwrap_or_default();
    let bare = match text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        Some(bare) => {
            range = range.start + 1..range.end - 1;
            bare
        }
        None => text,
    };
    match bare.parse::<IpAddr>() {
        Ok(_) => Ok(Some(range)),
        Err(_) => Err(format!("`{bare}` is not an IP address")),
    }
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u16>().ok().filter(|_| digits);
        number.ok_or_else(|| format!("`{text}` is not a port"))
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    if last < first {
        return Err(format!("the port range `{text}` ends before it begins"));
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Vec<String>, String> {
        let show = |port: ShortPort| {
            let host = port.host_ip.map_or("*", |range| &text[range]);
            let published = port.published.map_or("-".to_owned(), |(text, _)| text);
            format!("{host} {published} {}/{}", port.target, port.protocol)
        };
        Ok(parse(text)?.into_iter().map(show).collect())
    }

    #[test]
    fn short_ports_are_cut_at_colons() {
        assert_eq!(cut("80").unwrap(), ["* - 80/tcp"]);
        assert_eq!(cut("8080:80/UDP").unwrap(), ["* 8080 80/udp"]);
        assert_eq!(cut("127.0.0.1:8080:80").unwrap(), ["127.0.0.1 8080 80/tcp"]);
        assert_eq!(cut("127.0.0.1::80").unwrap(), ["127.0.0.1 - 80/tcp"]);
        assert_eq!(cut("[::1]:8080:80").unwrap(), ["::1 8080 80/tcp"]);
        assert_eq!(
            cut("9000-9001:80-81").unwrap(),
            ["* 9000 80/tcp", "* 9001 81/tcp"]
        );
        assert_eq!(cut("9000-9005:80").unwrap(), ["* 9000-9005 80/tcp"]);
    }

    #[test]
    fn what_compose_refuses_is_an_error() {
        for text in [
            "", "a", "80:", "99999", "1-3:1-2", "2-1", "x:80:80", "80/xyz",
        ] {
            assert!(cut(text).is_err(), "{text}");
        }
    }
}
