//! Images that are made to reach into the host.

use std::sync::LazyLock;

use dockwright_environment::compose::Service;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};
use serde::Deserialize;

use crate::{Confidence, images};

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

/// How much it says that a service has an access: less where its image is made for that, and in tests.
pub(crate) fn confidence(
    environment: &Environment,
    service: &Service,
    access: Access,
    at: Location,
) -> Confidence {
    if images::is_test(environment, at) || is_made_for(service, access) {
        Confidence::Low
    } else {
        Confidence::Medium
    }
}

/// Whether the documentation of a service's image asks for the access.
fn is_made_for(service: &Service, access: Access) -> bool {
    static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../data/host-access.toml"));
        table.map(|table| table.image).unwrap_or_default()
    });
    let image = service.image.as_ref().map(|image| image.text.as_str());
    let Some(Ok(image)) = image.map(ImageReference::parse) else {
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
