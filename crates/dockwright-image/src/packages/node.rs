//! Node's packages. Source: the npm documentation, "package.json" and "folders".

use serde::Deserialize;
use serde_json::Value;

use super::{Package, PackageKind};

/// Whether a file describes a package that is installed, and not a part of one.
pub(super) fn is_manifest(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("/package.json") else {
        return false;
    };
    let Some((_, name)) = folder.rsplit_once("node_modules/") else {
        return false;
    };
    match name.split_once('/') {
        None => !name.is_empty(),
        Some((scope, name)) => scope.starts_with('@') && !name.contains('/'),
    }
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
    #[serde(default)]
    license: Value,
    #[serde(default)]
    dependencies: Value,
}

/// The package that a manifest describes.
pub(super) fn package(path: &str, bytes: &[u8]) -> Option<Package> {
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    let mut package = Package::new(PackageKind::Node, &manifest.name, &manifest.version, path);
    let license = manifest
        .license
        .as_str()
        .or_else(|| manifest.license.get("type")?.as_str());
    package.license = license.map(str::to_owned);
    let needs = manifest.dependencies.as_object();
    package.depends = needs
        .into_iter()
        .flatten()
        .map(|(name, _)| vec![name.clone()])
        .collect();
    Some(package)
}
