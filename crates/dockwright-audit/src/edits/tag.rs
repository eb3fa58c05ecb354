//! Another tag for an image.

use dockwright_environment::image_use::{ImageUse, User};
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, Location};
use dockwright_syntax::Span;

use crate::fix::Fix;

/// Gives a use of an image another tag: where the tag is written, or where its default is. `None` where
/// it comes from elsewhere.
pub(crate) fn retag(
    environment: &Environment,
    image_use: &ImageUse,
    tag: &str,
    fix: Fix,
) -> Option<Fix> {
    let Some(Ok(reference)) = &image_use.reference else {
        return None;
    };
    if reference.digest.is_some() || tag == reference.effective_tag()? {
        return None;
    }
    let location = image_use.value.location;
    let written = environment.documents.text(location);
    let end = written.trim_end_matches(['"', '\'']).len();
    let name = written.get(..end)?;
    if let Some(edited) = default_in(name, reference) {
        return Some(fix.replace(part(location, edited), tag));
    }
    if image_use.value.is_literal() {
        return match &reference.tag {
            Some(old) => {
                let start = name.strip_suffix(old.as_str())?.strip_suffix(':')?.len() + 1;
                Some(fix.replace(part(location, Span::new(start, end)), tag))
            }
            None => Some(fix.replace(part(location, Span::at(end)), format!(":{tag}"))),
        };
    }
    let default = argument_default(environment, image_use)?;
    let is_tag = environment.documents.text(default) == reference.tag.as_deref()?;
    let is_only_tag = name
        .rsplit_once(':')
        .is_some_and(|(_, tag)| is_variable(tag));
    (is_tag && is_only_tag).then(|| fix.replace(default, tag))
}

/// The tag in `name:${VARIABLE:-tag}`.
pub(super) fn default_in(name: &str, reference: &ImageReference) -> Option<Span> {
    let old = reference.tag.as_deref()?;
    let start = name.strip_suffix('}')?.strip_suffix(old)?;
    let variable = start.strip_suffix('-')?;
    let variable = variable.strip_suffix(':').unwrap_or(variable);
    let (_, variable) = variable.rsplit_once(":${")?;
    is_name(variable).then(|| Span::new(start.len(), start.len() + old.len()))
}

/// Whether a text is a variable and nothing else.
pub(super) fn is_variable(text: &str) -> bool {
    let braced = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    braced
        .or_else(|| text.strip_prefix('$'))
        .is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Where the default of the only argument stands that a `FROM` uses.
pub(crate) fn argument_default(
    environment: &Environment,
    image_use: &ImageUse,
) -> Option<Location> {
    let (User::Stage { stage, .. }, [variable]) =
        (image_use.user, image_use.value.variables.as_slice())
    else {
        return None;
    };
    let globals = &environment.build(stage.definition)?.globals;
    let mut bindings = globals.iter().rev();
    let binding = bindings.find(|binding| binding.name == variable.name)?;
    Some(binding.value.as_ref()?.location)
}

fn part(location: Location, part: Span) -> Location {
    let start = location.span.start;
    let span = Span {
        start: start + part.start,
        end: start + part.end,
    };
    Location::new(location.document, span)
}
