//! What images and packages are at a time: facts that are in no file of the repository.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::SettingsError;

/// What a repair may write where a version is missing. Somebody has asked a registry or an image for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pins {
    /// The digest of each image, by its name with its tag: `debian:trixie` → `sha256:…`.
    pub images: BTreeMap<String, String>,
    /// The version of each package, by its package manager – `apt`, `apk`, `dnf`, `zypper`, `pip`, `npm`, `gem` or
    /// `go` – and its name.
    pub packages: BTreeMap<String, BTreeMap<String, String>>,
}

impl Pins {
    /// Reads them from JSON.
    ///
    /// The error says what is none: a digest that is not `sha256:` with 64 hexadecimal digits, a version with
    /// characters that a shell or a Dockerfile may read as something else.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let pins: Self = serde_json::from_str(text).map_err(|error| SettingsError {
            message: error.to_string(),
            hint: "write `{\"images\": {\"debian:trixie\": \"sha256:…\"}, \"packages\": {\"apt\": {\"curl\": \"8.14.1-2\"}}}`"
                .to_owned(),
        })?;
        let mut images = pins.images.iter();
        if let Some((image, digest)) = images.find(|(_, digest)| !is_digest(digest)) {
            return Err(SettingsError {
                message: format!("`{digest}` is no digest of `{image}`"),
                hint: "a digest is `sha256:` and 64 hexadecimal digits".to_owned(),
            });
        }
        let mut packages = pins.packages.values().flatten();
        if let Some((package, version)) = packages.find(|(_, version)| !is_version(version)) {
            return Err(SettingsError {
                message: format!("`{version}` is no version of `{package}`"),
                hint: "a version has letters, digits and `.+:~_-` alone".to_owned(),
            });
        }
        Ok(pins)
    }

    /// Takes what others say of what is not known yet.
    pub fn add(&mut self, others: Self) {
        for (image, digest) in others.images {
            self.images.entry(image).or_insert(digest);
        }
        for (manager, packages) in others.packages {
            let known = self.packages.entry(manager).or_default();
            for (package, version) in packages {
                known.entry(package).or_insert(version);
            }
        }
    }
}

/// Whether a text is the digest of an image.
fn is_digest(text: &str) -> bool {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_digit))
}

/// Whether a text can stand in a command as a version.
fn is_version(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".+:~_-".contains(letter);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_digest_or_version_is_refused() {
        let error = |text: &str| Pins::parse(text).unwrap_err().message;
        assert_eq!(
            error("{\"images\": {\"debian\": \"sha256:12\"}}"),
            "`sha256:12` is no digest of `debian`"
        );
        assert_eq!(
            error("{\"packages\": {\"apt\": {\"curl\": \"1; reboot\"}}}"),
            "`1; reboot` is no version of `curl`"
        );
        assert!(error("{\"image\": {}}").starts_with("unknown field `image`"));
        assert!(Pins::parse("{}").is_ok());
    }

    #[test]
    fn what_is_known_stays() {
        let of = |version: &str| {
            let text = format!("{{\"packages\": {{\"apt\": {{\"curl\": \"{version}\"}}}}}}");
            Pins::parse(&text).unwrap()
        };
        let mut pins = of("1");
        pins.add(of("2"));
        assert_eq!(pins, of("1"));
    }
}
