//! The names of targets, and of their images.

use std::collections::{BTreeSet, HashMap};

use dockwright_environment::build::StageId;
use dockwright_environment::definition::{BuildDefinition, Origin};
use dockwright_environment::image_use::Producer;
use dockwright_environment::reference::ImageReference;
use dockwright_environment::{Environment, naming};
use dockwright_syntax::dockerfile::InstructionKind;

use super::draft::Draft;
use crate::publication::Publication;

/// Gives every draft a name of its own, and the other names that people call it by.
pub(super) fn give(environment: &Environment, drafts: &mut [Draft]) {
    let mut taken = BTreeSet::new();
    for draft in drafts.iter_mut() {
        let wanted = wanted(environment, draft);
        let free = |name: &String| !taken.contains(name);
        let first = wanted
            .first()
            .cloned()
            .unwrap_or_else(|| "image".to_owned());
        let numbered = || {
            (2..=taken.len() + 2)
                .map(|number| format!("{first}-{number}"))
                .find(free)
        };
        let name = wanted.iter().find(|name| free(name)).cloned();
        draft.name = name.or_else(numbered).unwrap_or(first);
        taken.insert(draft.name.clone());
        let mut aliases: BTreeSet<String> = definitions(environment, draft)
            .map(|definition| definition.name.clone())
            .collect();
        aliases.extend(wanted);
        aliases.extend(draft.bake.tags.iter().cloned());
        aliases.extend(images(draft).map(|image| image.familiar_name()));
        aliases.extend(draft.dockerfile.clone());
        aliases.remove(&draft.name);
        draft.aliases = aliases.into_iter().collect();
    }
}

/// The names that suit a draft, the best first: its bake target's, its only service's, its
/// image's, one derived from the Dockerfile's path.
fn wanted(environment: &Environment, draft: &Draft) -> Vec<String> {
    let decide = draft.definitions.iter();
    let decide = decide.filter_map(|id| environment.definition(*id));
    let decide: Vec<&BuildDefinition> = decide.collect();
    let of = |kind: fn(Origin) -> bool| -> BTreeSet<&str> {
        let of_kind = decide.iter().filter(|it| kind(it.origin));
        of_kind.map(|it| it.name.as_str()).collect()
    };
    let targets = of(|origin| matches!(origin, Origin::BakeTarget { .. }));
    let services = of(|origin| matches!(origin, Origin::Service { .. }));
    let mut wanted: Vec<String> = targets.into_iter().map(target_name).collect();
    if let (1, Some(service)) = (services.len(), services.first()) {
        wanted.push(target_name(service));
    }
    let mut short: Vec<String> = images(draft)
        .filter_map(|image| image.path.rsplit('/').next().map(target_name))
        .collect();
    let untagged = draft
        .untagged
        .iter()
        .filter_map(|name| name.rsplit('/').next());
    short.extend(untagged.map(target_name));
    short.sort_by_key(String::len);
    wanted.extend(short);
    wanted.extend(services.into_iter().map(target_name));
    wanted.extend(
        decide
            .iter()
            .map(|definition| target_name(&definition.name)),
    );
    let stage = decide
        .iter()
        .find_map(|definition| definition.target.as_ref()?.known());
    if let (Some(stage), Some(first)) = (stage, wanted.first()) {
        wanted.push(format!("{first}-{}", target_name(stage)));
    }
    wanted.retain(|name| !name.is_empty());
    wanted
}

/// A text as the name of a bake target: letters, digits, `_` and `-`.
fn target_name(text: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let name = text.chars().map(|it| if fits(it) { it } else { '-' });
    name.collect::<String>().trim_matches('-').to_owned()
}

fn definitions<'a>(
    environment: &'a Environment,
    draft: &'a Draft,
) -> impl Iterator<Item = &'a BuildDefinition> {
    let ids = draft.definitions.iter().chain(&draft.others);
    ids.filter_map(|id| environment.definition(*id))
}

fn images(draft: &Draft) -> impl Iterator<Item = ImageReference> {
    let tags = draft.bake.tags.iter();
    tags.filter_map(|tag| ImageReference::parse(tag).ok())
}

