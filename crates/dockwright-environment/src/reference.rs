//! Names of images: `[host[:port]/]path[:tag][@digest]`.
//!
//! Facts: the grammar and the normalisation of `github.com/distribution/reference`.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The registry of a name that names none.
pub const DEFAULT_DOMAIN: &str = "docker.io";
/// The tag of a reference that has neither tag nor digest.
pub const DEFAULT_TAG: &str = "latest";
/// Where the Docker Official Images live at the default registry.
const OFFICIAL_PREFIX: &str = "library/";
/// The longest path of a repository, in bytes.
const MAX_PATH: usize = 255;
/// The longest tag, in bytes.
const MAX_TAG: usize = 128;

/// The Docker Official Images, one a line, behind comments.
const OFFICIAL_IMAGES: &str = include_str!("../data/official-images.txt");

/// A reference to an image, normalised: `alpine` is `docker.io/library/alpine`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// The registry, with its port.
    pub domain: String,
    /// The repository at the registry.
    pub path: String,
    /// The tag, if one is written.
    pub tag: Option<String>,
    /// The digest, if one is written, such as `sha256:…`.
    pub digest: Option<String>,
}

/// Why a text is no reference to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// Nothing is written.
    Empty,
    /// The name of the repository has upper-case letters.
    UpperCase,
    /// The registry is no host name with an optional port.
    Domain(String),
    /// A part of the repository's name has other characters than lower-case letters, digits and
    /// single separators between them.
    Path(String),
    /// The repository's name is longer than 255 bytes.
    TooLong,
    /// The tag has other characters than letters, digits, `_`, `.` and `-`, begins with one of
    /// the last two, is empty, or is longer than 128 bytes.
    Tag(String),
    /// The digest is not of the form `sha256:` and 64 lower-case hexadecimal digits (96 for
    /// `sha384`, 128 for `sha512`).
    Digest(String),
    /// 64 hexadecimal digits: an image's identity, not a name.
    Identifier,
}

impl ImageReference {
    /// Reads a reference as `FROM` and `image:` do.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if is_hexadecimal(text, 64) {
            return Err(ReferenceError::Identifier);
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (domain, rest) = split_domain(name);
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ReferenceError::UpperCase);
        }
        if !is_domain(domain) {
            return Err(ReferenceError::Domain(domain.to_owned()));
        }
        if let Some(part) = path.split('/').find(|part| !is_path_component(part)) {
            return Err(ReferenceError::Path(part.to_owned()));
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag(tag.to_owned()));
        }
        if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
            return Err(ReferenceError::Digest(digest.to_owned()));
        }
        let is_short = domain == DEFAULT_DOMAIN && !path.contains('/');
        let path = format!("{}{path}", if is_short { OFFICIAL_PREFIX } else { "" });
        if path.len() > MAX_PATH {
            return Err(ReferenceError::TooLong);
        }
        Ok(Self {
            domain: domain.to_owned(),
            path,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The repository with its registry: `docker.io/library/alpine`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The repository as people write it: `alpine`.
    pub fn familiar_name(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return self.repository();
        }
        let official = self.path.strip_prefix(OFFICIAL_PREFIX);
        // `library/a/b` and `a.b/c` would be read as something else without what is left out.
        let mut shorter = official.into_iter().chain([self.path.as_str()]);
        let familiar = shorter.find(|name| {
            Self::parse(name).is_ok_and(|read| {
                (&read.domain, &read.path, &read.tag) == (&self.domain, &self.path, &None)
            })
        });
        familiar.map_or_else(|| self.repository(), str::to_owned)
    }

    /// The tag that is used: the one written, or `latest` where there is no digest either.
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, Some(_)) => None,
            (None, None) => Some(DEFAULT_TAG),
        }
    }

    /// The whole reference with nothing left out: `docker.io/library/alpine:latest`. Two
    /// references to the same image have the same.
    pub fn normalised(&self) -> String {
        with_tag_and_digest(
            self.repository(),
            self.effective_tag(),
            self.digest.as_deref(),
        )
    }

    /// Whether this is one of the Docker Official Images.
    pub fn is_official(&self) -> bool {
        self.domain == DEFAULT_DOMAIN
            && self
                .path
                .strip_prefix(OFFICIAL_PREFIX)
                .is_some_and(is_official)
    }
}

