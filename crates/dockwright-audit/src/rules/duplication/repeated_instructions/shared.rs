//! Runs of equal instructions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use dockwright_environment::Location;
use dockwright_syntax::dockerfile::InstructionKind;

use crate::clones::{Body, BodyUnit, Repeat, is_work, repeats, without_version};
use crate::rule::Context;
use crate::stage::StageView;

/// A run that stands in several Dockerfiles.
pub(super) struct Run<'a> {
    /// How many instructions it has.
    pub(super) length: usize,
    /// Its place in each Dockerfile.
    pub(super) places: Vec<Location>,
    /// Every stage that has it, with the indices of its instructions.
    pub(super) stages: Vec<(StageView<'a>, Vec<usize>)>,
}

/// A run with fewer words in what it does is common to all Dockerfiles.
const FEW_WORDS: usize = 12;
/// The same for a single instruction.
const FEW_WORDS_ALONE: usize = 25;

/// The words of an instruction that count: what it runs and sets.
fn weight(unit: &BodyUnit<'_>) -> usize {
    match unit.instruction.kind {
        InstructionKind::Run(_) | InstructionKind::Env(_) => unit.words,
        _ => 0,
    }
}

/// The runs that are worth telling, the largest first.
pub(super) fn runs(cx: Context<'_>) -> Vec<Run<'_>> {
    let stages = stages(cx);
    let sequences: Vec<Vec<u32>> = stages
        .iter()
        .map(|(_, units)| units.iter().map(|unit| unit.number).collect())
        .collect();
    let weight_of = |sequence: usize, units: std::ops::Range<usize>| {
        let units = stages.get(sequence).and_then(|(_, all)| all.get(units));
        let units = units.unwrap_or_default().iter();
        units.map(|unit| weight(unit)).sum::<usize>()
    };
    let mut candidates: Vec<(usize, Repeat)> = repeats(&sequences)
        .into_iter()
        .filter_map(|repeat| {
            let first = repeat.places.first()?;
            let weight = weight_of(first.sequence, first.start..first.start + repeat.length);
            let is_large = weight
                >= if repeat.length == 1 {
                    FEW_WORDS_ALONE
                } else {
                    FEW_WORDS
                };
            is_large.then_some((weight, repeat))
        })
        .collect();
    // What saves most comes first; what is left of the others counts.
    candidates.sort_by_key(|(weight, repeat)| {
        (
            Reverse(weight * (repeat.places.len() - 1)),
            repeat.places.clone(),
        )
    });
    let mut told: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    let mut runs = Vec::new();
    for (_, repeat) in candidates {
        let is_new = |place: &&crate::clones::Place| {
            let told = told.get(&place.sequence);
            let units = place.start..place.start + repeat.length;
            let fresh = units.filter(|at| !told.is_some_and(|told| told.contains(at)));
            let fresh = fresh.map(|at| weight_of(place.sequence, at..at + 1));
            fresh.sum::<usize>() >= FEW_WORDS
        };
        let has_new = repeat.places.iter().any(|place| is_new(&place));
        let mut places: BTreeMap<_, Location> = BTreeMap::new();
        let mut having = Vec::new();
        for place in &repeat.places {
            let Some((body, units)) = stages.get(place.sequence) else {
                continue;
            };
            let units = units.get(place.start..place.start + repeat.length);
            let (Some(first), Some(last)) =
                (units.and_then(<[_]>::first), units.and_then(<[_]>::last))
            else {
                continue;
            };
            let indices = units.unwrap_or_default().iter().map(|unit| unit.at);
            having.push((body.stage, indices.collect()));
            let span = first.instruction.span.to(last.instruction.span);
            let document = body.stage.dockerfile.document;
            places
                .entry(without_version(cx.environment, document))
                .or_insert_with(|| body.stage.location(span));
        }
        if !has_new || places.len() < 2 {
            continue;
        }
        for place in &repeat.places {
            let told = told.entry(place.sequence).or_default();
            told.extend(place.start..place.start + repeat.length);
        }
        runs.push(Run {
            length: repeat.length,
            places: places.into_values().collect(),
            stages: having,
        });
    }
    runs
}

/// The stages to compare, without those that another repeats as a whole, and of each what it does.
fn stages(cx: Context<'_>) -> Vec<(&Body<'_>, Vec<&BodyUnit<'_>>)> {
    let mut seen = BTreeSet::new();
    let bodies = cx.bodies().iter().filter(|body| {
        let place = body.location(0..body.units.len());
        let is_own = place.is_some_and(|place| !cx.stands_alone(place));
        is_own && body.key().is_none_or(|key| seen.insert(key))
    });
    bodies
        .map(|body| {
            let units = body.units.iter();
            (
                body,
                units.filter(|unit| is_work(unit.instruction)).collect(),
            )
        })
        .collect()
}
