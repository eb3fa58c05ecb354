//! `EXPOSE`

use std::net::IpAddr;

use super::{excerpt, problem as with_help};
use crate::dockerfile::expand::expand_words;
use crate::{Problem, Text};

/// Why a word without variables names no ports.
pub(super) fn problem(word: &Text, escape: char) -> Option<Problem> {
    let words = expand_words(word, escape, &mut |_| None).words;
    let wrong = words.iter().find(|word| !is_port(word))?;
    Some(with_help(
        word.span,
        format!("`{}` is no port", excerpt(wrong)),
        "it is a number up to 65535 or a range such as 8000-8010, and /tcp, /udp or /sctp may follow",
    ))
}

/// Whether `word` is `[[address:]host port:]port[/protocol]`, as `BuildKit` still takes it.
fn is_port(word: &str) -> bool {
    let (before, port) = match word.rsplit_once(':') {
        Some((before, port)) => (Some(before), port),
        None => (None, word),
    };
    let (port, protocol) = port.split_once('/').unwrap_or((port, ""));
    let protocol = protocol.to_lowercase();
    let Some(ports) = range(port) else {
        return false;
    };
    if !matches!(protocol.as_str(), "" | "tcp" | "udp" | "sctp") {
        return false;
    }
    let (address, host) = match before.and_then(|before| before.rsplit_once(':')) {
        Some((address, host)) => (address, host),
        None => ("", before.unwrap_or_default()),
    };
    let fits = |host: (u32, u32)| ports.0 == ports.1 || host.1 - host.0 == ports.1 - ports.0;
    is_address(address) && (host.is_empty() || range(host).is_some_and(fits))
}

fn is_address(address: &str) -> bool {
    let inner = address
        .strip_prefix('[')
        .map_or(Some(address), |rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.is_empty() || inner.parse::<IpAddr>().is_ok())
}

/// The first and the last port of `8000` or `8000-8010`.
fn range(ports: &str) -> Option<(u32, u32)> {
    let (start, end) = ports.split_once('-').unwrap_or((ports, ports));
    let (start, end) = (number(start)?, number(end)?);
    (start <= end).then_some((start, end))
}

fn number(port: &str) -> Option<u32> {
    let number: i64 = port.parse().ok()?;
    u16::try_from(number).ok().map(u32::from)
}

#[cfg(test)]
mod tests {
    use super::is_port;

    #[test]
    fn ports_have_a_number_and_a_protocol() {
        for word in [
            "0",
            "80",
            "65535",
            "+80",
            "80/tcp",
            "80/UDP",
            "80/",
            "8000-8010/sctp",
            "8080:80",
            "8000-8010:80",
            "127.0.0.1:8080:80",
            "127.0.0.1::80",
            "[::1]:8080:80",
            "::1:8080:80",
        ] {
            assert!(is_port(word), "{word}");
        }
        for word in [
            "",
            "65536",
            "-1",
            "http",
            "80,",
            "80/http",
            "80/tcp/udp",
            "/tcp",
            "90-80",
            "1-2-3",
            "8080:",
            "x:80",
            "1-2:3-5",
            "host:80:80",
            "[80]",
            "[::1:80:80",
        ] {
            assert!(!is_port(word), "{word}");
        }
    }
}
