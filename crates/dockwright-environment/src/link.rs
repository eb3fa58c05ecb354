//! Linking: which image each name means.

use std::collections::HashMap;

use crate::Value;
use crate::build::{Base, Build, StageId};
use crate::cycles::components;
use crate::definition::{BuildDefinition, DefinitionId, NamedContextSource};
use crate::environment::DockerfileDocument;
use crate::fold;
use crate::image_use::{ImageUse, Producer, UseKind, User};
use crate::naming::meanings;
use crate::reference::{DEFAULT_DOMAIN, ImageReference};

/// Who makes which name.
pub(crate) struct Producers<'a> {
    by_name: HashMap<String, Vec<(Option<String>, DefinitionId)>>,
    /// Definitions that give their image no name, by the one that is derived.
    unnamed: HashMap<&'a str, Vec<DefinitionId>>,
}

impl<'a> Producers<'a> {
    pub(crate) fn new(
        definitions: &'a [BuildDefinition],
        builds: &[Option<Build>],
        further: &[(Value, Value)],
    ) -> Self {
        let mut by_name: HashMap<String, Vec<(Option<String>, DefinitionId)>> = HashMap::new();
        let mut unnamed: HashMap<&str, Vec<DefinitionId>> = HashMap::new();
        for definition in definitions {
            if definition.tags.iter().all(|tag| tag.implicit) {
                let ids = unnamed.entry(&definition.name).or_default();
                ids.push(definition.id);
            }
            for (_, reference) in definition.references() {
                if extends_namesake(builds, definition.id, reference) {
                    continue;
                }
                let tags = by_name.entry(reference.repository()).or_default();
                tags.push((reference.effective_tag().map(str::to_owned), definition.id));
            }
            for name in definition.tags.iter().filter_map(|tag| any_tag(&tag.value)) {
                by_name
                    .entry(name.repository())
                    .or_default()
                    .push((None, definition.id));
            }
        }
        let mut producers = Self { by_name, unnamed };
        for (from, to) in further {
            producers.name_again(from, to);
        }
        producers
    }

    /// Whoever makes the one name makes the other too, since somebody gives it (`docker tag`).
    fn name_again(&mut self, from: &Value, to: &Value) {
        let (Some(Ok(from)), Some(Ok(to))) = (reference(from), reference(to)) else {
            return;
        };
        let tags = self.by_name.get(&from.repository()).into_iter().flatten();
        let meant = tags.filter(|(tag, _)| {
            let tag = tag.as_deref();
            tag.is_none() || tag == from.effective_tag()
        });
        let ids: Vec<DefinitionId> = meant.map(|(_, id)| *id).collect();
        if ids.is_empty() {
            return;
        }
        let tag = to.effective_tag().map(str::to_owned);
        let own = self.by_name.entry(to.repository()).or_default();
        own.extend(ids.into_iter().map(|id| (tag.clone(), id)));
    }

    /// Reads a name and tells who makes it, for somebody other than `user`. Of a name whose tag
    /// alone is not known, whoever makes any tag.
    pub(crate) fn of_value(
        &self,
        value: &Value,
        user: Option<DefinitionId>,
    ) -> (Option<Result<ImageReference, String>>, Producer) {
        let reference = reference(value);
        let producer = match &reference {
            Some(Ok(reference)) => self.of(reference, user),
            Some(Err(_)) => Producer::Unknown,
            None => {
                let ids = any_tag(value).and_then(|name| self.by_name.get(&name.repository()));
                let mut ids: Vec<DefinitionId> =
                    ids.into_iter().flatten().map(|(_, id)| *id).collect();
                ids.dedup();
                // A tag that is not known is another one than that which is being built.
                ids.retain(|id| Some(*id) != user);
                if ids.is_empty() {
                    Producer::Unknown
                } else {
                    Producer::Definitions(ids)
                }
            }
        };
        (reference, producer)
    }

    /// Who makes `reference`, for somebody other than `user`.
    fn of(&self, reference: &ImageReference, user: Option<DefinitionId>) -> Producer {
        if reference.digest.is_some() {
            return Producer::Elsewhere;
        }
        if let Some(tags) = self.by_name.get(&reference.repository()) {
            let collect = |exact: bool| {
                let mut ids: Vec<DefinitionId> = tags
                    .iter()
                    .filter(|(tag, _)| {
                        let tag = tag.as_deref();
                        !exact || tag.is_none() || tag == reference.effective_tag()
                    })
                    .map(|(_, id)| *id)
                    .collect();
                ids.dedup();
                ids
            };
            let exact = collect(true);
            return if exact.is_empty() {
                Producer::OtherTag(collect(false))
            } else {
                Producer::Definitions(exact)
            };
        }
        if !is_unqualified(reference) || reference.is_official() {
            return Producer::Elsewhere;
        }
        let named = meanings(short_name(reference)).filter_map(|name| self.unnamed.get(name));
        let others = named.flatten().copied().filter(|id| Some(*id) != user);
        let mut meant: Vec<DefinitionId> = others.collect();
        meant.sort_unstable();
        if meant.is_empty() {
            Producer::Nobody
        } else {
            Producer::Undeclared(meant)
        }
    }
}

