//! Images that are built under a local name, and then not used.

use std::collections::HashSet;

use dockwright_environment::definition::{
    BuildDefinition, DefinitionId, NamedContextSource, Origin, Tag,
};
use dockwright_environment::discovery::DocumentKind;
use dockwright_environment::image_use::{ImageUse, Producer};
use dockwright_environment::text_files::has_word;
use dockwright_environment::{Environment, TreePath};
use rayon::prelude::*;

use crate::{Confidence, Finding, Metadata, Severity};

/// Reports images with local names that nothing uses, publishes or speaks of.
pub(super) fn check(
    rule: &'static Metadata,
    environment: &Environment,
    findings: &mut Vec<Finding>,
) {
    // A name that is not known may be any of them.
    let is_open = |image_use: &ImageUse| image_use.producer == Producer::Unknown;
    if environment.uses.iter().any(is_open) {
        return;
    }
    let images = LocalImages::of(environment);
    if images.all.is_empty() {
        return;
    }
    let used = used(environment, &images);
    let unused = environment.definitions.iter().filter(|definition| {
        let is_candidate = images.all.contains(&definition.id) && !used.contains(&definition.id);
        is_candidate && !images.are_spoken_of(definition)
    });
    let unused: Vec<&BuildDefinition> = unused.collect();
    let declared = environment.definitions.iter();
    let declared = declared.filter(|definition| definition.is_declared());
    // Where most images have no use, they are made for people to run.
    if unused.len() * 2 > declared.count() {
        return;
    }
    for definition in unused {
        let Some(tag) = definition.tags.first() else {
            continue;
        };
        let name = &tag.value.text;
        let message = format!("`{name}` is built, and nothing uses or publishes it");
        findings.push(
            Finding::new(rule, tag.value.location, message)
                .severity(Severity::Info)
                .confidence(Confidence::Medium)
                .help("remove its build, or say in a script or document what it is for"),
        );
    }
}

/// The definitions whose image something needs: by its name, or by another name of the same stage.
fn used(environment: &Environment, images: &LocalImages<'_>) -> HashSet<DefinitionId> {
    let mut used: HashSet<DefinitionId> = HashSet::new();
    let mut names: HashSet<String> = HashSet::new();
    for image_use in &environment.uses {
        if let Producer::Definitions(ids) | Producer::OtherTag(ids) | Producer::Undeclared(ids) =
            &image_use.producer
        {
            used.extend(ids);
        }
        if let Some(Ok(reference)) = &image_use.reference {
            names.insert(reference.repository());
        }
    }
    for definition in &environment.definitions {
        let contexts = definition.contexts.iter();
        used.extend(contexts.filter_map(|context| match context.source {
            NamedContextSource::Definition(id) => Some(id),
            _ => None,
        }));
        // What is no local image is run as a service, published, or not known.
        if definition.is_declared() && !images.all.contains(&definition.id) {
            used.insert(definition.id);
            let references = definition.references();
            names.extend(references.map(|(_, reference)| reference.repository()));
        }
    }
    let stage = |definition: &BuildDefinition| {
        let build = environment.build(definition.id)?;
        Some((build.dockerfile, build.target?))
    };
    let definitions = environment.definitions.iter();
    let stages: HashSet<_> = definitions
        .clone()
        .filter(|definition| used.contains(&definition.id))
        .filter_map(stage)
        .collect();
    let others = definitions.filter(|definition| {
        let mut references = definition.references();
        stage(definition).is_some_and(|stage| stages.contains(&stage))
            || references.any(|(_, reference)| names.contains(&reference.repository()))
    });
    used.extend(others.map(|definition| definition.id));
    used
}

/// The images that stay where they are built.
struct LocalImages<'a> {
    environment: &'a Environment,
    all: HashSet<DefinitionId>,
    /// Files whose text is not searched for their names, since it has been read as what it is.
    read: HashSet<&'a TreePath>,
}