/// Gives every image its tags and labels. A repository that several targets share gets no further
/// tags: they would be the same for all.
pub(super) fn publish(environment: &Environment, drafts: &mut [Draft], publication: &Publication) {
    let mut owners: HashMap<String, BTreeSet<usize>> = HashMap::new();
    for (index, draft) in drafts.iter_mut().enumerate() {
        if !draft.bake.makes_image() {
            continue;
        }
        if draft.bake.tags.is_empty() && draft.untagged.is_empty() {
            draft.untagged.push(own_name(environment, draft));
        }
        for name in repositories(draft) {
            owners.entry(name).or_default().insert(index);
        }
    }
    for draft in drafts.iter_mut().filter(|draft| draft.bake.makes_image()) {
        let is_own = |name: &String| owners.get(name).is_none_or(|owners| owners.len() == 1);
        let own: Vec<String> = repositories(draft).into_iter().filter(is_own).collect();
        for name in own {
            for tag in &publication.tags {
                add_tag(draft, format!("{name}:{tag}"));
            }
        }
        if draft.bake.tags.is_empty() {
            draft.bake.tags = draft.untagged.clone();
        }
        let set = draft
            .stage
            .map(|stage| own_labels(environment, stage))
            .unwrap_or_default();
        for (name, value) in publication
            .labels
            .iter()
            .filter(|(name, _)| !set.contains(*name))
        {
            let labels = &mut draft.bake.labels;
            labels.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// The labels that a Dockerfile sets in a stage and those of its own that this starts from. What a
/// base from another Dockerfile says of itself is not said of this image.
fn own_labels(environment: &Environment, id: StageId) -> BTreeSet<String> {
    let stages = environment.chain_stages(id);
    let own = stages.filter(|stage| stage.definition == id.definition);
    let instructions = own.flat_map(|stage| environment.stage_instructions(stage));
    let labels = instructions.filter_map(|(_, instruction)| match &instruction.kind {
        InstructionKind::Label(labels) => Some(labels),
        _ => None,
    });
    let names = labels.flatten().map(|label| label.name.value.as_str());
    names
        .map(|name| name.trim_matches(['"', '\'']).to_owned())
        .collect()
}

/// The name of an image that nobody names. An official image keeps its name for itself.
fn own_name(environment: &Environment, draft: &Draft) -> String {
    let name = naming::slug(&draft.name);
    let is_official = ImageReference::parse(&name).is_ok_and(|image| image.is_official());
    if is_official {
        return format!("{}-{name}", environment.repository_name());
    }
    name
}

/// The names of an image without tags, in order.
fn repositories(draft: &Draft) -> Vec<String> {
    let untagged = draft.untagged.iter();
    let untagged = untagged.filter_map(|name| ImageReference::parse(name).ok());
    let mut names: Vec<String> = Vec::new();
    for image in images(draft).chain(untagged) {
        let name = image.familiar_name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Adds a tag that the image does not have yet.
fn add_tag(draft: &mut Draft, tag: String) {
    let normalised = |tag: &str| ImageReference::parse(tag).ok().map(|it| it.normalised());
    let added = normalised(&tag);
    let is_known = draft
        .bake
        .tags
        .iter()
        .any(|known| normalised(known) == added);
    if added.is_some() && !is_known {
        draft.bake.tags.push(tag);
    }
}

/// Gives drafts whose deciding definitions name no image the names that others use for it:
/// definitions that do not decide, or else those who start or copy from it.
pub(super) fn adopt(environment: &Environment, drafts: &mut [Draft]) {
    for draft in drafts.iter_mut().filter(|draft| draft.bake.tags.is_empty()) {
        let others = draft.others.iter();
        let others = others.filter_map(|id| environment.definition(*id));
        let names = others.flat_map(BuildDefinition::references);
        let names = names.filter(|(tag, _)| tag.value.is_known() && !tag.implicit);
        let mut names: Vec<String> = names.map(|(tag, _)| tag.value.text.clone()).collect();
        if names.is_empty() && draft.untagged.is_empty() {
            let means = |producer: &Producer| match producer {
                Producer::Undeclared(ids) => ids.iter().any(|id| draft.definitions.contains(id)),
                _ => false,
            };
            let uses = environment.uses.iter().filter(|it| means(&it.producer));
            names.extend(uses.filter_map(|it| it.value.known().map(str::to_owned)));
        }
        for name in names {
            add_tag(draft, name);
        }
    }
}