/// The familiar form, with tag and digest as written: `alpine:3.22`.
impl fmt::Display for ImageReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.familiar_name();
        let (tag, digest) = (self.tag.as_deref(), self.digest.as_deref());
        formatter.write_str(&with_tag_and_digest(name, tag, digest))
    }
}

impl FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("the image has no name"),
            Self::UpperCase => formatter.write_str("the name of a repository must be lower-case"),
            Self::Domain(domain) => write!(formatter, "`{domain}` is no name of a registry"),
            Self::Path(part) if part.is_empty() => {
                formatter.write_str("a part of the repository's name is empty")
            }
            Self::Path(part) => write!(
                formatter,
                "`{part}` is not lower-case letters and digits with single separators"
            ),
            Self::TooLong => write!(
                formatter,
                "the repository's name is longer than {MAX_PATH} bytes"
            ),
            Self::Tag(tag) if tag.is_empty() => formatter.write_str("the tag is empty"),
            Self::Tag(tag) => write!(formatter, "`{tag}` is no valid tag"),
            Self::Digest(digest) if digest.is_empty() => formatter.write_str("the digest is empty"),
            Self::Digest(digest) => write!(formatter, "`{digest}` is no valid digest"),
            Self::Identifier => {
                formatter.write_str("64 hexadecimal digits are an image's identity, not a name")
            }
        }
    }
}

impl std::error::Error for ReferenceError {}

/// Whether `name` (such as `alpine`) is one of the Docker Official Images.
pub fn is_official(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let names = OFFICIAL_IMAGES.lines();
        names.filter(|line| !line.starts_with('#')).collect()
    });
    NAMES.contains(name)
}

/// Whether `tag` is valid.
pub fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= MAX_TAG
        && tag.bytes().next().is_some_and(is_word)
        && tag
            .bytes()
            .all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// Whether `digest` is valid.
pub fn is_digest(digest: &str) -> bool {
    let length = |algorithm: &str| match algorithm {
        "sha256" => Some(64),
        "sha384" => Some(96),
        "sha512" => Some(128),
        _ => None,
    };
    digest.split_once(':').is_some_and(|(algorithm, digits)| {
        length(algorithm).is_some_and(|length| is_hexadecimal(digits, length))
    })
}

fn with_tag_and_digest(mut name: String, tag: Option<&str>, digest: Option<&str>) -> String {
    for (separator, part) in [(':', tag), ('@', digest)] {
        if let Some(part) = part {
            name.push(separator);
            name.push_str(part);
        }
    }
    name
}

