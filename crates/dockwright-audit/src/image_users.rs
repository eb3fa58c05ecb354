//! The user that images from elsewhere run as.

use std::sync::LazyLock;

use dockwright_environment::reference::ImageReference;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    image: Vec<Image>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    images: Vec<String>,
    tags: Option<Vec<String>>,
    user: DefaultUser,
}

/// Who runs what an image from elsewhere starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DefaultUser {
    /// Root.
    Root,
    /// Root, until its own entrypoint or program gives that up.
    Drops,
    /// Somebody else.
    Other,
}

/// Who runs what an image starts, if that is known.
pub(crate) fn default_user(reference: &ImageReference) -> Option<DefaultUser> {
    static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/image-users.toml"));
        table.map(|table| table.image).unwrap_or_default()
    });
    let name = reference.familiar_name();
    let tag = reference.tag.as_deref().unwrap_or_default();
    let mut images = IMAGES.iter();
    let image = images.find(|image| {
        let tags = image.tags.as_ref();
        image.images.iter().any(|own| matches(own, &name))
            && tags.is_none_or(|tags| tags.iter().any(|own| matches(own, tag)))
    })?;
    Some(image.user)
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            let rest = text.strip_prefix(start);
            rest.is_some_and(|rest| rest.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_may_decide() {
        let user = |name| default_user(&ImageReference::parse(name).unwrap());
        assert_eq!(user("alpine:3.22"), Some(DefaultUser::Root));
        assert_eq!(
            user("gcr.io/distroless/static:nonroot-amd64"),
            Some(DefaultUser::Other)
        );
        assert_eq!(
            user("gcr.io/distroless/static-debian12"),
            Some(DefaultUser::Root)
        );
        assert_eq!(user("postgres:17"), Some(DefaultUser::Drops));
        assert_eq!(user("example.com/any"), None);
    }
}
