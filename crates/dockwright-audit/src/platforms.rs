//! Platforms as BuildKit compares them.
//!
//! Facts: the platform specifiers of the containerd project.

use std::collections::HashMap;
use std::sync::LazyLock;

use dockwright_environment::reference::{DEFAULT_DOMAIN, ImageReference};
use serde::Deserialize;

/// A platform under the names that BuildKit uses, without its variant; a part that is not written is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Platform<'a> {
    pub(crate) system: &'a str,
    pub(crate) architecture: &'a str,
}

impl<'a> Platform<'a> {
    /// Reads `linux/arm64/v8`, `linux` or `arm64`.
    pub(crate) fn parse(text: &'a str) -> Self {
        const SYSTEMS: [&str; 5] = ["linux", "windows", "darwin", "macos", "freebsd"];
        let mut parts = text.split('/');
        let first = parts.next().unwrap_or_default();
        let (system, architecture) = match parts.next() {
            Some(architecture) => (first, architecture),
            None if SYSTEMS.contains(&first) => (first, ""),
            None => ("linux", first),
        };
        let architecture = match architecture {
            "x86_64" | "x86-64" => "amd64",
            "aarch64" => "arm64",
            "armhf" | "armel" => "arm",
            "i386" => "386",
            other => other,
        };
        Self {
            system: if system == "macos" { "darwin" } else { system },
            architecture,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    namespaces: HashMap<String, String>,
}

/// The one platform that the images of a namespace are for, such as `arm64v8/debian`.
pub(crate) fn of_namespace(reference: &ImageReference) -> Option<&'static str> {
    static TABLE: LazyLock<Option<Table>> =
        LazyLock::new(|| toml::from_str(include_str!("../data/image-platforms.toml")).ok());
    let (namespace, _) = reference.path.split_once('/')?;
    let table = TABLE
        .as_ref()
        .filter(|_| reference.domain == DEFAULT_DOMAIN)?;
    table.namespaces.get(namespace).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_platform_are_equal() {
        for (one, other) in [
            ("linux/arm64/v8", "aarch64"),
            ("linux/arm/v7", "linux/armhf"),
            ("amd64", "linux/x86_64"),
            ("macos", "darwin"),
        ] {
            assert_eq!(Platform::parse(one), Platform::parse(other));
        }
        assert_ne!(
            Platform::parse("linux/amd64"),
            Platform::parse("windows/amd64")
        );
    }
}
