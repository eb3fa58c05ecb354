//! What images say of themselves.

use std::collections::BTreeMap;

use super::{Revision, Version};

/// The labels of the OCI image specification ("Pre-Defined Annotation Keys") that the revision and
/// the version give.
pub fn labels(revision: Option<&Revision>, version: Option<&Version>) -> BTreeMap<String, String> {
    let given = [
        ("revision", revision.map(Revision::identity)),
        // Not the time of the build: the same commit gives the same image.
        ("created", revision.map(|it| it.committed.clone())),
        ("source", revision.and_then(|it| it.source.clone())),
        ("version", version.map(ToString::to_string)),
    ];
    let given = given.into_iter();
    given
        .filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_for_each_thing_that_is_known() {
        let revision = Revision {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            is_dirty: true,
            committed: "2024-02-29T12:00:00Z".to_owned(),
            description: None,
            source: None,
        };
        let version = Version::parse("v1.2.3+linux");
        insta::assert_debug_snapshot!(labels(Some(&revision), version.as_ref()), @r#"
        {
            "org.opencontainers.image.created": "2024-02-29T12:00:00Z",
            "org.opencontainers.image.revision": "0123456789abcdef0123456789abcdef01234567-dirty",
            "org.opencontainers.image.version": "1.2.3+linux",
        }
        "#);
        assert!(labels(None, None).is_empty());
    }
}
