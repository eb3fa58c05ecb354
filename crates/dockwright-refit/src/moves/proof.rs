//! That a move breaks nothing, told by reading what it makes.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_audit::fix::Aspect;
use dockwright_audit::{Finding, Severity, audit};
use dockwright_environment::build::StageId;
use dockwright_environment::copies::CopyOrigin;
use dockwright_environment::definition::{BuildDefinition, DockerfileSource};
use dockwright_environment::{Environment, Location, TreePath};

use super::Left;
use super::edits::Edits;
use super::paths::Moves;
use super::references::{self, Reference};
use crate::Context;
use crate::proof::Configurations;
use crate::review::{new_findings, new_problems};

/// Adds what would be otherwise after the move.
pub(super) fn prove(
    cx: Context<'_>,
    after: &Environment,
    moves: &Moves,
    references: &[Reference],
    edits: &Edits,
    uncertain: &mut Vec<Left>,
) {
    let proof = Proof {
        cx,
        before: cx.environment,
        after,
        moves,
    };
    let known: BTreeSet<(TreePath, usize)> = uncertain
        .iter()
        .map(|left| (left.path.clone(), left.line))
        .collect();
    let mut found = proof.references(references, edits);
    found.extend(proof.definitions());
    found.extend(proof.sources());
    found.extend(proof.ignored());
    found.extend(proof.neighbours());
    found.extend(proof.problems());
    found.retain(|left| !known.contains(&(left.path.clone(), left.line)));
    // The rest follows from what is there already.
    if found.is_empty() && uncertain.is_empty() {
        found.extend(proof.configurations());
        found.extend(proof.findings());
    }
    uncertain.extend(found);
}

struct Proof<'a> {
    cx: Context<'a>,
    before: &'a Environment,
    after: &'a Environment,
    moves: &'a Moves,
}

