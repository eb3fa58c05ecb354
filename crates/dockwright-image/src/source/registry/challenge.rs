//! What a registry asks for before it answers: the `WWW-Authenticate` header.
//!
//! Source: the distribution project's "Token Authentication Specification".

use std::fmt::Write;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password.
    Basic,
    /// A token, which another address gives.
    Bearer {
        /// The address, with what it has to know.
        address: String,
    },
}

impl Challenge {
    /// Reads the header.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let fields = fields(rest);
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let mut address = field("realm")?.clone();
        for name in ["service", "scope"] {
            if let Some(value) = field(name) {
                address.push(if address.contains('?') { '&' } else { '?' });
                let _ = write!(address, "{name}={}", encoded(value));
            }
        }
        Some(Self::Bearer { address })
    }
}

/// `key="value"` fields between commas.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        fields.push((key, value.to_owned()));
        rest = after;
    }
    fields
}

/// A value in an address.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token() {
        let header = r#"Bearer realm="https://auth.example.org/token",service="a b",scope="repository:team/app:pull,push""#;
        let Some(Challenge::Bearer { address }) = Challenge::parse(header) else {
            unreachable!();
        };
        insta::assert_snapshot!(address, @"https://auth.example.org/token?service=a%20b&scope=repository:team/app:pull,push");
    }

    #[test]
    fn others() {
        assert_eq!(
            Challenge::parse("Basic realm=\"x\""),
            Some(Challenge::Basic)
        );
        assert_eq!(Challenge::parse("Digest x"), None);
        assert_eq!(Challenge::parse("Bearer service=x"), None);
        assert_eq!(Challenge::parse(""), None);
    }
}
