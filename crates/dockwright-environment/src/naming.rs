//! Names for images that nobody has named.

use crate::TreePath;

/// Parts of a path that say that there is an image, not which.
const GENERIC: &[&str] = &[
    "build",
    "builder",
    "ci",
    "container",
    "containers",
    "contrib",
    "deploy",
    "deployment",
    "deployments",
    "dev",
    "docker",
    "dockerfile",
    "dockerfiles",
    "containerfile",
    "images",
    "image",
    "infra",
    "ops",
    "packaging",
    "scripts",
    "src",
    "tools",
];

/// The name that a Dockerfile's path gives its image: the suffix or prefix of its file name
/// (`Dockerfile.worker`, `worker.Dockerfile`), else the nearest directory that says something,
/// else `repository`, the name of the whole.
pub fn derive(path: &TreePath, repository: &str) -> String {
    let file = path.file_name().to_lowercase();
    let own = ["dockerfile", "containerfile"].iter().find_map(|word| {
        let prefix = file
            .strip_prefix(word)
            .map(|rest| rest.trim_matches(['.', '-', '_']));
        let suffix = file
            .strip_suffix(word)
            .map(|rest| rest.trim_matches(['.', '-', '_']));
        prefix
            .into_iter()
            .chain(suffix)
            .find(|rest| !rest.is_empty())
    });
    if let Some(own) = own {
        return slug(own);
    }
    let directories = path
        .parent()
        .map(|parent| parent.as_str().to_owned())
        .unwrap_or_default();
    let telling = directories
        .split('/')
        .rev()
        .find(|part| !part.is_empty() && !GENERIC.contains(&part.to_lowercase().as_str()));
    slug(telling.unwrap_or(repository))
}

/// The derived names that may mean `image`, the last part of a reference's path: the whole, and
/// what stands behind a separator.
pub fn meanings(image: &str) -> impl Iterator<Item = &str> {
    let behind = image
        .match_indices(['-', '_', '.'])
        .filter_map(|(at, separator)| image.get(at + separator.len()..));
    std::iter::once(image).chain(behind)
}

/// A text as part of an image name: lower-case letters, digits and single dashes.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_image() {
        let name = |path: &str| derive(&TreePath::new(path).unwrap(), "shop");
        assert_eq!(name("docker/Dockerfile.test-runner"), "test-runner");
        assert_eq!(name("worker.Dockerfile"), "worker");
        assert_eq!(name("services/api/docker/Dockerfile"), "api");
        assert_eq!(name("docker/Dockerfile"), "shop");
        assert_eq!(name("Containerfile"), "shop");
    }

    #[test]
    fn an_image_may_be_meant_by_the_end_of_its_name() {
        let names: Vec<&str> = meanings("shop-test_runner").collect();
        assert_eq!(names, ["shop-test_runner", "test_runner", "runner"]);
    }
}
