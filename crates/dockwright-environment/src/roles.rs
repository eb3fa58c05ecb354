//! What images are for, by the words in their names.

use std::sync::OnceLock;

use serde::Deserialize;

/// Words that tell what an image is for; `data/roles.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Words for images that people develop, test and build with.
    pub development: Vec<String>,
    /// Words for images that people deploy.
    pub production: Vec<String>,
}

/// The words that are known.
pub fn roles() -> &'static Roles {
    static ROLES: OnceLock<Roles> = OnceLock::new();
    ROLES.get_or_init(|| {
        let table = toml::from_str(include_str!("../data/roles.toml"));
        table.unwrap_or_default()
    })
}

/// The words of a name, in lower case: `app-dev` has `app` and `dev`.
pub fn words(name: &str) -> impl Iterator<Item = String> {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let is_development = |name| words(name).any(|word| roles().development.contains(&word));
        assert!(is_development("Dockerfile.test-runner"));
        assert!(is_development(".devcontainer"));
        assert!(!is_development("latest"));
    }
}
