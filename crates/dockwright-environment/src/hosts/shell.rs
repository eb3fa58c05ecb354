//! Shell scripts.

use super::Host;
use crate::Environment;

pub(super) fn read(host: &mut Host<'_>, environment: &Environment) {
    let mut scripts = environment.scripts.iter();
    if let Some(script) = scripts.find(|script| script.document == host.document.id) {
        let directory = host.anywhere();
        host.script(script.script(&environment.documents), directory, Vec::new());
    }
}
