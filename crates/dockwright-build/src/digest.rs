//! Which image a name stands for now.

use std::path::Path;
use std::process::Command;

use dockwright_environment::reference::ImageReference;
use serde::Deserialize;

use crate::ask::ask;

#[derive(Deserialize)]
struct Manifest {
    digest: String,
}

/// The digest that a registry has for an image, that of all its platforms together. The docker client is asked,
/// which knows how to sign in.
///
/// The error is why there is none, as one clause.
pub fn digest(docker: &Path, image: &ImageReference) -> Result<String, String> {
    let mut command = Command::new(docker);
    command.args([
        "buildx",
        "imagetools",
        "inspect",
        "--format",
        "{{json .Manifest}}",
    ]);
    command.arg(image.to_string());
    let answer = ask(command)?;
    let manifest: Manifest = serde_json::from_str(answer.trim()).map_err(|error| {
        format!("`docker buildx imagetools inspect` says something else: {error}")
    })?;
    Ok(manifest.digest)
}