/// Whether a definition builds upon an image from elsewhere and gives the result the same name:
/// other uses of that name then mean the image from elsewhere.
fn extends_namesake(
    builds: &[Option<Build>],
    id: DefinitionId,
    reference: &ImageReference,
) -> bool {
    let elsewhere = !is_unqualified(reference) || reference.is_official();
    let stages = fold::build(builds, id).map(|build| build.stages.as_slice());
    elsewhere
        && stages.unwrap_or_default().iter().any(|stage| {
            let base = stage.base_value.known().map(ImageReference::parse);
            base.and_then(Result::ok)
                .is_some_and(|base| base.repository() == reference.repository())
        })
}

/// Whether a name has neither registry nor namespace: only an official image can be pulled by it.
fn is_unqualified(reference: &ImageReference) -> bool {
    reference.domain == DEFAULT_DOMAIN && !reference.familiar_name().contains('/')
}

/// The last part of the repository's name.
fn short_name(reference: &ImageReference) -> &str {
    reference.path.rsplit('/').next().unwrap_or_default()
}

/// Reads a name that may be an image reference.
pub(crate) fn reference(value: &Value) -> Option<Result<ImageReference, String>> {
    let text = value.known()?;
    Some(ImageReference::parse(text).map_err(|error| error.to_string()))
}

/// Links every stage's base and sources, and tells every use of an image.
pub(crate) fn link(
    definitions: &[BuildDefinition],
    dockerfiles: &[DockerfileDocument],
    builds: &mut [Option<Build>],
    further: &[(Value, Value)],
) -> Vec<ImageUse> {
    let producers = Producers::new(definitions, builds, further);
    let mut uses = Vec::new();
    for (definition, slot) in definitions.iter().zip(0..) {
        let mut bases = Vec::new();
        if let Some(Some(build)) = builds.get(slot) {
            let Some(dockerfile) = dockerfiles.get(build.dockerfile.0) else {
                continue;
            };
            for (index, stage) in build.stages.iter().enumerate() {
                let id = StageId {
                    definition: definition.id,
                    stage: index,
                };
                let from = dockerfile
                    .tree
                    .stages
                    .get(index)
                    .map_or(0, |stage| stage.instructions.start);
                if stage.base == Base::Unknown {
                    let base = resolve(
                        &producers,
                        definition,
                        builds,
                        &stage.base_value,
                        UseKind::From,
                        id,
                        from,
                        &mut uses,
                    );
                    bases.push((index, None, base));
                }
                for (number, source) in stage.sources.iter().enumerate() {
                    if source.base == Base::Unknown {
                        let kind = if source.mount {
                            UseKind::MountFrom
                        } else {
                            UseKind::CopyFrom
                        };
                        let base = resolve(
                            &producers,
                            definition,
                            builds,
                            &source.name,
                            kind,
                            id,
                            source.instruction,
                            &mut uses,
                        );
                        bases.push((index, Some(number), base));
                    }
                }
            }
        }
        if let Some(Some(build)) = builds.get_mut(slot) {
            for (stage, source, base) in bases {
                let Some(stage) = build.stages.get_mut(stage) else {
                    continue;
                };
                match source {
                    None => stage.base = base,
                    Some(number) => {
                        if let Some(source) = stage.sources.get_mut(number) {
                            source.base = base;
                        }
                    }
                }
            }
        }
        for context in &definition.contexts {
            if let NamedContextSource::Image(image) = &context.source {
                let value = Value {
                    text: image.clone(),
                    ..context.value.clone()
                };
                let (reference, producer) = producers.of_value(&value, Some(definition.id));
                uses.push(ImageUse {
                    kind: UseKind::NamedContext,
                    value,
                    reference,
                    user: User::Definition(definition.id),
                    producer,
                });
            }
        }
    }
    uses
}

/// The name of a reference of which only the tag is not known, such as `shop/web:${TAG}`.
fn any_tag(value: &Value) -> Option<ImageReference> {
    if value.is_known() {
        return None;
    }
    ImageReference::parse(value.text.strip_suffix(':')?).ok()
}

