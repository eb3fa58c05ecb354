//! The tags that every image gets.

use dockwright_environment::reference::ImageReference;
use dockwright_settings::SettingsError;

use super::Version;

/// What stands for the version in a tag.
pub(super) const VERSION: &str = "{version}";

/// The tags that the settings ask for, each once. One with a version is left out when there is none.
pub fn tags(wanted: &[String], version: Option<&Version>) -> Result<Vec<String>, SettingsError> {
    let mut tags: Vec<String> = Vec::new();
    for written in wanted {
        let text = version.map_or_else(|| "0".to_owned(), Version::tag);
        let tag = written.replace(VERSION, &text);
        if !is_tag(&tag) {
            return Err(SettingsError::new(
                format!("`{written}` in `build.tags` is no tag of an image"),
                format!(
                    "a tag has letters, digits, `_`, `.` and `-`, at most 128; `{VERSION}` stands for the version"
                ),
            ));
        }
        let is_known = version.is_some() || !written.contains(VERSION);
        if is_known && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

fn is_tag(text: &str) -> bool {
    let image = ImageReference::parse(&format!("image:{text}"));
    image.is_ok_and(|image| image.tag.as_deref() == Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(wanted: &[&str], version: Option<&str>) -> Result<Vec<String>, SettingsError> {
        let wanted: Vec<String> = wanted.iter().map(|tag| (*tag).to_owned()).collect();
        tags(&wanted, version.and_then(Version::parse).as_ref())
    }

    #[test]
    fn the_version_is_put_in() {
        let tags = given(&["{version}", "v{version}-slim", "latest"], Some("1.2.3")).unwrap();
        assert_eq!(tags, ["1.2.3", "v1.2.3-slim", "latest"]);
        assert_eq!(given(&["{version}", "latest"], None).unwrap(), ["latest"]);
        assert!(given(&[], Some("1.2.3")).unwrap().is_empty());
    }

    #[test]
    fn no_tag_is_given_twice() {
        let tags = given(&["{version}", "latest", "latest"], Some("latest")).unwrap();
        assert_eq!(tags, ["latest"]);
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in [
            "",
            "{verison}",
            "a/b",
            "a:b",
            "-a",
            "latest@sha256:0",
            &"x".repeat(129),
        ] {
            let error = given(&[tag], None).unwrap_err();
            assert_eq!(
                error.message,
                format!("dockwright.toml: `{tag}` in `build.tags` is no tag of an image")
            );
        }
    }
}
