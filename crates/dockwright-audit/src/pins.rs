//! What images and packages are at a time, where somebody has asked.

use dockwright_environment::packages::Manager;
use dockwright_environment::reference::ImageReference;

use crate::rule::Context;

/// The digest of an image.
pub(crate) fn digest<'a>(cx: Context<'a>, image: &ImageReference) -> Option<&'a str> {
    let name = image.normalised();
    let mut images = cx.settings.audit.pins.images.iter();
    images
        .find(|(own, _)| ImageReference::parse(own).is_ok_and(|it| it.normalised() == name))
        .map(|(_, digest)| digest.as_str())
}

/// The version of a package.
pub(crate) fn version<'a>(cx: Context<'a>, manager: &Manager, package: &str) -> Option<&'a str> {
    let pins = &cx.settings.audit.pins.packages;
    if !matches!(manager.name.as_str(), "pip" | "uv pip") {
        return pins.get(&manager.name)?.get(package).map(String::as_str);
    }
    // Names of Python's packages are the same in any case, and with any of `-_.` between their words.
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    let mut packages = pins.get("pip")?.iter();
    packages
        .find(|(name, _)| plain(name) == plain(package))
        .map(|(_, version)| version.as_str())
}
