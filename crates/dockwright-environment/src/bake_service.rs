//! Compose services that bake builds too: which definition is theirs already.

use crate::Value;
use crate::bake::{ServiceOrigin, target_name};
use crate::define::{Draft, Scope};
use crate::definition::{BuildDefinition, NamedContext, NamedContextSource};

/// The draft of a service's own definition.
pub(crate) fn draft(drafts: &[Draft], service: &ServiceOrigin) -> Option<usize> {
    let is_of_service = |draft: &Draft| {
        matches!(draft.scope, Scope::Compose(_)) && draft.definition.name == service.name
    };
    let place = |draft: &Draft| draft.definition.location;
    let same_place = |draft: &Draft| is_of_service(draft) && place(draft) == service.build;
    // Another file of the project may say a part of the build.
    let same_file =
        |draft: &Draft| is_of_service(draft) && place(draft).document == service.build.document;
    let found = drafts.iter().position(same_place);
    found.or_else(|| drafts.iter().position(same_file))
}

/// Whether a target builds what the service does, under no other name.
pub(crate) fn is_same(target: &BuildDefinition, service: &BuildDefinition) -> bool {
    target.dockerfile == service.dockerfile
        && target.context == service.context
        && text(target.target.as_ref()) == text(service.target.as_ref())
        && platforms(target) == platforms(service)
        && arguments(target) == arguments(service)
        && contexts(target) == contexts(service)
        && has_names_of(service, target)
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.map(|value| value.text.as_str())
}

fn platforms(definition: &BuildDefinition) -> Vec<&str> {
    let texts = definition.platforms.iter().map(|it| it.text.as_str());
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts
}

/// Those with a value: one that only the caller can give is no argument to bake.
fn arguments(definition: &BuildDefinition) -> Vec<(&str, &str)> {
    let given = definition.arguments.iter();
    let mut given: Vec<_> = given
        .filter_map(|it| Some((it.name.as_str(), text(it.value.as_ref())?)))
        .collect();
    given.sort_unstable();
    given
}

fn contexts(definition: &BuildDefinition) -> Vec<(&str, String)> {
    let meant = |context: &NamedContext| match &context.source {
        NamedContextSource::UndefinedDefinition(name) => format!("target:{}", target_name(name)),
        NamedContextSource::Unknown => context.value.text.clone(),
        source => format!("{source:?}"),
    };
    let named = definition.contexts.iter();
    let mut named: Vec<_> = named.map(|it| (it.name.as_str(), meant(it))).collect();
    named.sort_unstable();
    named
}

fn has_names_of(service: &BuildDefinition, target: &BuildDefinition) -> bool {
    let known = |name: &Value| service.tags.iter().any(|tag| tag.value.text == name.text);
    target.tags.iter().all(|tag| known(&tag.value))
}
