//! The version of the images.

use std::fmt;

use dockwright_environment::{CallerVariables, Tree, TreePath};
use dockwright_settings::{SettingsError, VersionSource};

use super::{Revision, manifest};

/// The longest version, in bytes: as long as a tag may be.
const MAX_LENGTH: usize = 128;

/// The version of the images: one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Reads a version. A `v` before a digit is left out, as it is in the tags of images.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix('v');
        let text = digits
            .filter(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
            .unwrap_or(text);
        let is_word = !text.contains(|it: char| it.is_whitespace() || it.is_control());
        let has_substance = text.contains(|it: char| it.is_ascii_alphanumeric());
        let is_version = is_word && has_substance && text.len() <= MAX_LENGTH;
        is_version.then(|| Self(text.to_owned()))
    }

    /// The version as a tag: what a tag cannot have, such as the `+` of build metadata, is `-`.
    pub fn tag(&self) -> String {
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
        let tag = self.0.chars().map(|it| if fits(it) { it } else { '-' });
        tag.collect::<String>()
            .trim_start_matches(['.', '-'])
            .to_owned()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The version that a source gives; where none is declared, that of git, if it has one.
pub fn version(
    source: Option<&VersionSource>,
    tree: &dyn Tree,
    caller: &CallerVariables,
    revision: Option<&Revision>,
) -> Result<Option<Version>, SettingsError> {
    let described = revision.and_then(|revision| revision.description.as_deref());
    let Some(source) = source else {
        return Ok(described.and_then(Version::parse));
    };
    let (text, origin) = match source {
        VersionSource::Git => {
            let text = described.map(str::to_owned).ok_or_else(|| {
                SettingsError::new(
                    "`build.version` is \"git\", but no git tag is reachable",
                    "tag a commit, or fetch the tags: a shallow clone has none",
                )
            })?;
            (text, "`git describe`".to_owned())
        }
        VersionSource::Env(name) => {
            let text = caller.get(name).filter(|text| !text.trim().is_empty());
            let text = text.ok_or_else(|| {
                SettingsError::new(
                    format!(
                        "`build.version` is the environment variable `{name}`, which is not set"
                    ),
                    format!("set it to the version of the images, such as `{name}=1.2.3`"),
                )
            })?;
            (
                text.to_owned(),
                format!("the environment variable `{name}`"),
            )
        }
        VersionSource::File(path) => {
            let text = read(tree, path)?;
            let first = text.lines().next().unwrap_or_default().to_owned();
            (first, format!("the first line of `{path}`"))
        }
        VersionSource::Manifest(path) => {
            let text = manifest::version(path, &read(tree, path)?)?;
            (text, format!("`{path}`"))
        }
    };
    let version = Version::parse(&text).ok_or_else(|| {
        let shown: String = text.trim().chars().take(40).collect();
        let gives = if shown.is_empty() {
            "nothing".to_owned()
        } else {
            format!("`{shown}`, which is no version")
        };
        SettingsError::new(
            format!("{origin} gives {gives}"),
            format!("a version is one word of at most {MAX_LENGTH} characters, such as `1.2.3`"),
        )
    })?;
    Ok(Some(version))
}

/// The text of a file that the settings name.
fn read(tree: &dyn Tree, path: &str) -> Result<String, SettingsError> {
    let unreadable = |reason: String| {
        SettingsError::new(
            format!("the version cannot be read from `{path}`: {reason}"),
            "name a file by its path from the root of the repository, or another source in `build.version`",
        )
    };
    let inside = TreePath::new(path)
        .ok_or_else(|| unreadable("the path leads out of the repository".to_owned()))?;
    let bytes = tree.read(&inside);
    let bytes = bytes.map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dockwright_environment::tree::MemoryTree;

    fn tree() -> MemoryTree {
        MemoryTree::new()
            .file("VERSION", "\u{feff}v1.2.3\r\nof the shop\n")
            .file("prose", "the version\n")
            .file("empty", "")
            .file("web/package.json", r#"{"version": "4.5.6"}"#)
    }

    fn from(source: &VersionSource) -> Result<String, SettingsError> {
        let variables = [("SHOP", "7.8.9"), ("BLANK", " ")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let caller = CallerVariables::from_iter(variables);
        let version = version(Some(source), &tree(), &caller, None)?;
        Ok(version.unwrap().to_string())
    }

    fn revision(description: Option<&str>) -> Revision {
        Revision {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            is_dirty: false,
            committed: "2024-02-29T12:00:00Z".to_owned(),
            description: description.map(str::to_owned),
            source: None,
        }
    }

    #[test]
    fn every_source_gives_a_version() {
        let env = VersionSource::Env("SHOP".to_owned());
        let file = VersionSource::File("./VERSION".to_owned());
        let manifest = VersionSource::Manifest("web/package.json".to_owned());
        assert_eq!(from(&env).unwrap(), "7.8.9");
        assert_eq!(from(&file).unwrap(), "1.2.3");
        assert_eq!(from(&manifest).unwrap(), "4.5.6");

        let given = |source: Option<&VersionSource>, description| {
            let caller = CallerVariables::default();
            version(source, &tree(), &caller, Some(&revision(description)))
        };
        let tagged = given(Some(&VersionSource::Git), Some("v1.2.3-4-g0123456-dirty"));
        assert_eq!(
            tagged.unwrap().unwrap().to_string(),
            "1.2.3-4-g0123456-dirty"
        );
        assert_eq!(
            given(None, Some("2.0")).unwrap().unwrap().to_string(),
            "2.0"
        );
        assert_eq!(given(None, None).unwrap(), None);
    }

    #[test]
    fn a_declared_source_that_gives_nothing_is_an_error() {
        let error = |source: VersionSource| {
            let error = from(&source).unwrap_err();
            format!("{}\n{}", error.message, error.hint)
        };
        let file = |path: &str| VersionSource::File(path.to_owned());
        let env = |name: &str| VersionSource::Env(name.to_owned());
        let errors = [
            error(VersionSource::Git),
            error(env("BLANK")),
            error(file("../VERSION")),
            error(file("gone")),
            error(file("empty")),
            error(file("prose")),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        dockwright.toml: `build.version` is "git", but no git tag is reachable
        tag a commit, or fetch the tags: a shallow clone has none
        dockwright.toml: `build.version` is the environment variable `BLANK`, which is not set
        set it to the version of the images, such as `BLANK=1.2.3`
        dockwright.toml: the version cannot be read from `../VERSION`: the path leads out of the repository
        name a file by its path from the root of the repository, or another source in `build.version`
        dockwright.toml: the version cannot be read from `gone`: there is no such file
        name a file by its path from the root of the repository, or another source in `build.version`
        dockwright.toml: the first line of `empty` gives nothing
        a version is one word of at most 128 characters, such as `1.2.3`
        dockwright.toml: the first line of `prose` gives `the version`, which is no version
        a version is one word of at most 128 characters, such as `1.2.3`
        "#);
    }

    #[test]
    fn a_version_becomes_a_tag() {
        let tag = |text| Version::parse(text).map(|version| version.tag());
        assert_eq!(tag("v1.2.3").as_deref(), Some("1.2.3"));
        assert_eq!(tag("1.2.3+build.5").as_deref(), Some("1.2.3-build.5"));
        assert_eq!(tag("api/v1.2").as_deref(), Some("api-v1.2"));
        assert_eq!(tag("+1").as_deref(), Some("1"));
        assert_eq!(tag("vintage").as_deref(), Some("vintage"));
        assert_eq!(tag("2024 spring"), None);
        assert_eq!(tag("+"), None);
        assert_eq!(tag(&"1".repeat(129)), None);
    }
}
