//! What is particular to the text of a Compose file: its variables and its keys.

pub mod schema;
mod template;

pub use template::{Operator, Part, Template, TemplateError, Variable};

use crate::yaml::YamlTree;

use schema::{FILE, Shape};

/// Whether a YAML text looks like a Compose file: every top-level key is one of Compose's, and
/// something it holds is particular to Compose.
///
/// It is meant for files whose names say nothing; a wrong yes is worse than a wrong no.
pub fn is_compose(tree: &YamlTree) -> bool {
    let Some(root) = tree.root().filter(|root| root.is_mapping()) else {
        return false;
    };
    let Shape::Object(keys) = FILE else {
        return false;
    };
    let known = |key: &str| key.starts_with("x-") || keys.iter().any(|field| field.key == key);
    if !root.entries().all(|(key, _)| key.text().is_some_and(known)) {
        return false;
    }
    let Some(services) = root.get("services") else {
        return root
            .get("include")
            .is_some_and(|include| include.items().len() > 0);
    };
    let mut services = services
        .entries()
        .map(|(_, service)| service.resolved())
        .peekable();
    services.peek().is_some()
        && services.all(|service| service.is_mapping() || service.is_null())
        && root.get("services").is_some_and(|services| {
            services.entries().any(|(_, service)| {
                ["image", "build", "extends"]
                    .iter()
                    .any(|key| service.resolved().get(key).is_some())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::is_compose;
    use crate::yaml;

    #[test]
    fn a_compose_file_is_known_by_its_services() {
        let yes = [
            "services:\n  web:\n    image: nginx\n",
            "version: '3'\nx-base: &base {image: a}\nservices:\n  a: *base\n  b:\n    build: .\n",
            "include: [a.yml]\n",
        ];
        let no = [
            "",
            "- a\n",
            "services:\n  web:\n    port: 80\n",
            "on: push\njobs: {a: {services: {db: {image: x}}}}\n",
            "services: [a]\n",
            "parameters: {}\nservices:\n  app:\n    image: x\n",
        ];
        assert!(yes.iter().all(|source| is_compose(&yaml::parse(source))));
        assert!(no.iter().all(|source| !is_compose(&yaml::parse(source))));
    }
}
