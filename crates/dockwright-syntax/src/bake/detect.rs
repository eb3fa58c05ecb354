//! Telling bake files from other HCL and JSON files.

use super::tree::{Attribute, Document};

/// Attributes that only a bake target has.
const TARGET_ATTRIBUTES: &[&str] = &[
    "annotations",
    "args",
    "attest",
    "cache-from",
    "cache-to",
    "call",
    "context",
    "contexts",
    "dockerfile",
    "dockerfile-inline",
    "inherits",
    "matrix",
    "no-cache",
    "no-cache-filter",
    "output",
    "platforms",
    "pull",
    "tags",
    "target",
];

/// Whether a file is a bake file, by its name and what it holds.
pub fn is_bake(file_name: &str, document: &Document) -> bool {
    let stem = file_name
        .strip_suffix(".hcl")
        .or_else(|| file_name.strip_suffix(".json"));
    let Some(stem) = stem else {
        return false;
    };
    if stem == "docker-bake" || stem.starts_with("docker-bake.") {
        return true;
    }
    let has = |attributes: &[Attribute], names: &[&str]| {
        let mut attributes = attributes.iter();
        attributes.any(|attribute| names.contains(&attribute.name.value.as_str()))
    };
    let targets = document.targets.iter();
    let groups = document.groups.iter();
    targets
        .clone()
        .any(|it| has(&it.attributes, TARGET_ATTRIBUTES))
        || groups.clone().any(|it| has(&it.attributes, &["targets"]))
}

#[cfg(test)]
mod tests {
    use super::super::parse_hcl;
    use super::is_bake;

    #[test]
    fn a_bake_file_is_known_by_its_name_or_its_targets() {
        let is = |name, source| is_bake(name, &parse_hcl(source));
        assert!(is("docker-bake.override.hcl", ""));
        assert!(is("docker-bake.json", ""));
        assert!(is("images.hcl", "target \"a\" { dockerfile = \"x\" }"));
        assert!(is("images.hcl", "group \"a\" { targets = [] }"));
        assert!(!is("main.hcl", "resource \"a\" \"b\" { tags = [] }"));
        assert!(!is("main.tf", "target \"a\" { tags = [] }"));
    }
}
