//! Images that are made to reach into the host.

use std::sync::LazyLock;

use dockwright_environment::compose::Service;
use dockwright_environment::configuration::Root;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};
use serde::Deserialize;

use crate::{Confidence, image_scripts, images};

/// A way into the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Access {
    /// The socket of an engine.
    Socket,
    /// `privileged`
    Privileged,
    /// The namespace of the host's processes.
    Pid,
    /// Any other namespace of the host.
    Namespace,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    image: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    needs: Vec<Access>,
    names: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A service of an environment: the number of its project, and its own in that.
pub(crate) type Place = (usize, usize);

/// The services of all projects.
pub(crate) fn services(environment: &Environment) -> impl Iterator<Item = (Place, &Service)> {
    let projects = environment.compose.iter().enumerate();
    projects.flat_map(|(number, project)| {
        let services = project.services.iter().enumerate();
        services.map(move |(index, service)| ((number, index), service))
    })
}

/// How much it says that a service has an access: less where its image is made for that, and in tests.
pub(crate) fn confidence(
    environment: &Environment,
    (place, service): (Place, &Service),
    access: Access,
    at: Location,
) -> Confidence {
    let is_made_for_it = || {
        let own = service.image.as_ref().map(|image| image.text.clone());
        let images = own.into_iter().chain(base(environment, place));
        images.into_iter().any(|image| is_made_for(&image, access))
    };
    if images::is_test(environment, at) || is_made_for_it() {
        Confidence::Low
    } else {
        Confidence::Medium
    }
}

/// The image from elsewhere that the image of a service starts from.
fn base(environment: &Environment, place: Place) -> Option<String> {
    let stage = image_scripts::stage_of_service(environment, place.0, place.1)?;
    match environment.configuration(stage).root {
        Root::External(base) => Some(base),
        Root::Scratch | Root::Unknown => None,
    }
}

/// Whether the documentation of an image asks for the access.
fn is_made_for(image: &str, access: Access) -> bool {
    static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/host-access.toml"));
        table.map(|table| table.image).unwrap_or_default()
    });
    let Ok(image) = ImageReference::parse(image) else {
        return false;
    };
    let name = image.familiar_name();
    let mut entries = TABLE.iter().filter(|entry| entry.needs.contains(&access));
    // A mirror has the name behind another registry.
    entries.any(|entry| {
        let mut names = entry.names.iter();
        names.any(|own| name == *own || name.ends_with(&format!("/{own}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_and_another_tag_are_the_same_image() {
        for image in [
            "traefik",
            "traefik:v3",
            "mirror.example.com/library/traefik@sha256:0",
        ] {
            let image = image.replace("sha256:0", &format!("sha256:{}", "0".repeat(64)));
            assert!(is_made_for(&image, Access::Socket), "{image}");
        }
        assert!(!is_made_for("traefik", Access::Privileged));
        assert!(!is_made_for("acme/nottraefik", Access::Socket));
    }
}
