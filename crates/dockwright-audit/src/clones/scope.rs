//! Which files are meant to stand alone.

use dockwright_environment::{Environment, Location};

use crate::images;

/// Directories of files that people copy one by one.
const COPIED: &[&str] = &[
    "demo",
    "demos",
    "example",
    "examples",
    "sample",
    "samples",
    "templates",
    "tutorial",
    "tutorials",
];

/// Whether a place is in a test, an example or a template: each says all that it needs, so that
/// what it shares with others is no duplicate.
pub(crate) fn stands_alone(environment: &Environment, location: Location) -> bool {
    let path = &environment.documents.get(location.document).path;
    path.parts().any(|part| COPIED.contains(&part)) || images::is_test(environment, location)
}