impl Proof<'_> {
    /// Each reference leads to the same file.
    fn references(&self, before: &[Reference], edits: &Edits) -> Vec<Left> {
        let after = references::by_key(references::all(self.after));
        let mut wrong = Vec::new();
        for reference in before {
            let found = reference.found(self.before.tree.as_ref());
            let wanted: BTreeSet<TreePath> =
                found.iter().map(|(_, path)| self.moves.map(path)).collect();
            if wanted.is_empty() {
                continue;
            }
            let span = edits.shifted(&reference.path, reference.span);
            let there = after.get(&reference.key_at(&self.moves.map(&reference.path), span));
            let leads_to = |it: &Reference| -> BTreeSet<TreePath> {
                let found = it.found(self.after.tree.as_ref());
                found.into_iter().map(|(_, path)| path).collect()
            };
            let is_right = match there {
                None => {
                    edits.touches(&reference.path, reference.span)
                        || !reference.is_moved(self.before, self.moves)
                }
                Some(all) => {
                    let mut all = all.iter().map(leads_to);
                    // What a script finds out about itself moves with it.
                    let is_own = self.moves.has_file(&reference.path)
                        && !reference.is_moved(self.before, self.moves)
                        && reference.written(self.before).contains('$');
                    all.any(|it| it == wanted || is_own && !it.is_empty())
                }
            };
            if !is_right {
                wrong.push(reference.left(
                    self.before,
                    "it would not lead to the same file any more".to_owned(),
                ));
            }
        }
        wrong
    }

    /// Each definition builds the same Dockerfile with the same context.
    fn definitions(&self) -> Vec<Left> {
        let after = keyed(self.after, Clone::clone);
        let before = keyed(self.before, |path| self.moves.map(path));
        let mut wrong = Vec::new();
        for (key, definition) in before {
            let new = after.get(&key).copied();
            let dockerfile = |environment: &Environment, it: &BuildDefinition| match &it.dockerfile
            {
                DockerfileSource::Read(id) => environment
                    .dockerfile(*id)
                    .map(|it| environment.documents.get(it.document).path.clone()),
                DockerfileSource::Missing(_) | DockerfileSource::Unknown => None,
            };
            let old = dockerfile(self.before, definition).map(|path| self.moves.map(&path));
            let now = new.and_then(|it| dockerfile(self.after, it));
            if let Some(old) = old
                && now.as_ref() != Some(&old)
            {
                let why = format!("it would not be built from `{old}`, which it does not name");
                wrong.push(self.left(definition.location, &definition.name, why));
                continue;
            }
            let old = definition
                .context
                .directory()
                .map(|path| self.moves.map(path));
            let now = new.and_then(|it| it.context.directory().cloned());
            if let Some(old) = old
                && now.as_ref() != Some(&old)
            {
                let why = format!("its build context would not be `{old}` any more");
                wrong.push(self.left(definition.location, &definition.name, why));
            }
        }
        wrong
    }

    /// Each `COPY`, `ADD` and bind mount finds the same files, and files keep their names in the image.
    fn sources(&self) -> Vec<Left> {
        let after = found(self.after, Clone::clone);
        let before = found(self.before, |path| self.moves.map(path));
        let mut wrong = Vec::new();
        for (key, (location, text, paths)) in before {
            let now = after.get(&key).map(|it| &it.2);
            if now.is_some_and(|now| *now != paths) {
                let why = "it would not find the same files any more".to_owned();
                wrong.push(self.left(location, &text, why));
            }
        }
        for definition in self
            .before
            .definitions
            .iter()
            .filter(|it| it.is_declared() || it.context.directory().is_some())
        {
            wrong.extend(self.renamed(definition));
        }
        wrong
    }

    /// Sources that would have another name in the image.
    fn renamed(&self, definition: &BuildDefinition) -> Vec<Left> {
        let mut wrong = Vec::new();
        let (Some(build), Some(context)) = (
            self.before.build(definition.id),
            definition.context.directory(),
        ) else {
            return wrong;
        };
        for stage in 0..build.stages.len() {
            let id = StageId {
                definition: definition.id,
                stage,
            };
            for copy in self.before.copies(id) {
                let is_directory = copy.sources.len() > 1
                    || copy.destination.text.ends_with('/')
                    || copy.destination.text == ".";
                if copy.origin != CopyOrigin::Context || !is_directory {
                    continue;
                }
                for source in &copy.sources {
                    let path = context.join(source.text.trim_start_matches('/'));
                    let Some(path) = path.filter(|it| self.moves.has_file(it)) else {
                        continue;
                    };
                    let new = self.moves.map(&path);
                    if new.file_name() != path.file_name() {
                        let why = format!(
                            "it would be called `{}` in the image; give the destination a name",
                            new.file_name()
                        );
                        wrong.push(self.left(source.location, &source.text, why));
                    }
                }
            }
        }
        wrong
    }

    /// What moves is ignored where it was ignored, and nowhere else.
    fn ignored(&self) -> Vec<Left> {
        let mut wrong = Vec::new();
        for context in self.before.contexts() {
            let directory = self.moves.map(&context.directory);
            let ignore = |environment: &Environment, it| {
                environment
                    .ignore_of(it)
                    .map(|it| environment.documents.get(it.document).path.clone())
            };
            let old = ignore(self.before, context).map(|path| self.moves.map(&path));
            let same = self
                .after
                .contexts()
                .iter()
                .find(|it| it.directory == directory && ignore(self.after, it) == old);
            let (Some(same), Some(file)) = (same, self.before.ignore_of(context)) else {
                continue;
            };
            let (before, after) = (
                self.before.build_context(context),
                self.after.build_context(same),
            );
            for (from, to) in self.moves.files() {
                let is_in = from.relative_to(&context.directory).is_some()
                    && to.relative_to(&directory).is_some();
                let (was, is) = (before.excluded_by(from), after.excluded_by(to));
                if !is_in || was.is_some() == is.is_some() {
                    continue;
                }
                let pattern = was.and_then(|at| file.file.patterns.get(at));
                let (span, text) =
                    pattern.map_or_else(Default::default, |it| (it.span, it.text.as_str()));
                let why = if was.is_some() {
                    format!("it would not leave `{to}` out of the build context any more")
                } else {
                    format!("`{to}` would be left out of the build context `{directory}`")
                };
                wrong.push(self.left(Location::new(file.document, span), text, why));
            }
        }
        wrong
    }

    /// What Compose reads beside a file without being told to is beside it afterwards.
    fn neighbours(&self) -> Vec<Left> {
        let mut wrong = Vec::new();
        for project in &self.before.compose {
            let Some(first) = project.files.first().copied() else {
                continue;
            };
            let path = &self.before.documents.get(first).path;
            let (Some(old), Some(new)) = (path.parent(), self.moves.map(path).parent()) else {
                continue;
            };
            if !self.moves.has_file(path) || self.moves.is_moved(&old) || old == new {
                continue;
            }
            let is_there = |directory: &TreePath| {
                directory
                    .join(".env")
                    .and_then(|it| self.before.tree.entry(&it))
                    .is_some()
            };
            let span = dockwright_syntax::Span::at(0);
            if is_there(&old) || is_there(&new) {
                let why = format!(
                    "`.env` in `{old}` would not be read with it any more, or another in `{new}` would"
                );
                wrong.push(self.left(Location::new(first, span), "", why));
            }
            let override_file = project
                .asked_for
                .get(1)
                .filter(|it| !self.moves.has_file(it));
            if let Some(other) = override_file {
                let why = format!("`{other}` would not be laid over it any more");
                wrong.push(self.left(Location::new(first, span), "", why));
            }
        }
        wrong
    }

    /// Each file can be read that could be.
    fn problems(&self) -> Vec<Left> {
        let problems = new_problems(self.before, self.after, |path| self.moves.map(path));
        let new = problems.into_iter().map(|(path, problem)| Left {
            path,
            line: 1,
            text: String::new(),
            why: format!("it could not be read any more: {problem}"),
        });
        new.collect()
    }

    /// The images have the same configuration.
    fn configurations(&self) -> Vec<Left> {
        let before = Configurations::of(self.before).moved(self.moves.files());
        let differences = before
            .differences(&Configurations::of(self.after))
            .into_iter();
        let differences = differences.filter(|it| it.aspect != Aspect::Copies);
        let wrong = differences.map(|it| Left {
            path: it.dockerfile,
            line: 1,
            text: it.stage,
            why: format!("{} of this stage would be another", it.aspect.as_str()),
        });
        wrong.collect()
    }

    /// The audit finds nothing new. What it finds elsewhere now, and not there any more, is not new.
    fn findings(&self) -> Vec<Left> {
        let known = audit(self.before, self.cx.settings).findings;
        let found = audit(self.after, self.cx.settings).findings;
        let count = |findings: &[Finding], rule: &str| {
            findings.iter().filter(|it| it.rule.name == rule).count()
        };
        let moved = |path: &TreePath| self.moves.map(path);
        let mut new = new_findings((self.before, &known), (self.after, &found), moved);
        new.retain(|finding| {
            let rule = finding.rule.name;
            finding.severity >= Severity::Warning && count(&found, rule) > count(&known, rule)
        });
        let new = new.into_iter().map(|finding| {
            let place = self.after.documents.outermost(finding.location);
            let document = self.after.documents.get(place.document);
            Left {
                path: document.path.clone(),
                line: document.lines().line(place.span.start),
                text: String::new(),
                why: format!(
                    "the audit would find there: {} ({})",
                    finding.message, finding.rule.name
                ),
            }
        });
        new.collect()
    }

    fn left(&self, location: Location, text: &str, why: String) -> Left {
        let place = self.before.documents.outermost(location);
        let document = self.before.documents.get(place.document);
        Left {
            path: document.path.clone(),
            line: document.lines().line(place.span.start),
            text: text.to_owned(),
            why,
        }
    }
}