impl<'a> LocalImages<'a> {
    fn of(environment: &'a Environment) -> Self {
        let is_overridden = !environment.bake.is_empty() && is_overridden(environment);
        let definitions = environment.definitions.iter();
        let local = definitions.filter(|definition| {
            let stays = match definition.origin {
                Origin::BakeTarget { project, target } => {
                    !is_overridden && is_plain_target(environment, project, target)
                }
                Origin::Command => is_plain_command(environment, definition),
                Origin::Service { .. } | Origin::Dockerfile => false,
            };
            let mut tags = definition.tags.iter();
            stays && !definition.tags.is_empty() && tags.all(|tag| is_local(environment, tag))
        });
        let bake = environment.bake.iter();
        let bake = bake.flat_map(|project| &project.files);
        let dockerfiles = environment.dockerfiles.iter();
        let read = dockerfiles.map(|dockerfile| &dockerfile.document);
        let read = read.chain(bake);
        Self {
            environment,
            all: local.map(|definition| definition.id).collect(),
            read: read
                .map(|document| &environment.documents.get(*document).path)
                .collect(),
        }
    }

    /// Whether a text speaks of a definition's image, by its name or by what may become its name.
    fn are_spoken_of(&self, definition: &BuildDefinition) -> bool {
        let documents = &self.environment.documents;
        let references = definition.references();
        let names: HashSet<String> = references
            .map(|(_, reference)| reference.familiar_name())
            .collect();
        let own = documents.get(definition.location.document);
        let span = definition.location.span;
        let span = span.start as usize..span.end as usize;
        let files = self.environment.text_files().par_iter();
        let files = files.filter(|file| !self.read.contains(&file.path));
        files.any(|file| {
            let is_own = |at: usize| file.path == own.path && span.contains(&at);
            names.iter().any(|name| {
                let mut places = file.places_of(name);
                // The target of a bake file may be called alike.
                places.any(|(at, line)| !is_own(at) && !line.contains("bake "))
                    || may_put_together(&file.text, name)
            })
        })
    }
}

/// Whether a bake target keeps to the builder's own output.
fn is_plain_target(environment: &Environment, project: usize, target: usize) -> bool {
    let targets = environment
        .bake
        .get(project)
        .map(|project| &project.targets);
    let target = targets.and_then(|targets| targets.get(target));
    target.is_some_and(|target| target.output.is_empty() && target.service.is_none())
}

/// Whether a script or Makefile builds an image and leaves it there.
fn is_plain_command(environment: &Environment, definition: &BuildDefinition) -> bool {
    let document = definition.location.document;
    let mut scripts = environment.scripts.iter();
    let mut texts = environment.texts.iter();
    let is_recipe = scripts.any(|script| script.document == document)
        || texts.any(|text| text.document == document && text.kind == DocumentKind::Makefile);
    let line = environment.documents.text(definition.location);
    let mut elsewhere = ["--push", "--output", "-o "].iter();
    is_recipe && !elsewhere.any(|option| line.contains(option))
}

/// Whether a name has neither registry nor namespace, and is written in full.
fn is_local(environment: &Environment, tag: &Tag) -> bool {
    let Some(Ok(reference)) = &tag.reference else {
        return false;
    };
    let name = reference.familiar_name();
    let written = environment.documents.text(tag.value.location);
    !name.contains('/') && !reference.is_official() && has_word(written, &name)
}

/// Whether a call of bake may give targets other names, or push them.
fn is_overridden(environment: &Environment) -> bool {
    const OVERRIDES: [&str; 4] = ["--push", ".tags", ".output", "push:"];
    environment.text_files().par_iter().any(|file| {
        file.text.contains("bake") && OVERRIDES.iter().any(|one| file.text.contains(one))
    })
}

/// Whether a text has the beginning or the end of a name beside something that is put in:
/// `shop-$part`, `${project}-tools`.
fn may_put_together(text: &str, name: &str) -> bool {
    const OPEN: [&str; 7] = ["$", "{", "%", "*", "<", "\"", "'"];
    const CLOSE: [&str; 7] = ["}", ")", "%", "*", ">", "\"", "'"];
    name.match_indices(['-', '_', '.']).any(|(at, separator)| {
        let (start, end) = name.split_at(at);
        let mut begun = OPEN.iter().map(|open| format!("{start}{separator}{open}"));
        let mut ended = CLOSE.iter().map(|close| format!("{close}{end}"));
        begun.any(|part| text.contains(&part)) || ended.any(|part| text.contains(&part))
    })
}
