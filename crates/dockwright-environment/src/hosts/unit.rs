//! systemd units: the commands of a service, the image of a quadlet.
//!
//! Source: systemd.service(5), "COMMAND LINES"; podman-systemd.unit(5).

use dockwright_syntax::Span;
use dockwright_syntax::ini::{self, Flavor};
use dockwright_syntax::shell::Dialect;

use super::Host;
use crate::commands::Directory;

pub(super) fn read(host: &mut Host<'_>) {
    let unit = ini::parse(&host.document.text, Flavor::Unit);
    for section in &unit.sections {
        for (key, value) in &section.entries {
            if section.name.value == "Service" && key.value.starts_with("Exec") {
                let own = value
                    .value
                    .trim_start_matches(['-', '@', '+', '!', ':', '|']);
                let cut = value.value.len() - own.len();
                let command = value.slice(Span::new(cut, value.value.len()));
                // A unit runs somewhere on a machine.
                host.shell(&command, Dialect::Posix, Directory::unknown(), Vec::new());
            }
            if section.name.value == "Container" && key.value == "Image" {
                host.image(value);
            }
        }
    }
}
