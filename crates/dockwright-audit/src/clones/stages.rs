//! Stages as sequences of units.

use dockwright_environment::{Environment, Location};
use dockwright_syntax::dockerfile::{Instruction, InstructionKind};

use super::{Numbers, unit};
use crate::rule::Context;
use crate::stage::StageView;

/// What follows the `FROM` of a stage.
pub(crate) struct Body<'a> {
    /// The stage.
    pub(crate) stage: StageView<'a>,
    /// Its instructions, in order.
    pub(crate) units: Vec<BodyUnit<'a>>,
}

/// An instruction of a [`Body`].
pub(crate) struct BodyUnit<'a> {
    /// Its index in the Dockerfile.
    pub(crate) at: usize,
    /// The instruction.
    pub(crate) instruction: &'a Instruction,
    /// Equal for instructions that mean the same.
    pub(crate) number: u32,
    /// How many words it has.
    pub(crate) words: usize,
}

impl Body<'_> {
    /// The place of some units that follow each other.
    pub(crate) fn location(&self, units: std::ops::Range<usize>) -> Option<Location> {
        let units = self.units.get(units)?;
        let span = units.first()?.instruction.span;
        Some(self.stage.location(span.to(units.last()?.instruction.span)))
    }
}

/// Every stage of every Dockerfile.
pub(crate) fn bodies<'a>(cx: Context<'a>, environment: &'a Environment) -> Vec<Body<'a>> {
    let mut numbers = Numbers::default();
    let dockerfiles = environment.dockerfiles.iter();
    let stages = dockerfiles.flat_map(|dockerfile| StageView::all(environment, dockerfile));
    let body = |stage: StageView<'a>| {
        let source = &environment.documents.get(stage.dockerfile.document).text;
        let steps = cx.steps(stage);
        let units = stage.instructions().skip(1).map(|(at, instruction)| {
            let place = steps.binary_search_by_key(&at, |step| step.at);
            let step = place.ok().and_then(|place| steps.get(place));
            let unit = unit(instruction, step, source);
            BodyUnit {
                at,
                instruction,
                number: numbers.of(&unit.text),
                words: unit.words,
            }
        });
        let units = units.collect();
        Body { stage, units }
    };
    stages.map(body).collect()
}

/// Whether an instruction makes something of an image, rather than says something of it.
pub(crate) fn is_work(instruction: &Instruction) -> bool {
    !matches!(
        instruction.kind,
        InstructionKind::Label(_) | InstructionKind::Maintainer(_)
    )
}

/// Stages with fewer words are alike by chance.
const FEW_WORDS: usize = 20;
/// Likewise with fewer instructions.
const FEW_INSTRUCTIONS: usize = 3;

impl Body<'_> {
    /// What it is told by among others, unless it is too small for that.
    pub(crate) fn key(&self) -> Option<Vec<u32>> {
        let units = || self.units.iter().filter(|unit| is_work(unit.instruction));
        let words: usize = units().map(|unit| unit.words).sum();
        let key: Vec<u32> = units().map(|unit| unit.number).collect();
        (words >= FEW_WORDS && key.len() >= FEW_INSTRUCTIONS).then_some(key)
    }
}