/// The registry and the rest. The first part is a registry only if it looks like a host.
fn split_domain(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("index.docker.io", rest)) => (DEFAULT_DOMAIN, rest),
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => (DEFAULT_DOMAIN, name),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[') {
        // An IPv6 address.
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => {
                let is_address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
                let is_address = !address.is_empty() && address.bytes().all(is_address);
                return is_address
                    && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
            }
            None => return false,
        },
        None => match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain, None),
        },
    };
    port.is_none_or(is_port)
        && host.split('.').all(|part| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !part.is_empty()
                && part.bytes().all(is_allowed)
                && !part.starts_with('-')
                && !part.ends_with('-')
        })
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_path_component(part: &str) -> bool {
    let is_plain = |byte: char| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = part
        .split(is_plain)
        .filter(|separator| !separator.is_empty());
    part.starts_with(is_plain)
        && part.ends_with(is_plain)
        && separators.into_iter().all(|separator| {
            matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_as_the_same() {
        for (reference, familiar) in [
            ("docker.io/library/debian", "debian"),
            ("docker.io/team/app", "team/app"),
            ("docker.io/library/team/app", "library/team/app"),
            ("docker.io/example.org/app", "docker.io/example.org/app"),
        ] {
            let reference = ImageReference::parse(reference).unwrap();
            assert_eq!(reference.to_string(), familiar);
            assert_eq!(ImageReference::parse(familiar).unwrap(), reference);
        }
        let hexadecimal = format!("docker.io/{}", "a".repeat(64));
        let reference = ImageReference::parse(&hexadecimal).unwrap();
        assert_eq!(reference.to_string(), format!("library/{}", "a".repeat(64)));
    }

    #[test]
    fn a_short_name_means_the_default_registry() {
        for (text, normalised, familiar) in [
            ("alpine", "docker.io/library/alpine:latest", "alpine"),
            ("library/alpine:3", "docker.io/library/alpine:3", "alpine:3"),
            (
                "docker.io/alpine",
                "docker.io/library/alpine:latest",
                "alpine",
            ),
            ("index.docker.io/a/b", "docker.io/a/b:latest", "a/b"),
            (
                "grafana/loki:2.9",
                "docker.io/grafana/loki:2.9",
                "grafana/loki:2.9",
            ),
            ("localhost/app", "localhost/app:latest", "localhost/app"),
            ("local/app", "docker.io/local/app:latest", "local/app"),
            (
                "host:5000/a/b__c",
                "host:5000/a/b__c:latest",
                "host:5000/a/b__c",
            ),
            ("[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a"),
            (
                "ghcr.io/a/b:v1.0-x",
                "ghcr.io/a/b:v1.0-x",
                "ghcr.io/a/b:v1.0-x",
            ),
            ("HOST/a", "HOST/a:latest", "HOST/a"),
            ("a--b:_", "docker.io/library/a--b:_", "a--b:_"),
        ] {
            let reference = ImageReference::parse(text).unwrap();
            assert_eq!(reference.normalised(), normalised, "{text}");
            assert_eq!(reference.to_string(), familiar, "{text}");
            assert_eq!(familiar.parse(), Ok(reference), "{text}");
        }
    }

    #[test]
    fn a_digest_needs_no_tag() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let reference = ImageReference::parse(&format!("alpine@{digest}")).unwrap();
        assert_eq!(reference.effective_tag(), None);
        assert_eq!(reference.digest.as_deref(), Some(digest.as_str()));
        let both = ImageReference::parse(&format!("alpine:3@{digest}")).unwrap();
        assert_eq!(both.effective_tag(), Some("3"));
        assert_eq!(both.to_string(), format!("alpine:3@{digest}"));
    }

    #[test]
    fn what_is_no_reference_says_why() {
        let long_tag = format!("a:{}", "x".repeat(129));
        let long_name = "a/".repeat(128) + "a";
        let digits = "0".repeat(64);
        let messages: Vec<String> = [
            "",
            "Alpine",
            "my/App",
            "a b",
            "a:",
            "a:-x",
            "a:x y",
            "a:b:c",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a_-b",
            "a..b",
            "http://a/b",
            "a.b-/c",
            "h:port/a",
            "a@sha256:12",
            "a@md5:12",
            "a@",
            "[::1/a",
            "\u{e9}",
            "a/:1",
            &long_tag,
            &long_name,
            &digits,
        ]
        .iter()
        .map(|text| {
            let error = ImageReference::parse(text).unwrap_err().to_string();
            format!(
                "{}: {}",
                text.chars().take(12).collect::<String>(),
                error.chars().take(70).collect::<String>()
            )
        })
        .collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        : the image has no name
        Alpine: the name of a repository must be lower-case
        my/App: the name of a repository must be lower-case
        a b: `a b` is not lower-case letters and digits with single separators
        a:: the tag is empty
        a:-x: `-x` is no valid tag
        a:x y: `x y` is no valid tag
        a:b:c: `b:c` is no valid tag
        a//b: a part of the repository's name is empty
        /a: a part of the repository's name is empty
        a/: a part of the repository's name is empty
        -a: `-a` is not lower-case letters and digits with single separators
        a_-b: `a_-b` is not lower-case letters and digits with single separators
        a..b: `a..b` is not lower-case letters and digits with single separators
        http://a/b: `http:` is no name of a registry
        a.b-/c: `a.b-` is no name of a registry
        h:port/a: `h:port` is no name of a registry
        a@sha256:12: `sha256:12` is no valid digest
        a@md5:12: `md5:12` is no valid digest
        a@: the digest is empty
        [::1/a: `[::1` is no name of a registry
        é: `é` is not lower-case letters and digits with single separators
        a/:1: a part of the repository's name is empty
        a:xxxxxxxxxx: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        a/a/a/a/a/a/: the repository's name is longer than 255 bytes
        000000000000: 64 hexadecimal digits are an image's identity, not a name
        ");
    }

    #[test]
    fn official_images_are_known() {
        let is_official = |text| ImageReference::parse(text).unwrap().is_official();
        assert!(is_official("debian:trixie"));
        assert!(is_official("docker.io/library/postgres"));
        assert!(!is_official("bitnami/postgres"));
        assert!(!is_official("ghcr.io/library/debian"));
        assert!(!is_official("onemore"));
        let names: Vec<&str> = OFFICIAL_IMAGES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert!(names.is_sorted());
    }
}
