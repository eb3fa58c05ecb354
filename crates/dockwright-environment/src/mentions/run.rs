//! What `docker run` and its relatives name on the machine they run on.

use super::{Names, PathRole};
use crate::Value;

/// Commands that start a container.
const RUNS: &[&str] = &["docker run", "docker create", "podman run", "podman create"];

impl crate::commands::Invocation {
    /// Whether it starts a container of an image.
    pub fn is_run(&self) -> bool {
        RUNS.contains(&self.command)
    }
}

pub(super) fn names(names: &mut Names<'_>) {
    let invocation = names.invocation;
    if !invocation.is_run() {
        return;
    }
    for file in invocation.values("env-file") {
        names.path(file, PathRole::EnvFile);
    }
    for mount in invocation.values("volume") {
        let source = mount.text.split(':').next().unwrap_or_default();
        let is_relative =
            source.starts_with("./") || source.starts_with("../") || source.starts_with('\0');
        if is_relative && mount.text.contains(':') {
            let source = Value {
                text: source.to_owned(),
                ..mount.clone()
            };
            names.path(&source, PathRole::Mount);
        }
    }
}
