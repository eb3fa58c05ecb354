//! A digest behind the name of an image.

use dockwright_environment::image_use::{ImageUse, Producer};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};

use super::tag;
use crate::fix::Fix;
use crate::{pins, rule::Context};

/// Pins an image that is used by name and tag to the digest that is known for it: where the end of the name is
/// written, or where its default is. `None` where it comes from elsewhere.
pub(crate) fn pin(cx: Context<'_>, image_use: &ImageUse) -> Option<Fix> {
    let Some(Ok(reference)) = &image_use.reference else {
        return None;
    };
    // What is built here has the digest that it gets next.
    if !matches!(image_use.producer, Producer::Elsewhere | Producer::Nobody) {
        return None;
    }
    let digest = pins::digest(cx, reference).filter(|_| reference.digest.is_none())?;
    let location = image_use.value.location;
    let written = cx.environment.documents.text(location);
    let name = written.trim_end_matches(['"', '\'']);
    let offset = |length: usize| Some(location.span.start + u32::try_from(length).ok()?);
    let (document, offset) = if image_use.value.is_literal() {
        let own = name.trim_start_matches(['"', '\'']);
        if ImageReference::parse(own).ok()? != *reference {
            return None;
        }
        (location.document, offset(name.len())?)
    } else if let Some(span) = tag::default_in(name, reference) {
        (location.document, offset(span.end as usize)?)
    } else {
        let (default, length) = argument(cx.environment, image_use, name)?;
        let length = u32::try_from(length).ok()?;
        (default.document, default.span.start + length)
    };
    let fix = Fix::with_care(
        format!("pin the image to `{digest}`"),
        "nothing newer comes in until somebody renews the digest",
    );
    Some(fix.insert(document, offset, format!("@{digest}")))
}

/// Where the default of the argument stands that ends a name, and how long it is without a quote at its end.
fn argument(
    environment: &Environment,
    image_use: &ImageUse,
    name: &str,
) -> Option<(Location, usize)> {
    let Some(Ok(reference)) = &image_use.reference else {
        return None;
    };
    let default = tag::argument_default(environment, image_use)?;
    let [variable] = image_use.value.variables.as_slice() else {
        return None;
    };
    let document = &environment.documents.get(default.document).text;
    // Another image may have the same tag, and has another digest.
    let uses = |start: &str| {
        document
            .matches(&format!("{start}{}", variable.name))
            .count()
    };
    if uses("$") + uses("${") != 1 {
        return None;
    }
    let written = environment.documents.text(default);
    let kept = written.trim_end_matches(['"', '\'']);
    let value = kept.trim_start_matches(['"', '\'']);
    let is_end = match name.rsplit_once(':') {
        Some((_, tag)) => tag::is_variable(tag) && Some(value) == reference.tag.as_deref(),
        None => tag::is_variable(name) && ImageReference::parse(value).ok()? == *reference,
    };
    is_end.then_some((default, kept.len()))
}
