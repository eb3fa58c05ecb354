//! Names of images, digests and platforms.

use std::sync::LazyLock;

use regex::Regex;

use super::{excerpt, problem};
use crate::{Problem, Span};

/// The base that is no image.
pub(super) const SCRATCH: &str = "scratch";

/// The longest path of a repository, in bytes.
const MAX_PATH: usize = 255;

/// No path, tag and digest are longer than this together, in bytes, and no host is.
const MAX_NAME: usize = 1024;

/// Compiles a pattern of this module; they are fixed, and a test compiles each.
fn pattern(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// Path, tag and digest of a name behind its registry.
static REPOSITORY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?P<path>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)",
        r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?",
        r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}))?$"
    ))
});

/// A registry: host and port.
static REGISTRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*",
        r"|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?$"
    ))
});

/// The operating system of a platform, with what may stand in parentheses behind it.
static SYSTEM: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^(?P<name>[A-Za-z0-9_-]+)(?:\([A-Za-z0-9_.%+-]*\))?$"));

/// Why `name` refers to no image.
///
/// Source: the grammar of the distribution project's references, and the way Docker completes
/// short names.
pub(super) fn reference_problem(name: &str, span: Span) -> Option<Problem> {
    if name == SCRATCH {
        return None;
    }
    let shown = excerpt(name);
    if name.len() == 64 && name.bytes().all(is_lower_hex) {
        let message = format!("`{shown}` is the id of an image, not a name");
        return Some(Problem::new(span, message));
    }
    let (registry, rest) = split_registry(name);
    let path = rest.split(':').next().unwrap_or_default();
    if path.to_lowercase() != path && !path.contains('@') {
        return Some(problem(
            span,
            format!("`{shown}` is no name of an image: it must be in lower case"),
            "only the tag and the registry may hold upper-case letters",
        ));
    }
    let invalid = || {
        Some(problem(
            span,
            format!("`{shown}` is no name of an image"),
            "it is [registry/]repository[:tag][@digest]",
        ))
    };
    if rest.len() > MAX_NAME || registry.is_some_and(|registry| registry.len() > MAX_NAME) {
        return invalid();
    }
    let (Some(repository), Some(host)) = (REPOSITORY.as_ref(), REGISTRY.as_ref()) else {
        return None;
    };
    // What is no registry may still be the first part of a path.
    let rest = match registry {
        Some(registry) if host.is_match(registry) => rest,
        _ => name,
    };
    let Some(parts) = repository.captures(rest) else {
        return invalid();
    };
    if parts.name("path").is_some_and(|path| path.len() > MAX_PATH) {
        let message = format!("the path of `{shown}` is longer than {MAX_PATH} characters");
        return Some(Problem::new(span, message));
    }
    let digest = parts.name("digest")?;
    digest_problem(digest.as_str(), span)
}

/// Cuts the registry off: what stands before the first `/`, if it looks like a host.
fn split_registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.to_lowercase() != first =>
        {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Why `digest` is no digest.
pub(super) fn digest_problem(digest: &str, span: Span) -> Option<Problem> {
    let (algorithm, encoded) = digest.split_once(':').unwrap_or(("", ""));
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            return Some(problem(
                span,
                format!("`{}` is no digest", excerpt(digest)),
                "it is sha256:, sha384: or sha512: and lower-case hexadecimal digits",
            ));
        }
    };
    if encoded.len() == length && encoded.bytes().all(is_lower_hex) {
        return None;
    }
    Some(Problem::new(
        span,
        format!("a {algorithm} digest has {length} lower-case hexadecimal digits"),
    ))
}

/// The operating systems that may stand alone.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "macos",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

/// The architectures that may stand alone, their other names too.
const ARCHITECTURES: &[&str] = &[
    "386",
    "aarch64",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "armel",
    "armhf",
    "i386",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "x86-64",
    "x86_64",
];

/// Why `value` is no platform.
pub(super) fn platform_problem(value: &str, span: Span) -> Option<Problem> {
    const HELP: &str = "it is system/architecture[/variant], such as linux/amd64 or linux/arm/v7";
    if value.is_empty() {
        return Some(problem(span, "the platform is empty", HELP));
    }
    let refused = || {
        Some(problem(
            span,
            format!("`{}` is no platform", excerpt(value)),
            HELP,
        ))
    };
    let mut parts = value.split('/');
    let first = parts.next().unwrap_or_default();
    let system = SYSTEM
        .as_ref()?
        .captures(first)
        .and_then(|found| found.name("name"));
    let Some(system) = system else {
        return refused();
    };
    let others: Vec<&str> = parts.take(4).collect();
    let is_word = |part: &&str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    let is_known = match others.len() {
        0 => {
            let system = system.as_str().to_lowercase();
            let first = first.to_lowercase();
            SYSTEMS.contains(&system.as_str()) || ARCHITECTURES.contains(&first.as_str())
        }
        1 | 2 => others.iter().all(is_word),
        _ => false,
    };
    if is_known { None } else { refused() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_image(name: &str) -> bool {
        reference_problem(name, Span::default()).is_none()
    }

    fn is_platform(value: &str) -> bool {
        platform_problem(value, Span::default()).is_none()
    }

    #[test]
    fn the_patterns_compile() {
        assert!(REPOSITORY.is_some() && REGISTRY.is_some() && SYSTEM.is_some());
    }

    #[test]
    fn names_of_images_follow_the_grammar() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for name in [
            "scratch",
            "alpine",
            "alpine:3.20",
            "a__b/c-d--e.f",
            "localhost/a",
            "localhost:5000/a:Tag",
            "[::1]:5000/a",
            "Registry/a",
            "registry.example/a/b/c",
            "foo_bar.com/a",
            "0",
        ] {
            assert!(is_image(name), "{name}");
        }
        assert!(is_image(&format!("alpine@{digest}")));
        assert!(is_image(&format!("alpine:3.20@{digest}")));
        for name in [
            "Alpine",
            "docker.io/Alpine",
            "a___b",
            "-a",
            "a-",
            "a//b",
            "a:",
            "a:-b",
            "a b",
            "a@sha256:00",
            "https://registry.example/a",
            "<image>",
            "a:b:c",
        ] {
            assert!(!is_image(name), "{name}");
        }
        assert!(!is_image(&"0".repeat(64)));
        assert!(!is_image(&"a".repeat(256)));
        assert!(!is_image(&format!("alpine@sha256:{}", "A".repeat(64))));
        assert!(!is_image(&format!("alpine@md5:{}", "0".repeat(32))));
    }

    #[test]
    fn platforms_have_up_to_three_parts() {
        for value in [
            "linux",
            "ARM64",
            "linux/amd64",
            "linux/arm/v7",
            "windows(10.0.17763)/amd64",
            "any/thing",
        ] {
            assert!(is_platform(value), "{value}");
        }
        for value in ["", "amd", "linux/", "/amd64", "linux/a b", "a/b/c/d", "*"] {
            assert!(!is_platform(value), "{value}");
        }
    }
}
