//! `RUN`s that do nearly the same on one base.

use std::collections::{BTreeMap, BTreeSet};

use dockwright_environment::Location;
use dockwright_environment::definition::DockerfileId;
use dockwright_environment::packages::managers;
use dockwright_syntax::shell::Invocation;

use crate::bases::bases;
use crate::clones::similarity;
use crate::rule::Context;
use crate::stage::StageView;
use crate::steps::Step;

/// Steps that call fewer programs are alike by chance.
const FEW_PROGRAMS: usize = 3;
/// How much two steps have to have in common, in hundredths.
const NEAR: usize = 75;
/// Programs that clean up behind others.
const CLEANING: &[&str] = &["rm", "rmdir", "sync", "true", ":", "set", "echo", "cd"];

/// A step on a base of this repository.
struct Candidate<'a> {
    location: Location,
    dockerfile: DockerfileId,
    /// The programs and their options, in order.
    skeleton: Vec<&'a str>,
    /// What it is compared by before anything else.
    key: ((DockerfileId, usize), Vec<&'a str>),
    /// The step as written.
    text: &'a str,
}

/// Groups of steps in different Dockerfiles that do nearly the same, and not all just the same.
pub(super) fn groups(cx: Context<'_>) -> Vec<Vec<Location>> {
    let mut groups: BTreeMap<_, Vec<Vec<Candidate<'_>>>> = BTreeMap::new();
    for dockerfile in &cx.environment.dockerfiles {
        for stage in StageView::all(cx.environment, dockerfile) {
            for candidate in candidates(cx, stage) {
                let alike = groups.entry(candidate.key.clone()).or_default();
                let near = alike.iter_mut().find(|group| {
                    let first = group.first().map(|first| first.skeleton.as_slice());
                    first.is_some_and(|first| similarity(first, &candidate.skeleton) >= NEAR)
                });
                match near {
                    Some(group) => group.push(candidate),
                    None => alike.push(vec![candidate]),
                }
            }
        }
    }
    let groups = groups.into_values().flatten();
    let groups = groups.filter_map(|group| {
        let texts: BTreeSet<&str> = group.iter().map(|one| one.text).collect();
        let mut seen = BTreeSet::new();
        let places = group.iter().filter(|one| seen.insert(one.dockerfile));
        let places: Vec<Location> = places.map(|one| one.location).collect();
        (places.len() > 1 && texts.len() > 1).then_some(places)
    });
    groups.collect()
}

fn candidates<'a>(cx: Context<'a>, stage: StageView<'a>) -> Vec<Candidate<'a>> {
    let steps = cx.steps(stage);
    let skeletons = steps.iter().map(|step| (step, skeleton(step)));
    let large: Vec<_> = skeletons
        .filter(|(_, (programs, _))| programs.len() >= FEW_PROGRAMS)
        .collect();
    if large.is_empty() {
        return Vec::new();
    }
    let bases = bases(cx.environment, stage);
    let Some(base) = bases.first() else {
        return Vec::new();
    };
    let base = (base.dockerfile.id, base.id.stage);
    let source = &cx.environment.documents.get(stage.dockerfile.document).text;
    let candidates = large
        .into_iter()
        .map(|(step, (programs, skeleton))| Candidate {
            location: stage.location(step.instruction.span),
            dockerfile: stage.dockerfile.id,
            skeleton,
            key: (base, programs.into_iter().take(2).collect()),
            text: step.instruction.span.of(source),
        });
    candidates
        .filter(|one| !cx.stands_alone(one.location))
        .collect()
}

/// The programs that a step calls, and these with their options; without those that install and
/// clean up.
fn skeleton<'a>(step: &'a Step<'_>) -> (Vec<&'a str>, Vec<&'a str>) {
    let is_installer = |invocation: &Invocation<'_>| {
        let mut commands = managers().iter().flat_map(|manager| &manager.commands);
        commands.any(|command| command == invocation.name)
    };
    let mut programs = Vec::new();
    let mut skeleton = Vec::new();
    for (invocation, _) in step.invocations() {
        if is_installer(&invocation) || CLEANING.contains(&invocation.name) {
            continue;
        }
        programs.push(invocation.name);
        skeleton.push(invocation.name);
        let words = invocation.words.iter().skip(1);
        let words = words.filter_map(|word| word.literal.as_deref());
        skeleton.extend(words.filter(|word| word.starts_with('-')));
    }
    (programs, skeleton)
}