/// What tells a definition from others: its file, its name, and which of those with that name it is.
type DefinitionKey = (TreePath, String, usize);

/// The definitions that somebody says.
fn keyed(
    environment: &Environment,
    map: impl Fn(&TreePath) -> TreePath,
) -> BTreeMap<DefinitionKey, &BuildDefinition> {
    let mut all = BTreeMap::new();
    let mut declared: Vec<&BuildDefinition> = environment
        .definitions
        .iter()
        .filter(|it| it.is_declared())
        .collect();
    declared.sort_by_key(|it| it.location);
    for definition in declared {
        let place = environment.documents.outermost(definition.location);
        let path = map(&environment.documents.get(place.document).path);
        let is_command = definition.origin == dockwright_environment::definition::Origin::Command;
        let name = if is_command {
            String::new()
        } else {
            definition.name.clone()
        };
        let mut key = (path, name, 0);
        while all.contains_key(&key) {
            key.2 += 1;
        }
        all.insert(key, definition);
    }
    all
}

/// A source with its place, its text and what it finds.
type Found = (Location, String, BTreeSet<TreePath>);

/// What each definition's sources find, by definition, stage and number.
fn found(
    environment: &Environment,
    map: impl Fn(&TreePath) -> TreePath,
) -> BTreeMap<(DefinitionKey, usize, usize), Found> {
    let mut all = BTreeMap::new();
    let contexts = environment.contexts();
    for (key, definition) in keyed(environment, &map) {
        let context = contexts
            .iter()
            .find(|it| it.definitions.contains(&definition.id));
        let (Some(build), Some(context)) = (environment.build(definition.id), context) else {
            continue;
        };
        let context = environment.build_context(context);
        for stage in 0..build.stages.len() {
            let id = StageId {
                definition: definition.id,
                stage,
            };
            for (number, read) in environment.context_reads(id).into_iter().enumerate() {
                let Some(text) = dockwright_environment::context_reads::path(&read.source) else {
                    continue;
                };
                if let Ok(sources) = context.resolve_source(&text) {
                    let paths = sources.matched.iter().map(&map).collect();
                    all.insert(
                        (key.clone(), stage, number),
                        (read.source.location, text, paths),
                    );
                }
            }
        }
    }
    all
}
