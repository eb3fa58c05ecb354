//! What an image runs on.

use std::fmt;

use serde::Deserialize;

use crate::ImageError;

/// What an image runs on: operating system, processor and its variant, in Go's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// The operating system, such as `linux`.
    pub os: String,
    /// The processor, such as `amd64`.
    pub architecture: String,
    /// Its variant, such as `v7`.
    #[serde(default)]
    pub variant: Option<String>,
}

impl Platform {
    /// A platform as people write it: `linux/arm64`, `linux/arm/v7`, or a processor alone.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [architecture] => ("linux", *architecture, None),
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some((*variant).to_owned())),
            _ => ("", "", None),
        };
        if os.is_empty() || architecture.is_empty() {
            return Err(ImageError::new(
                format!("`{text}` is no platform"),
                "write it as `linux/arm64` or `linux/arm/v7`",
            ));
        }
        Ok(Self {
            os: os.to_owned(),
            architecture: processor(architecture).to_owned(),
            variant,
        })
    }

    /// Linux on the processor of this machine: what an engine takes when nothing is said.
    pub fn here() -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: processor(std::env::consts::ARCH).to_owned(),
            variant: None,
        }
    }

    /// Whether an image for this platform is what is asked for. A variant that nobody asks for
    /// does not matter, and `v8` is the only one of arm64.
    pub fn suits(&self, asked: &Self) -> bool {
        let variant = |platform: &Self| match platform.variant.as_deref() {
            Some("v8") if platform.architecture == "arm64" => None,
            other => other.map(str::to_owned),
        };
        self.os == asked.os
            && self.architecture == asked.architecture
            && (variant(asked).is_none() || variant(asked) == variant(self))
    }
}

/// A processor in Go's words.
fn processor(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "x86" | "i386" | "i686" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_suits() {
        let suits = |image: &str, asked: &str| {
            Platform::parse(image)
                .unwrap()
                .suits(&Platform::parse(asked).unwrap())
        };
        assert!(suits("linux/amd64", "x86_64"));
        assert!(suits("linux/arm64/v8", "linux/arm64"));
        assert!(suits("linux/arm64", "linux/arm64/v8"));
        assert!(suits("linux/arm/v6", "linux/arm"));
        assert!(!suits("linux/arm/v6", "linux/arm/v7"));
        assert!(!suits("windows/amd64", "amd64"));
    }

    #[test]
    fn what_is_no_platform() {
        for text in ["", "linux/", "a/b/c/d", "/amd64"] {
            assert!(Platform::parse(text).is_err(), "{text:?}");
        }
    }
}
