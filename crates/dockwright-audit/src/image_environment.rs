//! What images from elsewhere set.

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
    name: String,
    variables: Vec<String>,
}

fn images() -> &'static [Image] {
    static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../data/image-environment.toml"));
        table.map(|table| table.image).unwrap_or_default()
    });
    &IMAGES
}

/// Whether an image from elsewhere sets a variable; `None` when that is not known.
pub(crate) fn sets(reference: &ImageReference, variable: &str) -> Option<bool> {
    let name = reference.familiar_name();
    let image = images().iter().find(|image| image.name == name)?;
    let matches = |pattern: &String| match pattern.strip_suffix('*') {
        Some(start) => variable.starts_with(start),
        None => variable == pattern,
    };
    Some(variable == "PATH" || image.variables.iter().any(matches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn official_images_set_what_the_table_says() {
        let sets =
            |image: &str, variable: &str| sets(&ImageReference::parse(image).unwrap(), variable);
        assert_eq!(sets("debian:trixie", "LANG"), Some(false));
        assert_eq!(sets("debian:trixie", "PATH"), Some(true));
        assert_eq!(sets("python:3.13-slim", "PYTHON_VERSION"), Some(true));
        assert_eq!(sets("acme/debian", "LANG"), None);
    }
}
