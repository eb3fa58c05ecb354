//! What every image gets beside what the repository says of it: tags with a version, and labels.

mod labels;
mod manifest;
mod revision;
mod tags;
mod version;

use std::collections::BTreeMap;
use std::path::Path;

use dockwright_environment::git::GitError;
use dockwright_environment::{CallerVariables, Tree};
use dockwright_settings::{BuildSettings, SettingsError};

pub use labels::labels;
pub use revision::Revision;
pub use tags::tags;
pub use version::{Version, version};

/// What every image gets beside what the repository says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Tags, such as a version and `latest`.
    pub tags: Vec<String>,
    /// Labels. One that the Dockerfile or the definition sets is left alone.
    pub labels: BTreeMap<String, String>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

impl Publication {
    /// What the settings ask for, from the files of `tree`, the variables of the caller and the git
    /// repository that holds the directory `root`. A declared source of the version that gives
    /// none is an error.
    pub fn of(
        settings: &BuildSettings,
        tree: &dyn Tree,
        caller: &CallerVariables,
        root: &Path,
    ) -> Result<Self, SettingsError> {
        let mut notes = Vec::new();
        let revision = match Revision::read(root) {
            Ok(revision) => Some(revision),
            Err(GitError::NotARepository { .. } | GitError::UnknownRevision { .. }) => None,
            Err(error) => {
                let error = error.to_string();
                let first = error.lines().next().unwrap_or_default();
                notes.push(format!("nothing is known of the images' revision: {first}"));
                None
            }
        };
        let version = version(settings.version.as_ref(), tree, caller, revision.as_ref())?;
        let tags = tags(&settings.tags, version.as_ref())?;
        if version.is_none() && settings.tags.iter().any(|tag| tag.contains(tags::VERSION)) {
            notes.push(
                "the images get no version: no git tag is reachable; \
                 `version` in the table `[build]` of dockwright.toml names another source"
                    .to_owned(),
            );
        }
        let labels = if settings.labels {
            labels(revision.as_ref(), version.as_ref())
        } else {
            BTreeMap::new()
        };
        Ok(Self {
            tags,
            labels,
            notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use dockwright_environment::tree::MemoryTree;
    use dockwright_settings::VersionSource;

    use super::*;

    fn publication(settings: &BuildSettings) -> Publication {
        // A directory that is in no git repository.
        let root = tempfile::tempdir().unwrap();
        let tree = MemoryTree::new().file("VERSION", "1.2.3\n");
        Publication::of(settings, &tree, &CallerVariables::default(), root.path()).unwrap()
    }

    #[test]
    fn by_default_images_get_their_version_and_latest() {
        let declared = publication(&BuildSettings {
            version: Some(VersionSource::File("VERSION".to_owned())),
            ..BuildSettings::default()
        });
        assert_eq!(declared.tags, ["1.2.3", "latest"]);
        assert_eq!(declared.labels.len(), 1);
        assert!(declared.notes.is_empty());
    }

    #[test]
    fn without_a_version_a_note_says_how_to_declare_one() {
        let publication = publication(&BuildSettings::default());
        assert_eq!(publication.tags, ["latest"]);
        insta::assert_snapshot!(publication.notes.join("\n"), @"the images get no version: no git tag is reachable; `version` in the table `[build]` of dockwright.toml names another source");
    }

    #[test]
    fn everything_can_be_switched_off() {
        let publication = publication(&BuildSettings {
            version: Some(VersionSource::File("VERSION".to_owned())),
            tags: Vec::new(),
            labels: false,
        });
        assert_eq!(publication, Publication::default());
    }
}