/// What a name in a stage means: a named context, or an image.
#[allow(clippy::too_many_arguments)]
fn resolve(
    producers: &Producers<'_>,
    definition: &BuildDefinition,
    builds: &[Option<Build>],
    value: &Value,
    kind: UseKind,
    stage: StageId,
    instruction: usize,
    uses: &mut Vec<ImageUse>,
) -> Base {
    let (reference, producer) = producers.of_value(value, Some(definition.id));
    if let Some(base) = named_context(producers, definition, builds, value, reference.as_ref()) {
        return base;
    }
    let base = match (&producer, &reference) {
        (Producer::Elsewhere | Producer::Nobody, Some(Ok(reference))) => {
            Base::External(reference.clone())
        }
        _ => meant(builds, &producer).map_or(Base::Unknown, Base::Definition),
    };
    uses.push(ImageUse {
        kind,
        value: value.clone(),
        reference,
        user: User::Stage { stage, instruction },
        producer,
    });
    base
}

fn named_context(
    producers: &Producers<'_>,
    definition: &BuildDefinition,
    builds: &[Option<Build>],
    value: &Value,
    reference: Option<&Result<ImageReference, String>>,
) -> Option<Base> {
    let name = value.known()?;
    let normal = match reference {
        Some(Ok(reference)) => Some(reference.normalised()),
        _ => None,
    };
    let context = definition.contexts.iter().find(|context| {
        let other = || {
            ImageReference::parse(&context.name)
                .ok()
                .map(|other| other.normalised())
        };
        context.name == name || (normal.is_some() && other() == normal)
    })?;
    Some(match &context.source {
        NamedContextSource::Definition(id) => {
            target(builds, *id).map_or(Base::Unknown, Base::Definition)
        }
        NamedContextSource::Image(image) => match ImageReference::parse(image) {
            Ok(reference) => match producers
                .of(&reference, Some(definition.id))
                .single()
                .and_then(|id| target(builds, id))
            {
                Some(stage) => Base::Definition(stage),
                None => Base::External(reference),
            },
            Err(_) => Base::Unknown,
        },
        _ => Base::Unknown,
    })
}

/// The stage that a producer means: several definitions may build the same stage of the same
/// Dockerfile, as a Makefile and a workflow do.
fn meant(builds: &[Option<Build>], producer: &Producer) -> Option<StageId> {
    let ids = match producer {
        Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) => ids,
        Producer::Nobody | Producer::Elsewhere | Producer::Unknown => return None,
    };
    let stage = |id: &DefinitionId| {
        let build = fold::build(builds, *id)?;
        Some((build.dockerfile, build.target?))
    };
    // What cannot be built is not meant.
    let mut stages = ids.iter().filter_map(|id| Some((id, stage(id)?)));
    let (first, meant) = stages.next()?;
    let same = stages.all(|(_, other)| other == meant);
    same.then(|| target(builds, *first))?
}

fn target(builds: &[Option<Build>], id: DefinitionId) -> Option<StageId> {
    let stage = fold::build(builds, id)?.target?;
    Some(StageId {
        definition: id,
        stage,
    })
}

/// The definitions in an order in which each comes after what it needs, and the circles.
pub(crate) fn order(builds: &[Option<Build>]) -> (Vec<DefinitionId>, Vec<Vec<DefinitionId>>) {
    let needs = |build: &Build| {
        let bases = build.stages.iter().map(|stage| &stage.base);
        let sources = build
            .stages
            .iter()
            .flat_map(|stage| &stage.sources)
            .map(|source| &source.base);
        let mut needs: Vec<usize> = bases
            .chain(sources)
            .filter_map(|base| match base {
                Base::Definition(stage) => Some(stage.definition.0),
                _ => None,
            })
            .collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    };
    let edges: Vec<Vec<usize>> = builds
        .iter()
        .map(|build| build.as_ref().map(needs).unwrap_or_default())
        .collect();
    let mut order = Vec::with_capacity(builds.len());
    let mut circles = Vec::new();
    for component in components(&edges) {
        let itself = |node: usize| edges.get(node).is_some_and(|edges| edges.contains(&node));
        let ids: Vec<DefinitionId> = component.iter().copied().map(DefinitionId).collect();
        if component.len() > 1 || component.first().copied().is_some_and(itself) {
            circles.push(ids.clone());
        }
        order.extend(ids);
    }
    (order, circles)
}

/// Cuts the bases that lead into a circle, so that no look-up runs in it.
pub(crate) fn cut_circles(builds: &mut [Option<Build>], circles: &[Vec<DefinitionId>]) {
    for circle in circles {
        for id in circle {
            let Some(Some(build)) = builds.get_mut(id.0) else {
                continue;
            };
            for stage in &mut build.stages {
                if let Base::Definition(parent) = &stage.base
                    && circle.contains(&parent.definition)
                {
                    stage.base = Base::Unknown;
                }
            }
        }
    }
}
